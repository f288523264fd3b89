//! What a browser still shows when the shop is out of reach, and what it never keeps.

use crate::{has_worker, makes_list, shop};
use serde_json::json;
use tests::Engine;

in_each_browser! {
    pages_that_were_seen_open_without_the_shop_and_others_say_what_can_be_done,
    a_shop_that_hangs_is_answered_for_from_what_was_seen,
    nothing_that_is_somebodys_own_is_kept,
}

async fn pages_that_were_seen_open_without_the_shop_and_others_say_what_can_be_done(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let url = shop.url("frontend");
    browser.opens(&url).await;
    has_worker(&browser).await;
    for path in ["/books/4", "/lists"] {
        browser.opens(&format!("{url}{path}")).await;
    }
    browser.opens(&format!("{url}/books/4")).await;
    let title = browser.texts("h1").await.remove(0);
    shop.kill("frontend").await;
    browser.reloads().await;
    browser.says("h1", &title).await;
    browser.opens(&format!("{url}/books/3")).await;
    browser.says("h1", "The shop is out of reach").await;
    browser.clicks("main a[href=\"/lists\"]").await;
    browser.says("h1", "Lists").await;
    shop.restart("frontend").await;
    browser.opens(&format!("{url}/books/3")).await;
    assert_ne!(browser.texts("h1").await, ["The shop is out of reach"]);
}

async fn a_shop_that_hangs_is_answered_for_from_what_was_seen(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let url = shop.url("frontend");
    browser.opens(&url).await;
    has_worker(&browser).await;
    browser.opens(&format!("{url}/about")).await;
    shop.pause("frontend");
    let began = std::time::Instant::now();
    browser.reloads().await;
    let took = began.elapsed();
    browser.says("h1", "About the shop").await;
    shop.resume("frontend");
    println!("a page of a shop that hangs took {took:?}");
    assert!(took.as_secs() < 10, "{took:?}");
}

async fn nothing_that_is_somebodys_own_is_kept(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let url = shop.url("frontend");
    browser.opens(&url).await;
    has_worker(&browser).await;
    let path = makes_list(&browser, &shop, "Secret").await;
    browser.opens(&format!("{url}/books/1")).await;
    browser.clicks(".buy button").await;
    browser.says(".stamp", "Sold").await;
    let order = browser.address().await;
    browser.runs("await fetch('/api/v1/cart')", &[]).await;
    let kept = "
        const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
        return kept.flat().map(({ url }) => new URL(url).pathname);";
    let kept = browser.runs(kept, &[]).await;
    let kept: Vec<&str> = kept.as_array().expect("a list").iter().filter_map(|path| path.as_str()).collect();
    assert!(kept.contains(&"/books/1") && kept.contains(&"/lists/shell"), "{kept:?}");
    for secret in ["/api", "/orders", "/cart", "/buy", &path, &order] {
        assert!(!kept.iter().any(|path| path.contains(secret)), "{secret} is in {kept:?}");
    }
    let wrong = browser.errors().await;
    assert!(wrong.is_empty(), "{wrong:?}");
    // Installable: Chromium names what is missing.
    if engine == Engine::Chromium {
        let missing = browser.cdp("Page.getInstallabilityErrors", json!({})).await;
        assert_eq!(missing["installabilityErrors"], json!([]), "{missing}");
    }
}
