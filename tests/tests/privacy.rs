//! What belongs to one customer: no page of the desk shows it, and nobody else reads or changes it by trying.

use cluster::Tier;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tests::desk::{at_desk, sends_file, sends_from, with_file};
use tests::endpoints::{ENDPOINTS, Endpoint};
use tests::{Answer, Cluster, Customer, awaits, hidden, seed};
use uuid::Uuid;

const KNOWN: Duration = Duration::from_secs(10);
const EMAIL: &str = "zerlina.quist@example.org";
const PASSWORD: &str = "correct zebra staple";
const TITLE: &str = "Presents for Zacharias";
const WORDS: &str = "An umbrella with zebras";
const NOTE: &str = "the yellow one, please";
const IN_CART: u32 = 2;

async fn shop() -> Cluster {
    let stock = seed::books((1..=4).map(|item| (item, 20)));
    Cluster::builder().carts(1).stock(stock).start().await
}

/// A member with a list, a cart and an order.
struct Member {
    browser: Customer,
    /// The list's id, and the link with which it can be read.
    list: String,
    to_read: String,
    /// The order's number, and its id.
    number: u64,
    order: String,
    /// What the account is called inside the shop.
    account: String,
}

async fn posts(browser: &Customer, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let token = hidden(&page.text, "token").unwrap_or_else(|| panic!("no token: {page}"));
    let mut form = vec![("token", token.as_str())];
    form.extend(fields);
    browser.send(browser.request(Method::POST, path).header(ACCEPT, "text/html").form(&form)).await
}

async fn calls(browser: &Customer, method: Method, path: &str, body: &Value) -> Answer {
    browser.send(browser.request(method, path).json(body)).await
}

impl Member {
    async fn signs_up(shop: &Cluster) -> Self {
        let browser = shop.customer();
        let who = json!({"email": EMAIL, "password": PASSWORD});
        calls(&browser, Method::POST, "/api/v1/accounts", &who).await.has_status(201);
        calls(&browser, Method::POST, "/api/v1/cart/items", &json!({"item": IN_CART})).await.has_status(200);
        let lists = browser.opens("/lists").await;
        let wish = [("do", "make"), ("name", TITLE), ("kind", "gift"), ("what", WORDS)];
        let made = posts(&browser, "/lists", &lists, &wish).await;
        let path = made.has_status(303).header("location").to_owned();
        let page = browser.opens(&path).await;
        posts(&browser, &path, &page, &[("do", "note"), ("item", WORDS), ("note", NOTE)]).await.has_status(303);
        let page = browser.opens(&path).await;
        for text in [TITLE, WORDS, NOTE] {
            assert!(page.text.contains(text), "its owner reads {text}: {page}");
        }
        let to_read =
            page.text.split("href=\"/lists/").find(|part| part.find('"') == Some(64)).expect("a link to read");
        let to_read = to_read[..64].to_owned();
        let lines = json!({"lines": [{"item": 1, "quantity": 2}]});
        let request = browser.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", "her-first");
        let bought = browser.send(request.json(&lines)).await;
        let (number, order) = (bought.has_status(201).integer("/number"), bought.string("/uuid"));
        let latest = shop.operator().as_replica(Method::POST, "orderA", "/internal/orders/latest");
        let latest = latest.json(&json!({"fulfilment": null, "after": null, "limit": 10}));
        let latest = Answer::to(latest).await.has_status(200).json();
        let account = latest[0]["order"]["buyer"].as_str().expect("a buyer").to_owned();
        assert!(!account.is_empty() && latest[0]["order"]["id"] == order.as_str(), "it is hers: {latest}");
        let list = path.rsplit('/').next().expect("an id").to_owned();
        Self { browser, list, to_read, number, order, account }
    }

