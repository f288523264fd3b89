//! People who mean harm: without the secrets, with somebody else's, with forged cookies, slowly, and in crowds.
//!
//! Nothing they do changes anything, others are served meanwhile, and what they take up has a bound.

use cluster::Tier;
use futures::future::join_all;
use reqwest::Method;
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;
use tests::endpoints::{ENDPOINTS, Endpoint, Guard, Style, sound};
use tests::raw::{self, Then};
use tests::{Answer, Bought, Cluster, awaits, seed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const BOOK: u32 = 50_101;
const GONE: u32 = 50_102;
const STOCK: [(u32, u64); 2] = [(BOOK, 100_000), (GONE, 1)];

/// Nobody who is served waits this long, on a busy machine, with binaries that are not optimised.
const SOON: Duration = Duration::from_secs(10);
/// The limits of heads and bodies are 5 and 10 seconds; whoever is cut is gone by then.
const CUT_WITHIN: Duration = Duration::from_secs(25);

/// The most a process may have in use, in megabytes, whatever is thrown at it: 20 when it is idle, and for each of its
/// 4,096 places 10 KB of a connection and a body of up to 16 KB while it arrives, which is 104 together.
const MOST_MB: u64 = 128;

async fn shop() -> Cluster {
    Cluster::builder().carts(1).stock(seed::books(STOCK)).start().await
}

/// Everything that an attacker might have changed: books and orders at every replica, and whose journals it holds. How far
/// they go is not in it: replicas spread the stock among themselves.
async fn contents(shop: &Cluster) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for tier in [Tier::Catalog, Tier::Order] {
        for name in shop.names(tier) {
            let listed = shop.get(name, if tier == Tier::Catalog { "/item" } else { "/orders" }).await;
            let ready = shop.get(name, "/readyz").await.json();
            let writers: Vec<&String> = ready["detail"]["heads"].as_object().expect("heads").keys().collect();
            all.insert(name.to_owned(), format!("{}{writers:?}", listed.has_status(200).text));
        }
    }
    all
}

/// The memory that each process has in use, in megabytes.
fn resident(shop: &Cluster) -> BTreeMap<String, u64> {
    let resident = |pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
    };
    let members = shop.roster().members().iter().map(|member| member.name.to_string());
    // Where the system does not tell, nothing is known to be too much.
    members.filter_map(|name| resident(shop.pid(&name)).map(|mb| (name, mb))).collect()
}

#[track_caller]
fn is_small(shop: &Cluster) {
    let resident = resident(shop);
    println!("in use, in MB: {resident:?}");
    assert!(resident.values().all(|mb| *mb < MOST_MB), "more than {MOST_MB} MB: {resident:?}");
}

/// A customer is served as ever: looks, buys, and sees a page.
async fn serves(shop: &Cluster) -> Bought {
    let customer = shop.customer();
    let served = async {
        customer.looks_up(BOOK).await.expect("a book is shown");
        customer.opens("/").await.has_status(200);
        customer.buys(BOOK, 1).await.expect("a book is sold")
    };
    tokio::time::timeout(SOON, served).await.expect("a customer is served soon")
}

/// Asks an endpoint by each of its methods with these headers.
async fn asks(shop: &Cluster, replica: &str, endpoint: &Endpoint, headers: &[(&str, &str)]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for method in endpoint.methods {
        let mut request = shop.request(method.parse().expect("a method"), replica, &sound(endpoint));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !endpoint.body.is_empty() {
            request = request.header("Content-Type", "application/json").body(endpoint.body);
        }
        answers.push(Answer::to(request).await);
    }
    answers
}

