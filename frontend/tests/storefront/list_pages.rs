//! Lists as pages: forms that work without a script, links that only read, and nothing that leaks the address.

use crate::browser::Browser;
use crate::stage::{Answer, Stage};
use reqwest::Method;

/// Sends a form of the page `from` to `path`.
async fn sends(stage: &Stage, browser: &mut Browser<'_>, path: &str, from: &Answer, form: &[(&str, &str)]) -> Answer {
    let token = from.field("token");
    let mut all = vec![("token", token.as_str())];
    all.extend(form);
    let request = stage.request(Method::POST, path).header("Cookie", &browser.cookie);
    Stage::send(request.header("Sec-Fetch-Site", "same-origin").form(&all)).await
}

/// Makes a list with the form of `/lists`, and returns the path of its page.
async fn made(stage: &Stage, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> String {
    let page = browser.opens("/lists").await;
    let mut form = vec![("do", "make"), ("name", "For Ada"), ("kind", "gift")];
    form.extend(more);
    let answer = sends(stage, browser, "/lists", &page, &form).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location").to_owned()
}

#[actix_web::test]
async fn a_list_is_made_and_edited_by_forms_each_of_which_leads_back_to_it() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let path = made(&stage, &mut browser, &[("what", "4")]).await;
    let page = browser.opens(&path).await;
    assert_eq!(page.status, 200);
    for wanted in
        ["<h1 id=\"name\" dir=\"auto\">For Ada</h1>", "Gift list", "Cooking for the Impatient", "href=\"/books/4\""]
    {
        assert!(page.body.contains(wanted), "{wanted}: {}", page.body);
    }
    let edits: [&[(&str, &str)]; 5] = [
        &[("do", "add"), ("what", "rpcs for dummies.")],
        &[("do", "add"), ("what", "A <b>kite</b>"), ("by", " Ann  <i>Lee</i>")],
        &[("do", "count"), ("item", "2"), ("count", "3")],
        &[("do", "note"), ("item", "4"), ("note", "the \"blue\" one")],
        &[("do", "about"), ("name", "For Ada & Ben"), ("kind", "wish")],
    ];
    for form in edits {
        let answer = sends(&stage, &mut browser, &path, &page, form).await;
        assert_eq!((answer.status, answer.header("location")), (303, path.as_str()), "{form:?}: {}", answer.body);
    }
    let page = browser.opens(&path).await;
    for wanted in [
        "RPCs for Dummies.",
        "A &#60;b&#62;kite",
        "Put here by <bdi>Ann &#60;i&#62;Lee",
        "value=\"3\"",
        "the &#34;blue&#34; one",
        "For Ada &#38; Ben",
    ] {
        assert!(page.body.contains(wanted), "{wanted}: {}", page.body);
    }
    let answer = sends(&stage, &mut browser, &path, &page, &[("do", "remove"), ("item", "2")]).await;
    assert_eq!(answer.status, 303);
    assert!(!browser.opens(&path).await.body.contains("RPCs for Dummies."));
}

#[actix_web::test]
async fn what_can_not_be_is_said_on_the_page_and_changes_nothing() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let path = made(&stage, &mut browser, &[("what", "4")]).await;
    let page = browser.opens(&path).await;
    let long = "x".repeat(400);
    let wrong: [(&[(&str, &str)], &str); 7] = [
        (&[("do", "count"), ("item", "4"), ("count", "101")], "The number of copies"),
        (&[("do", "count"), ("item", "2"), ("count", "1")], "It is not on the list any more"),
        (&[("do", "add"), ("what", "99")], "There is no book with this number."),
        (&[("do", "add"), ("what", "@list")], "the number or the title of a book, or a few words"),
        (&[("do", "note"), ("item", "4"), ("note", &long)], "at most 300 characters"),
        (&[("do", "add"), ("what", "4"), ("by", &long[..41])], "at most 40 characters"),
        (&[("do", "sell")], "The form is not whole"),
    ];
    for (form, why) in wrong {
        let answer = sends(&stage, &mut browser, &path, &page, form).await;
        assert_eq!(answer.status, 422, "{form:?}: {}", answer.body);
        assert!(answer.body.contains("role=\"alert\"") && answer.body.contains(why), "{why}: {}", answer.body);
    }
    assert_eq!(browser.opens(&path).await.body.matches("class=\"line\"").count(), 2, "one line, and the one to copy");
}

