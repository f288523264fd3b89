//! The classic cart APIs, described: carts by title, products and users, and what only the operator may ask.

use super::classic::cursor;
use super::describe::{CLASSIC, Described, body, key, path, query, reference, whole, words};
use crate::cursor::Cursor;
use serde_json::{Value, json};
use serve::params::MOST_LIMIT;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, PathsBuilder, RefOr, Required};
use wire::account::Email;
use wire::classic::carts::{
    CartLines, Done, InCart, ListedUser, Owners, Product, Products, Stocked, User, UserState, Users,
};
use wire::item::Versions;
use wire::sale::Basket;
use wire::{ItemId, Money, Quantity};

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/api/insert", [(HttpMethod::Post, insert())]);
    let paths = path(paths, "/api/delete", [(HttpMethod::Post, delete())]);
    let paths = path(paths, "/api/list_all", [(HttpMethod::Post, list_all())]);
    let paths = path(paths, "/addtocart", [(HttpMethod::Post, add_to_cart())]);
    let paths = path(paths, "/productslist", [(HttpMethod::Get, products())]);
    let paths = path(paths, "/product", [(HttpMethod::Get, product()), (HttpMethod::Post, add_product())]);
    let paths = path(paths, "/api/list_category", [(HttpMethod::Post, list_category())]);
    let paths = path(paths, "/userslist", [(HttpMethod::Get, users_list())]);
    let paths = path(paths, "/createuser", [(HttpMethod::Post, create_user())]);
    path(paths, "/user", [(HttpMethod::Get, user())])
}

const TITLE: &str = "RPCs for Dummies.";
const EMAIL: &str = "ada@example.org";
const USER: &str = "7d0c1f7e-9d0f-4b51-9a36-0c9b2f4f5a11";

const OF_WHOM: &str = "A cart belongs to whoever holds its session's cookie: `userid` or `email` must be that user's. Knowing \
                       it opens nothing. The operator's token opens every cart.";
const OF_THE_OPERATOR: &str =
    "For the operator: `Authorization: Bearer` and the token of the cluster. `next` is the `after` of the next part.";
const NO_TOKEN: (u16, &str) =
    (401, "This needs the cluster's token: Authorization: Bearer followed by the content of cluster.token.");
const OTHER_CLUSTER: (u16, &str) = (403, "This is a replica of another cluster than the one you named.");
const NO_CARTS: (u16, &str) = (404, "This shop has no carts and no lists.");
const MISSING: (u16, &str) = (400, "userid is missing.");
const NO_SESSION: (u16, &str) = (401, "Send the cookie of the session whose cart it is.");
const NOT_YOURS: (u16, &str) = (403, "That is not the user whose session's cookie was sent.");
const NO_BOOK: (u16, &str) = (404, "The shop has no book called Nothing.");
const NONE_LEFT: (u16, &str) = (409, "No unit of RPCs for Dummies. is left.");
const TOO_MUCH: (u16, &str) = (413, "The body is larger than this address takes.");
const UNREADABLE: (u16, &str) = (415, "Send the body as application/json or application/x-www-form-urlencoded.");
const WRONG: (u16, &str) = (422, "userid must be a text.");
const NOT_NOW: (u16, &str) = (503, "No catalog answers at the moment; try again in a moment.");
const TOO_OFTEN: (u16, &str) = (429, "That was tried too often; nothing was done. Try again in 1 s.");

