//! Covers that books have of their own: how they come in, who has them, and what is refused.

use reqwest::Method;
use rusqlite::Connection;
use std::fs;
use std::time::Duration;
use tests::desk::{at_desk, sends_file, with_file};
use tests::{Answer, Cluster, Customer, awaits, hidden, repository};

/// How soon a replica has what another one has.
const SPREAD: Duration = Duration::from_secs(15);

/// A picture that is one.
fn picture(name: &str) -> Vec<u8> {
    fs::read(repository().join("frontend/static").join(name)).expect("an icon of the shop")
}

/// A form with a picture in it.
fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    with_file(fields, "cover", "front.png")
}

async fn posts(browser: &Customer, item: u32, form: Vec<u8>) -> Answer {
    sends_file(browser, &format!("/desk/books/{item}/cover"), form).await
}

async fn hands_in(browser: &Customer, item: u32, name: &str, value: &[u8]) -> Answer {
    let page = browser.opens(&format!("/desk/books/{item}")).await;
    let token = hidden(&page.text, "token").expect("a token");
    posts(browser, item, form(&[("token", token.as_bytes()), (name, value)])).await
}

/// Gives a book a cover at one catalog; returns its hash.
async fn puts(shop: &Cluster, catalog: &str, item: u32, picture: Vec<u8>) -> String {
    let request = shop.operator().request(Method::PUT, catalog, &format!("/internal/items/{item}/cover"));
    Answer::to(request.body(picture)).await.has_status(200).string("/hash")
}

async fn has(shop: &Cluster, catalog: &str, hash: &str) {
    awaits(SPREAD, &format!("{catalog} has the cover {hash}"), async || {
        let asked = shop.operator().as_replica(Method::GET, catalog, &format!("/internal/covers/{hash}"));
        let answer = Answer::to(asked).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text) }
    })
    .await;
}

