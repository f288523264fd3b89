//! The pages of real processes where the storefront's own tests have fakes: a shop without carts, and a journey through two
//! frontends while replicas die.

use reqwest::Method;
use std::time::Duration;
use tests::{Answer, Cluster, Customer, awaits};

/// How soon units are spread over the catalogs.
const SHARED: Duration = Duration::from_secs(10);

/// The value of a hidden field of a page's form.
fn field(page: &Answer, name: &str) -> String {
    let rest = page.text.split(&format!("name=\"{name}\" value=\"")).nth(1);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no {name} on {page}")).to_owned()
}

/// Sends a form of a page, and opens where it leads.
async fn sends(customer: &Customer, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = field(page, "token");
    let form: Vec<(&str, &str)> = [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let request = customer.request(Method::POST, path).header("Accept", "text/html").form(&form);
    let answer = customer.send(request).await;
    customer.opens(answer.has_status(303).header("location")).await
}

#[tokio::test]
async fn a_shop_without_carts_offers_none_and_sells_as_ever() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    for path in ["/", "/books/1", "/find?q=the"] {
        let page = customer.opens(path).await;
        let text = &page.has_status(200).text;
        assert!(!text.contains("Add to cart") && !text.contains("href=\"/cart\""), "{path}: {page}");
    }
    for path in ["/cart", "/checkout", "/sign-in", "/sign-up"] {
        let page = customer.opens(path).await;
        assert!(page.has_status(404).text.contains("Not in this shop"), "{path}: {page}");
    }
    let bought = customer.presses_buy(1).await;
    let place = bought.has_status(303).header("location").to_owned();
    assert!(customer.opens("/orders").await.has_status(200).text.contains(&place), "a guest's own orders are there");
}

#[tokio::test]
async fn a_guest_buys_by_forms_alone_while_a_replica_of_each_tier_is_dead() {
    let shop = Cluster::builder().carts(3).frontends(2).start().await;
    shop.order_desks_meet(1).await;
    // What only a dead catalog holds nobody can sell.
    awaits(SHARED, "the other catalog holds some of book 1", async || {
        let asked = shop.operator().as_replica(Method::GET, "catalogB", "/internal/items/1/holders");
        let holders = Answer::to(asked).await;
        if holders.json()["catalogB"].as_u64() > Some(0) { Ok(()) } else { Err(holders.text) }
    })
    .await;
    let customer = shop.customer();
    let shelf = customer.opens("/").await;
    for name in ["catalogA", "orderB", "cartC"] {
        shop.kill(name).await;
    }
    let cart = sends(&customer, &shelf, "/cart/items", &[("item", "1")]).await;
    assert!(cart.has_status(200).text.contains("is in your cart"), "{cart}");
    // The other frontend knows the same cart.
    let customer = customer.at(shop.url("frontendB"));
    let page = customer.opens("/checkout").await;
    let (key, total) = (field(page.has_status(200), "key"), field(&page, "total"));
    let receipt = sends(&customer, &page, "/checkout", &[("key", &key), ("total", &total)]).await;
    assert!(receipt.has_status(200).text.contains("Confirmed"), "{receipt}");
    assert!(customer.opens("/cart").await.text.contains("Nothing is in it yet"));
}
