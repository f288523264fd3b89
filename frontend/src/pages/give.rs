//! "Give it": the form on the page of a gift list that can only be read, and what it says of what others give.
//!
//! The page with which the list is written shows none of this: that one is its owner's.

use super::failure::PageRefusal;
use super::form::{admitted_to_list, with_session};
use super::list::{Sent, shown};
use super::{see_other, status_of};
use crate::gifts::{Gift, NotGiven};
use crate::lists::edit::{Item, Kind};
use crate::lists::{Link, Sheet};
use crate::session::Session;
use crate::shop::Shop;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;
use wire::{ItemId, Problem};

/// Lines of which is asked whether they are given: a page must not cost as many questions as somebody likes.
pub(super) const MOST_ASKED: usize = 60;

/// What others give of a line, in words; empty where nobody gives any of it or nobody can tell.
pub(super) async fn words(shop: &Shop, list: Uuid, item: ItemId, wanted: u64) -> String {
    match (Gift { list, item, wanted }.given(&shop.checkout).await, wanted) {
        (None | Some(0), _) => String::new(),
        (Some(given), wanted) if given >= wanted => "Given already".into(),
        (Some(given), wanted) => format!("{given} of {wanted} given"),
    }
}

/// Buys a gift, and sends the browser to its order.
pub(super) async fn give(
    shop: &Shop,
    list: Uuid,
    address: &str,
    sent: &Sent,
    request: &HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let back = |why: Problem| PageRefusal::from(why).with_way_back_to_list(address);
    let mut session = admitted_to_list(shop, request, sent.token.as_deref(), address)?;
    let sheet = Sheet::of(&shop.lists.state(list).await.map_err(Problem::from)?);
    let gift = match gift(list, &sheet, sent.item.as_deref()) {
        Ok(gift) => gift,
        Err(why) => return refused(shop, list, &session, StatusCode::UNPROCESSABLE_ENTITY, why).await,
    };
    let buyer = session.buyer();
    let outcome = gift.give(&shop.checkout, &buyer, &mut session.seen).await;
    let answer = match outcome {
        Ok(receipt) => see_other(&format!("/orders/{}", receipt.order.id)),
        Err(NotGiven::AllGiven) => {
            let why = "Somebody was quicker: that is given already. Nothing was bought.";
            refused(shop, list, &session, StatusCode::CONFLICT, why).await?
        }
        Err(NotGiven::NoReceipt(why)) => {
            let problem = Problem::from(&why);
            if problem.status >= 500 {
                return Err(back(problem));
            }
            refused(shop, list, &session, status_of(&problem), &problem.detail).await?
        }
    };
    Ok(with_session(shop, request, &session, answer))
}

fn gift(list: Uuid, sheet: &Sheet, item: Option<&str>) -> Result<Gift, &'static str> {
    let wanted = |item: ItemId| sheet.lines.iter().find(|line| line.item == Item::Book(item));
    match (sheet.kind, item.and_then(|item| item.parse().ok())) {
        (Kind::Gift, Some(item)) => match wanted(item) {
            Some(line) => Ok(Gift { list, item, wanted: line.count.unsigned_abs() }),
            None => Err("That is not on the list any more. Nothing was bought."),
        },
        (Kind::Gift, None) => Err("Only books of this shop can be given here."),
        (Kind::Wish | Kind::Reading, _) => Err("This is no gift list any more. Nothing was bought."),
    }
}

async fn refused(
    shop: &Shop,
    list: Uuid,
    session: &Session,
    status: StatusCode,
    why: &str,
) -> Result<HttpResponse, PageRefusal> {
    shown(shop, Link::Read(list), session, status, Some(why.to_owned())).await
}
