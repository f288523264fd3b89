//! Sales: asked for by order replicas, and read again by those that missed one.

use super::{Shop, unreadable};
use crate::store;
use actix_web::web::{Data, Json};
use futures::future::join_all;
use journal::ActorId;
use serde::Deserialize;
use serve::{Insider, Refusal, input};
use std::collections::BTreeMap;
use stock::command::{Command, Reply, TransferAnswer};
use stock::{KnownSale, TransferRequest};
use wire::fulfilment::TakeOn;
use wire::sale::{ListedSale, PlacedSale, Refused, Reserve, Reserved, SaleRef};
use wire::{Advance, OrderId, Standing};

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

/// Where the sales of one actor stand after some entry, and the steps of orders that it wrote.
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

/// The sales of these orders, and the steps they have taken; those not known here are left out.
pub(super) async fn read(
    _: Insider,
    shop: Data<Shop>,
    orders: input::Json<Vec<OrderId>>,
) -> Result<Json<Vec<Standing>>, Refusal> {
    let published = shop.peers.replica.published();
    let look =
        move |sales: &rusqlite::Connection| Ok((store::sales(sales, &orders.0)?, store::advances(sales, &orders.0)?));
    let (sales, steps) = shop.peers.replica.readers().read(look).await.map_err(|error| Refusal(unreadable(&error)))?;
    let is_published = |at: &SaleRef| at.seq <= published.seq(at.actor);
    let mut advances: BTreeMap<OrderId, Vec<Advance>> = BTreeMap::new();
    for (order, step) in steps.into_iter().filter(|(_, step)| is_published(&step.at)) {
        advances.entry(order).or_default().push(step);
    }
    let standing = |known: KnownSale| Standing {
        advances: advances.get(&known.sale.order).cloned().unwrap_or_default(),
        placed: PlacedSale { sale: known.sale, at: known.at },
    };
    Ok(Json(sales.into_iter().filter(|known| is_published(&known.at)).map(standing).collect()))
}

/// Takes an order one step on, where this replica decides about it.
pub(super) async fn take_on(
    _: Insider,
    shop: Data<Shop>,
    asked: input::Json<TakeOn>,
) -> Result<Json<Standing>, Refusal> {
    shop.till.take_on(asked.0).await.map(Json).map_err(Refusal)
}