#[tokio::test]
async fn whoever_lacks_the_token_or_brings_that_of_another_cluster_is_refused_everywhere() {
    let (shop, other) = (shop().await, Cluster::builder().bare());
    shop.agrees_within(SOON).await;
    let before = contents(&shop).await;
    let bearer = |shop: &Cluster| format!("Bearer {}", shop.secrets().token.expose());
    let (mine, theirs) = (bearer(&shop), bearer(&other));
    let (here, there) = (shop.secrets().cluster.to_string(), other.secrets().cluster.to_string());
    let short = mine[..mine.len() - 1].to_owned();
    let basic = mine.replace("Bearer", "Basic");
    let cases: [(u16, &[(&str, &str)]); 9] = [
        (401, &[]),
        (401, &[("Bookend-Cluster", &here)]),
        (401, &[("Bookend-Cluster", &here), ("Authorization", "Bearer ")]),
        (401, &[("Bookend-Cluster", &here), ("Authorization", &theirs)]),
        (401, &[("Bookend-Cluster", &here), ("Authorization", &short)]),
        (401, &[("Bookend-Cluster", &here), ("Authorization", &basic)]),
        (403, &[("Bookend-Cluster", &there), ("Authorization", &theirs)]),
        (403, &[("Bookend-Cluster", &there), ("Authorization", &mine)]),
        (403, &[("Bookend-Cluster", "nonsense"), ("Authorization", &mine)]),
    ];
    let mut refused = 0;
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.guard != Guard::Open) {
        for replica in endpoint.tiers.iter().flat_map(|tier| shop.names(*tier)) {
            for (status, headers) in &cases {
                for answer in asks(&shop, replica, endpoint, headers).await {
                    let what = format!("{replica} {} {headers:?}: {answer}", endpoint.address());
                    assert_eq!(answer.status, *status, "{what}");
                    let problem = answer.header("content-type") == "application/problem+json";
                    assert_eq!(problem, endpoint.style == Style::Problem, "{what}");
                    assert_eq!(*status == 401, !answer.header("www-authenticate").is_empty(), "{what}");
                    refused += 1;
                }
            }
            if endpoint.guard == Guard::Insider {
                // A person's token alone is not a replica's word.
                for answer in asks(&shop, replica, endpoint, &[("Authorization", &mine)]).await {
                    assert_eq!(answer.status, 401, "{replica} {}: {answer}", endpoint.address());
                }
            }
        }
    }
    println!("{refused} requests refused");
    assert_eq!(contents(&shop).await, before, "nothing changed");
    serves(&shop).await;
}

/// A book's page as a browser has it: its cookie, and what is hidden in its form.
async fn page(shop: &Cluster) -> (String, String, String) {
    let page = shop.customer().opens(&format!("/books/{BOOK}")).await;
    let cookie = page.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let hidden = |name: &str| {
        let field =
            page.text.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
        field.unwrap_or_else(|| panic!("no {name}: {page}")).to_owned()
    };
    (cookie, hidden("token"), hidden("key"))
}

/// Sends the form of a book's page.
async fn sends(shop: &Cluster, cookie: &str, token: &str, key: &str, more: &[(&str, &str)]) -> Answer {
    let mut request = shop.request(Method::POST, "frontend", &format!("/books/{BOOK}/buy"));
    if !cookie.is_empty() {
        request = request.header("Cookie", cookie);
    }
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    Answer::to(request.form(&[("token", token), ("key", key), ("quantity", "1")])).await
}

