//! Files of books that are sent at the desk: checked to their end before anything happens, imported while the shop sells, and
//! told of row by row.

use reqwest::Method;
use reqwest::header::ACCEPT;
use std::fmt::Write as _;
use std::time::Duration;
use tests::desk::{at_desk, sends_file, sends_from, with_file};
use tests::{Answer, Cluster, Customer, awaits, hidden};

/// How soon a file of a test has gone all the way, on a machine that does other things too.
const SOON: Duration = Duration::from_mins(1);

const GOOD: &str = "Titel,isbn,topic,price,units\n\
    Über allen Gipfeln,9780306406157,poems,9.50,3\n\
    \"Drei, vier\",9780140449136,poems,12,0\n";
const BAD: &str = "title,isbn,topic,price,units\n\
    Good,9780306406157,poems,9.50,3\n\
    Wrong digit,9780140449137,poems,12,0\n\
    <b>Loud</b>,9780141439518,poems,dear,1\n\
    =1+1,9780141439600,poems,12,-1\n";

/// Sends a file with these fields beside the token; what is answered.
async fn sends(browser: &Customer, fields: &[(&str, &str)], file: &str) -> Answer {
    let page = browser.opens("/desk/imports").await;
    let token = hidden(&page.text, "token").expect("a token");
    let mut form: Vec<(&str, &[u8])> = vec![("token", token.as_bytes())];
    form.extend(fields.iter().map(|(name, value)| (*name, value.as_bytes())));
    form.push(("file", file.as_bytes()));
    sends_file(browser, "/desk/imports", with_file(&form, "file", "spring.csv")).await
}

/// Sends a file that is taken; the path of its page.
async fn is_taken(browser: &Customer, fields: &[(&str, &str)], file: &str) -> String {
    let sent = sends(browser, fields, file).await;
    sent.has_status(303).header("location").to_owned()
}

/// What the page of an import says first.
fn state(page: &Answer) -> &str {
    let state = page.text.split("<div id=\"picture\"").nth(1).and_then(|rest| rest.split("<p class=\"").nth(1));
    state.and_then(|rest| rest.split_once('>')?.1.split('<').next()).unwrap_or_else(|| panic!("no state: {page}"))
}

/// Waits until the page of an import begins with these words.
async fn says(browser: &Customer, path: &str, words: &str) -> Answer {
    awaits(SOON, words, async || {
        let page = browser.opens(path).await;
        if page.status != 200 || !state(&page).starts_with(words) { Err(page.to_string()) } else { Ok(page) }
    })
    .await
}

/// Waits until the record of changes has this, whichever catalog is asked.
async fn is_recorded(browser: &Customer, words: &str) {
    awaits(SOON, words, async || {
        let changes = browser.opens("/desk/changes").await;
        if changes.text.contains(words) { Ok(()) } else { Err(changes.to_string()) }
    })
    .await;
}

/// Waits until the shop shows exactly these titles below a topic.
async fn shows(shop: &Cluster, topic: &str, wanted: &[&str]) {
    awaits(SOON, &format!("{wanted:?}"), async || {
        let books = shop.get("frontend", &format!("/api/v1/books?topic={topic}")).await.has_status(200).json();
        let books = books["books"].as_array().expect("books").iter();
        let mut titles: Vec<&str> = books.map(|book| book["title"].as_str().expect("a title")).collect();
        titles.sort_unstable();
        if titles == wanted { Ok(()) } else { Err(format!("{titles:?}")) }
    })
    .await;
}

/// How many books a catalog has, as its own export says.
async fn books_of(shop: &Cluster, catalog: &str) -> usize {
    let exported = shop.command("catalog", &["export", "--name", catalog]).await;
    assert!(exported.status.success(), "{exported:?}");
    csv::Reader::from_reader(&*exported.stdout).records().count()
}

