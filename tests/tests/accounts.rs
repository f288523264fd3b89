//! Accounts, with real processes: one address is given out once, members get in while any one replica is dead, and
//! nobody gets at what belongs to somebody else.

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::{Answer, Cluster, Customer};
use uuid::Uuid;

const CARTS: [&str; 3] = ["cartA", "cartB", "cartC"];
const AGREEMENT: Duration = Duration::from_secs(10);
const PASSWORD: &str = "correct horse";

async fn shop(frontends: u8) -> Cluster {
    Cluster::builder().catalogs(1).orders(1).carts(3).frontends(frontends).start().await
}

fn who(name: &str, password: &str) -> Value {
    json!({"email": format!("{name}@example.org"), "password": password})
}

async fn calls(customer: &Customer, method: Method, path: &str, body: &Value) -> Answer {
    customer.send(customer.request(method, path).json(body)).await
}

async fn signs_up(customer: &Customer, name: &str, password: &str) -> Answer {
    calls(customer, Method::POST, "/api/v1/accounts", &who(name, password)).await
}

async fn signs_in(customer: &Customer, name: &str, password: &str) -> Answer {
    calls(customer, Method::POST, "/api/v1/session", &who(name, password)).await
}

async fn adds(customer: &Customer, item: u32) -> Answer {
    calls(customer, Method::POST, "/api/v1/cart/items", &json!({"item": item})).await
}

/// What is in the cart: how many of which.
async fn cart(customer: &Customer) -> BTreeMap<u64, u64> {
    let answer = customer.get("/api/v1/cart").await;
    let lines = answer.has_status(200).json()["lines"].as_array().expect("lines").clone();
    let number = |value: &Value| value.as_u64().expect("a number");
    lines.iter().map(|line| (number(&line["item"]), number(&line["quantity"]))).collect()
}

#[tokio::test]
async fn of_many_who_sign_up_with_one_address_at_once_exactly_one_has_it_and_gets_in() {
    let shop = shop(2).await;
    let mut conflicts = 0;
    for round in 0..12 {
        let name = format!("ada-{round}");
        let at = |place: usize| shop.customer_at(["frontend", "frontendB"][place % 2]);
        let passwords: Vec<String> = (0..4).map(|place| format!("{PASSWORD} {place}")).collect();
        let all = passwords.iter().enumerate().map(|(place, password)| {
            let (customer, name) = (at(place), &name);
            async move { signs_up(&customer, name, password).await }
        });
        let answers = futures::future::join_all(all).await;
        // 503 is honest where too many came at once; then nothing was made, and nobody else may have been told yes either.
        for answer in &answers {
            let definite = answer.status != 503 || answer.json()["definite"] == true;
            assert!(matches!(answer.status, 201 | 409 | 503) && definite, "{answer}");
        }
        let winners: Vec<usize> = (0..4).filter(|place| answers[*place].status == 201).collect();
        assert_eq!(winners.len(), 1, "round {round}: {answers:?}");
        conflicts += answers.iter().filter(|answer| answer.status == 409).count();
        for (place, password) in passwords.iter().enumerate() {
            let status = if winners == [place] { 200 } else { 401 };
            signs_in(&at(place + 1), &name, password).await.has_status(status);
        }
    }
    assert!(conflicts > 0, "nobody met anybody");
    println!("{conflicts} were told that the address is taken");
}

#[tokio::test]
async fn members_sign_up_and_in_and_have_their_carts_while_any_one_replica_is_dead_or_paused() {
    let shop = shop(1).await;
    let home = shop.customer();
    signs_up(&home, "ada", PASSWORD).await.has_status(201);
    let mut wanted = BTreeMap::new();
    for (round, name) in (0..).zip(CARTS.iter().flat_map(|name| [name, name])) {
        let dies = round % 2 == 0;
        if dies {
            shop.kill(name).await;
        } else {
            shop.pause(name);
        }
        let item = u32::from(round % 2 == 0) + 1;
        let phone = shop.customer();
        adds(&phone, item).await.has_status(200);
        signs_in(&phone, "ada", PASSWORD).await.has_status(200);
        *wanted.entry(u64::from(item)).or_default() += 1;
        assert_eq!((cart(&phone).await, cart(&home).await), (wanted.clone(), wanted.clone()), "{name}, dies: {dies}");
        assert_eq!(home.get("/api/v1/session").await.has_status(200).json()["email"], "ada@example.org");
        signs_up(&shop.customer(), &format!("bob-{round}"), PASSWORD).await.has_status(201);
        signs_in(&shop.customer(), "ada", "battery staple").await.has_status(401);
        if dies {
            shop.restart(name).await;
        } else {
            shop.resume(name);
        }
        shop.carts_count_within(AGREEMENT).await;
    }
    for name in &CARTS {
        shop.crashes(name, Duration::ZERO).await;
    }
    assert_eq!(cart(&home).await, wanted);
}

