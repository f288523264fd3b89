//! The storefront in German: every page, what goes wrong on it, and how a language is chosen.

use crate::browser::Browser;
use crate::stage::{Answer, Stage, books};
use reqwest::Method;
use std::collections::BTreeSet;

const ENGLISH: [&str; 3] = [
    include_str!("../../src/say/english.rs"),
    include_str!("../../src/say/english/figures.rs"),
    include_str!("../../src/say/english/failures.rs"),
];

/// The sentences of the English catalogue: its texts, in the pieces between their places, of three words and more.
fn sentences() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in ENGLISH {
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for text in code.replace("\\\"", "'").split('"').skip(1).step_by(2) {
            let pieces = text.split(['{', '}']).step_by(2).map(|piece| piece.trim().to_owned());
            found.extend(pieces.filter(|piece| piece.split_whitespace().count() >= 3));
        }
    }
    assert!(found.len() > 200, "{} sentences", found.len());
    found
}

/// What somebody reads or hears of a page, tags left out: texts of two words and more.
fn texts(page: &str) -> BTreeSet<String> {
    let mut said: Vec<&str> = page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    for attribute in ["aria-label=\"", "placeholder=\"", "alt=\""] {
        said.extend(page.split(attribute).skip(1).filter_map(|part| part.split('"').next()));
    }
    let words = |text: &&str| text.split(|letter: char| !letter.is_alphabetic()).filter(|word| word.len() > 1).count();
    said.into_iter().filter(|text| words(text) >= 2).map(|text| text.trim().to_owned()).collect()
}

/// What is somebody's own or a book's, and the same in every language.
fn is_data(text: &str) -> bool {
    let of_books = books().iter().any(|book| {
        [&book.title.value, &book.topic.value, &book.authors.value].iter().any(|own| text.contains(own.as_str()))
    });
    of_books
        || text.contains("For Ada")
        || text.contains("ada@example.org")
        || text.starts_with('{')
        || ["xen · Bookend", "zzz · Bookend"].contains(&text)
}

fn speaks_german(path: &str, page: &Answer) {
    assert!(page.body.contains("<html lang=\"de\" dir=\"ltr\">"), "{path}: {}", page.body);
    assert_eq!(page.header("content-language"), "de", "{path}");
    let page = page.body.replace("&#39;", "'").replace("&quot;", "'");
    for sentence in sentences() {
        assert!(!page.contains(&sentence), "{path} says in English: {sentence}\n{page}");
    }
}

/// A stage with somebody who reads German, and paths to every kind of page.
async fn visited(stage: &Stage) -> (Browser<'_>, Vec<String>) {
    let mut browser = Browser::new(stage);
    browser.language = "de-AT,de;q=0.9,en;q=0.1";
    let mut paths: Vec<String> = [
        "/",
        "/topics/graduate%20school",
        "/books/1",
        "/books/4",
        "/books/5",
        "/books/1?x=1",
        "/find",
        "/find?q=xen",
        "/find?q=zzz",
        "/find?q=xen&topic=novels",
        "/cart",
        "/cart?joined=1",
        "/sign-in?out=1",
        "/sign-up",
        "/orders",
        "/lists",
        "/lists?book=4",
        "/lists/shell",
        "/offline",
        "/about",
        "/nowhere",
        "/books/999",
        "/topics/none",
        "/topics/novels?cursor=x",
        "/orders/5",
        "/lists/5",
    ]
    .map(str::to_owned)
    .into();
    let lists = browser.opens("/lists").await;
    for kind in ["wish", "gift"] {
        let fields = [("do", "make"), ("name", "For Ada"), ("kind", kind), ("what", "4")];
        paths.push(browser.posts("/lists", &lists, &fields).await.header("location").to_owned());
    }
    let list = browser.opens(paths.last().expect("a list")).await;
    let to_read = list.body.split("<a href=\"/lists/").find(|part| part.find('"') == Some(64)).expect("a link to read");
    paths.push(format!("/lists/{}", &to_read[..64]));
    let page = browser.opens("/books/1").await;
    paths.push(browser.buys(1, &page).await.header("location").to_owned());
    (browser, paths)
}

