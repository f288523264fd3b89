//! `/cart`: what a visitor has put aside, and the forms that change it. Each of them leads back to the cart with a notice
//! of what was done, so that a reload does nothing again; what was taken out can be put back from there.

use super::failure::{Harmless, PageRefusal, Retry};
use super::form::{self, LocalPath};
use super::line::{CartWords, MetWords};
use super::{Frame, number, own_page, see_other, title_of};
use crate::cart::NoCart;
use crate::objects::NoCopies;
use crate::say::Say;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::{Form, parse_pairs};
use wire::v1::Cart;
use wire::{ItemId, Problem, Quantity};

#[derive(Template)]
#[template(path = "pages/cart.html")]
struct CartPage {
    frame: Frame,
    cart: CartWords,
    notice: Option<Notice>,
    /// What was in both of two carts that have just become this one.
    met: Vec<MetWords>,
}

/// One sentence above the cart, about a book, and what to do about it.
#[derive(Debug, Default)]
pub(super) struct Notice {
    /// The book's title; empty where it is about none.
    title: String,
    /// What is said of it.
    text: &'static str,
    /// Whether something went wrong.
    alert: bool,
    undo: Option<Undo>,
    /// Where the visitor came from.
    from: Option<LocalPath>,
    /// Which titles were in two carts, as the address tells it.
    joined: String,
}

/// Puts it back: so many of a book, by a form that goes there.
#[derive(Debug)]
struct Undo {
    action: String,
    item: ItemId,
    copies: Quantity,
    /// What is on its button.
    text: String,
}

/// What the address says was just done. Where something was changed or removed, `copies` is what there was before.
#[derive(Deserialize)]
struct Done {
    added: Option<String>,
    changed: Option<String>,
    removed: Option<String>,
    copies: Option<String>,
    from: Option<String>,
    joined: Option<String>,
}

/// What the forms send. One that changes a line has its former count in `was`; that of a book has a key for buying too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    token: Option<String>,
    item: Option<String>,
    quantity: Option<String>,
    was: Option<String>,
    /// Where a form of the checkout leads.
    next: Option<String>,
    #[serde(rename = "key")]
    _key: Option<String>,
}

/// The cart.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let done: Done = parse_pairs(request.query_string().as_bytes())?;
    let mut session = visitor::owner_or_new(&request, &shop).await;
    let cart = looked_at(&shop, &session, "/cart").await?;
    let notice = notice(&shop, visitor::say(&request), &done).await;
    Ok(shown(&shop, &request, &mut session, StatusCode::OK, &cart, notice).await)
}

/// What is in the cart of this session, for the page at `href`.
pub(super) async fn looked_at(shop: &Shop, session: &Session, href: &'static str) -> Result<Cart, PageRefusal> {
    let cart = shop.carts.show(&session.buyer(), &session.seen).await;
    cart.map_err(|why| PageRefusal::from(in_words(why)).of_page(href))
}

/// Why a cart can't be had, told from a list that can't.
pub(super) fn in_words(why: NoCart) -> Problem {
    let kind = match &why {
        NoCart::NoCopies(NoCopies::Unreachable) => "carts-out-of-reach",
        NoCart::NoCopies(NoCopies::Uncertain) => "cart-unsure",
        NoCart::NoCopies(NoCopies::None) | NoCart::Book(_) | NoCart::NotInIt(_) | NoCart::TooMuch(_) => {
            return why.into();
        }
    };
    Problem { kind: kind.into(), ..why.into() }
}

/// Somebody reloaded an address that only takes forms: the cart is where they want to be.
pub(super) async fn back() -> HttpResponse {
    see_other("/cart")
}

