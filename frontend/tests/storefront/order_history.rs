//! A visitor's own orders, on the page and by the API; and that nobody sees another's.

use crate::browser::Browser;
use crate::fakes::Mood;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};

const ORDERS: &str = "/api/v1/orders";

fn who(name: &str) -> Value {
    json!({"email": format!("{name}@example.org"), "password": "correct horse"})
}

impl Browser<'_> {
    /// Buys a book by the form of its page; the address of the order.
    async fn buys_one(&mut self, item: u32) -> String {
        let page = self.opens(&format!("/books/{item}")).await;
        self.buys(item, &page).await.header("location").to_owned()
    }

    /// The numbers of the orders that the API lists for it.
    async fn numbers(&mut self, query: &str) -> (Vec<u64>, Value) {
        let answer = self.calls(Method::GET, &format!("{ORDERS}{query}"), None).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
        let body = answer.json();
        let orders = body["orders"].as_array().expect("orders");
        (orders.iter().map(|order| order["number"].as_u64().expect("a number")).collect(), body["next"].clone())
    }
}

#[actix_web::test]
async fn orders_are_listed_latest_first_a_part_at_a_time() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.numbers("").await, (vec![], Value::Null), "who has no session has bought nothing");
    let mut places = Vec::new();
    for item in [1, 2, 3] {
        places.push(browser.buys_one(item).await);
    }
    assert_eq!(browser.numbers("").await, (vec![198, 197, 196], Value::Null));
    let (first, next) = browser.numbers("?limit=2").await;
    let rest = browser.numbers(&format!("?limit=2&cursor={}", next.as_str().expect("there is more"))).await;
    assert_eq!((first, rest), (vec![198, 197], (vec![196], Value::Null)));
    let page = browser.opens("/orders").await;
    let at: Vec<Option<usize>> = places.iter().map(|place| page.body.find(place.as_str())).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted_by(|early, late| early > late), "{at:?}: {}", page.body);
    assert_eq!(page.header("cache-control"), "private, no-store");
    for wrong in ["?limit=0", "?limit=x", "?cursor=7", "?curser=7"] {
        assert_eq!(browser.calls(Method::GET, &format!("{ORDERS}{wrong}"), None).await.status, 422, "{wrong}");
    }
    assert_eq!(browser.opens("/orders?cursor=7").await.status, 422);
}

#[actix_web::test]
async fn a_long_list_of_orders_goes_on_behind_a_link() {
    let stage = Stage::open_with(vec![crate::fakes::book(1, "A book", "novels", 100, 100)]).await;
    let mut browser = Browser::new(&stage);
    for _ in 0..21 {
        browser.buys_one(1).await;
    }
    let page = browser.opens("/orders").await;
    assert_eq!(page.body.matches(">Order ").count(), 20);
    let next = page.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let last = browser.opens(next).await;
    assert_eq!((last.body.matches(">Order ").count(), last.body.contains("rel=\"next\"")), (1, false));
}

#[actix_web::test]
async fn nobody_sees_the_orders_of_another_guest_or_member_or_of_nobody() {
    let stage = Stage::open().await;
    stage.buy(1, "nobodys").await;
    let (mut guest, mut member, mut stranger) = (Browser::new(&stage), Browser::new(&stage), Browser::new(&stage));
    let guests = guest.buys_one(1).await;
    member.opens("/books/2").await;
    member.calls(Method::POST, "/api/v1/accounts", Some(who("ada"))).await;
    let members = member.buys_one(2).await;
    stranger.opens("/books/3").await;
    assert_eq!(stranger.numbers("").await.0, [] as [u64; 0]);
    assert_eq!(guest.numbers("").await.0, [197]);
    assert_eq!(member.numbers("").await.0, [198]);
    stranger.calls(Method::POST, "/api/v1/accounts", Some(who("eve"))).await;
    let page = stranger.opens("/orders").await;
    assert!(page.body.contains("not bought anything") && !page.body.contains(&guests) && !page.body.contains(&members));
    // A cookie that was changed is nobody's.
    let forged = format!("{}x", &guest.cookie[..guest.cookie.len() - 1]);
    assert_eq!(Browser::with_cookie(&stage, &forged).numbers("").await.0, [] as [u64; 0]);
    // Whoever signs out leaves their orders behind, and finds them where they sign in.
    member.calls(Method::DELETE, "/api/v1/session", None).await;
    assert_eq!(member.numbers("").await.0, [] as [u64; 0]);
    stranger.calls(Method::POST, "/api/v1/session", Some(who("ada"))).await;
    assert_eq!(stranger.numbers("").await.0, [198]);
}

#[actix_web::test]
async fn a_session_from_before_a_new_password_sees_no_orders_of_the_account() {
    let stage = Stage::open().await;
    let mut owner = Browser::new(&stage);
    owner.calls(Method::POST, "/api/v1/accounts", Some(who("ada"))).await;
    owner.buys_one(1).await;
    let stolen = owner.cookie.clone();
    let given = json!({"old": "correct horse", "new": "battery staple"});
    assert_eq!(owner.calls(Method::PUT, "/api/v1/session/password", Some(given)).await.status, 200);
    assert_eq!(owner.numbers("").await.0, [196]);
    assert_eq!(Browser::with_cookie(&stage, &stolen).numbers("").await.0, [] as [u64; 0]);
}

#[actix_web::test]
async fn orders_are_listed_while_an_order_desk_is_gone_and_the_page_says_that_the_latest_may_be_missing() {
    let mut stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.buys_one(1).await;
    let whole = browser.calls(Method::GET, ORDERS, None).await;
    assert_eq!((whole.status, whole.header("x-stale")), (200, ""));
    let cookie = browser.cookie.clone();
    stage.stop("orderA").await;
    stage.until("orderA", "down").await;
    let mut browser = Browser::with_cookie(&stage, &cookie);
    let part = browser.calls(Method::GET, ORDERS, None).await;
    assert_eq!(
        (part.status, part.header("x-stale"), part.json()["orders"][0]["number"].clone()),
        (200, "1", json!(196))
    );
    assert!(browser.opens("/orders").await.body.contains("An order desk does not answer"));
    stage.world.set_mood("orderB", Mood::Silent);
    let none = browser.calls(Method::GET, ORDERS, None).await;
    assert_eq!((none.status, none.json()["type"].clone()), (503, json!("order-out-of-reach")));
    assert_eq!(browser.opens("/orders").await.status, 503);
}