    /// What nobody else may read, and by what it could be opened.
    fn secrets(&self) -> Vec<String> {
        let session = self.browser.cookie("bookend").expect("a session");
        let own = [&self.list, &self.to_read, &self.account, &session, &self.order];
        let said = [EMAIL, "zerlina", PASSWORD, TITLE, "Zacharias", WORDS, "umbrella", NOTE];
        let mut all: Vec<String> = said.map(str::to_owned).into();
        all.extend(own.into_iter().cloned());
        all
    }
}

/// The page of an import, as the table of addresses has it.
const IMPORT: &str = "/desk/imports/{catalog}/{id}";

/// Checks a file at the desk, and returns the path of its page.
async fn checks_a_file(ann: &Customer) -> String {
    let page = ann.opens("/desk/imports").await;
    let token = hidden(&page.text, "token").expect("a token");
    let form = with_file(&[("token", token.as_bytes()), ("file", b"title,topic,price\nNo,prize,x\n")], "file", "a.csv");
    sends_file(ann, "/desk/imports", form).await.has_status(303).header("location").to_owned()
}

/// The addresses of the desk that can be asked for, with what is there in the place of what may stand in them.
fn desk(shop: &Cluster, order: u64, import: &str) -> BTreeSet<String> {
    let is_desk = |one: &&Endpoint| one.path.starts_with("/desk") && one.methods.contains(&"GET");
    let replicas: Vec<&str> =
        [Tier::Catalog, Tier::Order, Tier::Cart].into_iter().flat_map(|tier| shop.names(tier)).collect();
    let filled = |one: &Endpoint| match one.path {
        path if !path.contains('{') => vec![path.to_owned()],
        path if path.starts_with("/desk/orders/{id}") => vec![one.filled(&order.to_string())],
        path if path.starts_with("/desk/books/{id}") => vec![one.filled("1"), one.filled(&IN_CART.to_string())],
        path if path.starts_with("/desk/replicas/{name}") => replicas.iter().map(|name| one.filled(name)).collect(),
        path if path.starts_with(IMPORT) => vec![path.replace(IMPORT, import)],
        path => panic!("say here what stands in {path}, so that it is read too"),
    };
    ENDPOINTS.iter().filter(is_desk).flat_map(filled).collect()
}

/// Where a page of the desk leads.
fn links(page: &str) -> BTreeSet<String> {
    let attributes = ["href=\"", "data-events=\""];
    let all = attributes.iter().flat_map(|attribute| page.split(attribute).skip(1));
    let all = all.filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with("/desk"));
    all.map(|link| link.replace("&amp;", "&").replace("&#38;", "&")).collect()
}

/// The first event of a stream.
async fn first_event(shop: &Cluster, browser: &Customer, path: &str) -> String {
    let cookie = browser.cookie("bookend-desk").expect("a session of the desk");
    let request = shop.request(Method::GET, "frontend", path).header("cookie", format!("bookend-desk={cookie}"));
    let mut answer = request.send().await.expect("an answer");
    let mut seen = String::new();
    while answer.status() == 200 && !seen.contains("\n\n") {
        let part = answer.chunk().await.expect("it can be read").expect("it goes on");
        seen.push_str(&String::from_utf8_lossy(&part));
    }
    seen
}