/// Puts a book into the cart.
pub(super) async fn add(
    shop: Data<Shop>,
    Form(given): Form<Change>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = form::owner(&shop, &request, given.token.as_deref(), "/cart").await?;
    let missing = || Problem::missing("item", "The form names no book: open the book again and try there.");
    let item = number(given.item.as_deref().ok_or_else(missing)?)?;
    let from = LocalPath::sent_from(&request).filter(|from| !from.as_str().starts_with("/cart"));
    let from = from.map(|from| format!("&from={}", from.encoded())).unwrap_or_default();
    let quantity = match given.quantity.as_deref().map_or(Ok(Quantity::ONE), str::parse) {
        Ok(quantity) => quantity,
        Err(why) => {
            let problem = Problem::invalid("quantity", format!("The number of copies: {why}."));
            return Err(PageRefusal::from(problem).with_way_back(format!("/books/{item}")));
        }
    };
    let cart = shop.carts.add(&session.buyer(), item, quantity, &session.seen).await;
    let fields = vec![
        ("token", shop.signer.form_token(&session)),
        ("item", item.to_string()),
        ("quantity", quantity.units().to_string()),
    ];
    let retry = Retry { action: "/cart/items".into(), fields, hint: Harmless::NothingChanged };
    changed(&shop, &request, session, item, cart, &format!("/cart?added={item}{from}"), retry).await
}

/// Makes it so many of a book.
pub(super) async fn set(
    shop: Data<Shop>,
    item: Path<String>,
    Form(given): Form<Change>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let mut session = form::owner(&shop, &request, given.token.as_deref(), "/cart").await?;
    let item = number(&item)?;
    let Ok(quantity) = given.quantity.as_deref().unwrap_or_default().parse::<Quantity>() else {
        let text = visitor::say(&request).carts.no_number;
        return refused(&shop, &request, &mut session, item, StatusCode::UNPROCESSABLE_ENTITY, text).await;
    };
    let cart = shop.carts.set(&session.buyer(), item, Some(quantity), &session.seen).await;
    let fields = vec![("token", shop.signer.form_token(&session)), ("quantity", quantity.units().to_string())];
    let retry = Retry { action: format!("/cart/items/{item}"), fields, hint: Harmless::NothingChanged };
    let was = given.was.as_deref().and_then(|was| was.parse::<Quantity>().ok()).filter(|was| *was != quantity);
    let undo = was.map(|was| format!("/cart?changed={item}&copies={}", was.units()));
    let to = undo.as_deref().filter(|_| next(&given) == "/cart").unwrap_or(next(&given));
    changed(&shop, &request, session, item, cart, to, retry).await
}

/// Takes a book out.
pub(super) async fn remove(
    shop: Data<Shop>,
    item: Path<String>,
    Form(given): Form<Change>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = form::owner(&shop, &request, given.token.as_deref(), "/cart").await?;
    let item = number(&item)?;
    let cart = shop.carts.set(&session.buyer(), item, None, &session.seen).await;
    let was: Quantity = given.was.as_deref().and_then(|was| was.parse().ok()).unwrap_or(Quantity::ONE);
    let fields = vec![("token", shop.signer.form_token(&session)), ("was", was.units().to_string())];
    let retry = Retry { action: format!("/cart/items/{item}/remove"), fields, hint: Harmless::NothingChanged };
    let undo = format!("/cart?removed={item}&copies={}", was.units());
    let to = if next(&given) == "/cart" { &undo } else { next(&given) };
    changed(&shop, &request, session, item, cart, to, retry).await
}

/// Where a form leads: the cart, or the checkout if it was sent from there.
fn next(given: &Change) -> &str {
    given.next.as_deref().filter(|next| *next == "/checkout").unwrap_or("/cart")
}

