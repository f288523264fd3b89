//! The classic users: `/createuser`, `/user` and `/userslist`.
//!
//! A user that is created here is an account without a password. Nobody can sign in to it; whoever created it is, and may
//! set one (`PUT /api/v1/session/password`). So an e-mail address opens nothing here either.

use super::carts::{TOGETHER, after, asked, needed, private};
use super::whose::{is_operator, whose};
use crate::accounts::{Accounts, NoAccount};
use crate::objects::Listing;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serve::params::Params;
use serve::{ClassicRefusal, Operator, intent};
use std::collections::BTreeMap;
use uuid::Uuid;
use wire::account::Email;
use wire::cart::Key;
use wire::classic::carts::{ListedUser, User, UserState, Users};
use wire::{Buyer, NotValid, Problem};

fn email(params: &Params) -> Result<Email, ClassicRefusal> {
    let wrong = |error: NotValid| ClassicRefusal(Problem::invalid("email", format!("email is wrong: {error}.")));
    needed(params, "email")?.parse().map_err(wrong)
}

/// Makes an account without a password. A visitor who does it is signed in; the operator is nobody's visitor.
pub(super) async fn create(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let params = asked(&request, &body, &["email"])?;
    let (email, operator) = (email(&params)?, is_operator(&request).await?);
    if !operator {
        intent::meant_it(&request).map_err(ClassicRefusal)?;
        visitor::newcomer(&request, &shop).map_err(|why| ClassicRefusal(why.into()))?;
    }
    let member = shop.accounts.sign_up(email.clone(), None).await.map_err(ClassicRefusal::from)?;
    let session = match visitor::session(&request, &shop.signer).filter(|_| !operator) {
        Some(session) => session.signed_in(Uuid::new_v4(), member),
        None => Session::of_member(Uuid::new_v4(), member),
    };
    let (session, _) = shop.carts.joined(session, member.since_s).await;
    let answer = private(StatusCode::CREATED, &User::found(201, state(&shop, email, &session.buyer()).await?));
    if operator {
        return Ok(answer);
    }
    Ok(visitor::with_cookie(answer, &visitor::cookie(&request, &shop.signer, &session)))
}

async fn state(shop: &Shop, email: Email, owner: &Buyer) -> Result<UserState, ClassicRefusal> {
    let by_title = shop.carts.by_title(owner, &crate::session::Seen::default(), &shop.contexts).await;
    // The account is there, whatever becomes of looking at its cart.
    let (cart, context) =
        by_title.map_or_else(|_| (BTreeMap::new(), String::new()), |found| (found.cart, found.context));
    Ok(UserState { email, userid: owner.as_str().to_owned(), cart, context })
}

/// A user's cart.
pub(super) async fn show(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let params = asked(&request, &body, &["email"])?;
    let email = email(&params)?;
    let whose = whose(&shop, &request, email.as_str()).await?;
    let by_title = shop.carts.by_title(&whose.owner, &whose.seen(), &shop.contexts).await;
    let by_title = by_title.map_err(|why| ClassicRefusal(why.into()))?;
    let userid = whose.owner.as_str().to_owned();
    let user = UserState { email, userid, cart: by_title.cart, context: by_title.context };
    Ok(whose.answer(&shop, &request, private(StatusCode::OK, &User::found(200, user))))
}

/// All users, a part at a time.
pub(super) async fn list(
    _: Operator,
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, ClassicRefusal> {
    let params = asked(&request, &body, &["after"])?;
    let page = shop.objects.list(Listing::Kind("account"), after(&params, "account")?.as_ref()).await;
    let page = page.map_err(NoAccount::from)?;
    let look = |key: Key| {
        let shop = &shop;
        async move { Ok::<_, Problem>(Accounts::listed(shop.objects.certain(&key).await?.as_ref())) }
    };
    let users = stream::iter(page.keys).map(look).buffered(TOGETHER).try_collect::<Vec<_>>().await?;
    let listed = users.into_iter().flatten().map(|(email, id)| ListedUser { email, userid: id.to_string() });
    let next = page.next.map(|key| key.name().to_owned());
    Ok(private(StatusCode::OK, &Users { response: listed.collect(), next }))
}