#[tokio::test]
async fn a_file_is_only_checked_unless_more_is_said_and_then_its_books_are_in_and_the_record_says_who() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let map = ("map", "title=Titel");
    let books = books_of(&shop, "catalogA").await;
    let path = is_taken(&browser, &[map, ("what", "check")], GOOD).await;
    says(&browser, &path, "Checked: all 2 rows are good, and nothing was imported").await;
    assert_eq!(books_of(&shop, "catalogA").await, books);
    let path = is_taken(&browser, &[map, ("what", "import")], GOOD).await;
    let page = says(&browser, &path, "Imported 2 books").await;
    assert!(page.text.contains("spring.csv") && page.text.contains("Ann"), "{page}");
    assert_eq!((books_of(&shop, "catalogA").await, books_of(&shop, "catalogB").await), (books + 2, books + 2));
    shows(&shop, "poems", &["Drei, vier", "Über allen Gipfeln"]).await;
    is_recorded(&browser, "Import of spring.csv: 2 books added, 0 changed, 0 counted anew, 0 bad rows left out.").await;
    // Again: what is there stays as it is.
    let path = is_taken(&browser, &[map, ("what", "import")], GOOD).await;
    let page = says(&browser, &path, "Imported 2 books").await;
    assert!(page.text.contains("<dt>Books added</dt><dd>0</dd>"), "{page}");
    assert!(browser.opens("/desk/imports").await.text.contains(&path), "it is in the list");
}

#[tokio::test]
async fn a_file_with_bad_rows_changes_nothing_unless_the_good_ones_are_wanted_and_every_bad_one_is_listed() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let books = books_of(&shop, "catalogA").await;
    let path = is_taken(&browser, &[("what", "import")], BAD).await;
    let page = says(&browser, &path, "It has bad rows, and nothing of it was imported").await;
    assert_eq!(books_of(&shop, "catalogA").await, books);
    for told in [
        "<td>line 3</td><td>column 2 (isbn)</td>",
        "line 4</td><td>column 4 (price)",
        "line 5</td><td>column 5 (units)",
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
    assert!(!page.text.contains("<b>Loud"), "what a file says is text: {page}");
    let table = browser.opens(&format!("{path}/bad.csv")).await;
    let lines: Vec<&str> = table.has_status(200).text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "place,field,why"), "{table}");
    let path = is_taken(&browser, &[("what", "import"), ("skip_bad", "yes")], BAD).await;
    says(&browser, &path, "Imported 1 book").await;
    shows(&shop, "poems", &["Good"]).await;
}

#[tokio::test]
async fn more_bad_rows_than_a_page_shows_are_counted_and_in_the_file() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let mut file = "title,isbn,topic,price\n".to_owned();
    for row in 0..10_100 {
        writeln!(file, "Row {row},1,poems,1").expect("written");
    }
    let path = is_taken(&browser, &[], &file).await;
    let page = says(&browser, &path, "Checked: 0 good rows and 10,100 bad ones; nothing was imported").await;
    assert!(page.text.contains("The file has the first 10,000 of 10,100 bad rows."), "{page}");
    let table = browser.opens(&format!("{path}/bad.csv")).await;
    assert_eq!(table.text.lines().count(), 10_001);
}