#[tokio::test]
async fn a_form_with_a_forged_cookie_another_sessions_token_or_from_another_site_buys_nothing() {
    let (shop, other) = (shop().await, shop().await);
    let (cookie, token, key) = page(&shop).await;
    let (stranger, strangers_token, _) = page(&shop).await;
    let (foreign, foreign_token, _) = page(&other).await;
    assert!(cookie.starts_with("bookend=") && cookie != stranger, "each browser is another: {cookie}");
    let value = cookie.split_once('=').expect("a cookie").1.to_owned();
    let mut forged = vec![
        (String::new(), token.clone()),
        (cookie.clone(), String::new()),
        (cookie.clone(), strangers_token.clone()),
        (cookie.clone(), foreign_token.clone()),
        (stranger.clone(), token.clone()),
        (foreign, foreign_token),
        (format!("bookend={}", &value[..value.len() / 2]), token.clone()),
        (format!("bookend={value}{value}"), token.clone()),
        ("bookend=".into(), token.clone()),
    ];
    // One letter changed, all along the cookie.
    for at in (8..cookie.len()).step_by(5) {
        let letter = if cookie.as_bytes()[at] == b'A' { "B" } else { "A" };
        forged.push((format!("{}{letter}{}", &cookie[..at], &cookie[at + 1..]), token.clone()));
    }
    for (cookie, token) in &forged {
        let answer = sends(&shop, cookie, token, &key, &[]).await;
        assert_eq!(answer.status, 403, "{cookie} {token}: {answer}");
        assert!(answer.text.contains("nothing was bought"), "a page that says so: {answer}");
    }
    // The right form, but sent by another site's page: the browser says so.
    for more in [
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Origin", "http://evil.example")],
        [("Origin", "null")],
    ] {
        let answer = sends(&shop, &cookie, &token, &key, &more).await;
        assert_eq!(answer.status, 403, "{more:?}: {answer}");
        let answer = Answer::to(
            shop.request(Method::POST, "frontend", "/buy").header(more[0].0, more[0].1).form(&[("id", BOOK)]),
        );
        answer.await.fails(403, "buy");
    }
    assert_eq!(shop.sold().await, BTreeMap::new(), "nothing was sold");
    let bought = sends(&shop, &cookie, &token, &key, &[]).await;
    assert_eq!(bought.status, 303, "and the right one still buys: {bought}");
    assert_eq!(shop.sold().await.get(&BOOK), Some(&1));
}

/// What a slow caller sends at once before it begins to trickle.
const SLOW: [&str; 5] = [
    "GET /lookup?id=1 HTTP/1.1\r\nHost: shop\r\nX-Slow: ",
    "",
    "POST /buy HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{",
    "POST /buy HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n{",
    "POST /no/such/address HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n",
];

