//! The classic cart APIs with real processes: what only the operator may ask, and what replicas know together.

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tests::{Answer, Cluster, Customer, awaits};

const AGREEMENT: Duration = Duration::from_secs(10);
const CARTS: [&str; 3] = ["cartA", "cartB", "cartC"];

async fn shop() -> Cluster {
    Cluster::builder().carts(3).start().await
}

async fn operator(shop: &Cluster, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = shop.operator().request(method, "frontend", path);
    Answer::to(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

/// A user of the classic API, and what it is called.
async fn user(shop: &Cluster, name: &str) -> (Customer, String) {
    let customer = shop.customer();
    let request = customer.request(Method::POST, "/createuser").json(&json!({"email": format!("{name}@example.org")}));
    let made = customer.send(request).await;
    let id = made.has_status(201).string("/user/userid");
    (customer, id)
}

async fn line(customer: &Customer, path: &str, user: &str, title: &str) -> Answer {
    customer.send(customer.request(Method::POST, path).json(&json!({"userid": user, "item_name": title}))).await
}

/// Whose carts have a book of this category.
async fn of_category(shop: &Cluster, category: &str) -> Answer {
    operator(shop, Method::POST, "/api/list_category", Some(json!({"category": category}))).await
}

fn names(answer: &Answer, field: &str) -> BTreeSet<String> {
    let list = answer.has_status(200).json()["response"].as_array().expect("a list").clone();
    let name = |entry: &Value| entry.get(field).unwrap_or(entry).as_str().expect("a text").to_owned();
    list.iter().map(name).collect()
}

/// Two titles of different topics.
async fn titles(shop: &Cluster) -> [(String, String); 2] {
    let books = shop.get("frontend", "/api/v1/books?limit=1000").await.has_status(200).json();
    let books = books["books"].as_array().expect("books").clone();
    let of = |book: &Value| {
        (book["title"].as_str().unwrap_or_default().to_owned(), book["topic"].as_str().unwrap_or_default().to_owned())
    };
    let first = of(&books[0]);
    let other = books.iter().map(of).find(|(_, topic)| *topic != first.1).expect("two topics");
    [first, other]
}

#[tokio::test]
async fn the_operator_finds_who_has_a_category_in_the_cart_while_any_one_replica_is_dead_and_removals_keep_it_true() {
    let shop = shop().await;
    let [(title, category), (other, elsewhere)] = titles(&shop).await;
    let (ada, ada_id) = user(&shop, "ada").await;
    let (bob, bob_id) = user(&shop, "bob").await;
    let both = BTreeSet::from([ada_id.clone(), bob_id.clone()]);
    line(&ada, "/api/insert", &ada_id, &title).await.has_status(200);
    line(&bob, "/api/insert", &bob_id, &title).await.has_status(200);
    line(&bob, "/api/insert", &bob_id, &other).await.has_status(200);
    assert_eq!(names(&of_category(&shop, &category).await, ""), both);
    for name in CARTS {
        shop.kill(name).await;
        assert_eq!(names(&of_category(&shop, &category).await, ""), both, "without {name}");
        assert_eq!(names(&of_category(&shop, &elsewhere).await, ""), [bob_id.clone()].into(), "without {name}");
        // Who comes back has not heard of what happened meanwhile, and its index is not believed.
        line(&ada, "/api/delete", &ada_id, &title).await.has_status(200);
        shop.restart(name).await;
        assert_eq!(names(&of_category(&shop, &category).await, ""), [bob_id.clone()].into(), "after {name}");
        line(&ada, "/api/insert", &ada_id, &title).await.has_status(200);
    }
    shop.kill("cartA").await;
    shop.kill("cartB").await;
    of_category(&shop, &category).await.fails(503, "");
    shop.customer().buys(1, 1).await.expect("it sells");
}

#[tokio::test]
async fn the_operator_lists_all_users_and_reads_and_fills_any_cart() {
    let shop = shop().await;
    let [(title, _), _] = titles(&shop).await;
    let (_, ada_id) = user(&shop, "ada").await;
    let made = operator(&shop, Method::POST, "/createuser", Some(json!({"email": "eve@example.org"}))).await;
    assert_eq!((made.status, made.header("set-cookie")), (201, ""), "the operator is nobody's visitor: {made}");
    user(&shop, "bob").await;
    let wanted: BTreeSet<String> = ["ada", "bob", "eve"].map(|name| format!("{name}@example.org")).into();
    for name in CARTS {
        shop.kill(name).await;
        assert_eq!(names(&operator(&shop, Method::GET, "/userslist", None).await, "email"), wanted);
        shop.restart(name).await;
        shop.carts_count_within(AGREEMENT).await;
    }
    let cart = json!({"email": "ada@example.org", "cart": {&title: 2}});
    let filled = operator(&shop, Method::POST, "/addtocart", Some(cart)).await;
    assert_eq!(
        (filled.has_status(200).integer("/validation_code"), filled.string("/user/userid")),
        (200, ada_id.clone())
    );
    let listed = operator(&shop, Method::POST, "/api/list_all", Some(json!({"userid": ada_id}))).await;
    assert_eq!(listed.has_status(200).json()["response"][0]["qty"], 2);
    operator(&shop, Method::GET, "/user?email=carol@example.org", None).await.fails(404, "no account");
    // Anything may be the name of a cart that only the operator fills.
    let given = json!({"userid": "till-3", "item_name": title});
    operator(&shop, Method::POST, "/api/insert", Some(given)).await.has_status(200);
    for path in ["/userslist", "/user?email=ada@example.org"] {
        shop.get("frontend", path).await.has_status(401);
    }
}

#[tokio::test]
async fn the_operator_adds_units_once_for_each_key_and_a_book_that_is_new() {
    let shop = shop().await;
    let [(title, _), _] = titles(&shop).await;
    let quantity = async |title: &str| {
        let request = shop.request(Method::GET, "frontend", "/product").query(&[("name", title)]);
        Answer::to(request).await.has_status(200).integer("/product/quantity")
    };
    let before = quantity(&title).await;
    for _ in 0..2 {
        let request =
            shop.operator().request(Method::POST, "frontend", "/product").header("Idempotency-Key", "delivery-7");
        let added = Answer::to(request.json(&json!({"name": title, "quantity": 5}))).await;
        assert_eq!(added.has_status(201).integer("/product/quantity"), before + 5, "{added}");
    }
    operator(&shop, Method::POST, "/product", Some(json!({"name": title, "quantity": 1}))).await.has_status(201);
    assert_eq!(quantity(&title).await, before + 6);
    let new = json!({"name": "A new book", "quantity": 3, "id": 60_001, "price": 12.5, "category": "novels"});
    let missing = json!({"name": "A new book", "quantity": 3});
    operator(&shop, Method::POST, "/product", Some(missing)).await.fails(400, "id is missing");
    let made = operator(&shop, Method::POST, "/product", Some(new.clone())).await;
    assert_eq!(made.has_status(201).integer("/product/quantity"), 3);
    awaits(Duration::from_secs(10), "every catalog has heard of it", async || {
        let answer =
            Answer::to(shop.request(Method::GET, "frontend", "/product").query(&[("name", "a new book")])).await;
        if answer.status == 200 && answer.integer("/product/quantity") == 3 { Ok(()) } else { Err(answer.to_string()) }
    })
    .await;
    let taken = json!({"name": "Another book", "quantity": 3, "id": 60_001, "price": 12.5, "category": "novels"});
    operator(&shop, Method::POST, "/product", Some(taken)).await.fails(409, "another book");
    shop.customer().buys(60_001, 1).await.expect("it is sold like any other");
    for (given, status) in [
        (json!({"name": title, "quantity": 0}), 422),
        (json!({"name": title, "quantity": -1}), 422),
        (json!({"name": title}), 400),
    ] {
        operator(&shop, Method::POST, "/product", Some(given)).await.has_status(status);
    }
    Answer::to(shop.request(Method::POST, "frontend", "/product").json(&new)).await.fails(401, "token");
    shop.agrees_within(Duration::from_secs(10)).await;
    awaits(Duration::from_secs(10), "both catalogs show it", async || {
        for name in ["catalogA", "catalogB"] {
            let answer = shop.get(name, "/item/60001").await;
            if answer.status != 200 || answer.integer("/item/0/count") != 2 {
                return Err(format!("{name}: {answer}"));
            }
        }
        Ok(())
    })
    .await;
}
