//! Orders on their way to the customer, with real processes: packed, shipped and cancelled at the desk.

use reqwest::Method;
use std::time::Duration;
use tests::desk::{at_desk, sends_from};
use tests::{Answer, Bought, Cluster, Customer, awaits};

const KNOWN: Duration = Duration::from_secs(10);

/// Presses one of the buttons of an order's page.
async fn takes_on(browser: &Customer, number: u64, to: &str) -> Answer {
    let path = format!("/desk/orders/{number}");
    sends_from(browser, &path, &path, &[("to", to)]).await
}

/// Waits until every order replica says so of the order.
async fn every_replica_says(shop: &Cluster, order: &Bought, state: &str) {
    awaits(KNOWN, "every order replica knows", async || {
        for name in ["orderA", "orderB"] {
            let request = shop.operator().as_replica(Method::POST, name, "/internal/orders/latest");
            let asked = serde_json::json!({ "fulfilment": state, "after": null, "limit": 1000 });
            let answer = request.json(&asked).send().await.map_err(|error| error.to_string())?;
            let text = answer.text().await.map_err(|error| error.to_string())?;
            if !text.contains(&order.uuid.to_string()) {
                return Err(format!("{name}: {text}"));
            }
        }
        Ok(())
    })
    .await;
}

async fn count(shop: &Cluster) -> u64 {
    shop.customer().looks_up(1).await.expect("it is there").count
}

#[tokio::test]
async fn an_order_is_packed_and_shipped_and_one_that_is_cancelled_gives_its_copies_back_once() {
    let shop = Cluster::builder().catalogs(2).orders(2).start().await;
    let (desk, customer) = (at_desk(&shop, "Ann").await, shop.customer());
    let before = count(&shop).await;
    let kept = customer.buys(1, 1).await.expect("it is bought");
    let cancelled = customer.buys(1, 2).await.expect("it is bought");
    let all = desk.opens("/desk/orders").await;
    for order in [&kept, &cancelled] {
        let link = format!("href=\"/desk/orders/{}\"", order.number);
        assert!(all.has_status(200).text.contains(&link), "{all}");
        assert!(!all.text.contains(&order.uuid.to_string()), "the id is a secret: {all}");
    }
    assert_eq!(takes_on(&desk, kept.number, "shipped").await.status, 409, "it is not packed yet");
    for (to, done) in [("packed", "packed"), ("packed", "packed"), ("shipped", "shipped")] {
        let answer = takes_on(&desk, kept.number, to).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, &*format!("/desk/orders/{}?done={done}", kept.number))
        );
    }
    // Whoever is to cancel is asked once more, and told what it means; until then nothing happens.
    let ask = format!("/desk/orders/{}/cancel", cancelled.number);
    let asked = takes_on(&desk, cancelled.number, "cancelled").await;
    assert_eq!((asked.status, asked.header("location")), (303, ask.as_str()), "{asked}");
    let question = desk.opens(&ask).await;
    assert!(question.has_status(200).text.contains("2 copies of 1 title go back on the shelf"), "{question}");
    assert_eq!(count(&shop).await, before - 3, "nothing is cancelled yet");
    let order = format!("/desk/orders/{}", cancelled.number);
    for _ in 0..2 {
        let sure = [("to", "cancelled"), ("sure", "yes")];
        sends_from(&desk, &order, &order, &sure).await.has_status(303);
    }
    let too_late = desk.opens(&format!("/desk/orders/{}/cancel", kept.number)).await;
    assert!(too_late.has_status(409).text.contains("An order that is shipped"), "{too_late}");
    assert_eq!(shop.customer().opens(&ask).await.header("location"), "/desk/sign-in");
    every_replica_says(&shop, &kept, "shipped").await;
    every_replica_says(&shop, &cancelled, "cancelled").await;
    awaits(KNOWN, "the copies are on the shelf", async || match count(&shop).await {
        left if left == before - 1 => Ok(()),
        left => Err(format!("{left} of {before}")),
    })
    .await;
    // Whoever bought it sees it, and asking again for the same order buys nothing.
    let page = customer.opens(&format!("/orders/{}", cancelled.uuid)).await;
    assert!(page.has_status(200).text.contains("Cancelled"), "{page}");
    let order = customer.get(&format!("/api/v1/orders/{}", kept.uuid)).await;
    assert!(order.has_status(200).text.contains("\"fulfilment\":\"shipped\""), "{order}");
    // Who did it is on record, under the order's number.
    let said = format!("Order {} is cancelled.", cancelled.number);
    let record = awaits(KNOWN, "it is on record", async || {
        let record = desk.opens("/desk/changes").await;
        if record.text.contains(&said) && record.text.contains("Ann") { Ok(record) } else { Err(record.text) }
    })
    .await;
    assert!(!record.text.contains(&cancelled.uuid.to_string()), "{record}");
    let packed = desk.opens("/desk/orders?state=packed").await;
    assert!(packed.text.contains("There are no such orders."), "{packed}");
    for name in ["catalogA", "catalogB", "orderA", "orderB"] {
        shop.stop(name).await;
        let tier = if name.starts_with("catalog") { "catalog" } else { "order" };
        let checked = shop.command(tier, &["check", "--name", name]).await;
        assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stdout));
    }
}