#[tokio::test]
async fn nobody_imports_who_is_not_at_the_desk_and_what_is_no_form_is_told_so() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let stranger = shop.customer();
    let file = |token: &str| with_file(&[("token", token.as_bytes()), ("file", GOOD.as_bytes())], "file", "x.csv");
    for (who, form) in [(&stranger, file("x")), (&browser, file("x"))] {
        sends_file(who, "/desk/imports", form).await.has_status(403);
    }
    // The token comes first, so that nothing of a file is taken without it.
    let page = browser.opens("/desk/imports").await;
    let token = hidden(&page.text, "token").expect("a token");
    let behind = with_file(&[("file", GOOD.as_bytes()), ("token", token.as_bytes())], "file", "x.csv");
    sends_file(&browser, "/desk/imports", behind).await.has_status(403);
    for (fields, file, status, said) in [
        (&[("map", "title")][..], GOOD, 422, "title"),
        (&[("currency", "euro")][..], GOOD, 422, "currency"),
        (&[("color", "red")][..], GOOD, 422, "color"),
        (&[][..], "", 400, "Choose a file"),
    ] {
        let sent = sends(&browser, fields, file).await;
        let why = sent.text.split("id=\"why\">").nth(1).and_then(|rest| rest.split('<').next());
        assert!(sent.status == status && why.is_some_and(|why| why.contains(said)), "{fields:?}: {sent}");
        for (_, value) in fields.iter().filter(|(name, _)| *name != "color") {
            assert!(sent.text.contains(&format!("value=\"{value}\"")), "the form keeps what was typed: {sent}");
        }
    }
    let plain = browser.request(Method::POST, "/desk/imports").header(ACCEPT, "text/html");
    browser.send(plain.form(&[("token", &token)])).await.has_status(415);
    // A file that says it is larger than may be is not read.
    let huge =
        browser.request(Method::POST, "/desk/imports").header("content-type", "multipart/form-data; boundary=edge");
    let huge = browser.send(huge.header("content-length", 400_u64 << 20).body(file(&token))).await;
    huge.has_status(413);
    assert!(browser.opens("/desk/imports").await.text.contains("No file was sent"), "nothing was begun");
    for path in ["/desk/imports", "/desk/imports/catalogA/x", "/desk/imports/catalogA/x/bad.csv"] {
        let asked = stranger.opens(path).await;
        assert_eq!((asked.status, asked.header("location")), (303, "/desk/sign-in"), "{asked}");
    }
    for path in
        ["catalogA/x", "catalogA/00000000-0000-4000-8000-000000000001", "nobody/00000000-0000-4000-8000-000000000001"]
    {
        browser.opens(&format!("/desk/imports/{path}")).await.has_status(404);
    }
}

#[tokio::test]
async fn an_import_can_be_stopped_and_what_is_in_stays_in() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let mut file = "id,title,topic,price\n".to_owned();
    for id in 1_000..101_000 {
        writeln!(file, "{id},Book {id},many,1").expect("written");
    }
    let path = is_taken(&browser, &[("what", "import")], &file).await;
    says(&browser, &path, "Importing: ").await;
    sends_from(&browser, &path, &path, &[]).await.has_status(303);
    let page = says(&browser, &path, "Cancelled").await;
    assert!(!page.text.contains("Cancel it"), "there is nothing more to stop: {page}");
    if state(&page).starts_with("Cancelled after") {
        is_recorded(&browser, "Import of spring.csv was cancelled").await;
    }
    shop.closes().await;
    for name in ["catalogA", "catalogB"] {
        let checked = shop.command("catalog", &["check", "--name", name]).await;
        assert!(checked.status.success(), "{checked:?}");
    }
}

#[tokio::test]
async fn an_import_needs_every_catalog_and_ends_with_the_one_that_has_its_file() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let books = books_of(&shop, "catalogA").await;
    shop.kill("catalogB").await;
    let path = is_taken(&browser, &[("map", "title=Titel"), ("what", "import")], GOOD).await;
    assert!(path.starts_with("/desk/imports/catalogA/"), "{path}");
    says(&browser, &path, "catalogB").await;
    assert_eq!(books_of(&shop, "catalogA").await, books);
    shop.restart("catalogB").await;
    shop.kill("catalogA").await;
    let asked = browser.opens(&path).await;
    assert!(asked.status == 503 && asked.text.contains("does not answer"), "{asked}");
    shop.restart("catalogA").await;
    browser.opens(&path).await.has_status(404);
    let left = shop.data_of("catalogA").join("imports");
    assert!(!left.exists(), "no file is left behind");
}
