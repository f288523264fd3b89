//! The classic cart APIs: carts by title, and who may touch whose.

use crate::browser::Browser;
use crate::stage::{Answer, Stage};
use reqwest::Method;
use serde_json::{Value, json};

const FIRST: &str = "How to get a good grade in 677 in 20 minutes a day.";

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

/// A refusal in the classic envelope, and what it says.
fn refused(answer: &Answer) -> (u16, String) {
    let said = body(answer);
    assert_eq!((&said["status"], &said["validation_code"]), (&json!("Failed"), &json!(answer.status)));
    (answer.status, said["message"].as_str().expect("a message").to_owned())
}

fn item(user: &str, title: &str) -> Value {
    json!({"userid": user, "item_name": title})
}

impl Browser<'_> {
    /// Becomes a user of the classic API; what it is called.
    async fn is_created(&mut self, email: &str) -> String {
        let made = self.calls(Method::POST, "/createuser", Some(json!({"email": email}))).await;
        assert_eq!(made.status, 201, "{}", made.body);
        body(&made)["user"]["userid"].as_str().expect("an id").to_owned()
    }

    async fn lists(&mut self, user: &str) -> Value {
        let answer = self.calls(Method::POST, "/api/list_all", Some(json!({"userid": user}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)
    }
}

#[actix_web::test]
async fn a_user_puts_books_into_a_cart_by_title_and_takes_them_out_one_by_one() {
    let stage = Stage::open().await;
    let mut ada = Browser::new(&stage);
    let id = ada.is_created("ada@example.org").await;
    for user in [id.as_str(), "ada@example.org"] {
        let answer = ada.calls(Method::POST, "/api/insert", Some(item(user, FIRST))).await;
        assert_eq!((answer.status, &body(&answer)["status"]), (200, &json!("Success")), "{}", answer.body);
    }
    ada.calls(Method::POST, "/api/insert", Some(item(&id, "rpcs FOR dummies."))).await;
    let wanted = json!({"response": [
        {"name": FIRST, "price": 10, "category": "distributed systems", "qty": 2},
        {"name": "RPCs for Dummies.", "price": 20, "category": "distributed systems", "qty": 1},
    ]});
    assert_eq!(ada.lists(&id).await, wanted);
    for status in [200, 200, 404] {
        let answer = ada.calls(Method::POST, "/api/delete", Some(item(&id, FIRST))).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(ada.lists(&id).await["response"].as_array().map(Vec::len), Some(1));
    let cart = ada.calls(Method::GET, "/api/v1/cart", None).await;
    assert_eq!(body(&cart)["lines"][0]["item"], 2, "it is the cart of the other API as well: {}", cart.body);
}

#[actix_web::test]
async fn what_the_shop_does_not_have_or_has_no_more_is_not_put_into_a_cart() {
    let stage = Stage::open().await;
    let mut ada = Browser::new(&stage);
    let id = ada.is_created("ada@example.org").await;
    let unknown = refused(&ada.calls(Method::POST, "/api/insert", Some(item(&id, "No such book"))).await);
    assert_eq!(unknown, (404, "The shop has no book called No such book.".to_owned()));
    assert_eq!(
        refused(&ada.calls(Method::POST, "/api/insert", Some(item(&id, "RPCs"))).await).0,
        404,
        "half a title is none"
    );
    assert_eq!(refused(&ada.calls(Method::POST, "/api/insert", Some(item(&id, "Nothing left"))).await).0, 409);
    let missing = refused(&ada.calls(Method::POST, "/api/insert", Some(json!({"userid": id}))).await);
    assert_eq!(missing, (400, "item_name is missing.".to_owned()));
    // All or none.
    let cart = json!({"email": "ada@example.org", "cart": {FIRST: 2, "Nothing left": 1}});
    assert_eq!(refused(&ada.calls(Method::POST, "/addtocart", Some(cart)).await).0, 409);
    let cart = json!({"email": "ada@example.org", "cart": {FIRST: 0}});
    assert_eq!(refused(&ada.calls(Method::POST, "/addtocart", Some(cart)).await).0, 422);
    assert_eq!(ada.lists(&id).await, json!({"response": []}));
}

#[actix_web::test]
async fn a_cart_that_is_added_to_keeps_what_was_in_it_and_says_what_has_been_seen() {
    let stage = Stage::open().await;
    let mut ada = Browser::new(&stage);
    let id = ada.is_created("ada@example.org").await;
    let add = |cart: Value| Some(json!({"email": "ada@example.org", "cart": cart}));
    let first = ada.calls(Method::POST, "/addtocart", add(json!({FIRST: 2}))).await;
    let (first, second) = (body(&first), ada.calls(Method::POST, "/addtocart", add(json!({FIRST: 1}))).await);
    let second = body(&second);
    assert_eq!((&first["user"]["cart"][FIRST], &second["user"]["cart"][FIRST]), (&json!(2), &json!(3)));
    assert_eq!((&second["user"]["userid"], &second["validation_code"]), (&json!(id), &json!(200)));
    assert!(first["user"]["context"] != second["user"]["context"]);
    let shown = ada.calls(Method::GET, "/user?email=ada@example.org", None).await;
    assert_eq!(body(&shown)["user"], second["user"]);
}

#[actix_web::test]
async fn who_knows_an_address_or_a_userid_gets_at_nobodys_cart() {
    let stage = Stage::open().await;
    let mut ada = Browser::new(&stage);
    let id = ada.is_created("ada@example.org").await;
    ada.calls(Method::POST, "/api/insert", Some(item(&id, FIRST))).await;
    let mut bob = Browser::new(&stage);
    bob.is_created("bob@example.org").await;
    let mut guest = Browser::new(&stage);
    guest.calls(Method::POST, "/api/v1/cart/items", Some(json!({"item": 2}))).await;
    let mut nobody = Browser::new(&stage);
    let before = ada.lists(&id).await;
    for user in [id.as_str(), "ada@example.org", "carol@example.org", "u1"] {
        let cart = json!({"email": "ada@example.org", "cart": {FIRST: 1}});
        for (method, path, given) in [
            (Method::POST, "/api/insert".to_owned(), Some(item(user, FIRST))),
            (Method::POST, "/api/delete".to_owned(), Some(item(user, FIRST))),
            (Method::POST, "/api/list_all".to_owned(), Some(json!({"userid": user}))),
            (Method::GET, format!("/user?email={}@example.org", user.split('@').next().unwrap_or_default()), None),
            (Method::POST, "/addtocart".to_owned(), Some(cart)),
        ] {
            for (browser, status) in [(&mut bob, 403), (&mut guest, 403), (&mut nobody, 401)] {
                let answer = browser.calls(method.clone(), &path, given.clone()).await;
                assert_eq!(refused(&answer).0, status, "{path} {user}: {}", answer.body);
                assert!(!answer.body.contains(FIRST));
            }
        }
    }
    assert_eq!(ada.lists(&id).await, before);
    let request = stage.request(Method::POST, "/api/list_all").bearer_auth("not the token");
    assert_eq!(refused(&Stage::send(request.json(&json!({"userid": id}))).await).0, 401);
    let request = stage.request(Method::POST, "/api/list_all").bearer_auth(stage.secrets.token.expose());
    let answer = Stage::send(request.json(&json!({"userid": "ada@example.org"}))).await;
    assert_eq!((answer.status, body(&answer), answer.cookie().as_str()), (200, before, ""), "the operator may");
}

#[actix_web::test]
async fn a_user_without_a_password_gets_in_nowhere_else_until_there_is_one() {
    let stage = Stage::open().await;
    let mut ada = Browser::new(&stage);
    ada.is_created("ada@example.org").await;
    let again = ada.calls(Method::POST, "/createuser", Some(json!({"email": "ada@EXAMPLE.org"}))).await;
    assert_eq!(refused(&again).0, 409);
    let mut elsewhere = Browser::new(&stage);
    let given = json!({"email": "ada@example.org", "password": "correct horse"});
    for path in ["/api/v1/session", "/api/v1/accounts"] {
        let answer = elsewhere.calls(Method::POST, path, Some(given.clone())).await;
        assert!(matches!(answer.status, 401 | 409), "{path}: {}", answer.body);
    }
    let set = ada.calls(Method::PUT, "/api/v1/session/password", Some(json!({"new": "correct horse"}))).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(elsewhere.calls(Method::POST, "/api/v1/session", Some(given)).await.status, 200);
    let blind = ada.calls(Method::PUT, "/api/v1/session/password", Some(json!({"new": "battery staple"}))).await;
    assert_eq!(blind.status, 401, "the next one needs the one before: {}", blind.body);
}

#[actix_web::test]
async fn products_are_listed_by_title_a_part_at_a_time_and_shown_with_quantity_and_version() {
    let stage = Stage::open().await;
    let all = body(&stage.get("/productslist").await);
    assert_eq!(all["products"].as_array().map(Vec::len), Some(5));
    assert_eq!(all["products"][0], FIRST);
    let part = stage.get("/productslist?limit=2").await;
    let next = part.header("link").split(['<', '>']).nth(1).expect("a link").to_owned();
    assert_eq!(body(&stage.get(&next).await)["products"][0], all["products"][2]);
    let one = stage.get("/product?name=Nothing%20left").await;
    let one = body(&one);
    assert_eq!((&one["product"]["name"], &one["product"]["quantity"]), (&json!("Nothing left"), &json!(0)));
    assert_eq!(one["product"]["version"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(refused(&stage.get("/product?name=No%20such%20book").await).0, 404);
    assert_eq!(refused(&stage.get("/product").await).0, 400);
}