#[actix_web::test]
async fn no_page_for_whoever_reads_german_has_an_english_sentence() {
    let stage = Stage::open().await;
    let (mut browser, paths) = visited(&stage).await;
    for path in &paths {
        let page = browser.opens(path).await;
        speaks_german(path, &page);
        assert!(page.header("vary").contains("accept-language, cookie"), "{path}: {}", page.header("vary"));
    }
    let cart = browser.puts_in(1, 2).await;
    speaks_german("a cart", &cart);
    assert!(cart.body.contains("Summe für 2 Exemplare") && cart.body.contains("20,00\u{a0}€"), "{}", cart.body);
    speaks_german("a cart with something taken out", &{
        let gone = browser.posts("/cart/items/1/remove", &cart, &[("was", "2")]).await;
        browser.follows(&gone).await
    });
    browser.puts_in(3, 90).await;
    speaks_german("a checkout that falls short", &browser.opens("/checkout").await);
    let checkout = browser.opens("/checkout").await;
    let key = checkout.field("key");
    let refused = browser.posts("/checkout", &checkout, &[("key", &key)]).await;
    assert_eq!(refused.status, 409);
    speaks_german("a checkout that was refused", &refused);
    let signs = [("email", "ada@example.org"), ("password", "correct horse")];
    let page = browser.opens("/sign-in").await;
    speaks_german("a wrong password", &browser.posts("/sign-in", &page, &signs).await);
    let page = browser.opens("/sign-up").await;
    let short = browser.posts("/sign-up", &page, &[("email", "x"), ("password", "x")]).await;
    speaks_german("a form with mistakes", &short);
    assert!(short.body.contains("Bitte sehen Sie noch einmal nach"));
    assert_eq!(browser.posts("/sign-up", &page, &signs).await.status, 303);
    for path in ["/account", "/account?changed=1", "/orders"] {
        speaks_german(path, &browser.opens(path).await);
    }
}

#[actix_web::test]
async fn a_page_says_the_same_in_both_languages_only_where_that_is_data() {
    let stage = Stage::open().await;
    let (mut german, paths) = visited(&stage).await;
    for path in &paths {
        let page = german.opens(path).await;
        let mut english = Browser::with_cookie(&stage, &german.cookie);
        let english = english.opens(path).await;
        assert_eq!(english.header("content-language"), "en", "{path}");
        let (page, english) = (texts(&page.body), texts(&english.body));
        let same: Vec<_> = page.intersection(&english).filter(|text| !is_data(text)).collect();
        assert!(same.is_empty(), "{path}: {same:?}");
        assert!(page.len() > 5, "{path}: {page:?}");
    }
}

