//! Lists: two who write at once, two tabs, and a browser without scripts.

use crate::{OFFLINE, SAVED, has_worker, makes_list, puts, shop};
use serde_json::json;
use tests::Engine;

in_each_browser! {
    a_list_that_two_edited_while_one_was_offline_has_what_both_did_after_both_were_restarted,
    two_tabs_of_one_browser_see_each_other_and_no_edit_of_either_is_lost,
    without_a_script_a_list_is_made_edited_and_passed_on_by_forms,
    a_list_says_who_put_a_line_there_where_they_gave_a_name_and_the_device_remembers_it,
}

async fn a_list_that_two_edited_while_one_was_offline_has_what_both_did_after_both_were_restarted(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (mut ada, mut ben) = (driver.browser().await, driver.browser().await);
    let path = makes_list(&ada, &shop, "For the summer").await;
    puts(&ada, "4").await;
    ada.says("#status", SAVED).await;
    has_worker(&ada).await;
    ben.opens(&format!("{}{path}", shop.url("frontendB"))).await;
    ben.is_ready().await;
    puts(&ben, "Momo").await;
    ben.says("#status", SAVED).await;
    // To be offline is that the shop can't be reached: Ada's frontend is gone.
    shop.kill("frontend").await;
    puts(&ada, "Something for the train").await;
    ada.says("#status", OFFLINE).await;
    puts(&ben, "The Odyssey").await;
    ben.clicks("[data-item=\"4\"] .remove button").await;
    ben.shows("#lines .title", &["Momo", "The Odyssey"]).await;
    puts(&ben, "4").await;
    ben.types("[data-item=\"4\"] input[name=count]", "3").await;
    ben.clicks("[data-item=\"4\"] .count button").await;
    ben.says("#status", SAVED).await;
    ada.restarts().await;
    ben.restarts().await;
    // Her browser has the page and her copy; the shop still has neither heard of it nor is it there.
    ada.opens(&format!("{}{path}", shop.url("frontend"))).await;
    ada.is_ready().await;
    ada.says("#status", OFFLINE).await;
    assert!(ada.texts("#lines .title").await.contains(&"Something for the train".to_owned()));
    ada.keeps_picture("list-offline").await;
    ben.opens(&format!("{}{path}", shop.url("frontendB"))).await;
    ben.is_ready().await;
    shop.restart("frontend").await;
    let titles = ben.texts("[data-item=\"4\"] .title").await;
    let all = [titles[0].as_str(), "Momo", "Something for the train", "The Odyssey"];
    for browser in [&ada, &ben] {
        browser.shows("#lines .title", &all).await;
        browser.says("#status", SAVED).await;
        browser.says("#name", "For the summer").await;
        let count = browser.runs("return document.querySelector('[data-item=\"4\"] [name=count]').value", &[]).await;
        assert_eq!(count, json!("3"));
    }
    ben.keeps_picture("list-together").await;
}

