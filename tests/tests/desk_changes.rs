//! The record of who changed what, with real processes: it is the journals, so it is where the change is.

use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tests::desk::{at_desk, sends_from, signs_in_as};
use tests::{Answer, Cluster, Customer, awaits};

const KNOWN: Duration = Duration::from_secs(10);

/// Changes a book at the desk.
async fn changes(browser: &Customer, item: u32, what: &str, value: &str) {
    let page = format!("/desk/books/{item}");
    sends_from(browser, &page, &page, &[("what", what), ("value", value)]).await.has_status(303);
}

/// The page, when it says this.
async fn shows(browser: &Customer, path: &str, words: &str) -> Answer {
    awaits(KNOWN, words, async || {
        let page = browser.opens(path).await;
        if page.status == 200 && page.text.contains(words) { Ok(page) } else { Err(page.to_string()) }
    })
    .await
}

#[tokio::test]
async fn who_changed_what_is_shown_the_latest_first_at_every_catalog_and_outlives_the_one_that_wrote_it() {
    let shop = Cluster::builder().catalogs(2).start().await;
    let (ann, bob) = (at_desk(&shop, "Ann <b>O’Neill</b>").await, at_desk(&shop, "Bob").await);
    assert!(ann.opens("/desk/changes").await.text.contains("Nobody has changed anything"));
    changes(&ann, 1, "price", "12.50").await;
    changes(&bob, 1, "count", "3").await;
    changes(&ann, 2, "difference", "4").await;
    // Asked of either catalog.
    shop.agrees_within(KNOWN).await;
    let page = shows(&ann, "/desk/changes", "You are Ann").await.text;
    let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}: {page}"));
    assert!(!page.contains("<b>O"), "{page}");
    let rows: Vec<&str> = page.split("<tr>").skip(2).collect();
    assert!(rows.len() == 3 && rows[0].contains("Ann") && rows[0].contains("/desk/books/2"), "{page}");
    assert!(rows[1].contains("Bob") && rows[1].contains("Counted") && rows[1].contains("<ins>3</ins>"), "{}", rows[1]);
    assert!(rows[2].contains("<del>") && rows[2].contains("12.50"), "{}", rows[2]);
    assert!(place("/desk/changes.csv?book=") > 0);
    let one = ann.opens("/desk/changes?book=2").await.text;
    assert!(one.contains("Changes of book 2") && one.matches("<tr>").count() == 2, "{one}");
    // Whichever of the two wrote it: the other has it too.
    for gone in ["catalogA", "catalogB"] {
        shop.agrees_within(KNOWN).await;
        shop.kill(gone).await;
        let page = shows(&ann, "/desk/changes", "12.50").await;
        assert_eq!(page.text.matches("<tr>").count(), 4, "{page}");
        shop.restart(gone).await;
    }
}

#[tokio::test]
async fn what_programs_change_is_recorded_too_without_a_name_and_what_changes_nothing_is_not() {
    let shop = Cluster::start().await;
    let ann = at_desk(&shop, "Ann").await;
    shop.operator().puts("catalogA", 1, &json!({"cost": 13})).await.has_status(201);
    shop.operator().puts("catalogA", 1, &json!({"cost": 13})).await.has_status(201);
    shop.operator().puts("catalogA", 1, &json!({"delta": 2, "by": "the night shift"})).await.has_status(201);
    // Asked of either catalog.
    shop.agrees_within(KNOWN).await;
    let page = shows(&ann, "/desk/changes", "the night shift").await.text;
    assert!(page.contains("no name") && page.matches("<tr>").count() == 3, "{page}");
    let file = ann.opens("/desk/changes.csv?book=1").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(lines[0], "when,who,way,book,title,what,was,now,replica,entry");
    assert!(lines.len() == 3 && lines[1].contains("the night shift,edit,1,"), "{file}");
    assert!(lines[2].contains(",,edit,1,") && lines[2].contains(",price,"), "{file}");
    let check = shop.command("catalog", &["check", "--name", "catalogA"]).await;
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[tokio::test]
async fn pages_of_the_record_lead_on_and_the_file_has_all_of_it() {
    let shop = Cluster::start().await;
    let ann = at_desk(&shop, "Ann").await;
    for price in 1..=60 {
        shop.operator().puts("catalogA", 1, &json!({"cost": price})).await.has_status(201);
    }
    shop.agrees_within(KNOWN).await;
    let first = ann.opens("/desk/changes?book=1").await.text;
    assert_eq!(first.matches("<tr>").count(), 51, "{first}");
    let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
    let second = ann.opens(&next.replace("&amp;", "&").replace("&#38;", "&")).await.text;
    assert!(second.matches("<tr>").count() == 11 && second.contains("The latest"), "{second}");
    assert_eq!(ann.opens("/desk/changes.csv").await.text.lines().count(), 61);
    for (wrong, status) in [("book=x", 422), ("cursor=x", 422), ("book=99999999999", 422)] {
        assert_eq!(ann.opens(&format!("/desk/changes?{wrong}")).await.status, status, "{wrong}");
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_a_name_and_nobody_sees_the_record_who_is_not_let_in() {
    let shop = Cluster::start().await;
    let browser = shop.customer();
    let token = shop.secrets().token.expose();
    for name in ["", "   ", &"x".repeat(61), "two\nlines"] {
        let answer = signs_in_as(&browser, name, token).await;
        assert!(answer.status == 422 && answer.header("set-cookie").is_empty(), "{name:?}: {answer}");
    }
    for path in ["/desk/changes", "/desk/changes.csv"] {
        assert_eq!(browser.opens(path).await.header("location"), "/desk/sign-in", "{path}");
    }
    let read = shop.request(Method::POST, "catalogA", "/internal/changes/read").json(&json!({"limit": 5}));
    assert_eq!(Answer::to(read).await.status, 401);
}
