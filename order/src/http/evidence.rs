//! What this tier has seen of a catalog replica: asked for by one that does not know whether its data is the latest, and
//! by one that takes over from an actor that is gone.

use super::{Shop, unreadable};
use crate::store;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use journal::ActorId;
use orders::Known;
use orders::ledger::sale_of;
use replica::Evidence;
use serve::{Insider, Refusal, input};
use wire::evidence::{LastSales, WhichSales};
use wire::sale::PlacedSale;

/// Orders looked at for one answer.
const PAGE: u32 = 2000;

pub(super) async fn highest(_: Insider, shop: Data<Shop>, actor: Path<ActorId>) -> Result<Json<Evidence>, Refusal> {
    shop.checkout.settled().await.map_err(|error| Refusal(error.problem()))?;
    let seq = shop.checkout.replica.readers().read(move |sales| store::highest_seen(sales, *actor)).await;
    seq.map(|seq| Json(Evidence { seq })).map_err(|error| Refusal(unreadable(&error)))
}

/// The sales of one actor after some entry that orders here name, a page of orders at a time.
pub(super) async fn sales(
    _: Insider,
    shop: Data<Shop>,
    which: input::Json<WhichSales>,
) -> Result<Json<LastSales>, Refusal> {
    let WhichSales { actor, after, from, close } = which.into_inner();
    if close {
        shop.checkout.closings.close(actor, after).await;
        // A sale whose caller has gone away may still be in the writer's queue.
        shop.checkout.replica.settled().await.map_err(|error| Refusal(error.problem()))?;
    }
    let look = move |orders: &rusqlite::Connection| {
        if store::highest_seen(orders, actor)? <= after {
            return Ok(LastSales::default());
        }
        let rows = store::rows(orders, from, PAGE)?;
        let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|(row, _)| *row);
        Ok(LastSales { sales: rows.iter().filter_map(|(_, known)| made_by(known, actor, after)).collect(), next })
    };
    let page = shop.checkout.replica.readers().read(look).await;
    page.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

/// The sale of an order that `actor` made after entry `after`, under the number and at the prices that the order has.
fn made_by(known: &Known, actor: ActorId, after: u64) -> Option<PlacedSale> {
    let at = known.sales.keys().find(|at| at.actor == actor && at.seq > after)?;
    Some(PlacedSale { at: *at, ..sale_of(&known.order) })
}

/// The actor was not retired after all: its sales are taken again.
pub(super) async fn reopen(_: Insider, shop: Data<Shop>, actor: input::Json<ActorId>) -> HttpResponse {
    shop.checkout.closings.reopen(actor.0).await;
    HttpResponse::NoContent().finish()
}
