//! The classic cart APIs: `/api/insert`, `/api/delete`, `/api/list_all`, `/api/list_category` and `/addtocart`.

use super::whose::{Whose, whose};
use crate::cache::Book;
use crate::cart::NoCart;
use crate::headers::NOT_KEPT;
use crate::objects::Listing;
use crate::shop::Shop;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use crdt::{Content, Object};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serve::params::Params;
use serve::{ClassicRefusal, Operator, input};
use std::sync::Arc;
use wire::cart::{CATEGORY, Key};
use wire::classic::carts::{AddToCart, CartLines, Done, Owners, User, UserState};
use wire::sale::Basket;
use wire::{Problem, Quantity};

/// Objects of a list that are looked at together.
pub(super) const TOGETHER: usize = 32;

/// A text that must be there.
pub(super) fn needed<'p>(params: &'p Params, name: &str) -> Result<&'p str, ClassicRefusal> {
    params.text(name)?.ok_or_else(|| ClassicRefusal(Problem::missing(name, format!("{name} is missing."))))
}

/// The parameters of a request, which may have these and no others.
pub(super) fn asked(request: &HttpRequest, body: &Bytes, names: &[&str]) -> Result<Params, ClassicRefusal> {
    let params = Params::read(request, body)?;
    params.only(names)?;
    Ok(params)
}

/// Nobody in between keeps what belongs to one visitor.
pub(super) fn private(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header(NOT_KEPT).json(body)
}

fn ok(body: &impl Serialize) -> HttpResponse {
    private(StatusCode::OK, body)
}

fn refused(why: NoCart) -> ClassicRefusal {
    ClassicRefusal(why.into())
}

/// Puts one unit of a book into a cart.
pub(super) async fn insert(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let (whose, book) = book_of_cart(&shop, &request, &body).await?;
    shop.carts.add_all(&whose.owner, &[(book, Quantity::ONE)]).await.map_err(refused)?;
    Ok(whose.answer(&shop, &request, ok(&Done::new("One more is in the cart."))))
}

/// Takes one unit of a book out of a cart.
pub(super) async fn delete(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let (whose, book) = book_of_cart(&shop, &request, &body).await?;
    shop.carts.take_one(&whose.owner, &book).await.map_err(refused)?;
    Ok(whose.answer(&shop, &request, ok(&Done::new("One less is in the cart."))))
}

/// Whose cart a request is about, and which book.
async fn book_of_cart(
    shop: &Shop,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<(Whose, Arc<Book>), actix_web::Error> {
    let params = asked(request, body, &["userid", "item_name"])?;
    let (user, title) = (needed(&params, "userid")?, needed(&params, "item_name")?);
    let whose = whose(shop, request, user).await?;
    let book = shop.carts.titled(title, &whose.seen()).await.map_err(refused)?;
    Ok((whose, book))
}

/// What is in a cart.
pub(super) async fn list_all(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let params = asked(&request, &body, &["userid"])?;
    let whose = whose(&shop, &request, needed(&params, "userid")?).await?;
    let response = shop.carts.lines(&whose.owner, &whose.seen()).await.map_err(refused)?;
    Ok(whose.answer(&shop, &request, ok(&CartLines { response })))
}

/// Whose carts have a book of a category: from the replicas' index, each looked at once more.
pub(super) async fn list_category(
    _: Operator,
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, ClassicRefusal> {
    let params = asked(&request, &body, &["category", "after"])?;
    let category = needed(&params, "category")?;
    let page = shop.objects.list(Listing::Category(category), after(&params, "cart")?.as_ref()).await;
    let page = page.map_err(Problem::from)?;
    // A replica that was away may list a cart that has none any more.
    let shop = &shop;
    let look = |key: Key| async move {
        let object = shop.objects.certain(&key).await?;
        Ok::<_, Problem>(object.is_some_and(|object| shows(&object, category)).then(|| key.name().to_owned()))
    };
    let owners = stream::iter(page.keys).map(look).buffered(TOGETHER).try_collect::<Vec<_>>().await?;
    let response = owners.into_iter().flatten().collect();
    Ok(ok(&Owners { response, next: page.next.map(|key| key.name().to_owned()) }))
}

/// Where a list goes on: after the object of this kind that `after` names.
pub(super) fn after(params: &Params, kind: &str) -> Result<Option<Key>, Problem> {
    let wrong = |error: wire::NotValid| Problem::invalid("after", format!("after is wrong: {error}."));
    params.text("after")?.map(|name| Key::of(kind, name).map_err(wrong)).transpose()
}

fn shows(object: &Object, category: &str) -> bool {
    match object.content() {
        Content::Counters { items } => {
            items.values().any(|line| line.fields.get(CATEGORY).is_some_and(|found| found == category))
        }
        Content::Elements { .. } => false,
    }
}

/// Puts several books into a cart, all or none.
pub(super) async fn add_to_cart(
    shop: Data<Shop>,
    request: HttpRequest,
    given: input::Json<AddToCart>,
) -> Result<HttpResponse, actix_web::Error> {
    let AddToCart { email, cart } = given.into_inner();
    let whose = whose(&shop, &request, email.as_str()).await?;
    if cart.is_empty() || cart.len() > Basket::MOST_LINES {
        let why = format!("cart: 1 to {} titles with a quantity each.", Basket::MOST_LINES);
        return Err(ClassicRefusal(Problem::invalid("cart", why)).into());
    }
    let mut wanted = Vec::with_capacity(cart.len());
    for (title, quantity) in cart {
        wanted.push((shop.carts.titled(&title, &whose.seen()).await.map_err(refused)?, quantity));
    }
    shop.carts.add_all(&whose.owner, &wanted).await.map_err(refused)?;
    let by_title = shop.carts.by_title(&whose.owner, &whose.seen(), &shop.contexts).await.map_err(refused)?;
    let userid = whose.owner.as_str().to_owned();
    let user = UserState { email, userid, cart: by_title.cart, context: by_title.context };
    Ok(whose.answer(&shop, &request, ok(&User::found(200, user))))
}