fn object(fields: &[(&str, RefOr<Schema>)]) -> ObjectBuilder {
    let object = ObjectBuilder::new().schema_type(Type::Object);
    let object =
        fields.iter().fold(object, |object, (name, schema)| object.property(*name, schema.clone()).required(*name));
    object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

fn text() -> RefOr<Schema> {
    words().min_length(Some(1)).into()
}

/// A body with these fields, as JSON or as a form.
fn fields(fields: &[(&str, RefOr<Schema>)], example: &Value, description: &str) -> RequestBody {
    body(object(fields), object(fields), example, description)
}

fn line() -> RequestBody {
    let example = json!({"userid": USER, "item_name": TITLE});
    fields(&[("userid", text()), ("item_name", text())], &example, "Whose cart, and which book.")
}

fn insert() -> Described {
    Described::new(CLASSIC, "insert", "Put one unit of a book into a cart", OF_WHOM)
        .takes_body(line())
        .answers(200, "It is in the cart.", &Done::new("One more is in the cart."))
        .refuses_classic(&[MISSING, NO_SESSION, NOT_YOURS, NO_BOOK, NONE_LEFT, TOO_MUCH, UNREADABLE, WRONG, NOT_NOW])
}

fn delete() -> Described {
    Described::new(CLASSIC, "delete", "Take one unit of a book out of a cart", OF_WHOM)
        .takes_body(line())
        .answers(200, "It is out of the cart.", &Done::new("One less is in the cart."))
        .refuses_classic(&[
            MISSING,
            NO_SESSION,
            NOT_YOURS,
            (404, "Item 2 is not in the cart."),
            TOO_MUCH,
            UNREADABLE,
            WRONG,
            NOT_NOW,
        ])
}

fn list_all() -> Described {
    let price = Money::from_cents(2000).unwrap_or_default();
    let response = vec![InCart { name: TITLE.into(), price, category: "distributed systems".into(), qty: 2 }];
    Described::new(CLASSIC, "listAll", "What is in a cart", OF_WHOM)
        .takes_body(fields(&[("userid", text())], &json!({"userid": USER}), "Whose cart."))
        .answers(200, "The lines.", &CartLines { response })
        .refuses_classic(&[MISSING, NO_SESSION, NOT_YOURS, NO_CARTS, TOO_MUCH, UNREADABLE, WRONG, NOT_NOW])
}

fn ada(validation_code: u16) -> User {
    let user = UserState {
        // The example is an address.
        email: EMAIL.parse().unwrap_or_else(|_| unreachable!("an address")),
        userid: USER.into(),
        cart: [(TITLE.to_owned(), 2)].into(),
        context: format!("1..00000000.{}", "5e".repeat(32)),
    };
    User::found(validation_code, user)
}

fn add_to_cart() -> Described {
    let titles = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(words().min_length(Some(1)).build()))
        .additional_properties(Some(reference::<Quantity>()))
        .min_properties(Some(1))
        .max_properties(Some(Basket::MOST_LINES));
    let schema = object(&[("email", reference::<Email>()), ("cart", titles.into())]);
    let example = json!({"email": EMAIL, "cart": {TITLE: 2}});
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    let body = RequestBodyBuilder::new()
        .description(Some("Whose cart, and how many of each title are added."))
        .content("application/json", content)
        .required(Some(Required::True));
    Described::new(CLASSIC, "addToCartByTitle", "Put several books into a cart, all or none", OF_WHOM)
        .takes_body(body.build())
        .answers(200, "The cart, and what has been seen of it.", &ada(200))
        .refuses_classic(&[
            MISSING,
            NO_SESSION,
            NOT_YOURS,
            NO_BOOK,
            NONE_LEFT,
            TOO_MUCH,
            (415, "The body must be sent as Content-Type: application/json."),
            WRONG,
            NOT_NOW,
        ])
}

fn products() -> Described {
    Described::new(
        CLASSIC,
        "productsList",
        "All titles",
        "By the numbers of the books. Where they are more than one part, the `Link` header says where the list goes on.",
    )
    .takes([
        query("limit", false, whole(1, MOST_LIMIT as u64), "The most titles of one answer.", 10),
        query("cursor", false, cursor(), "Where the last answer ended, from its `Link`.", Cursor(ItemId(1)).to_string()),
    ])
    .answers(200, "The titles.", &Products::found(vec![TITLE.into()]))
    .refuses_classic(&[
        (400, "The body is not JSON."),
        TOO_MUCH,
        UNREADABLE,
        (422, "limit is wrong: a limit is a whole number from 1 to 1000."),
        NOT_NOW,
    ])
}

fn product() -> Described {
    let stocked = Stocked { name: TITLE.into(), quantity: 15, version: Versions::default() };
    Described::new(CLASSIC, "product", "How much there is of a book", "By its title, in capitals or not.")
        .takes([query("name", true, text(), "The title.", TITLE)])
        .answers(200, "The book.", &Product::found(200, stocked))
        .refuses_classic(&[
            (400, "name is missing."),
            NO_BOOK,
            TOO_MUCH,
            UNREADABLE,
            (422, "name must be a text."),
            NOT_NOW,
        ])
}