async fn command(shop: &Cluster, arguments: &[&str]) -> String {
    let output = shop.command("catalog", arguments).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The address of the cover on a book's page.
async fn shown(shop: &Cluster, item: u32) -> String {
    let page = shop.customer().opens(&format!("/books/{item}")).await;
    let text = &page.has_status(200).text;
    let cover = text.split("class=\"stand\"><img src=\"").nth(1).and_then(|rest| rest.split('"').next());
    cover.unwrap_or_else(|| panic!("no cover on {page}")).replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn a_cover_handed_in_at_the_desk_is_shown_by_its_hash_and_taken_away_again() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let drawn = shown(&shop, 1).await;
    let sent = hands_in(&browser, 1, "cover", &picture("icon-192.png")).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/desk/books/1?done=cover"), "{sent}");
    let cover = shown(&shop, 1).await;
    let hash =
        cover.strip_prefix("/covers/").and_then(|rest| rest.strip_suffix(".png?of=1")).expect("a hash").to_owned();
    let request = reqwest::get(format!("{}{cover}", shop.url("frontend"))).await.expect("an answer");
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!((request.status().as_u16(), header("content-type")), (200, "image/png"));
    assert_eq!(
        (header("x-content-type-options"), header("cache-control")),
        ("nosniff", "public, max-age=31536000, immutable")
    );
    assert!(header("content-security-policy").contains("default-src 'self'"));
    assert_eq!(request.bytes().await.expect("bytes"), picture("icon-192.png"));
    for catalog in ["catalogA", "catalogB"] {
        has(&shop, catalog, &hash).await;
    }
    let told = shop.get("frontend", "/opds/books/1").await.has_status(200).json();
    assert_eq!((&told["images"][0]["type"], &told["images"][0]["width"]), (&"image/png".into(), &192.into()), "{told}");
    // Another kind than the bytes have is another file, and there is none.
    for wrong in [format!("/covers/{hash}.webp?of=2"), format!("/covers/{}.png?of=1", "0".repeat(64))] {
        shop.get("frontend", &wrong).await.has_status(404);
    }
    let sent = hands_in(&browser, 1, "remove", b"yes").await;
    assert_eq!((sent.status, sent.header("location")), (303, "/desk/books/1?done=no-cover"), "{sent}");
    assert_eq!(shown(&shop, 1).await, drawn);
    shop.closes().await;
    for name in ["catalogA", "catalogB"] {
        command(&shop, &["check", "--name", name]).await;
    }
}

#[tokio::test]
async fn what_is_no_cover_is_refused_and_changes_nothing() {
    let shop = Cluster::start().await;
    let browser = at_desk(&shop, "Ann").await;
    let drawn = shown(&shop, 1).await;
    let whole = picture("icon-512.png");
    let mut huge = whole.clone();
    huge[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    let mut long = whole.clone();
    long.resize(600 << 10, 0);
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>"#;
    let behind = [&whole[..], b"<script>alert(1)</script>"].concat();
    for (what, bytes, status) in [
        ("nothing", Vec::new(), 400),
        ("a drawing with a script", svg.to_vec(), 422),
        ("a page that is called a picture", b"<!doctype html><script>alert(1)</script>".to_vec(), 422),
        ("what is cut off", whole[..whole.len() / 2].to_vec(), 422),
        ("what has a page behind it", behind, 422),
        ("what has sides without end", huge, 422),
        ("what is too large", long, 413),
    ] {
        let sent = hands_in(&browser, 1, "cover", &bytes).await;
        assert!(sent.status == status && !sent.text.contains("alert("), "{what}: {sent}");
        let request = shop.operator().request(Method::PUT, "catalogA", "/internal/items/1/cover").body(bytes);
        let answer = Answer::to(request).await;
        assert!(matches!(answer.status, 413 | 422), "{what}: {answer}");
    }
    // Whoever has no session, or not its token, hands in nothing; a form that is none is none.
    let cover = || form(&[("token", b"x"), ("cover", &whole)]);
    assert_eq!(posts(&shop.customer(), 1, cover()).await.status, 403);
    assert_eq!(posts(&browser, 1, cover()).await.status, 403);
    assert_eq!(posts(&browser, 1, b"token=x&cover=y".to_vec()).await.status, 400);
    let asked = shop.request(Method::PUT, "catalogA", "/internal/items/1/cover").body(whole.clone());
    assert_eq!(Answer::to(asked).await.status, 401);
    let none = shop.operator().request(Method::PUT, "catalogA", "/internal/items/4294967000/cover").body(whole);
    Answer::to(none).await.has_status(404);
    assert_eq!(shown(&shop, 1).await, drawn);
}

#[tokio::test]
async fn a_replica_that_was_away_lost_its_disk_or_is_restored_has_the_covers_that_it_missed() {
    let mut shop = Cluster::start().await;
    let first = puts(&shop, "catalogA", 1, picture("icon-192.png")).await;
    has(&shop, "catalogB", &first).await;
    shop.kill("catalogB").await;
    let second = puts(&shop, "catalogA", 2, picture("icon-512.png")).await;
    shop.restart("catalogB").await;
    has(&shop, "catalogB", &second).await;
    // A disk that is gone: everything comes from the other.
    shop.kill("catalogB").await;
    shop.wipe("catalogB");
    shop.restart("catalogB").await;
    has(&shop, "catalogB", &first).await;
    has(&shop, "catalogB", &second).await;
    // A copy has the bytes with it.
    let directory = shop.paths().root().join("backup").to_string_lossy().into_owned();
    command(&shop, &["backup", "--name", "catalogB", &directory]).await;
    let copy = Connection::open(format!("{directory}/catalogB.db")).expect("a database");
    let there: u32 = copy.query_row("select count(bytes) from cover", (), |row| row.get(0)).expect("reads");
    assert_eq!(there, 2);
    shop.kill("catalogB").await;
    command(&shop, &["restore", "--name", "catalogB", &format!("{directory}/catalogB.db"), "--replace"]).await;
    shop.kill("catalogA").await;
    shop.launch("catalogB");
    has(&shop, "catalogB", &second).await;
    shop.restart("catalogA").await;
    // One that joins reads them before it serves anybody.
    shop.env_cfg_gains(&["catalogC"]);
    let told = command(&shop, &["join", "--name", "catalogC"]).await;
    assert!(told.contains("has read 2 covers"), "{told}");
    shop.closes().await;
    for name in ["catalogA", "catalogB", "catalogC"] {
        let told = command(&shop, &["check", "--name", name]).await;
        assert!(!told.contains("not here yet"), "{told}");
    }
}

#[tokio::test]
async fn the_drawing_stands_in_for_a_cover_that_nobody_who_answers_has() {
    let shop = Cluster::start().await;
    let hash = puts(&shop, "catalogA", 1, picture("icon-192.png")).await;
    has(&shop, "catalogB", &hash).await;
    for name in ["catalogA", "catalogB"] {
        shop.stop(name).await;
    }
    let file = shop.data_of("catalogB").join("catalog.db");
    let data = Connection::open(file).expect("its data");
    data.execute("update cover set bytes = null", ()).expect("writes");
    data.close().expect("closes");
    let told = command(&shop, &["check", "--name", "catalogB"]).await;
    assert!(told.contains("1 covers are not here yet"), "{told}");
    shop.launch("catalogB");
    shop.is_ready("catalogB").await;
    let cover = format!("/covers/{hash}.png?of=1");
    awaits(SPREAD, "the drawing stands in", async || {
        let answer = shop.get("frontend", &cover).await;
        let stands_in = answer.status == 200 && answer.header("content-type") == "image/svg+xml";
        if stands_in && answer.header("cache-control") == "no-store" { Ok(()) } else { Err(answer.text) }
    })
    .await;
    shop.launch("catalogA");
    has(&shop, "catalogB", &hash).await;
    // Bytes that are not those of the hash are a difference.
    shop.closes().await;
    let data = Connection::open(shop.data_of("catalogB").join("catalog.db")).expect("its data");
    data.execute("update cover set bytes = x'00'", ()).expect("writes");
    data.close().expect("closes");
    let output = shop.command("catalog", &["check", "--name", "catalogB"]).await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("its bytes are others"), "{output:?}");
}

#[tokio::test]
async fn an_import_brings_covers_in_when_it_is_told_to_and_lists_those_that_it_can_not_have() {
    let shop = Cluster::start().await;
    let root = shop.paths().root().to_owned();
    fs::create_dir(root.join("pictures")).expect("a directory");
    fs::write(root.join("pictures/one.png"), picture("icon-192.png")).expect("a file");
    fs::write(root.join("pictures/two.png"), b"<svg/>").expect("a file");
    std::os::unix::fs::symlink(root.join("pictures/one.png"), root.join("link.png")).expect("a link");
    let port = shop.url("catalogA").rsplit(':').next().expect("a port").to_owned();
    let csv = format!(
        "isbn,title,topic,price,cover\n\
         9780306406157,First,pictures,10,pictures/one.png\n\
         9780140449136,Second,pictures,10,pictures/two.png\n\
         9780141439518,Third,pictures,10,https://127.0.0.1:{port}/internal/topics\n\
         9780141439600,Fourth,pictures,10,link.png\n\
         9780143105428,Fifth,pictures,10,../secret.png\n\
         9780141439846,Sixth,pictures,10,\n"
    );
    let file = root.join("books.csv");
    fs::write(&file, csv).expect("a file");
    let file = file.to_string_lossy();
    command(&shop, &["import", &file]).await;
    let books = shop.get("frontend", "/api/v1/books?topic=pictures").await.has_status(200).json();
    let ids: Vec<u64> =
        books["books"].as_array().expect("books").iter().filter_map(|book| book["id"].as_u64()).collect();
    assert_eq!(ids.len(), 6, "the books are in");
    let first = u32::try_from(ids[0]).expect("an id");
    assert!(shown(&shop, first).await.contains(".svg"), "covers come in when it is said");
    let output = shop.command("catalog", &["import", &file, "--covers"]).await;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("1 covers brought in, 4 not."), "{said}");
    for why in [
        "neither PNG nor JPEG nor WebP",
        "127.0.0.1 is no address of the public network",
        "this is no file",
        "../secret.png: write an address",
    ] {
        assert!(said.contains(why), "{why}: {said}");
    }
    awaits(SPREAD, "the page has the cover", async || {
        let cover = shown(&shop, first).await;
        if cover.contains(".png?of=") { Ok(()) } else { Err(cover) }
    })
    .await;
}
