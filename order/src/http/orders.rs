//! Orders, all or one, in the envelope of the classic API; and for the frontends as a receipt.

use super::{Shop, unreadable};
use crate::store;
use ::orders::{Kept, Known};
use actix_web::web::{Bytes, Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, http::header::ContentType};
use futures::stream::{self, Stream};
use serde::Deserialize;
use serve::params::Params;
use serve::{ClassicRefusal, Insider, Refusal, input};
use std::time::{Duration, UNIX_EPOCH};
use wire::order::{ClassicOrder, Latest, OrdersOf, Receipt};
use wire::{Fulfilment, OperatorName, OrderId, OrderNumber, Problem};

/// Orders read in one go while the whole list streams.
const PAGE: usize = 500;
/// Receipts in one answer, at most.
const MOST_LISTED: u32 = 1_000;
const BEGIN: &str = r#"{"order":["#;
const END: &str = r#"],"message":{},"status":"Success","validation_code":200}"#;

/// `GET /orders?limit=&after=`: all orders by number, streamed; `after` is the number after which a page begins.
pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, ClassicRefusal> {
    let params = Params::read(&request, &Bytes::new()).map_err(ClassicRefusal)?;
    params.only(&["limit", "after"]).map_err(ClassicRefusal)?;
    let limit = params.limit().map_err(ClassicRefusal)?;
    let after = params.parsed::<u64>("after").map_err(ClassicRefusal)?.unwrap_or(0);
    // The first page before the answer begins: what can't be read at all is a 503, not half a list.
    let first = page(&shop, after, limit).await.map_err(|error| ClassicRefusal(unreadable(&error)))?;
    let body = written(shop.get_ref().clone(), first, limit);
    Ok(HttpResponse::Ok().content_type(ContentType::json()).streaming(body))
}

/// Where the list goes on after one page.
struct Page {
    orders: Vec<Kept>,
    left: Option<usize>,
}

async fn page(shop: &Shop, after: u64, left: Option<usize>) -> rusqlite::Result<Page> {
    let most = left.unwrap_or(PAGE).min(PAGE);
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    let page = shop.checkout.replica.readers().read(move |orders| store::page(orders, after, limit)).await?;
    let left = if page.len() < most { Some(0) } else { left.map(|left| left - page.len().min(left)) };
    Ok(Page { orders: page.into_iter().map(Kept::from).collect(), left })
}

/// The text of the whole list, a page a piece. A database that breaks midway breaks the connection: the reader notices.
fn written(shop: Shop, first: Page, limit: Option<usize>) -> impl Stream<Item = rusqlite::Result<Bytes>> {
    enum Next {
        Write(Page, &'static str),
        Read(u64, Option<usize>),
        Done,
    }
    let whole = limit.is_none();
    stream::try_unfold(Next::Write(first, BEGIN), move |mut next| {
        let shop = shop.clone();
        async move {
            if let Next::Read(after, left) = next {
                next = Next::Write(page(&shop, after, left).await?, ",");
            }
            let Next::Write(page, before) = next else { return Ok(None) };
            let rows: Vec<String> = page.orders.iter().map(|kept| rows(&shop, kept)).collect();
            let goes_on = page.left != Some(0) && (whole || page.left.is_some());
            let last = page.orders.last().map(|kept| kept.order.number.0);
            let before = if rows.is_empty() && before == "," { "" } else { before };
            let text = format!("{before}{}{}", rows.join(","), if goes_on { "" } else { END });
            let next = match last {
                Some(after) if goes_on => Next::Read(after, page.left),
                _ => Next::Done,
            };
            Ok(Some((Bytes::from(text), next)))
        }
    })
}

/// The lines of one order as rows of the list.
fn rows(shop: &Shop, kept: &Kept) -> String {
    let (_, state) = shop.checkout.copies(kept);
    let created = UNIX_EPOCH + Duration::from_millis(kept.order.created_ms);
    let created = humantime::format_rfc3339_millis(created).to_string();
    let row = |line: &wire::sale::SoldLine| ClassicOrder {
        id: kept.order.number,
        uuid: kept.order.id,
        item_id: line.item,
        quantity: line.quantity,
        created: created.clone(),
        state,
    };
    let json = |row| serde_json::to_string(&row).expect("an order has a JSON form");
    kept.order.lines.iter().map(row).map(json).collect::<Vec<_>>().join(",")
}

/// `GET /orders/{number or uuid}`.
pub(super) async fn show(shop: Data<Shop>, name: Path<String>) -> Result<HttpResponse, ClassicRefusal> {
    let kept = find(&shop, &name).await.map_err(ClassicRefusal)?;
    let body = format!("{BEGIN}{}{END}", rows(&shop, &kept));
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(body))
}