/// The answer to a change of the line of `item`.
async fn changed(
    shop: &Shop,
    request: &HttpRequest,
    mut session: Session,
    item: ItemId,
    cart: Result<Cart, NoCart>,
    to: &str,
    retry: Retry,
) -> Result<HttpResponse, PageRefusal> {
    let said = &visitor::say(request).carts;
    let (status, text) = match cart {
        Ok(cart) => {
            session.saw_in_cart(cart.units());
            return Ok(form::with_session(shop, request, &session, see_other(to)));
        }
        Err(NoCart::NotInIt(_)) => (StatusCode::NOT_FOUND, said.not_in_it),
        Err(NoCart::TooMuch(_)) => (StatusCode::CONFLICT, said.too_much),
        Err(NoCart::Book(problem)) if problem.kind == "sold-out" => (StatusCode::CONFLICT, said.quicker),
        Err(why @ NoCart::NoCopies(NoCopies::Unreachable)) => {
            return Err(PageRefusal::from(in_words(why)).with_retry(retry));
        }
        Err(why) => return Err(PageRefusal::from(in_words(why)).with_way_back("/cart".into())),
    };
    refused(shop, request, &mut session, item, status, text).await
}

/// The cart as it is, and why it was not changed.
async fn refused(
    shop: &Shop,
    request: &HttpRequest,
    session: &mut Session,
    item: ItemId,
    status: StatusCode,
    text: &'static str,
) -> Result<HttpResponse, PageRefusal> {
    let cart = looked_at(shop, session, "/cart").await?;
    let notice =
        Notice { title: title_of(shop, visitor::say(request), item).await, text, alert: true, ..Notice::default() };
    Ok(shown(shop, request, session, status, &cart, Some(notice)).await)
}

/// The cart with something to say that is about all of it.
pub(super) async fn with_alert(
    shop: &Shop,
    request: &HttpRequest,
    session: &mut Session,
    status: StatusCode,
    cart: &Cart,
    text: &'static str,
) -> HttpResponse {
    let notice = Notice { text, alert: true, ..Notice::default() };
    shown(shop, request, session, status, cart, Some(notice)).await
}

async fn shown(
    shop: &Shop,
    request: &HttpRequest,
    session: &mut Session,
    status: StatusCode,
    cart: &Cart,
    notice: Option<Notice>,
) -> HttpResponse {
    session.saw_in_cart(cart.units());
    let is_wrong = notice.as_ref().is_some_and(|notice| notice.alert);
    let say = visitor::say(request);
    let title = if is_wrong { say.carts.not_changed } else { say.around.your_cart };
    let frame = Frame::titled(request, title).unlisted().of(shop, session);
    let words = CartWords::of(shop, say, cart, &[]).await;
    let told = notice.as_ref().map(|notice| notice.joined.as_str()).unwrap_or_default();
    let met = words.met(say, cart, told);
    form::with_session(shop, request, session, own_page(status, &CartPage { frame, cart: words, notice, met }))
}

/// What to say of what the address says was done; nothing where it makes no sense.
async fn notice(shop: &Shop, say: &Say, done: &Done) -> Option<Notice> {
    let from = done.from.as_deref().and_then(|from| from.parse().ok());
    let item = |text: &Option<String>| text.as_deref()?.parse::<ItemId>().ok();
    if let Some(item) = item(&done.added) {
        let (title, text) = (title_of(shop, say, item).await, say.carts.added);
        return Some(Notice { title, text, from, ..Notice::default() });
    }
    let copies = done.copies.as_deref().and_then(|copies| copies.parse().ok()).unwrap_or(Quantity::ONE);
    if let Some(item) = item(&done.changed) {
        let undo =
            Undo { action: format!("/cart/items/{item}"), item, copies, text: (say.carts.again)(copies.units()) };
        let title = title_of(shop, say, item).await;
        return Some(Notice { title, text: say.carts.other_copies, undo: Some(undo), ..Notice::default() });
    }
    if let Some(item) = item(&done.removed) {
        let undo = Undo { action: "/cart/items".into(), item, copies, text: say.carts.back.into() };
        let (title, text) = (title_of(shop, say, item).await, say.carts.removed);
        return Some(Notice { title, text, undo: Some(undo), ..Notice::default() });
    }
    done.joined.clone().map(|joined| Notice { text: say.carts.joined, joined, ..Notice::default() })
}