fn add_product() -> Described {
    let optional = || {
        object(&[("name", text()), ("quantity", whole(1, 1_000_000).into())])
            .property("id", reference::<ItemId>())
            .property("price", reference::<Money>())
            .property("category", words().min_length(Some(1)))
    };
    let stocked = Stocked { name: TITLE.into(), quantity: 20, version: Versions::default() };
    Described::new(
        CLASSIC,
        "addProduct",
        "Add units of a book",
        "For the operator: `Authorization: Bearer` and the token of the cluster. Once for each `Idempotency-Key`. A book that \
         the shop does not have needs `id`, `price` and `category`.",
    )
    .takes([key()])
    .takes_body(body(optional(), optional(), &json!({"name": TITLE, "quantity": 5}), "Which, and how many."))
    .answers(201, "Added; the book as it is now.", &Product::found(201, stocked))
    .refuses_classic(&[
        (400, "quantity is missing."),
        NO_TOKEN,
        OTHER_CLUSTER,
        (404, "Item with id 99 not found in the catalog server."),
        (409, "Item 2 is another book: RPCs for Dummies."),
        TOO_MUCH,
        UNREADABLE,
        (422, "quantity is wrong: a quantity to be added is a whole number from 1 to 1000000."),
        NOT_NOW,
    ])
}

fn list_category() -> Described {
    let optional = || object(&[("category", text())]).property("after", text());
    let owners = Owners { response: vec![USER.into()], next: None };
    Described::new(CLASSIC, "listCategory", "Whose carts have a book of a category", OF_THE_OPERATOR)
        .takes_body(body(optional(), optional(), &json!({"category": "novels"}), "Which category."))
        .answers(200, "What the carts are called.", &owners)
        .refuses_classic(&[
            (400, "category is missing."),
            NO_TOKEN,
            OTHER_CLUSTER,
            NO_CARTS,
            TOO_MUCH,
            UNREADABLE,
            (422, "category must be a text."),
            NOT_NOW,
        ])
}

fn users_list() -> Described {
    let ada = ada(200).user;
    let users = Users { response: vec![ListedUser { email: ada.email, userid: ada.userid }], next: None };
    Described::new(CLASSIC, "usersList", "All users", OF_THE_OPERATOR)
        .takes([query("after", false, text(), "`next` of the part before.", "5e1f")])
        .answers(200, "The users.", &users)
        .refuses_classic(&[
            (400, "The body is not JSON."),
            NO_TOKEN,
            OTHER_CLUSTER,
            NO_CARTS,
            TOO_MUCH,
            UNREADABLE,
            (422, "after must be a text."),
            NOT_NOW,
        ])
}

fn create_user() -> Described {
    Described::new(
        CLASSIC,
        "createUser",
        "Make a user",
        "An account without a password, to which nobody can sign in. Who makes it is signed in by the cookie, and may set a \
         password by `PUT /api/v1/session/password`.",
    )
    .takes_body(fields(&[("email", reference::<Email>())], &json!({"email": EMAIL}), "Whose account."))
    .answers(201, "Made, and signed in.", &ada(201))
    .refuses_classic(&[
        (400, "email is missing."),
        (401, "That is not the token of this cluster."),
        (403, "This request was made by another site; buying starts on a page of this shop."),
        (404, "This shop has no accounts; everybody buys as a guest."),
        (409, "There is an account of this e-mail address."),
        TOO_MUCH,
        UNREADABLE,
        (422, "email is wrong: an e-mail address is a name, one @ and a domain."),
        TOO_OFTEN,
        NOT_NOW,
    ])
}

fn user() -> Described {
    Described::new(CLASSIC, "user", "A user's cart, and what has been seen of it", OF_WHOM)
        .takes([query("email", true, reference::<Email>(), "Whose.", EMAIL)])
        .answers(200, "The user.", &ada(200))
        .refuses_classic(&[
            (400, "email is missing."),
            NO_SESSION,
            NOT_YOURS,
            (404, "There is no account of this e-mail address."),
            TOO_MUCH,
            UNREADABLE,
            (422, "email is wrong: an e-mail address is a name, one @ and a domain."),
            NOT_NOW,
        ])
}
