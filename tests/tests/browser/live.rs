//! Pages that change by themselves while somebody looks at them.

use crate::shop;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Engine, awaits};

in_each_browser! {
    the_last_copy_that_is_bought_in_another_window_is_sold_out_here_and_a_restock_brings_the_form_back,
    the_page_of_a_replica_says_by_itself_that_it_went_and_leads_to_what_is_to_be_done,
    the_desk_draws_by_itself_who_lacks_what_was_written_and_that_they_have_it_again,
}

async fn the_last_copy_that_is_bought_in_another_window_is_sold_out_here_and_a_restock_brings_the_form_back(
    engine: Engine,
) {
    let Some((shop, driver)) = shop(engine).await else { return };
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

async fn the_page_of_a_replica_says_by_itself_that_it_went_and_leads_to_what_is_to_be_done(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let desk = format!("{}/desk", shop.url("frontend"));
    browser.opens(&format!("{desk}/sign-in")).await;
    browser.types("input[name=name]", "Ann").await;
    browser.types("input[name=token]", shop.secrets().token.expose()).await;
    browser.clicks(".change button").await;
    browser.says("h1", "The shop now").await;
    browser.opens(&format!("{desk}/replicas/catalogB")).await;
    browser.says("#live", "Live.").await;
    browser.says("#picture h2", "It takes part").await;
    shop.kill("catalogB").await;
    browser.says("#picture h2", "How far it is").await;
    browser.opens(&format!("{desk}/replicas/catalogB/leave")).await;
    browser.types("input[name=confirm]", "catalogB").await;
    browser.clicks("main .change button").await;
    awaits(Duration::from_secs(20), "it is retired", async || {
        let said = browser.texts("#why").await;
        if said.first().is_some_and(|said| said.starts_with("Done: catalogA took over")) {
            Ok(())
        } else {
            Err(format!("{said:?}"))
        }
    })
    .await;
    assert_eq!(browser.errors().await, [""; 0]);
}

async fn the_desk_draws_by_itself_who_lacks_what_was_written_and_that_they_have_it_again(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    browser.opens(&format!("{}/desk/sign-in", shop.url("frontend"))).await;
    browser.types("input[name=name]", "Ann").await;
    browser.types("input[name=token]", shop.secrets().token.expose()).await;
    browser.clicks(".change button").await;
    browser.says("#live", "Live.").await;
    let lines = async |wanted: &str| {
        let ask = "return document.querySelector('#picture .spread')?.getAttribute('aria-label') ?? ''";
        let words = browser.runs(ask, &[]).await;
        if words.as_str().is_some_and(|words| words.contains(wanted)) { Ok(()) } else { Err(words.to_string()) }
    };
    let soon = Duration::from_secs(20);
    shop.kill("catalogB").await;
    shop.operator().puts("catalogA", 4, &json!({"cost": 3.5})).await.has_status(201);
    awaits(soon, "catalogB lacks it", async || lines(" s ago: not at catalogB").await).await;
    shop.restart("catalogB").await;
    awaits(soon, "catalogB has it", async || lines(": everywhere after ").await).await;
    shop.kill("catalogB").await;
    shop.operator().puts("catalogA", 4, &json!({"cost": 4.5})).await.has_status(201);
    awaits(soon, "catalogB lacks the next", async || lines(" s ago: not at catalogB").await).await;
    browser.runs("document.querySelector('.spread').scrollIntoView({block: 'center'}); return 1", &[]).await;
    browser.keeps_picture("desk-spread").await;
    assert_eq!(browser.errors().await, [""; 0]);
}
