//! The shop in German, as somebody finds it who chooses the language at the foot of a page.

use crate::pages::wrongs;
use crate::{has_worker, makes_list, puts, shop};
use serde_json::{Value, json};
use tests::{Browser, Cluster, Engine};

in_each_browser! {
    without_a_script_a_language_is_chosen_and_the_next_page_speaks_it_too,
    what_a_browser_has_at_hand_offline_is_in_the_language_that_was_chosen,
}

/// Chooses German on the page of this path, and is back on it.
async fn chooses_german(browser: &Browser<'_>, shop: &Cluster, path: &str) {
    browser.opens(&format!("{}{path}", shop.url("frontend"))).await;
    browser.says(".languages button", "Deutsch").await;
    browser.clicks(".languages button").await;
    browser.says(".languages button", "English").await;
    assert_eq!(browser.address().await, format!("{}{path}", shop.url("frontend")));
}

#[tokio::test]
async fn no_page_in_german_breaks_a_rule_of_accessibility_light_or_dark_narrow_or_wide() {
    let Some((shop, driver)) = shop(Engine::Chromium).await else { return };
    let browser = driver.browser().await;
    chooses_german(&browser, &shop, "/books/1").await;
    browser.says(".buy .button", "Jetzt kaufen").await;
    browser.clicks(".buy .button").await;
    browser.says(".stamp", "Verkauft").await;
    let order = browser.address().await.replace(&shop.url("frontend"), "");
    browser.opens(&format!("{}/books/4", shop.url("frontend"))).await;
    browser.clicks(".buy .quiet").await;
    browser.says("h1", "Ihr Warenkorb").await;
    let list = makes_list(&browser, &shop, "Zum Geburtstag").await;
    puts(&browser, "4").await;
    browser.says("#status", "Alle Änderungen gespeichert").await;
    let more =
        ["/", "/books/4", "/find", "/find?q=the", "/find?q=nowhere", "/cart", "/checkout", "/sign-in", "/sign-up"];
    let others = ["/orders", "/lists", "/lists?book=4", "/about", "/offline", "/nothing/here"];
    let paths = more.into_iter().chain(others).map(str::to_owned).chain([order, list]).collect();
    browser.errors().await;
    let wrong = wrongs(&browser, &shop, &paths, "de-").await;
    assert!(wrong.is_empty(), "{} violations\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn pages_fit_where_they_are_written_from_right_to_left() {
    let Some((shop, driver)) = shop(Engine::Chromium).await else { return };
    let browser = driver.browser().await;
    browser.is_sized(320, 900).await;
    for (path, name) in [("/", "home"), ("/books/4", "book"), ("/find?q=the", "find"), ("/about", "about")] {
        browser.opens(&format!("{}{path}", shop.url("frontend"))).await;
        let turns = "
            const { documentElement: page } = document;
            page.dir = 'rtl';
            return page.scrollWidth > page.clientWidth;";
        assert_eq!(browser.runs(turns, &[]).await, json!(false), "{path} scrolls sideways");
        browser.keeps_picture(&format!("rtl-{name}")).await;
    }
}

async fn without_a_script_a_language_is_chosen_and_the_next_page_speaks_it_too(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.without_script().await;
    chooses_german(&browser, &shop, "/find?q=the&sort=title").await;
    browser.clicks(".top a[href='/lists']").await;
    browser.says("h1", "Listen").await;
    browser.clicks(".languages button").await;
    browser.says("h1", "Lists").await;
}

async fn what_a_browser_has_at_hand_offline_is_in_the_language_that_was_chosen(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let url = shop.url("frontend");
    browser.opens(&url).await;
    has_worker(&browser).await;
    browser.opens(&format!("{url}/about")).await;
    chooses_german(&browser, &shop, "/lists").await;
    let path = makes_list(&browser, &shop, "Für den Sommer").await;
    browser.says("#status", "Alle Änderungen gespeichert").await;
    let at_hand = "
        const until = Date.now() + 10_000;
        const language = async (path) => (await caches.match(path))?.headers.get('content-language');
        while (Date.now() < until && (await language('/lists/shell')) !== 'de') await new Promise((on) => setTimeout(on, 50));
        return [await language('/lists/shell'), await language('/offline'), await language('/about')];";
    assert_eq!(browser.runs(at_hand, &[]).await, json!(["de", "de", Value::Null]), "a page of before is forgotten");
    shop.kill("frontend").await;
    puts(&browser, "Momo").await;
    browser.says("#status", "Offline: auf diesem Gerät gespeichert").await;
    browser.opens(&format!("{url}{path}")).await;
    browser.is_ready().await;
    browser.shows("#lines .title", &["Momo"]).await;
    browser.says(".trail a", "Listen").await;
    browser.keeps_picture("de-list-offline").await;
    browser.opens(&format!("{url}/books/3")).await;
    browser.says("h1", "Der Laden ist nicht zu erreichen").await;
}
