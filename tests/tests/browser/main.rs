//! The shop as real browsers show it: lists that work offline, without a script and in two tabs, whole journeys, also with a
//! keyboard alone, and every page against the rules of accessibility, light and dark.
//!
//! What people do, they do in a Chromium and in a Firefox. Each test is skipped, with a line that says so, where its browser
//! is missing; `REQUIRE_BROWSER=1` makes it a failure that there is no Chromium.

/// For each of these, which are given the kind of browser, a test in each kind: `…::chromium` and `…::firefox`.
macro_rules! in_each_browser {
    ($($test:ident,)*) => { $(
        mod $test {
            #[tokio::test]
            async fn chromium() {
                super::$test(tests::Engine::Chromium).await;
            }

            #[tokio::test]
            async fn firefox() {
                super::$test(tests::Engine::Firefox).await;
            }
        }
    )* };
}

mod covers;
mod engines;
mod imports;
mod journeys;
mod keyboard;
mod languages;
mod lists;
mod live;
mod offline;
mod pages;
mod shopping;
mod twin;

use serde_json::json;
use tests::{Browser, Cluster, Driver, Engine};

/// A shop with lists and two frontends, and browsers of a kind to look at it.
async fn shop(engine: Engine) -> Option<(Cluster, Driver)> {
    let driver = Driver::of(engine)?;
    Some((Cluster::builder().carts(3).frontends(2).start().await, driver))
}

/// How somebody has the shop: with its scripts, or without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    WithScript,
    WithoutScript,
}

impl Way {
    /// As it is in the name of a picture.
    fn name(self) -> &'static str {
        match self {
            Self::WithScript => "with-script",
            Self::WithoutScript => "without-script",
        }
    }

    /// A new browser.
    async fn browser(self, driver: &Driver) -> Browser<'_> {
        match self {
            Self::WithScript => driver.browser().await,
            Self::WithoutScript => driver.without_script().await,
        }
    }
}

/// Lets somebody make the journey twice, in new browsers: with the shop's scripts, and without any.
async fn both_ways(driver: &Driver, journey: impl AsyncFn(Browser<'_>, Way)) {
    for way in [Way::WithScript, Way::WithoutScript] {
        journey(way.browser(driver).await, way).await;
    }
}

/// Opens the desk as Ann.
async fn goes_to_the_desk(browser: &Browser<'_>, shop: &Cluster) {
    browser.opens(&format!("{}/desk/sign-in", shop.url("frontend"))).await;
    browser.types("input[name=name]", "Ann").await;
    browser.types("input[name=token]", shop.secrets().token.expose()).await;
    browser.clicks(".change button").await;
    browser.says("h1", "The shop now").await;
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
    // A page that was about to load when the worker took over may never be told so; the next one has it all the same.
    let waits = "
        const { active } = await navigator.serviceWorker.ready;
        while (active.state !== 'activated')
            await new Promise((resolve) => active.addEventListener('statechange', resolve, { once: true }));
        return true;";
    assert_eq!(browser.runs(waits, &[]).await, json!(true));
}

const SAVED: &str = "All changes saved";
const OFFLINE: &str = "Offline: saved on this device";