async fn two_tabs_of_one_browser_see_each_other_and_no_edit_of_either_is_lost(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let path = makes_list(&browser, &shop, "Two tabs").await;
    puts(&browser, "Momo").await;
    browser.says("#status", SAVED).await;
    let (second, first) = browser.opens_tab().await;
    browser.opens(&format!("{}{path}", shop.url("frontend"))).await;
    browser.is_ready().await;
    puts(&browser, "Emma").await;
    browser.shows("#lines .title", &["Emma", "Momo"]).await;
    browser.goes_to(&first).await;
    browser.shows("#lines .title", &["Emma", "Momo"]).await;
    // Both at once, and the shop away: what each does gets a number of its own all the same.
    shop.kill("frontend").await;
    let adds = "
        const [prefix] = given;
        for (let at = 0; at < 20; at++) {
            document.querySelector('#what').value = `${prefix} ${at}`;
            document.querySelector('form:has(#what)').requestSubmit();
        }";
    browser.runs(adds, &[json!("first")]).await;
    browser.goes_to(&second).await;
    browser.runs(adds, &[json!("second")]).await;
    let mut all: Vec<String> =
        ["first", "second"].iter().flat_map(|tab| (0..20).map(move |at| format!("{tab} {at}"))).collect();
    all.extend(["Emma".to_owned(), "Momo".to_owned()]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    browser.shows("#lines .title", &all).await;
    shop.restart("frontend").await;
    browser.says("#status", SAVED).await;
    browser.goes_to(&first).await;
    browser.shows("#lines .title", &all).await;
    let other = driver.browser().await;
    other.opens(&format!("{}{path}", shop.url("frontendB"))).await;
    other.shows("#lines .title", &all).await;
}

async fn without_a_script_a_list_is_made_edited_and_passed_on_by_forms(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.without_script().await;
    let url = shop.url("frontend");
    browser.opens(&format!("{url}/books/4")).await;
    let title = browser.texts("h1").await.remove(0);
    browser.clicks("a[href=\"/lists?book=4\"]").await;
    browser.says("h1", "Put on a list").await;
    assert!(browser.texts("noscript").await.concat().contains("does not remember your lists"));
    browser.types("input[name=name]", "By hand").await;
    browser.clicks("form:has(input[name=name]) button").await;
    browser.says("h1", "By hand").await;
    assert!(browser.texts("html[data-ready]").await.is_empty(), "the page has a script after all");
    browser.shows("#lines .title", &[&title]).await;
    puts(&browser, "Anything else").await;
    browser.shows("#lines .title", &[&title, "Anything else"]).await;
    browser.types("[data-item=\"4\"] input[name=count]", "3").await;
    browser.clicks("[data-item=\"4\"] .count button").await;
    browser.clicks("[data-item=\"4\"] summary").await;
    browser.types("[data-item=\"4\"] input[name=note]", "the blue one").await;
    browser.clicks("[data-item=\"4\"] .words button").await;
    browser.says("[data-item=\"4\"] .note", "the blue one").await;
    browser.clicks("[data-item=\"Anything else\"] .remove button").await;
    browser.shows("#lines .title", &[&title]).await;
    puts(&browser, "4294967000").await;
    browser.says("[role=alert]", "There is no book with this number.").await;
    browser.keeps_picture("list-without-script").await;
    browser.clicks("section:has(#share) a").await;
    browser.says(".times", "× 3").await;
    assert!(browser.texts("main form").await.is_empty(), "a link to read has no forms");
    browser.keeps_picture("list-to-read").await;
}

async fn a_list_says_who_put_a_line_there_where_they_gave_a_name_and_the_device_remembers_it(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (ann, ben) = (driver.browser().await, driver.browser().await);
    let path = makes_list(&ann, &shop, "Our summer").await;
    ann.types("#by", "Ann <b>Lee</b>").await;
    puts(&ann, "Momo").await;
    ann.says("[data-item=\"Momo\"] .by", "Put here by Ann <b>Lee</b>").await;
    ann.says("#status", SAVED).await;
    ben.opens(&format!("{}{path}", shop.url("frontendB"))).await;
    ben.is_ready().await;
    ben.says("[data-item=\"Momo\"] .by", "Put here by Ann <b>Lee</b>").await;
    puts(&ben, "Emma").await;
    ben.shows("#lines .title", &["Emma", "Momo"]).await;
    ben.says("#status", SAVED).await;
    assert_eq!(ben.texts("#others").await, [""; 1], "Ann's browser asks another frontend");
    let third = driver.browser().await;
    third.opens(&format!("{}{path}", shop.url("frontend"))).await;
    third.says("#others", "· open to at least 1 other in the last minute").await;
    ann.reloads().await;
    ann.is_ready().await;
    ann.shows("#lines .title", &["Emma", "Momo"]).await;
    assert_eq!(ann.texts("[data-item=\"Emma\"] .by:not([hidden])").await, [""; 0], "Ben gave no name");
    puts(&ann, "Faust").await;
    ann.says("[data-item=\"Faust\"] .by", "Put here by Ann <b>Lee</b>").await;
    ann.keeps_picture("list-who").await;
    assert_eq!(ann.errors().await, [""; 0]);
}
