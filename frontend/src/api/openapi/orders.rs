//! The orders of `/api/v1`, described.

use super::describe::{Described, V1, id, json_body, key, path, query, whole};
use crate::cursor::OrderCursor;
use serde_json::json;
use serve::params::MOST_LIMIT;
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use uuid::Uuid;
use wire::order::{OrderState, Place};
use wire::sale::{Basket, Line};
use wire::shortfall::{Shortfall, not_enough};
use wire::v1::{NewOrder, Order, OrderLine, Orders};
use wire::{Fulfilment, ItemId, OrderId, OrderNumber, Quantity};

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/api/v1/orders", [(HttpMethod::Get, list()), (HttpMethod::Post, create())]);
    path(paths, "/api/v1/orders/{id}", [(HttpMethod::Get, show())])
}

fn quantity(units: u64) -> Quantity {
    units.try_into().expect("a quantity")
}

fn wanted() -> NewOrder {
    let line = |item, units| Line { item: ItemId(item), quantity: quantity(units) };
    NewOrder { lines: Basket::try_from(vec![line(1, 2), line(44, 1)]).expect("a basket") }
}

pub(super) fn order() -> Order {
    let line = |item, title: &str, units, price_cents| OrderLine {
        item: ItemId(item),
        title: Some(title.into()),
        quantity: quantity(units),
        price_cents,
    };
    Order {
        number: OrderNumber(196),
        uuid: OrderId(Uuid::from_u128(0x5e1f)),
        created_ms: 1_763_695_929_123,
        state: OrderState::Settled,
        copies: 2,
        fulfilment: Fulfilment::Packed,
        lines: vec![
            line(1, "How to get a good grade in 677 in 20 minutes a day.", 2, 1000),
            line(44, "Pride and Prejudice", 1, 1250),
        ],
        total_cents: 3250,
    }
}

/// A line that falls short.
pub(super) fn short(item: u32, left: Option<u64>) -> Shortfall {
    Shortfall { item: ItemId(item), wanted: quantity(2), left }
}

fn create() -> Described {
    Described::new(
        V1,
        "order",
        "Buys several books in one order, all or nothing",
        "1 to 100 lines, each of another book. Once for each `Idempotency-Key`: asked again it answers the same, and the \
         same key with other lines is refused with 422. When lines fall short, nothing is bought and `lines` of the \
         problem names every one of them, with what is left. A request with a session's cookie buys for that session, \
         and a key is the session's own; one without buys for nobody in particular. So ask again with the same cookie \
         as with the same key.",
    )
    .takes([key()])
    .takes_body(json_body(&wanted(), "What to buy."))
    .answers(201, "Bought. Whoever has `uuid` sees the order: keep it to yourself.", &order())
    .refuses(&[
        (400, "missing", "lines[0].quantity is missing."),
        (403, "not-meant", "This request was made by another site; buying starts on a page of this shop."),
    ])
    .refuses_as(not_enough(&[short(1, Some(0)), short(44, Some(1)), short(4_294_967_000, None)]))
    .refuses(&[
        (413, "too-large", "The body is larger than this address takes."),
        (415, "wrong-media-type", "The body must be sent as Content-Type: application/json."),
        (422, "invalid", "lines: an order names each item once."),
        (503, "held-elsewhere", "The item with id 1 is held by catalogB, which does not answer; try again in a moment"),
    ])
}

fn list() -> Described {
    let place = Place(order().created_ms, order().uuid);
    let next = OrderCursor(place).to_string();
    let cursor = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{44}$"));
    Described::new(
        V1,
        "orders",
        "The orders of whoever is asking, a part at a time",
        "The latest first: those of the member who is signed in, or of the guest who has the session's cookie. `next` is \
         the `cursor` of the next part, and `null` at the end. `X-Stale: 1` says that an order desk does not answer, so \
         that the latest orders may be missing.",
    )
    .takes([
        query("limit", false, whole(1, MOST_LIMIT as u64).default(Some(json!(20))), "The most orders of one part.", 10),
        query("cursor", false, cursor, "`next` of the part before.", next.as_str()),
    ])
    .answers(200, "The orders.", &Orders { orders: vec![order()], next: Some(next.clone()) })
    .refuses(&[
        (413, "too-large", "The body is larger than this address takes."),
        (422, "invalid", "limit is wrong: a limit is a whole number from 1 to 1000."),
        (503, "order-out-of-reach", "Orders can't be shown at the moment. Yours is safe; try again in a moment."),
    ])
}

fn show() -> Described {
    Described::new(
        V1,
        "orderById",
        "An order, for whoever has its id",
        "The id is the secret that `POST` answered; a number opens nothing.",
    )
    .takes([id("The `uuid` of the order.", &order().uuid.to_string())])
    .answers(200, "The order.", &order())
    .refuses(&[
        (404, "no-such-order", "There is no order under this link."),
        (503, "order-out-of-reach", "Orders can't be shown at the moment. Yours is safe; try again in a moment."),
    ])
}