#[actix_web::test]
async fn what_is_not_possible_is_said_in_german_too() {
    let mut stage = Stage::open().await;
    let (mut browser, paths) = visited(&stage).await;
    let page = browser.opens("/books/1").await;
    let list = browser.opens(&paths[paths.len() - 3]).await;
    for (path, fields, status) in [
        ("/books/1/buy", vec![("quantity", "1")], 400),
        ("/books/1/buy", vec![("key", "k"), ("quantity", "x")], 422),
        ("/cart/items", vec![], 400),
        ("/cart/items/2", vec![("quantity", "2")], 404),
        ("/cart/items/1", vec![("quantity", "x")], 422),
        ("/lists", vec![("do", "open"), ("list", "x")], 422),
    ] {
        let answer = browser.posts(path, &page, &fields).await;
        assert_eq!(answer.status, status, "{path} {fields:?}: {}", answer.body);
        speaks_german(path, &answer);
    }
    for fields in [
        vec![("do", "add"), ("what", "99")],
        vec![("do", "add"), ("what", "@list")],
        vec![("do", "count"), ("item", "4"), ("count", "101")],
        vec![("do", "sell")],
    ] {
        let answer = browser.posts(&paths[paths.len() - 3], &list, &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        speaks_german("a list", &answer);
    }
    let stranger = browser.posts_as_it_is("/books/1/buy", &[("token", "x"), ("key", "k")]).await;
    assert_eq!(stranger.status, 403);
    speaks_german("a form of nobody", &stranger);
    let cookie = browser.cookie.clone();
    for name in ["catalogA", "catalogB", "orderA", "orderB", "cartA", "cartB", "cartC"] {
        stage.stop(name).await;
        stage.until(name, "down").await;
    }
    let mut browser = Browser::with_cookie(&stage, &cookie);
    browser.language = "de";
    for path in ["/books/3", "/cart", "/checkout", &paths[paths.len() - 1], &paths[paths.len() - 3], "/about"] {
        let answer = browser.opens(path).await;
        assert!(answer.status == 503 || path == "/about", "{path}: {answer:?}");
        speaks_german(path, &answer);
    }
}

#[actix_web::test]
async fn a_language_is_chosen_by_a_form_remembered_and_counts_more_than_what_the_browser_says() {
    let stage = Stage::open().await;
    let page = stage.get("/books/4?from=there").await;
    assert_eq!(page.header("content-language"), "en");
    assert!(
        page.body.contains("name=\"next\" value=\"/books/4?from=there\"") && page.body.contains(">Deutsch</button>")
    );
    let chooses = |fields: &[(&str, &str)]| stage.request(Method::POST, "/language").form(fields);
    let answer = Stage::send(chooses(&[("language", "de"), ("next", "/books/4?from=there")])).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/books/4?from=there"));
    let set = answer.header("set-cookie");
    for wanted in ["language=de", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(set.contains(wanted), "{wanted}: {set}");
    }
    let request = stage.request(Method::GET, "/books/4").header("Cookie", answer.cookie());
    let german = Stage::send(request.header("Accept-Language", "en")).await;
    assert!(german.body.contains("Letztes Exemplar") && german.body.contains("8,00\u{a0}€"), "{}", german.body);
    assert!(german.body.contains("manifest.webmanifest?language=de") && german.body.contains(">English</button>"));
    let english =
        stage.request(Method::GET, "/books/4").header("Cookie", "language=en").header("Accept-Language", "de");
    assert!(Stage::send(english).await.body.contains("Last copy"));
}

#[actix_web::test]
async fn an_offer_that_changes_is_told_in_the_language_of_its_page() {
    let stage = Stage::open().await;
    let request = stage.request(Method::GET, "/books/4/events").header("Cookie", "language=de");
    let first = request.send().await.expect("an answer").chunk().await.expect("no failure").expect("an event");
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.contains("Letztes Exemplar") && first.contains("8,00\u{a0}€"), "{first}");
}

#[actix_web::test]
async fn a_choice_leads_back_within_the_shop_only_and_no_other_site_makes_it() {
    let stage = Stage::open().await;
    let chooses = |fields: &[(&str, &str)]| stage.request(Method::POST, "/language").form(fields);
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        let answer = Stage::send(chooses(&[("language", "de"), ("next", next)])).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{next}");
    }
    let from = chooses(&[("language", "de")]).header("Referer", format!("http://{}/about", stage.host()));
    assert_eq!(Stage::send(from).await.header("location"), "/about", "where it was sent from");
    let forged = chooses(&[("language", "de")]).header("Sec-Fetch-Site", "cross-site");
    let forged = Stage::send(forged).await;
    assert_eq!((forged.status, forged.header("set-cookie")), (403, ""));
    for wrong in ["fr", "", "<script>"] {
        let answer = Stage::send(chooses(&[("language", wrong)])).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (422, ""), "{wrong}");
    }
    assert_eq!(stage.get("/language").await.status, 303);
}

#[actix_web::test]
async fn the_desk_and_what_programmers_read_speak_english_to_everybody() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.language = "de";
    for path in ["/desk/sign-in", "/desk/nothing", "/api/docs"] {
        let page = browser.opens(path).await;
        assert_eq!(page.header("content-language"), "en", "{path}");
        assert!(page.body.contains("<html lang=\"en\"") && !page.body.contains("class=\"languages\""), "{path}");
    }
    let problem = stage.request(Method::GET, "/api/v1/books/999").header("Accept-Language", "de");
    let problem = Stage::send(problem).await;
    assert!(problem.status == 404 && problem.header("content-language").is_empty(), "{problem:?}");
}

#[actix_web::test]
async fn the_manifest_and_the_search_of_a_browser_come_in_the_language_of_their_address() {
    let stage = Stage::open().await;
    let manifest = stage.get("/manifest.webmanifest?language=de").await.json();
    assert_eq!((&manifest["lang"], &manifest["shortcuts"][0]["name"]), (&"de".into(), &"Listen".into()));
    assert_eq!(stage.get("/manifest.webmanifest").await.json()["lang"], "en");
    let search = stage.get("/opensearch.xml?language=de").await;
    assert!(search.body.contains("<Language>de</Language>"), "{}", search.body);
}
