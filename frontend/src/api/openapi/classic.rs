//! The classic API, described.

use super::describe::{
    CLASSIC, Described, body, item, key, path, quantity_or_null, query, reference, whole, wish, words,
};
use crate::api::PATHS;
use crate::cursor::Cursor;
use serve::params::MOST_LIMIT;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{PathsBuilder, RefOr};
use uuid::Uuid;
use wire::classic::{Bought, BoughtOrder, Items};
use wire::{ItemId, OrderId, OrderNumber, Quantity};

/// What every address may refuse, whatever it does.
const TOO_MUCH: (u16, &str) = (413, "The body is larger than this address takes.");
const UNREADABLE: (u16, &str) = (415, "Send the body as application/json or application/x-www-form-urlencoded.");
const NOT_NOW: (u16, &str) = (503, "No catalog answers at the moment; try again in a moment.");

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let [lookup_path, search_path, buy_path] = PATHS;
    let paths = path(paths, search_path, [(HttpMethod::Get, search())]);
    let paths = path(paths, lookup_path, [(HttpMethod::Get, lookup())]);
    path(paths, buy_path, [(HttpMethod::Get, buy_by_get()), (HttpMethod::Post, buy_by_post())])
}

/// A cursor as it is given out.
pub(super) fn cursor() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{10}$"))
}

/// A cursor of a list in any order.
pub(super) fn any_cursor() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9A-Za-z_-]{10,1024}$"))
}

fn one_item() -> Items {
    Items::found(vec![item()])
}

fn search() -> Described {
    Described::new(
        CLASSIC,
        "search",
        "The books of a topic, or those that words find",
        "Give exactly one of `topic`, `q` and `id`. Books of a topic come in the order of their ids, those that words find \
         with the best first; an unknown topic is an empty list. With `limit`, the `Link` header says where the list goes on. The parameters may also come as a JSON body.",
    )
    .takes([
        query("topic", false, words(), "The topic, in full.", "distributed systems"),
        query("q", false, words().min_length(Some(1)), "Words that a book must have, all of them: see `GET /api/v1/books`.", "rpcs"),
        query("id", false, reference::<ItemId>(), "The number of a book: the same as a lookup.", 1),
        query("limit", false, whole(1, MOST_LIMIT as u64), "The most books of one answer.", 10),
        query("cursor", false, any_cursor(), "Where the last answer ended, from its `Link`.", Cursor(ItemId(1)).to_string()),
    ])
    .answers(200, "The books.", &one_item())
    .refuses_classic(&[
        (400, "Give topic, q or id: what to search for is missing."),
        (404, "Item with id 99 not found in the catalog server."),
        TOO_MUCH,
        UNREADABLE,
        (422, "limit is wrong: a limit is a whole number from 1 to 1000."),
        NOT_NOW,
    ])
}

fn lookup() -> Described {
    Described::new(CLASSIC, "lookup", "One book", "By its number. It may also come as a JSON body.")
        .takes([query("id", true, reference::<ItemId>(), "The number of the book.", 1)])
        .answers(200, "The book, in a list of one.", &one_item())
        .refuses_classic(&[
            (400, "id is missing: give the number of an item, such as id=1."),
            (404, "Item with id 99 not found in the catalog server."),
            TOO_MUCH,
            UNREADABLE,
            (422, "id is wrong: an item's id is a whole number from 0 to 4294967295."),
            NOT_NOW,
        ])
}

fn bought(operation: Described) -> Described {
    let order = BoughtOrder { id: OrderNumber(196), uuid: OrderId(Uuid::from_u128(0x5e1f)), copies: 2 };
    let body = Bought {
        message: "Item with id 1 bought successfully.".into(),
        order,
        status: "Success".into(),
        validation_code: 200,
    };
    operation.answers(200, "Bought, with the order's number and id; the same for the same key.", &body).refuses_classic(
        &[
            (400, "id is missing: give the number of an item, such as id=1."),
            (403, "A purchase must be begun on a page of this shop."),
            (404, "The item with id 1 is no longer present in the catalog server"),
            (409, "The item with id 1 has only 2 left"),
            TOO_MUCH,
            UNREADABLE,
            (422, "quantity is wrong: a quantity is a whole number from 1 to 100."),
            (503, "The item with id 1 is held by catalogB, which does not answer; try again in a moment"),
            (507, "the disk is full; nothing was written"),
        ],
    )
}

fn buy_by_get() -> Described {
    let operation = Described::new(
        CLASSIC,
        "buyByGet",
        "Buys a book, for old clients",
        "As `POST /buy`. Refused when a browser says that it is looking ahead or comes from another site.",
    );
    bought(operation.takes([
        query("id", true, reference::<ItemId>(), "The number of the book.", 1),
        query("quantity", false, reference::<Quantity>(), "How many units; 1 when it is not given.", 1),
        key(),
    ]))
}

fn buy_by_post() -> Described {
    let operation = Described::new(
        CLASSIC,
        "buy",
        "Buys a book",
        "Once for each `Idempotency-Key`: asked again it answers the same, and the same key with another basket is \
         refused with 422. A 404 means that nothing is left as far as is known anywhere, a 503 that it may be bought in \
         a moment. `id` and `quantity` may also stand in the address.",
    );
    bought(operation.takes([key()]).takes_body(body(
        json_basket(),
        form_basket(),
        &wish(),
        "What to buy; one unit where no quantity is given.",
    )))
}

/// A form has no `null`.
fn json_basket() -> ObjectBuilder {
    basket(quantity_or_null())
}

fn form_basket() -> ObjectBuilder {
    basket(reference::<Quantity>())
}

fn basket(quantity: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("id", reference::<ItemId>())
        .property("quantity", quantity)
        .required("id")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}
