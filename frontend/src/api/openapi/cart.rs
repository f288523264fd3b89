//! The cart of `/api/v1`, described.

use super::describe::{Described, V1, body, key, part, path, quantity_or_null, reference};
use super::orders::{order, short};
use super::v1::{NO_CARTS, novel};
use serde_json::json;
use utoipa::openapi::path::{HttpMethod, Parameter};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{PathsBuilder, RefOr};
use wire::shortfall::not_enough;
use wire::v1::{Cart, CartLine};
use wire::{ItemId, Problem, Quantity};

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/api/v1/cart", [(HttpMethod::Get, show())]);
    let paths = path(paths, "/api/v1/cart/items", [(HttpMethod::Post, add())]);
    let paths = path(paths, "/api/v1/cart/checkout", [(HttpMethod::Post, check_out())]);
    path(paths, "/api/v1/cart/items/{item}", [(HttpMethod::Put, set()), (HttpMethod::Delete, remove())])
}

fn cart() -> Cart {
    Cart { lines: vec![CartLine { item: ItemId(44), quantity: 1, put_in_at_cents: Some(1250), book: Some(novel()) }] }
}

fn item_of_the_cart() -> Parameter {
    part("item", reference::<ItemId>(), "Which book.", 44)
}

fn with_quantity(quantity: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::Object).property("quantity", quantity);
    schema.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

const OF_A_CART: &str = "The cart belongs to whoever holds the session's cookie, which the first change sets.";
const NO_ITEM: (u16, &str, &str) = (404, "not-in-the-cart", "Item 44 is not in the cart.");
const TOO_LARGE: (u16, &str, &str) = (413, "too-large", "The body is larger than this address takes.");
const UNREADABLE: (u16, &str, &str) =
    (415, "wrong-media-type", "Send the body as application/json or application/x-www-form-urlencoded.");
const BROKEN: (u16, &str, &str) = (400, "broken-json", "The body is not JSON.");
const OTHER_SITE: (u16, &str, &str) =
    (403, "not-meant", "This request was made by another site; buying starts on a page of this shop.");
const TOO_MUCH: (u16, &str, &str) = (409, "too-much", "A cart holds at most 100 of one book.");
const WRONG: (u16, &str, &str) = (422, "invalid", "quantity is wrong: a quantity is a whole number from 1 to 100.");

fn show() -> Described {
    Described::new(V1, "cart", "What is in the cart", OF_A_CART).answers(200, "The cart.", &cart()).refuses(&[
        (404, "no-carts", "This shop has no carts and no lists."),
        TOO_LARGE,
        WRONG,
        NO_CARTS,
    ])
}

fn add() -> Described {
    let item = |schema: ObjectBuilder| schema.property("item", reference::<ItemId>()).required("item");
    Described::new(V1, "addToCart", "Put a book into the cart", OF_A_CART)
        .takes_body(body(
            item(with_quantity(quantity_or_null())),
            item(with_quantity(reference::<Quantity>())),
            &json!({"item": 44, "quantity": 1}),
            "Which, and how many.",
        ))
        .answers(200, "The cart.", &cart())
        .refuses(&[
            BROKEN,
            OTHER_SITE,
            (404, "no-such-item", "Item with id 99 not found in the catalog server."),
            TOO_MUCH,
            TOO_LARGE,
            UNREADABLE,
            WRONG,
            NO_CARTS,
        ])
}

fn set() -> Described {
    let schema = || with_quantity(reference::<Quantity>()).required("quantity");
    Described::new(V1, "setInCart", "Make it so many of a book that is in the cart", OF_A_CART)
        .takes([item_of_the_cart()])
        .takes_body(body(schema(), schema(), &json!({"quantity": 2}), "How many."))
        .answers(200, "The cart.", &cart())
        .refuses(&[BROKEN, OTHER_SITE, NO_ITEM, TOO_MUCH, TOO_LARGE, UNREADABLE, WRONG, NO_CARTS])
}

fn remove() -> Described {
    Described::new(V1, "removeFromCart", "Take a book out of the cart", OF_A_CART)
        .takes([item_of_the_cart()])
        .answers(200, "The cart.", &cart())
        .refuses(&[OTHER_SITE, NO_ITEM, TOO_LARGE, WRONG, NO_CARTS])
}

fn check_out() -> Described {
    Described::new(
        V1,
        "checkOut",
        "Buys all that is in the cart in one order, or nothing",
        "The answer is that of `POST /api/v1/orders`. What was bought is gone from the cart afterwards, and nothing else. \
         There is one order for what was in the cart, however often and wherever it is asked for; asked again with the same \
         `Idempotency-Key` it answers the same order, also when the cart has been filled again. An order of this cart whose \
         answer got lost is the answer of the next checkout: what was added since stays in the cart. When lines fall short, \
         nothing is bought and `lines` of the problem names every one of them.",
    )
    .takes([key()])
    .answers(201, "Bought. Whoever has `uuid` sees the order: keep it to yourself.", &order())
    .refuses(&[
        BROKEN,
        OTHER_SITE,
        (404, "no-carts", "This shop has no carts and no lists."),
    ])
    .refuses_as(not_enough(&[short(1, Some(0)), short(44, Some(1))]))
    .refuses(&[TOO_LARGE, UNREADABLE, WRONG])
    .refuses_as(Problem::uncertain(
        503,
        "checkout-unsure",
        "An order may have been made of this cart, and nobody who answers knows. Ask again: it is made once, whatever happened.",
    ))
}
