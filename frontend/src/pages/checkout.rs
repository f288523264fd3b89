//! `/checkout`: one page that buys what is in the cart, for guests and members alike. Its form carries a key that was made
//! when the page was: a double click, a reload or the way back send the same key, and the same key is the same order.

use super::cart::{in_words, looked_at, with_alert};
use super::failure::{Harmless, PageRefusal, Retry};
use super::form::{self};
use super::line::{CartWords, MetWords};
use super::{Frame, own_page, see_other};
use crate::cart::{NoCart, NoCheckout};
use crate::objects::NoCopies;
use crate::orders::NoReceipt;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures::future::join_all;
use serde::Deserialize;
use serve::input::Form;
use uuid::Uuid;
use wire::account::Email;
use wire::sale::Refused;
use wire::v1::Cart;
use wire::{IdempotencyKey, Problem, Shortfall};

/// Behind the address of an order that can be found by its number and an e-mail address.
pub(super) const FOUND: &str = "?found=1";

#[derive(Template)]
#[template(path = "pages/checkout.html")]
struct CheckoutPage {
    frame: Frame,
    cart: CartWords,
    /// The name of the form, for the order it makes.
    key: String,
    /// What stands in the way, in one heading: `2 books fall short`; empty where nothing does.
    trouble: String,
    /// What all of it cost when the visitor last looked, where that was something else, and what it costs now.
    before: Option<(String, String)>,
    /// What was given as the address, and whether it is none.
    email: String,
    no_email: bool,
    /// What else there is to say.
    notice: Option<&'static str>,
    /// What was in both of two carts that have just become this one.
    met: Vec<MetWords>,
}

/// What the form sends. The total is what the visitor has seen; who asks again what became of it sends none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    token: Option<String>,
    key: Option<String>,
    total: Option<u64>,
    /// Left by guests who want to look the order up; empty where they don't.
    #[serde(default)]
    email: String,
}

/// What keeps a cart from being bought as it was shown.
#[derive(Default)]
struct Hindrance<'a> {
    /// Lines that a catalog has refused.
    refused: &'a [Shortfall],
    /// What it cost when the visitor looked, in cents.
    before: Option<u64>,
    /// What was given as the e-mail address, and whether it is none.
    email: &'a str,
    no_email: bool,
}

/// The page.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let mut session = visitor::owner_or_new(&request, &shop).await;
    let cart = looked_at(&shop, &session, "/checkout").await?;
    session.saw_in_cart(cart.units());
    if cart.lines.is_empty() {
        return Ok(form::with_session(&shop, &request, &session, see_other("/cart")));
    }
    Ok(shown(&shop, &request, &session, StatusCode::OK, &cart, Hindrance::default()).await)
}

/// Buys what is in the cart, and sends the browser to the order: reloading that buys nothing.
pub(super) async fn check_out(
    shop: Data<Shop>,
    Form(press): Form<Press>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let mut session = form::owner(&shop, &request, press.token.as_deref(), "/checkout").await?;
    let key: Result<IdempotencyKey, _> = press.key.as_deref().unwrap_or_default().parse();
    let missing =
        |_| Problem::missing("key", "The form has no key: open the checkout again and press the button there.");
    let key = key.map_err(missing)?;
    let email = Some(press.email.trim()).filter(|email| !email.is_empty()).map(str::parse::<Email>).transpose();
    let Ok(email) = email else {
        let cart = looked_at(&shop, &session, "/checkout").await?;
        let hindrance = Hindrance { email: &press.email, no_email: true, ..Hindrance::default() };
        return Ok(shown(&shop, &request, &session, StatusCode::UNPROCESSABLE_ENTITY, &cart, hindrance).await);
    };
    if let Some(before) = press.total {
        let cart = shop
            .carts
            .show(&session.buyer(), &session.seen)
            .await
            .map_err(|why| stopped(why.into(), &shop, &session, &key, &press.email))?;
        // An empty one may be that of which the order with this key was made.
        let costs = CartWords::of(&shop, visitor::say(&request), &cart, &[]).await.cents;
        if !cart.lines.is_empty() && costs.is_some_and(|costs| costs != before) {
            let hindrance = Hindrance { before: Some(before), email: &press.email, ..Hindrance::default() };
            return Ok(shown(&shop, &request, &session, StatusCode::CONFLICT, &cart, hindrance).await);
        }
    }
    match shop.carts.checkout(&session.buyer(), key.clone(), &mut session.seen).await {
        Ok(receipt) => {
            session.bought_of_cart(&receipt.order);
            let found = match &email {
                Some(email) => shop.lookups.keep(&receipt.order, email).await,
                None => false,
            };
            let to = format!("/orders/{}{}", receipt.order.id, if found { FOUND } else { "" });
            Ok(form::with_session(&shop, &request, &session, see_other(&to)))
        }
        Err(why) => not_bought(&shop, &request, &mut session, &key, &press.email, why).await,
    }
}

