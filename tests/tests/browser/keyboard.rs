//! Journeys of somebody who has no mouse: nothing is clicked here. Wherever the focus is on the way, it can be seen; it gets
//! everywhere, and away again.

use crate::{SAVED, Way, both_ways, goes_to_the_desk, makes_list, puts, shop};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Browser, Engine, Key, awaits};

in_each_browser! {
    a_guest_skips_to_the_page_searches_and_orders_and_is_led_to_what_falls_short,
    a_list_is_made_filled_named_and_cleared_and_nobody_loses_their_place,
    an_operator_signs_in_sets_a_price_ticks_a_box_and_signs_out,
    who_is_on_a_link_of_a_picture_that_changes_stays_there,
    the_focus_gets_to_everything_on_a_page_and_out_of_it_both_ways,
}

/// Until replicas have told each other, and pages what they are told.
const SOON: Duration = Duration::from_secs(20);

/// Goes to a link or a button, and presses Enter there; another page comes of it.
async fn follows(browser: &Browser<'_>, selector: &str) {
    browser.walks_to(selector).await;
    browser.sends(Key::Enter).await;
}

/// Goes to a field, and types into it.
async fn fills(browser: &Browser<'_>, selector: &str, text: &str) {
    browser.walks_to(selector).await;
    browser.writes(text).await;
}

/// Presses a key in a form that a script sends; without the script, another page comes of it.
async fn sends(browser: &Browser<'_>, way: Way, key: Key) {
    match way {
        Way::WithScript => browser.presses(key).await,
        Way::WithoutScript => browser.sends(key).await,
    }
}

/// Waits until what the first element that fits has as its `name` is this.
async fn has(browser: &Browser<'_>, selector: &str, name: &str, value: Value) {
    awaits(SOON, &format!("{name} of {selector} is {value}"), async || {
        let script = "return document.querySelector(arguments[0])?.[arguments[1]] ?? null";
        let now = browser.at_once(script, &[json!(selector), json!(name)]).await;
        if now == value { Ok(()) } else { Err(now.to_string()) }
    })
    .await;
}

async fn a_guest_skips_to_the_page_searches_and_orders_and_is_led_to_what_falls_short(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    shop.finds_all_within(SOON).await;
    both_ways(&driver, async |browser, way| {
        browser.opens(&shop.url("frontend")).await;
        browser.presses(Key::Tab).await;
        browser.has_focus(".skip").await;
        browser.keeps_picture(&format!("keyboard-skip-{}", way.name())).await;
        browser.presses(Key::Enter).await;
        browser.presses(Key::Tab).await;
        browser.has_focus("main *").await;
        if way == Way::WithScript {
            fills(&browser, "#q", "Moby").await;
            browser.says("#suggestions li .title", "Moby-Dick; or, The Whale").await;
            browser.presses(Key::Down).await;
        } else {
            fills(&browser, "#q", "Moby-Dick").await;
        }
        browser.sends(Key::Enter).await;
        follows(&browser, "#results a[href='/books/18']").await;
        browser.says("h1", "Moby-Dick; or, The Whale").await;
        follows(&browser, ".buy .quiet").await;
        browser.says("h1", "Your cart").await;
        fills(&browser, "#quantity-18", "50").await;
        browser.sends(Key::Enter).await;
        browser.says(".total span", "Total for 50 copies").await;
        follows(&browser, "main a[href='/checkout']").await;
        follows(&browser, "#order").await;
        browser.says("#trouble", "One book falls short: nothing was bought").await;
        browser.has_focus(".errors").await;
        browser.keeps_picture(&format!("keyboard-errors-{}", way.name())).await;
        browser.walks_to(".errors a").await;
        browser.presses(Key::Enter).await;
        browser.has_focus("#mend-18").await;
        browser.sends(Key::Space).await;
        browser.says("#order", "Place the order · 75.60 €").await;
        fills(&browser, "#email", "guest@example.org").await;
        browser.presses(Key::Tab).await;
        browser.has_focus("#order").await;
        browser.sends(Key::Space).await;
        browser.says(".stamp", "Sold").await;
        shop.operator().puts("catalogA", 18, &json!({"delta": 4})).await.has_status(201);
        shop.agrees_within(SOON).await;
    })
    .await;
}

async fn a_list_is_made_filled_named_and_cleared_and_nobody_loses_their_place(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    both_ways(&driver, async |browser, way| {
        let is_ready = async || {
            if way == Way::WithScript {
                browser.is_ready().await;
            }
        };
        browser.opens(&format!("{}/lists", shop.url("frontend"))).await;
        is_ready().await;
        fills(&browser, "main input[name=name]", "By keyboard").await;
        browser.presses(Key::Tab).await;
        browser.has_focus("main select[name=kind]").await;
        browser.writes("Gift").await;
        browser.presses(Key::Tab).await;
        browser.sends(Key::Enter).await;
        browser.says("h1", "By keyboard").await;
        is_ready().await;
        browser.says("#kind", "Gift list").await;
        let list = browser.address().await;
        for what in ["Momo", "4"] {
            fills(&browser, "#what", what).await;
            sends(&browser, way, Key::Enter).await;
            has(&browser, "#what", "value", json!("")).await;
        }
        browser.says("[data-item=Momo] .title", "Momo").await;
        fills(&browser, "[data-item='4'] [name=count]", "3").await;
        sends(&browser, way, Key::Enter).await;
        browser.walks_to("[data-item='4'] summary").await;
        browser.presses(Key::Enter).await;
        fills(&browser, "[data-item='4'] [name=note]", "the blue one").await;
        sends(&browser, way, Key::Enter).await;
        browser.says("[data-item='4'] .note", "the blue one").await;
        if way == Way::WithScript {
            browser.has_focus("[data-item='4'] summary").await;
        }
        browser.walks_to("summary:has(+ form #name-field)").await;
        browser.presses(Key::Space).await;
        fills(&browser, "#name-field", "Renamed").await;
        sends(&browser, way, Key::Enter).await;
        browser.says("h1", "Renamed").await;
        browser.walks_to("[data-item=Momo] .remove button").await;
        sends(&browser, way, Key::Space).await;
        browser.shows("[data-item=Momo]", &[]).await;
        if way == Way::WithScript {
            browser.has_focus("[data-item='4'] .remove button").await;
            browser.says("#status", SAVED).await;
        }
        browser.opens(&list).await;
        browser.says("h1", "Renamed").await;
        browser.says("[data-item='4'] .note", "the blue one").await;
        has(&browser, "[data-item='4'] [name=count]", "value", json!("3")).await;
        browser.shows("[data-item=Momo]", &[]).await;
    })
    .await;
}