#[actix_web::test]
async fn a_link_to_read_shows_the_list_and_writes_nothing_and_tells_no_other_link() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let path = made(&stage, &mut browser, &[("what", "4")]).await;
    let page = browser.opens(&path).await;
    let to_read = page.body.split("<a href=\"/lists/").find(|part| part.find('"') == Some(64)).expect("a link to read");
    let to_read = format!("/lists/{}", &to_read[..64]);
    let mut other = Browser::new(&stage);
    let read = other.opens(&to_read).await;
    let codes = [&page, &read].map(|page| page.body.matches("class=\"qr\"").count());
    assert_eq!(codes, [2, 0], "only whoever writes has links to pass on");
    assert_eq!(read.status, 200);
    assert!(read.body.contains("Cooking for the Impatient"), "{}", read.body);
    // It is a gift list: to buy from it is all that can be done.
    let forms: Vec<&str> =
        read.body.split("name=\"do\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(forms, ["give"], "{}", read.body);
    assert!(!read.body.contains(&path[7..]) && !read.body.contains("data-state"), "the link to write is on the page");
    let answer = sends(&stage, &mut browser, &to_read, &page, &[("do", "remove"), ("item", "4")]).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(browser.opens(&path).await.body.contains("href=\"/books/4\""));
    let changed = to_read.replace(['0', '1', '2', '3'], "4");
    assert_eq!(other.opens(&changed).await.status, 404);
    // Whoever pastes a whole address gets where it leads.
    let lists = browser.opens("/lists").await;
    let pasted = format!(" https://shop.example{path}?x=1 ");
    let answer =
        sends(&stage, &mut browser, "/lists", &lists, &[("do", "open"), ("list", &pasted), ("what", "2")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, path.as_str()));
    assert!(browser.opens(&path).await.body.contains("RPCs for Dummies."));
    let refused =
        sends(&stage, &mut browser, "/lists", &lists, &[("do", "open"), ("list", &to_read), ("what", "2")]).await;
    assert!(refused.status == 422 && refused.body.contains("can only be read"), "{}", refused.body);
    let refused = sends(&stage, &mut browser, "/lists", &lists, &[("do", "open"), ("list", "no link")]).await;
    assert!(refused.status == 422 && refused.body.contains("check that all of it was copied"), "{}", refused.body);
}

#[actix_web::test]
async fn a_form_of_somebody_else_writes_nothing_and_the_address_leaks_nowhere() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let path = made(&stage, &mut browser, &[]).await;
    let page = browser.opens(&path).await;
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(page.header("referrer-policy") == "same-origin" && page.body.contains("content=\"noindex\""));
    assert!(stage.get("/robots.txt").await.body.contains("Disallow: /lists/"));
    let mut other = Browser::new(&stage);
    other.opens("/lists").await;
    let answer = sends(&stage, &mut other, &path, &page, &[("do", "add"), ("what", "4")]).await;
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("Please start from the list"), "{}", answer.body);
    let foreign = stage.request(Method::POST, &path).header("Cookie", &browser.cookie);
    let foreign =
        foreign.header("Sec-Fetch-Site", "cross-site").form(&[("token", page.field("token").as_str()), ("do", "add")]);
    assert_eq!(Stage::send(foreign).await.status, 403);
    assert!(browser.opens(&path).await.body.contains("Nothing is on this list yet."));
    let unknown = browser.opens("/lists/00000000-0000-4000-8000-000000000001").await;
    assert!(unknown.status == 404 && unknown.body.contains("No list here"), "{}", unknown.body);
}

#[actix_web::test]
async fn the_page_that_fits_every_list_has_nothing_of_any_and_all_that_a_script_needs() {
    let stage = Stage::open().await;
    let shell = stage.get("/lists/shell").await;
    assert!(
        shell.status == 200 && shell.body.contains("data-list=\"\"") && shell.body.contains("<template id=\"line\">")
    );
    assert!(shell.header("set-cookie").is_empty());
    let worker = stage.get("/sw.js").await;
    assert_eq!(worker.header("cache-control"), "no-cache");
    // What the worker fetches beforehand is there, under the names that pages ask for.
    let named: Vec<&str> = worker.body.split('\'').filter(|text| text.starts_with("/static/")).collect();
    assert!(named.len() >= 9, "{named:?}");
    for path in named {
        let file = stage.get(path).await;
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        if path.contains("/list.") {
            assert!(shell.body.contains(path), "{path}");
        }
    }
    let manifest = stage.get("/manifest.webmanifest").await.json();
    for icon in manifest["icons"].as_array().expect("icons") {
        assert_eq!(stage.get(icon["src"].as_str().expect("an address")).await.status, 200, "{icon}");
    }
}
