//! "Give it": the form on the page of a gift list that can only be read, and what it says of what others give.
//!
//! The page with which the list is written shows none of this: that one is its owner's.

use super::failure::{PageRefusal, wrong};
use super::form::{admitted_to_list, with_session};
use super::list::{Sent, shown};
use super::{see_other, status_of};
use crate::gifts::{Gift, NotGiven};
use crate::lists::edit::{Item, Kind};
use crate::lists::{Link, Sheet};
use crate::say::{Lists, Say};
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;
use wire::{ItemId, Problem};

/// Lines of which is asked whether they are given: a page must not cost as many questions as somebody likes.
pub(super) const MOST_ASKED: usize = 60;

/// What others give of a line.
#[derive(Default)]
pub(super) struct Given {
    /// In words; empty where nobody gives any of it or nobody can tell.
    pub(super) words: String,
    /// Whether there is nothing left to give.
    pub(super) all: bool,
}

/// What others give of a line.
pub(super) async fn given(shop: &Shop, say: &Say, list: Uuid, item: ItemId, wanted: u64) -> Given {
    match (Gift { list, item, wanted }.given(&shop.checkout).await, wanted) {
        (None | Some(0), _) => Given::default(),
        (Some(given), wanted) if given >= wanted => Given { words: say.lists.given.into(), all: true },
        (Some(given), wanted) => Given { words: (say.lists.of_given)(given, wanted), all: false },
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
    let say = visitor::say(request);
    let gift = match gift(&say.lists, list, &sheet, sent.item.as_deref()) {
        Ok(gift) => gift,
        Err(why) => return refused(shop, request, list, &session, StatusCode::UNPROCESSABLE_ENTITY, why).await,
    };
    let buyer = session.buyer();
    let outcome = gift.give(&shop.checkout, &buyer, &mut session.seen).await;
    let answer = match outcome {
        Ok(receipt) => see_other(&format!("/orders/{}", receipt.order.id)),
        Err(NotGiven::AllGiven) => {
            refused(shop, request, list, &session, StatusCode::CONFLICT, say.lists.all_given).await?
        }
        Err(NotGiven::NoReceipt(why)) => {
            let problem = Problem::from(&why);
            if problem.status >= 500 {
                return Err(back(problem));
            }
            let said = wrong(say, &problem).unwrap_or(say.lists.sold_out);
            refused(shop, request, list, &session, status_of(&problem), said).await?
        }
    };
    Ok(with_session(shop, request, &session, answer))
}

fn gift(say: &Lists, list: Uuid, sheet: &Sheet, item: Option<&str>) -> Result<Gift, &'static str> {
    let wanted = |item: ItemId| sheet.lines.iter().find(|line| line.item == Item::Book(item));
    match (sheet.kind, item.and_then(|item| item.parse().ok())) {
        (Kind::Gift, Some(item)) => match wanted(item) {
            Some(line) => Ok(Gift { list, item, wanted: line.count.unsigned_abs() }),
            None => Err(say.not_on_list),
        },
        (Kind::Gift, None) => Err(say.no_book),
        (Kind::Wish | Kind::Reading, _) => Err(say.no_gift_list),
    }
}

async fn refused(
    shop: &Shop,
    request: &HttpRequest,
    list: Uuid,
    session: &Session,
    status: StatusCode,
    why: &'static str,
) -> Result<HttpResponse, PageRefusal> {
    shown(shop, request, Link::Read(list), session, status, Some(why)).await
}
