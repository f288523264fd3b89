//! The shop as a real browser shows it: lists that work offline, without a script and in two tabs, and every page against
//! the rules of accessibility, light and dark.
//!
//! Each test is skipped, with a line that says so, where there is no Chromium; `REQUIRE_BROWSER=1` makes that a failure.

mod covers;
mod imports;
mod journeys;
mod languages;
mod lists;
mod live;
mod offline;
mod pages;
mod shopping;
mod twin;

use serde_json::json;
use tests::{Browser, Cluster, Driver};

/// A shop with lists and two frontends, and a browser to look at it.
async fn shop() -> Option<(Cluster, Driver)> {
    let driver = Driver::start().await?;
    Some((Cluster::builder().carts(3).frontends(2).start().await, driver))
}

/// Makes a list of this name with its form, and returns the path of its page.
async fn makes_list(browser: &Browser<'_>, shop: &Cluster, name: &str) -> String {
    let url = shop.url("frontend");
    browser.opens(&format!("{url}/lists")).await;
    browser.is_ready().await;
    browser.types("input[name=name]", name).await;
    browser.clicks("form:has(input[name=name]) button").await;
    browser.says("h1", name).await;
    browser.is_ready().await;
    browser.address().await.strip_prefix(&url).expect("in the shop").to_owned()
}

/// Puts this on the list that is open.
async fn puts(browser: &Browser<'_>, what: &str) {
    browser.types("#what", what).await;
    browser.clicks("form:has(#what) button").await;
}

/// Waits until the browser has what it needs to open a list offline.
async fn has_worker(browser: &Browser<'_>) {
    let waits = "
        await navigator.serviceWorker.ready;
        if (!navigator.serviceWorker.controller)
            await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
        return true;";
    assert_eq!(browser.runs(waits, &[]).await, json!(true));
}

const SAVED: &str = "All changes saved";
const OFFLINE: &str = "Offline: saved on this device";
