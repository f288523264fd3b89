//! The browsers themselves: what the other tests take for granted of them.

use crate::shop;
use serde_json::json;
use std::time::Duration;
use tests::{Browser, Driver, Engine, awaits};

in_each_browser! {
    a_browser_that_a_test_is_done_with_leaves_no_process_behind,
    a_page_is_as_dark_and_as_narrow_as_it_is_to_be,
    what_is_wrong_on_purpose_is_an_error_in_the_console,
}

async fn a_browser_that_a_test_is_done_with_leaves_no_process_behind(engine: Engine) {
    let Some(driver) = Driver::of(engine) else { return };
    let (one, other) = (driver.browser().await, driver.without_script().await);
    let there = driver.processes();
    assert!(there.len() >= 2, "{there:?}");
    drop((one, other));
    awaits(Duration::from_secs(10), "all of them end", async || {
        let left = driver.processes();
        if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
    })
    .await;
}

async fn a_page_is_as_dark_and_as_narrow_as_it_is_to_be(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    browser.opens(&format!("{}/about", shop.url("frontend"))).await;
    let shown = "return [matchMedia('(prefers-color-scheme: dark)').matches, innerWidth, innerHeight]";
    for (dark, width) in [(false, 1000), (true, 320), (false, 360)] {
        browser.is_dark(dark).await;
        browser.is_sized(width, 900).await;
        assert_eq!(browser.runs(shown, &[]).await, json!([dark, width, 900]));
    }
}

async fn what_is_wrong_on_purpose_is_an_error_in_the_console(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    browser.opens(&format!("{}/about", shop.url("frontend"))).await;
    assert_eq!(browser.errors().await, [""; 0]);
    let is_said = async |script: &str, what: &str| {
        browser.runs(script, &[]).await;
        said(&browser, what).await;
    };
    is_said("setTimeout(() => { throw new Error('on purpose'); })", "on purpose").await;
    is_said("document.body.setAttribute('style', 'color: red')", "style").await;
}

/// Waits until the console says one thing, and this is in it.
async fn said(browser: &Browser<'_>, what: &str) {
    awaits(Duration::from_secs(10), "it is in the console", async || match &browser.errors().await[..] {
        [] => Err("nothing yet".to_owned()),
        [one] if one.contains(what) => Ok(()),
        other => panic!("{other:?}"),
    })
    .await;
}