async fn an_operator_signs_in_sets_a_price_ticks_a_box_and_signs_out(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    both_ways(&driver, async |browser, _| {
        browser.opens(&format!("{}/desk/sign-in", shop.url("frontend"))).await;
        fills(&browser, "main input[name=name]", "Ann").await;
        browser.presses(Key::Tab).await;
        browser.has_focus("main input[name=token]").await;
        browser.writes(shop.secrets().token.expose()).await;
        browser.sends(Key::Enter).await;
        browser.says("h1", "The shop now").await;
        follows(&browser, ".desk-nav a[href='/desk/books']").await;
        fills(&browser, "main input[name=q]", "Dubliners").await;
        browser.sends(Key::Enter).await;
        follows(&browser, "a[href='/desk/books/11']").await;
        browser.says("h1", "Dubliners").await;
        fills(&browser, "form:has([value=price]) [name=value]", "7.50").await;
        browser.sends(Key::Enter).await;
        browser.says("dl.facts div:nth-child(2) dd", "7.50 €").await;
        fills(&browser, "form:has([value=count]) [name=value]", "7").await;
        browser.presses(Key::Tab).await;
        browser.has_focus("[name=force]").await;
        browser.presses(Key::Space).await;
        has(&browser, "[name=force]", "checked", json!(true)).await;
        browser.presses(Key::Tab).await;
        browser.sends(Key::Enter).await;
        browser.says("dl.facts div:nth-child(3) dd", "7").await;
        follows(&browser, ".desk-nav button").await;
        browser.says("h1", "The operator's desk").await;
        shop.operator().puts("catalogA", 11, &json!({"price": 9.0, "delta": -4})).await;
        shop.agrees_within(SOON).await;
    })
    .await;
}

async fn who_is_on_a_link_of_a_picture_that_changes_stays_there(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    goes_to_the_desk(&browser, &shop).await;
    browser.opens(&format!("{}/desk?book=1", shop.url("frontend"))).await;
    browser.says("#live", "Live.").await;
    browser.walks_to("#picture a").await;
    let changes = "
        await new Promise((changed) => new MutationObserver(changed).observe(document.getElementById('picture'), { childList: true }));";
    browser.runs(changes, &[]).await;
    browser.has_focus("#picture a").await;
}

async fn the_focus_gets_to_everything_on_a_page_and_out_of_it_both_ways(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let list = makes_list(&browser, &shop, "Every kind of line").await;
    puts(&browser, "4").await;
    puts(&browser, "Momo").await;
    browser.says("#status", SAVED).await;
    goes_to_the_desk(&browser, &shop).await;
    browser.opens(&format!("{}/books/2", shop.url("frontend"))).await;
    follows(&browser, ".buy .quiet").await;
    let shop_pages =
        ["/books/4", "/find?q=melville", "/cart", "/checkout", "/orders", "/lists", &list, "/sign-in", "/sign-up"];
    let desk_pages = ["/desk/books/11", "/desk/replicas", "/desk/replicas/catalogA/leave"];
    let everything = "
        const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, textarea, [tabindex=\"0\"]');
        const usable = [...all].filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }));
        return usable.map((one) => [...document.querySelectorAll('*')].indexOf(one));";
    for path in shop_pages.into_iter().chain(desk_pages) {
        browser.opens(&format!("{}{path}", shop.url("frontend"))).await;
        browser.is_ready().await;
        let wanted = browser.at_once(everything, &[]).await;
        let wanted: Vec<u64> = wanted.as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
        assert!(wanted.len() > 5, "{path}: {wanted:?}");
        let there = browser.stops(Key::Tab).await;
        let places: Vec<u64> = there.iter().map(|stop| stop.place).collect();
        assert!(places.is_sorted(), "{path}: the focus jumps: {there:#?}");
        let missed: Vec<&u64> = wanted.iter().filter(|place| !places.contains(place)).collect();
        assert!(missed.is_empty(), "{path}: the focus does not get to {missed:?}, only to {there:#?}");
        // Back from the last one, without having been outside.
        browser.reloads().await;
        browser.is_ready().await;
        for _ in &places {
            browser.presses(Key::Tab).await;
        }
        let back: Vec<u64> = browser.stops(Key::TabBack).await.iter().map(|stop| stop.place).collect();
        let others: Vec<u64> = places.iter().rev().skip(1).copied().collect();
        assert_eq!(back, others, "{path}: the way back is another one");
    }
}