#[tokio::test]
async fn a_step_survives_the_order_replica_that_wrote_it_down_and_waits_for_the_catalog_that_decides() {
    let shop = Cluster::builder().catalogs(2).orders(2).start().await;
    let (desk, customer) = (at_desk(&shop, "Ann").await, shop.customer());
    let order = customer.buys(1, 1).await.expect("it is bought");
    every_replica_says(&shop, &order, "placed").await;
    shop.kill("orderA").await;
    takes_on(&desk, order.number, "packed").await.has_status(303);
    shop.kill("orderB").await;
    shop.restart("orderA").await;
    // It finds the step in the catalog's journal.
    awaits(KNOWN, "the step is found", async || {
        let page = desk.opens(&format!("/desk/orders/{}", order.number)).await;
        if page.text.contains(": Packed") { Ok(()) } else { Err(page.text) }
    })
    .await;
    // One of the two sold it, and decides; while it is down, nothing happens, and whoever asks is told so.
    for down in ["catalogA", "catalogB"] {
        shop.kill(down).await;
        let answer = takes_on(&desk, order.number, "shipped").await;
        assert!(matches!(answer.status, 303 | 503), "{down} is down: {answer}");
        shop.restart(down).await;
    }
    awaits(KNOWN, "who decides is asked again", async || {
        let answer = takes_on(&desk, order.number, "shipped").await;
        if answer.status == 303 { Ok(()) } else { Err(answer.text) }
    })
    .await;
    shop.restart("orderB").await;
    every_replica_says(&shop, &order, "shipped").await;
}

#[tokio::test]
async fn the_table_of_orders_has_a_row_a_line_and_tells_nobodys_secrets() {
    let shop = Cluster::builder().orders(2).start().await;
    let (desk, customer) = (at_desk(&shop, "Ann").await, shop.customer());
    let order = customer.buys(1, 2).await.expect("it is bought");
    assert_eq!(customer.opens("/desk/orders.csv").await.status, 303, "only for operators");
    let table = desk.opens("/desk/orders.csv?state=placed").await;
    assert_eq!(table.has_status(200).header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = table.text.lines().collect();
    assert_eq!(rows[0], "order,placed,state,since,book,title,quantity,price,currency");
    assert!(rows.len() == 2 && rows[1].starts_with(&format!("{},", order.number)), "{table}");
    assert!(!table.text.contains(&order.uuid.to_string()), "{table}");
    let none = desk.opens("/desk/orders.csv?state=shipped").await;
    assert_eq!(none.text.lines().count(), 1, "{none}");
    assert_eq!(desk.opens("/desk/orders.csv?state=lost").await.status, 422);
    assert_eq!(desk.opens("/desk/orders/999999999").await.status, 404);
}