/// A byte a second until the other side has closed; whether it did.
async fn trickles(address: std::net::SocketAddr, begin: &'static str) -> bool {
    let trickle = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(begin.as_bytes()).await?;
        let (mut reader, mut writer) = stream.split();
        let drip = async {
            while writer.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut said = Vec::new();
        tokio::select! {
            read = reader.read_to_end(&mut said) => read.map(drop),
            () = drip => Ok(()),
        }
    };
    // Refused, reset or closed: it is gone. Only time says otherwise.
    let ended: Result<std::io::Result<()>, _> = tokio::time::timeout(CUT_WITHIN, trickle).await;
    ended.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_who_send_a_byte_a_second_are_cut_and_everybody_else_is_served_meanwhile() {
    const CALLERS: usize = 100;
    let shop = shop().await;
    let mut slow = JoinSet::new();
    for replica in ["frontend", "catalogA", "orderA"] {
        let address = shop.roster().member(replica).expect("it is there").address();
        for caller in 0..CALLERS {
            slow.spawn(trickles(address, SLOW[caller % SLOW.len()]));
        }
    }
    let mut served = 0;
    while slow.len() > CALLERS / 10 {
        serves(&shop).await;
        served += 1;
        while let Some(cut) = slow.try_join_next() {
            assert!(cut.expect("no panic"), "a slow caller is still connected after {CUT_WITHIN:?}");
        }
    }
    assert!(slow.join_all().await.into_iter().all(|cut| cut), "every slow caller is cut");
    println!("{served} customers were served meanwhile");
    assert!(served > 0);
    is_small(&shop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_and_endless_bodies_are_refused_early_and_take_no_memory() {
    const CALLERS: usize = 40;
    let shop = shop().await;
    let before = contents(&shop).await;
    let huge = raw::request("POST", b"/buy", &[("Content-Type", b"application/json")], &vec![b' '; 8 << 20]);
    for (replica, target) in [("frontend", "/buy"), ("catalogA", "/internal/import"), ("orderA", "/internal/orders")] {
        let address = shop.roster().member(replica).expect("it is there").address();
        let huge = if target == "/buy" { huge.clone() } else { raw::request("POST", target.as_bytes(), &[], &huge) };
        let answers = join_all((0..CALLERS).map(|_| raw::exchange(address, &huge, Then::Waits))).await;
        for answer in answers {
            // Who may not ask at all is told that first.
            let answer = answer.expect("an answer");
            assert_eq!(answer.status, if target == "/buy" { 413 } else { 401 }, "{replica} {target}: {answer}");
        }
        is_small(&shop);
    }
    // Chunks without an end, to an address that reads bodies and to one that does not.
    let address = shop.roster().member("frontend").expect("it is there").address();
    let endless = |target: &'static str| async move {
        let mut stream = TcpStream::connect(address).await.expect("accepted");
        let head = format!("POST {target} HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
        let write = async { while stream.write_all(chunk.as_bytes()).await.is_ok() {} };
        tokio::time::timeout(CUT_WITHIN, write).await.is_ok()
    };
    let cut =
        join_all((0..CALLERS).map(|caller| endless(if caller % 2 == 0 { "/buy" } else { "/no/such/address" }))).await;
    assert!(cut.into_iter().all(|cut| cut), "endless bodies are cut");
    is_small(&shop);
    assert_eq!(contents(&shop).await, before, "nothing changed");
    serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_there_are_places_delay_others_and_do_not_shut_them_out() {
    let shop = shop().await;
    let address = shop.roster().member("frontend").expect("it is there").address();
    // More than the 4,096 places of a server, as far as this process may open files.
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    let callers = files.unwrap_or(1024_usize).saturating_sub(300).min(4_400);
    let mut idle = Vec::with_capacity(callers);
    for _ in 0..callers {
        // The system's own queue may be full for a moment.
        let connected = tokio::time::timeout(SOON, TcpStream::connect(address)).await;
        idle.extend(connected.ok().and_then(Result::ok));
    }
    println!("{} idle connections", idle.len());
    is_small(&shop);
    awaits(CUT_WITHIN, "a customer is served beside them", async || {
        shop.customer().looks_up(BOOK).await.map_err(|answer| answer.to_string())
    })
    .await;
    drop(idle);
    serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_distinct_keys_cookies_topics_and_addresses_leave_nothing_behind() {
    const EACH: usize = 3_000;
    let shop = shop().await;
    let last = shop.customer().buys(GONE, 1).await.expect("the last copy");
    let begin = resident(&shop);
    let lines = shop.get("frontend", "/metrics").await.text.lines().count();
    let ask = |nth: usize| {
        let get = |path: String| shop.request(Method::GET, "frontend", &path);
        let buy = shop.request(Method::POST, "frontend", "/buy").form(&[("id", GONE)]);
        [
            (404, buy.header("Idempotency-Key", format!("key-{nth}"))),
            (404, get(format!("/lookup?id={}", 1_000_000 + nth)).header("Cookie", format!("bookend=forged{nth}"))),
            (200, get(format!("/search?topic=nothing-{nth}"))),
            (404, get(format!("/no/such/address/{nth}")).header("X-Request-Id", format!("id-{nth}"))),
            (404, get(format!("/topics/nothing-{nth}")).header("Accept", "text/html")),
        ]
    };
    for chunk in (0..EACH).collect::<Vec<_>>().chunks(20) {
        let asked = chunk.iter().flat_map(|nth| ask(*nth));
        for (status, answer) in
            join_all(asked.map(|(status, request)| async move { (status, Answer::to(request).await) })).await
        {
            assert_eq!(answer.status, status, "{answer}");
        }
    }
    let figures = shop.get("frontend", "/metrics").await.text.lines().count();
    // A figure for each route that was asked for the first time, none for each question.
    assert!(figures < lines + 200, "from {lines} to {figures} lines of figures");
    println!("in use before, in MB: {begin:?}");
    is_small(&shop);
    let mut bought = vec![last];
    bought.push(serves(&shop).await);
    shop.has_no_orders_but(&bought).await;
}