#[tokio::test]
async fn the_desk_shows_nothing_of_a_member_their_list_and_their_cart_and_of_an_order_only_what_is_sent() {
    let shop = shop().await;
    let zerlina = Member::signs_up(&shop).await;
    let number = zerlina.number;
    let ann = at_desk(&shop, "Ann").await;
    let order = format!("/desk/orders/{number}");
    sends_from(&ann, &order, &order, &[("to", "packed")]).await.has_status(303);
    sends_from(&ann, "/desk/books/1", "/desk/books/1", &[("what", "price"), ("value", "9.50")]).await.has_status(303);
    awaits(KNOWN, "the order is in the record", async || {
        let record = ann.opens("/desk/changes").await;
        if record.text.contains(&format!("Order {number} is packed")) { Ok(()) } else { Err(record.text) }
    })
    .await;

    // Everything in the table, and everything that is linked from there.
    let mut open: Vec<String> = desk(&shop, number, &checks_a_file(&ann).await).into_iter().collect();
    let mut read = BTreeMap::new();
    while let Some(path) = open.pop() {
        if read.contains_key(&path) {
            continue;
        }
        let goes_on = path.split('?').next().is_some_and(|path| path.ends_with("/events"));
        let text = if goes_on {
            first_event(&shop, &ann, &path).await
        } else {
            let answer = ann.opens(&path).await;
            assert!(answer.status < 500, "{path}: {answer}");
            format!("{:?}{}", answer.headers, answer.text)
        };
        open.extend(links(&text));
        read.insert(path, text);
        assert!(read.len() < 400, "the desk has no end: {:?}", read.keys());
    }
    for name in shop.roster().members().iter().map(|member| member.name.as_str()) {
        for path in ["/readyz", "/metrics", "/healthz"] {
            read.insert(format!("{name}{path}"), shop.get(name, path).await.text);
        }
    }
    println!("{} addresses of the desk and of those who are looked after", read.len());
    for (path, text) in &read {
        for secret in zerlina.secrets() {
            assert!(!text.contains(&secret), "{path} tells {secret}: {text}");
        }
    }
    // What is needed to pack it, and to find the slip again: the number, the books, how many.
    let page = &read[&order];
    for needed in [&*number.to_string(), "/desk/books/1", "<td class=\"number\">2</td>", "Packed"] {
        assert!(page.contains(needed), "{needed}: {page}");
    }
    assert!(read.len() > 40, "the pages were read: {:?}", read.keys());
}

/// This text with one letter changed, for each of its letters and digits.
fn neighbours(text: &str) -> Vec<String> {
    let changed = |at: usize| {
        let letter = text.as_bytes()[at];
        let other = if letter == b'7' { '8' } else { '7' };
        letter.is_ascii_alphanumeric().then(|| format!("{}{other}{}", &text[..at], &text[at + 1..]))
    };
    (0..text.len()).filter_map(changed).collect()
}

/// Fails where an answer tells one of the secrets, or looks as if it had found something.
#[track_caller]
fn tells_nothing(what: &str, answer: &Answer, secrets: &[&str]) {
    assert!((400..500).contains(&answer.status), "{what}: {answer}");
    for secret in secrets {
        assert!(!answer.text.contains(secret), "{what} tells {secret}: {answer}");
    }
}

#[tokio::test]
async fn nobody_opens_the_list_or_the_order_of_another_by_changing_a_link() {
    let shop = shop().await;
    let zerlina = Member::signs_up(&shop).await;
    let eve = shop.customer();
    eve.opens("/books/1").await.has_status(200);
    let (list, order) = (zerlina.list.clone(), zerlina.order.clone());
    let secrets = [TITLE, WORDS, NOTE];
    let mut tried = neighbours(&list);
    tried.extend([
        Uuid::nil().to_string(),
        list.to_uppercase(),
        list.replace('-', ""),
        String::from("1"),
        zerlina.account.clone(),
    ]);
    for guess in tried.iter().filter(|guess| **guess != list) {
        tells_nothing(guess, &eve.opens(&format!("/lists/{guess}")).await, &secrets);
        // The API takes an id in capitals too: it is the same id, so that one is no guess.
        if guess.to_lowercase() != list {
            tells_nothing(guess, &eve.get(&format!("/api/v1/lists/{guess}")).await, &secrets);
        }
    }
    for guess in neighbours(&zerlina.to_read) {
        tells_nothing(&guess, &eve.opens(&format!("/lists/{guess}")).await, &secrets);
    }
    let mut tried = neighbours(&order);
    tried.extend([zerlina.number.to_string(), (zerlina.number + 1).to_string(), Uuid::nil().to_string()]);
    for guess in &tried {
        tells_nothing(guess, &eve.opens(&format!("/orders/{guess}")).await, &[&order]);
        tells_nothing(guess, &eve.get(&format!("/api/v1/orders/{guess}")).await, &[&order]);
    }
    println!("{} links were tried", tried.len());
    for (path, secret) in [(format!("/lists/{list}"), TITLE), (format!("/orders/{order}"), order.as_str())] {
        assert!(eve.opens(&path).await.has_status(200).text.contains(secret), "the link itself opens it: {path}");
    }
}

