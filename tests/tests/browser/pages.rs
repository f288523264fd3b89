//! Every page of the table of addresses: no violation that axe-core knows, light and dark, narrow and wide, and nothing in
//! the console that is an error. Pictures are kept in `target/browser/`.

use crate::{goes_to_the_desk, makes_list, puts, shop};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::endpoints::{ENDPOINTS, Style, sound};
use tests::{Browser, Cluster, Engine};

const AXE: &str = include_str!("../../axe/axe.min.js");

/// What axe says of the page that is open: each violation with the elements that it is about.
pub(crate) async fn violations(browser: &Browser<'_>) -> Vec<String> {
    let asks = format!(
        "{AXE};
        const {{ violations }} = await axe.run(document, {{ resultTypes: ['violations'] }});
        return violations.map(({{ id, help, nodes }}) => `${{id}}: ${{help}} at ${{nodes.map((node) => node.html).join(' | ')}}`);"
    );
    let found = browser.runs(&asks, &[]).await;
    found.as_array().expect("a list").iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// The pages of the table, each once, and some with more on them.
async fn paths(browser: &Browser<'_>, shop: &Cluster) -> BTreeSet<String> {
    let list = makes_list(browser, shop, "Every kind of line").await;
    for what in ["4", "Anything else"] {
        puts(browser, what).await;
    }
    let is_gift_list = "
        const form = document.querySelector('form:has(#kind-field)');
        form.elements.kind.value = 'gift';
        form.requestSubmit();";
    browser.runs(is_gift_list, &[]).await;
    browser.says("#kind", "Gift list").await;
    browser.says("#status", crate::SAVED).await;
    let to_read = browser.runs("return document.querySelector('section:has(#share) a').pathname", &[]).await;
    browser.opens(&format!("{}/books/1", shop.url("frontend"))).await;
    browser.clicks(".buy button").await;
    browser.says(".stamp", "Sold").await;
    let order = browser.address().await.replace(&shop.url("frontend"), "");
    let is_page = |one: &&tests::endpoints::Endpoint| {
        one.style == Style::Page
            && one.methods.contains(&"GET")
            && !["/static", "/covers"].iter().any(|no| one.path.starts_with(no))
    };
    let mut all: BTreeSet<String> = ENDPOINTS.iter().filter(is_page).map(sound).collect();
    let more = ["/books/4", "/topics/novels", "/find?q=the", "/find?q=nowhere", "/lists?book=4", "/nothing/here"];
    all.extend(more.map(str::to_owned));
    all.extend([list, to_read.as_str().expect("a path").to_owned(), order]);
    all
}

/// The name of a page's picture: no secret of it.
fn named(path: &str) -> String {
    let plain = |part: &str| match part.len() {
        36 => "by-id".to_owned(),
        64 => "to-read".to_owned(),
        _ => part.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect(),
    };
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(plain).collect();
    if parts.is_empty() { "home".to_owned() } else { parts.join("-") }
}

/// What is wrong with these pages, light and dark, narrow and wide. The names of their pictures begin with `kind`.
pub(crate) async fn wrongs(browser: &Browser<'_>, shop: &Cluster, paths: &BTreeSet<String>, kind: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for path in paths {
        for (dark, width) in [(false, 1000), (true, 320)] {
            browser.is_dark(dark).await;
            browser.is_sized(width, 900).await;
            browser.opens(&format!("{}{path}", shop.url("frontend"))).await;
            let how = format!("{path}, {}, {width} px", if dark { "dark" } else { "light" });
            wrong.extend(violations(browser).await.into_iter().map(|one| format!("{how}: {one}")));
            let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
            if browser.runs(wide, &[]).await == Value::Bool(true) {
                wrong.push(format!("{how}: it scrolls sideways"));
            }
            browser.keeps_picture(&format!("{kind}{}-{}", named(path), if dark { "dark" } else { "light" })).await;
            // A page that is not there says so with its status, which the console repeats.
            let status = |error: &String| !error.contains("the server responded with a status of 4");
            wrong.extend(browser.errors().await.into_iter().filter(status).map(|one| format!("{how}: {one}")));
        }
    }
    wrong
}

#[tokio::test]
async fn no_page_breaks_a_rule_of_accessibility_light_or_dark_narrow_or_wide() {
    let Some((shop, driver)) = shop(Engine::Chromium).await else { return };
    let browser = driver.browser().await;
    let paths = paths(&browser, &shop).await;
    browser.errors().await;
    // Whoever is not at the desk is shown the way in.
    let mut wrong = wrongs(&browser, &shop, &paths, "").await;
    goes_to_the_desk(&browser, &shop).await;
    let desk =
        ["/desk", "/desk?book=1", "/desk/books", "/desk/books?q=nowhere", "/desk/books/1", "/desk/books/1?done=price"];
    let mut desk: BTreeSet<String> = desk.map(str::to_owned).into();
    let replicas = ["", "/catalogA", "/catalogA/leave", "/catalogC", "/orderA/leave", "/cartA", "/cartA/leave"];
    desk.extend(replicas.map(|rest| format!("/desk/replicas{rest}")));
    let order = shop.customer().buys(1, 1).await.expect("it is bought").number;
    desk.extend(["/desk/orders".into(), "/desk/orders?state=shipped".into()]);
    desk.extend(["", "/cancel"].map(|rest| format!("/desk/orders/{order}{rest}")));
    wrong.extend(wrongs(&browser, &shop, &desk, "").await);
    println!("{} pages", paths.len());
    assert!(paths.len() >= 16, "{paths:?}");
    assert!(wrong.is_empty(), "{} violations\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn axe_finds_what_is_wrong_on_purpose() {
    let Some((shop, driver)) = shop(Engine::Chromium).await else { return };
    let browser = driver.browser().await;
    browser.opens(&format!("{}/lists", shop.url("frontend"))).await;
    browser.runs("document.querySelector('main').append(document.createElement('button'))", &[]).await;
    let found = violations(&browser).await;
    assert!(found.len() == 1 && found[0].starts_with("button-name"), "{found:?}");
    let broken = browser.runs("console.error('on purpose'); return 1", &[]).await;
    assert_eq!((broken, browser.errors().await.len()), (json!(1), 1));
}
