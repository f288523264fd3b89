//! Sales: asked for by order replicas, and read again by those that missed one.

use super::{Shop, unreadable};
use crate::store;
use actix_web::web::{Data, Json};
use futures::future::join_all;
use journal::ActorId;
use serde::Deserialize;
use serve::{Insider, Refusal, input};
use stock::TransferRequest;
use stock::command::{Command, Reply, TransferAnswer};
use wire::OrderId;
use wire::sale::{ListedSale, Refused, Reserve, Reserved};

/// The most sales listed in one answer.
const MOST: u32 = 5000;

/// A batch: queued together, so that one commit decides it. Nobody in it waits for others.
pub(super) async fn reserve(
    _: Insider,
    shop: Data<Shop>,
    wishes: input::Json<Vec<Reserve>>,
) -> Json<Vec<Result<Reserved, Refused>>> {
    Json(join_all(wishes.into_inner().into_iter().map(|wish| shop.till.sell(wish))).await)
}

pub(super) async fn reserve_alone(
    _: Insider,
    shop: Data<Shop>,
    wish: input::Json<Reserve>,
) -> Json<Result<Reserved, Refused>> {
    Json(shop.till.sell_alone(wish.into_inner()).await)
}

pub(super) async fn transfers(
    _: Insider,
    shop: Data<Shop>,
    requests: input::Json<Vec<TransferRequest>>,
) -> Result<Json<Vec<TransferAnswer>>, Refusal> {
    let ask = |request| shop.peers.replica.ask(Command::Give(request));
    let answers = join_all(requests.into_inner().into_iter().map(ask)).await;
    let answers: Result<Vec<_>, _> = answers.into_iter().map(|answer| answer.map(Reply::given)).collect();
    answers.map(Json).map_err(|error| Refusal(error.problem()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    actor: ActorId,
    after: u64,
}

/// Where the sales of one actor stand after some entry.
pub(super) async fn list(
    _: Insider,
    shop: Data<Shop>,
    after: input::Query<After>,
) -> Result<Json<Vec<ListedSale>>, Refusal> {
    // What is committed but not published yet has no witness: nobody may see it.
    let After { actor, after } = after.into_inner();
    let upto = shop.peers.replica.published().seq(actor);
    let sales = shop.peers.replica.readers().read(move |sales| store::sales_of(sales, actor, after, MOST)).await;
    let mut sales = sales.map_err(|error| Refusal(unreadable(&error)))?;
    sales.retain(|sale| sale.seq <= upto);
    Ok(Json(sales))
}

/// The sales of these orders; those not known here are left out.
pub(super) async fn read(
    _: Insider,
    shop: Data<Shop>,
    orders: input::Json<Vec<OrderId>>,
) -> Result<Json<Vec<wire::sale::PlacedSale>>, Refusal> {
    let published = shop.peers.replica.published();
    let sales = shop.peers.replica.readers().read(move |sales| store::sales(sales, &orders.0)).await;
    let sales = sales.map_err(|error| Refusal(unreadable(&error)))?;
    let sales = sales.into_iter().filter(|known| known.at.seq <= published.seq(known.at.actor));
    let placed = sales.map(|known| wire::sale::PlacedSale { sale: known.sale, at: known.at });
    Ok(Json(placed.collect()))
}