#[tokio::test]
async fn a_link_to_read_writes_nothing_and_does_not_tell_the_one_that_does() {
    let shop = shop().await;
    let zerlina = Member::signs_up(&shop).await;
    let (eve, to_read) = (shop.customer(), format!("/lists/{}", zerlina.to_read));
    let before =
        zerlina.browser.get(&format!("/api/v1/lists/{}", zerlina.list)).await.has_status(200).json()["object"].clone();
    let page = eve.opens(&to_read).await;
    assert!(page.has_status(200).text.contains(TITLE) && !page.text.contains(&zerlina.list), "{page}");
    let own = eve.opens("/lists").await;
    let forms: [&[(&str, &str)]; 5] = [
        &[("do", "add"), ("what", "Something of Eve's")],
        &[("do", "count"), ("item", WORDS), ("count", "9")],
        &[("do", "note"), ("item", WORDS), ("note", "Eve was here")],
        &[("do", "remove"), ("item", WORDS)],
        &[("do", "about"), ("name", "Eve's"), ("kind", "wish")],
    ];
    for form in forms {
        let answer = posts(&eve, &to_read, &own, form).await;
        assert_eq!(answer.status, 403, "{form:?}: {answer}");
    }
    let api = format!("/api/v1{to_read}");
    let put = json!({"object": {"type": "counters", "items": {"1": {"count": 1}}}});
    let sync = json!({"actor": "80000000000000000000000000000001", "since": {}, "delta": null});
    tells_nothing("put", &calls(&eve, Method::PUT, &api, &put).await, &[WORDS]);
    tells_nothing("sync", &calls(&eve, Method::POST, &format!("{api}/sync"), &sync).await, &[WORDS]);
    tells_nothing("get", &eve.get(&api).await, &[WORDS]);
    // Nor does a form of hers write it with its own address, or her context of a list of her own.
    let write = format!("/lists/{}", zerlina.list);
    let forged = [("token", "x"), ("do", "remove"), ("item", WORDS)];
    let answer = eve.send(eve.request(Method::POST, &write).header(ACCEPT, "text/html").form(&forged)).await;
    assert_eq!(answer.status, 403, "{answer}");
    let mine = calls(&eve, Method::POST, "/api/v1/lists", &json!({})).await.has_status(201).json();
    let foreign = json!({"object": put["object"], "context": mine["context"]});
    let answer = calls(&eve, Method::PUT, &format!("/api/v1/lists/{}", zerlina.list), &foreign).await;
    tells_nothing("another list's context", &answer, &[WORDS]);
    let after =
        zerlina.browser.get(&format!("/api/v1/lists/{}", zerlina.list)).await.has_status(200).json()["object"].clone();
    assert_eq!(after, before, "nothing was written");
}

/// How many units are in a cart.
async fn in_cart(browser: &Customer) -> usize {
    browser.get("/api/v1/cart").await.has_status(200).json()["lines"].as_array().expect("lines").len()
}