#[tokio::test]
async fn with_two_replicas_dead_guests_buy_and_nobody_is_signed_up_in_or_told_that_they_are_wrong() {
    let shop = shop(1).await;
    let home = shop.customer();
    signs_up(&home, "ada", PASSWORD).await.has_status(201);
    shop.kill("cartA").await;
    shop.kill("cartC").await;
    for (name, password) in [("ada", PASSWORD), ("ada", "battery staple"), ("bob", PASSWORD)] {
        let answer = signs_in(&shop.customer(), name, password).await;
        assert_eq!(answer.is_problem(503, "no-quorum").json()["definite"], true);
    }
    signs_up(&shop.customer(), "bob", PASSWORD).await.is_problem(503, "no-quorum");
    shop.customer().buys(1, 1).await.expect("it sells");
    adds(&home, 1).await.has_status(200);
    assert_eq!(cart(&home).await, [(1, 1)].into(), "who is signed in stays so");
    shop.restart("cartA").await;
    shop.restart("cartC").await;
    tests::awaits(AGREEMENT, "Ada gets in", async || {
        let answer = signs_in(&shop.customer(), "ada", PASSWORD).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.to_string()) }
    })
    .await;
    signs_up(&shop.customer(), "bob", PASSWORD).await.has_status(201);
}

#[tokio::test]
async fn nobody_gets_at_the_cart_of_another_by_trying() {
    let shop = shop(1).await;
    let ada = shop.customer();
    adds(&ada, 1).await.has_status(200);
    let guest = ada.get("/api/v1/cart").await;
    let guest = guest.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    signs_up(&ada, "ada", PASSWORD).await.has_status(201);
    adds(&ada, 2).await.has_status(200);
    let member = ada.get("/api/v1/cart").await;
    let member = member.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let shown = async |cookie: &str| {
        let request = shop.request(Method::GET, "frontend", "/api/v1/cart").header("Cookie", cookie);
        let lines = Answer::to(request).await.has_status(200).json()["lines"].clone();
        lines.as_array().expect("lines").len()
    };
    assert_eq!((shown(&member).await, shown(&guest).await), (2, 1));
    // A cookie that was changed anywhere, or cut, or made up, is nobody's.
    let value = member.split_once('=').expect("a cookie").1.to_owned();
    for at in (0..value.len()).step_by(7) {
        let mut forged = value.clone().into_bytes();
        forged[at] = if forged[at] == b'x' { b'y' } else { b'x' };
        let forged = String::from_utf8(forged).expect("ASCII");
        assert_eq!(shown(&format!("bookend={forged}")).await, 0, "byte {at}");
        assert_eq!(shown(&format!("bookend={}", &value[..at])).await, 0, "the first {at} bytes");
    }
    // The signature of one cookie is not that of another.
    let signature = guest.split_once('=').expect("a cookie").1.split_at(44).0;
    assert_eq!(shown(&format!("bookend={signature}{}", &value[44..])).await, 0);
    // What a stranger may know of her opens nothing.
    let stranger = shop.customer();
    let account = Uuid::new_v4();
    for path in ["/api/v1/cart?email=ada@example.org", &format!("/api/v1/cart?id={account}")] {
        stranger.get(path).await.has_status(422);
    }
    for name in CARTS {
        shop.get(name, "/objects/account/ada@example.org").await.has_status(401);
    }
    signs_in(&stranger, "ada", "battery staple").await.has_status(401);
    assert_eq!(cart(&stranger).await, BTreeMap::new());
}

#[tokio::test]
async fn logs_and_cookies_say_neither_who_has_an_account_nor_their_password() {
    let shop = shop(1).await;
    let ada = shop.customer();
    signs_up(&ada, "ada", PASSWORD).await.has_status(201);
    signs_in(&ada, "ada", "battery staple").await.has_status(401);
    signs_in(&ada, "ada", PASSWORD).await.has_status(200);
    for name in CARTS.iter().chain(&["frontend"]) {
        let log = shop.tail_of(name);
        assert!(!log.contains("ada@") && !log.contains("correct horse") && !log.contains("argon2"), "{name}: {log}");
    }
    let cookie = ada.get("/api/v1/cart").await.header("set-cookie").to_owned();
    assert!(cookie.starts_with("bookend=") && !cookie.contains("ada"), "{cookie}");
}
