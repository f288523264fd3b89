//! Pages that change by themselves while somebody looks at them.

use crate::shop;
use serde_json::{Value, json};

#[tokio::test]
async fn the_last_copy_that_is_bought_in_another_window_is_sold_out_here_and_a_restock_brings_the_form_back() {
    let Some((shop, driver)) = shop().await else { return };
    let browser = driver.browser().await;
    shop.operator().puts("catalogA", 4, &json!({"count": 1})).await.has_status(201);
    browser.opens(&format!("{}/books/4", shop.url("frontend"))).await;
    browser.says("#offer .stock", "Last copy").await;
    shop.customer_at("frontendB").buys(4, 1).await.expect("sold");
    browser.says("#offer .stock", "Sold out").await;
    let disabled = browser.runs("return document.querySelector('form.buy button').disabled", &[]).await;
    assert_eq!(disabled, Value::Bool(true));
    browser.reloads().await;
    assert_eq!(browser.texts("form.buy").await, [""; 0], "what is sold out has no form");
    shop.operator().puts("catalogB", 4, &json!({"delta": 20})).await.has_status(201);
    browser.says("#offer .stock", "In stock").await;
    browser.clicks("form.buy button").await;
    browser.says(".stamp", "Sold").await;
    assert_eq!(browser.errors().await, [""; 0]);
}