#[tokio::test]
async fn nobody_reads_changes_or_buys_the_cart_of_another_nor_sees_what_they_bought() {
    let shop = shop().await;
    let zerlina = Member::signs_up(&shop).await;
    let eve = shop.customer();
    let who = json!({"email": "eve@example.org", "password": PASSWORD});
    calls(&eve, Method::POST, "/api/v1/accounts", &who).await.has_status(201);
    let stranger = shop.customer();
    let secrets = [zerlina.account.as_str(), "\"item\":2"];
    for (who, status) in [(&eve, 403), (&stranger, 401)] {
        for user in [EMAIL, zerlina.account.as_str()] {
            let listed = calls(who, Method::POST, "/api/list_all", &json!({"userid": user})).await;
            tells_nothing("list_all", listed.has_status(status), &secrets[1..]);
            for path in ["/api/insert", "/api/delete"] {
                let title = "Title 2";
                let answer = calls(who, Method::POST, path, &json!({"userid": user, "item_name": title})).await;
                tells_nothing(path, answer.has_status(status), &secrets[1..]);
            }
        }
        tells_nothing("user", who.get(&format!("/user?email={EMAIL}")).await.has_status(status), &secrets);
        let filled = json!({"email": EMAIL, "cart": {"Title 2": 1}});
        tells_nothing("addtocart", calls(who, Method::POST, "/addtocart", &filled).await.has_status(status), &secrets);
        for path in ["/userslist", "/internal/kinds/account"] {
            tells_nothing(path, &who.get(path).await, &[EMAIL, &zerlina.account]);
        }
    }
    // A form of hers does nothing in another's session, and another's does nothing in hers.
    let page = zerlina.browser.opens("/cart").await;
    let stolen = hidden(&page.text, "token").expect("a token");
    let own = hidden(&eve.opens("/cart").await.text, "token");
    assert_ne!(own, Some(stolen.clone()));
    for (path, form) in [
        (format!("/cart/items/{IN_CART}/remove"), vec![("token", stolen.as_str()), ("was", "1")]),
        (format!("/cart/items/{IN_CART}"), vec![("token", stolen.as_str()), ("quantity", "9"), ("was", "1")]),
        ("/cart/items".to_owned(), vec![("token", stolen.as_str()), ("item", "1"), ("quantity", "1")]),
        ("/checkout".to_owned(), vec![("token", stolen.as_str()), ("key", "k"), ("total", "2000")]),
    ] {
        for who in [&eve, &stranger] {
            let answer = who.send(who.request(Method::POST, &path).header(ACCEPT, "text/html").form(&form)).await;
            assert_eq!(answer.status, 403, "{path}: {answer}");
        }
    }
    assert_eq!((in_cart(&zerlina.browser).await, in_cart(&eve).await, in_cart(&stranger).await), (1, 0, 0));
    // The key of another buyer is no key to their order, and lists of orders are their buyer's own.
    let key = "zerlinas-key";
    let lines = json!({"lines": [{"item": 3, "quantity": 1}]});
    let buys = async |who: &Customer| {
        let request = who.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", key);
        who.send(request.json(&lines)).await.has_status(201).string("/uuid")
    };
    let (hers, eves) = (buys(&zerlina.browser).await, buys(&eve).await);
    assert_ne!(hers, eves, "the same key of two buyers are two orders");
    for path in ["/orders", "/api/v1/orders"] {
        awaits(KNOWN, "each sees their own", async || {
            let (one, other) = (zerlina.browser.get(path).await, eve.get(path).await);
            if one.text.contains(&hers) && other.text.contains(&eves) { Ok(()) } else { Err(format!("{one} {other}")) }
        })
        .await;
        let eve_sees = eve.get(path).await;
        assert!(!eve_sees.text.contains(&hers) && !eve_sees.text.contains(&zerlina.order), "{eve_sees}");
        assert!(!stranger.get(path).await.text.contains(&hers), "{path}");
    }
    // A wrong password opens nothing, and says the same as of an address that nobody has.
    let guess = async |email: &str| {
        let answer = calls(
            &shop.customer(),
            Method::POST,
            "/api/v1/session",
            &json!({"email": email, "password": "a guess too many"}),
        )
        .await;
        (answer.status, answer.string("/detail"))
    };
    assert_eq!(guess(EMAIL).await, guess("nobody@example.org").await);
}