/// The order as the frontends show it.
pub(super) async fn receipt(_: Insider, shop: Data<Shop>, name: Path<String>) -> Result<Json<Receipt>, Refusal> {
    let kept = find(&shop, &name).await.map_err(Refusal)?;
    let (copies, state) = shop.checkout.copies(&kept);
    Ok(Json(Receipt { order: kept.order, copies, state, items: Vec::new() }))
}

/// The orders of one buyer, latest first. The buyer is in the body: a guest's id is a secret, and addresses are logged.
pub(super) async fn of_buyer(
    _: Insider,
    shop: Data<Shop>,
    asked: input::Json<OrdersOf>,
) -> Result<Json<Vec<Receipt>>, Refusal> {
    let OrdersOf { buyer, after, limit } = asked.into_inner();
    let limit = limit.min(MOST_LISTED);
    let page = shop.checkout.replica.readers().read(move |orders| store::of_buyer(orders, &buyer, after, limit)).await;
    page.map(|page| receipts(&shop, page)).map_err(|error| Refusal(unreadable(&error)))
}

/// All orders for the desk, or those that have come so far, latest first.
pub(super) async fn latest(
    _: Insider,
    shop: Data<Shop>,
    asked: input::Json<Latest>,
) -> Result<Json<Vec<Receipt>>, Refusal> {
    let Latest { fulfilment, after, limit } = asked.into_inner();
    let limit = limit.min(MOST_LISTED);
    let page =
        shop.checkout.replica.readers().read(move |orders| store::latest(orders, fulfilment, after, limit)).await;
    page.map(|page| receipts(&shop, page)).map_err(|error| Refusal(unreadable(&error)))
}

fn receipts(shop: &Shop, page: Vec<Known>) -> Json<Vec<Receipt>> {
    let receipt = |known| {
        let kept = Kept::from(known);
        let (copies, state) = shop.checkout.copies(&kept);
        Receipt { order: kept.order, copies, state, items: Vec::new() }
    };
    Json(page.into_iter().map(receipt).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    to: Fulfilment,
    /// Who wants it.
    #[serde(default)]
    by: OperatorName,
}

/// Takes an order one step on; the answer is the order as it is then.
pub(super) async fn take_on(
    _: Insider,
    shop: Data<Shop>,
    name: Path<String>,
    step: input::Json<Step>,
) -> Result<Json<Receipt>, Refusal> {
    let kept = find(&shop, &name).await.map_err(Refusal)?;
    let Step { to, by } = step.into_inner();
    shop.checkout.take_on(kept, to, by).await.map(Json).map_err(Refusal)
}

async fn find(shop: &Shop, name: &str) -> Result<Kept, Problem> {
    let readers = shop.checkout.replica.readers();
    let id = match (name.parse::<u64>(), name.parse::<OrderId>()) {
        (Ok(number), _) => {
            let id = readers.read(move |orders| store::by_number(orders, OrderNumber(number))).await;
            id.map_err(|error| unreadable(&error))?
        }
        (_, Ok(id)) => Some(id),
        _ => return Err(Problem::invalid("id", "an order is named by its number or its UUID")),
    };
    let unknown = || Problem::definite(404, "no-such-order", format!("Order {name} not found in the order server."));
    let id = id.ok_or_else(unknown)?;
    let mut kept = readers.read(move |orders| store::kept(orders, &[id])).await.map_err(|error| unreadable(&error))?;
    kept.remove(&id).ok_or_else(unknown)
}