async fn not_bought(
    shop: &Shop,
    request: &HttpRequest,
    session: &mut Session,
    key: &IdempotencyKey,
    email: &str,
    why: NoCheckout,
) -> Result<HttpResponse, PageRefusal> {
    match why {
        NoCheckout::Empty => Ok(form::with_session(shop, request, session, see_other("/cart"))),
        NoCheckout::NoCart(NoCart::TooMuch(_)) => {
            let cart = looked_at(shop, session, "/checkout").await?;
            let text = visitor::say(request).carts.too_much;
            Ok(with_alert(shop, request, session, StatusCode::CONFLICT, &cart, text).await)
        }
        NoCheckout::NoReceipt(NoReceipt::Refused { refused: Refused::Short { lines }, doubt: None }) => {
            join_all(lines.iter().map(|line| shop.browse.refill(line.item))).await;
            let cart = looked_at(shop, session, "/checkout").await?;
            let hindrance = Hindrance { refused: &lines, email, ..Hindrance::default() };
            Ok(shown(shop, request, session, StatusCode::CONFLICT, &cart, hindrance).await)
        }
        why => Err(stopped(why, shop, session, key, email)),
    }
}

/// "Not now", with the same key to ask again: whatever has happened, there is one order.
fn stopped(why: NoCheckout, shop: &Shop, session: &Session, key: &IdempotencyKey, email: &str) -> PageRefusal {
    let problem = match why {
        // A replica that went silent may have made the order that another one refuses.
        NoCheckout::NoReceipt(NoReceipt::Refused { doubt: Some(silent), .. }) => {
            Problem::from(&NoReceipt::Uncertain(silent))
        }
        NoCheckout::NoCart(NoCart::NoCopies(NoCopies::Uncertain)) => Problem::from(NoCheckout::Unsure),
        NoCheckout::NoCart(why) => in_words(why),
        why => why.into(),
    };
    let mut fields = vec![("token", shop.signer.form_token(session)), ("key", key.to_string())];
    fields.extend((!email.is_empty()).then(|| ("email", email.to_owned())));
    let retry = Retry { action: "/checkout".into(), fields, hint: Harmless::BuysOnce };
    PageRefusal::from(problem).with_retry(retry).with_way_back("/cart".into())
}

async fn shown(
    shop: &Shop,
    request: &HttpRequest,
    session: &Session,
    status: StatusCode,
    cart: &Cart,
    hindrance: Hindrance<'_>,
) -> HttpResponse {
    let say = visitor::say(request);
    let joined = request.query_string().split('&').find_map(|pair| pair.strip_prefix("joined="));
    let words = CartWords::of(shop, say, cart, hindrance.refused).await;
    let (met, cart) = (words.met(say, cart, joined.unwrap_or_default()), words);
    let short = cart.short().count() as u64;
    let falls = if status == StatusCode::OK { &say.checkout.short } else { &say.checkout.not_bought };
    let trouble = if short == 0 { String::new() } else { say.counted(falls, short) };
    let is_wrong = short > 0 || hindrance.before.is_some() || hindrance.no_email;
    let title = say.checkout.title;
    let title = if is_wrong { (say.around.look_again_at)(title) } else { title.to_owned() };
    let answer = own_page(
        status,
        &CheckoutPage {
            frame: Frame::titled(request, title).unlisted().of(shop, session),
            before: hindrance.before.map(|cents| {
                let cost = (say.checkout.cost)(&say.money(cents, &shop.currency));
                (cost, (say.checkout.when_you_looked)(cart.total.as_deref()))
            }),
            cart,
            key: Uuid::new_v4().to_string(),
            trouble,
            email: hindrance.email.to_owned(),
            no_email: hindrance.no_email,
            notice: joined.map(|_| say.carts.joined),
            met,
        },
    );
    form::with_session(shop, request, session, answer)
}
