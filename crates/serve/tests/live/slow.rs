//! Callers who take their time: the places they hold are given to others within the limits.

use crate::stage::{Running, member, secrets, start_within};
use actix_web::Responder;
use actix_web::web::{self, Bytes, ServiceConfig};
use serve::Limits;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than every limit of these servers, and far shorter than a trickle lasts.
const PATIENCE: Duration = Duration::from_secs(10);
/// The framework reads its clock twice a second, so its limits can come half a second early.
const LIMIT: Duration = Duration::from_millis(1200);

async fn length(body: Bytes) -> impl Responder {
    body.len().to_string()
}

fn shop(connections: usize) -> Running {
    let limits = Limits { workers: 1, connections, head: LIMIT, body: LIMIT, ..Limits::default() };
    start_within(limits, member("catalogA", 0), &secrets(), |config: &mut ServiceConfig| {
        config.service(web::resource("/length").route(web::post().to(length)));
        config.service(web::resource("/unread").route(web::post().to(async || "not read")));
    })
}

/// Sends `head` at once, then a byte of `rest` now and then, until the other side closes; what it said till then.
async fn trickle(shop: &Running, head: &str, rest: &str) -> String {
    let mut stream = TcpStream::connect(shop.member.address()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    writer.write_all(head.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let drip = async {
        for byte in rest.bytes().cycle() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        // Nobody takes any more: what is left is to read the end.
        std::future::pending::<()>().await;
    };
    let read = async { drop(reader.read_to_end(&mut said).await) };
    tokio::select! {
        () = read => (),
        () = drip => (),
        () = tokio::time::sleep(PATIENCE) => panic!("still open: {head:?}"),
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_or_a_body_that_trickles_is_cut_with_408_however_it_is_framed() {
    let shop = shop(100);
    let long = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n";
    let chunked = "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n";
    for head in ["GET /healthz HTTP/1.1\r\nX-Slow: ", "", long, chunked] {
        let said = trickle(&shop, head, "a").await;
        assert!(said.starts_with("HTTP/1.1 408 "), "{head:?}: {said:?}");
    }
    // The style of the address says what was wrong with a body.
    let said = trickle(&shop, long, "a").await;
    assert!(said.contains(r#""type":"too-slow""#), "{said}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_reads_is_not_waited_for() {
    let shop = shop(100);
    for path in ["/unread", "/nowhere"] {
        for framing in ["Content-Length: 9000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n2000\r\n"] {
            let said = trickle(&shop, &format!("POST {path} HTTP/1.1\r\nHost: x\r\n{framing}"), "a").await;
            assert!(said.starts_with("HTTP/1.1 200") || said.starts_with("HTTP/1.1 404"), "{path}: {said:?}");
        }
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_takes_a_while_but_not_too_long_is_read() {
    let shop = shop(100);
    let mut stream = TcpStream::connect(shop.member.address()).await.unwrap();
    let head = "POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab";
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(LIMIT / 4).await;
    stream.write_all(b"cd").await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with('4'), "{said}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_to_upgrade_is_ignored_and_the_body_is_as_long_as_announced() {
    let shop = shop(100);
    for upgrade in ["Upgrade: websocket\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "Upgrade: h2c\r\n"] {
        let mut stream = TcpStream::connect(shop.member.address()).await.unwrap();
        let head = format!("POST /length HTTP/1.1\r\nHost: x\r\n{upgrade}Content-Length: 4\r\n\r\nabcd");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut said = [0; 12];
        tokio::time::timeout(PATIENCE, stream.read_exact(&mut said)).await.expect("an answer").unwrap();
        assert_eq!(&said, b"HTTP/1.1 200", "{upgrade:?}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_ask_once_and_then_trickle_do_not_take_every_place() {
    const PLACES: usize = 12;
    let shop = shop(PLACES);
    let mut holders = Vec::new();
    let began = Instant::now();
    // Each asks properly, is answered, and begins another request that never ends.
    while holders.len() < 3 * PLACES && began.elapsed() < PATIENCE {
        let mut stream = TcpStream::connect(shop.member.address()).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut said = vec![0; 4096];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut said)).await.expect("the next one is answered too");
        assert!(read.unwrap() > 0);
        drop(stream.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").await);
        holders.push(stream);
    }
    assert_eq!(holders.len(), 3 * PLACES, "everyone was answered");
    // And so is whoever comes now, while they all hold on.
    let answer = reqwest::get(shop.url("/healthz")).await.unwrap();
    assert_eq!(answer.status(), 200);
    drop(holders);
    shop.stop().await;
}
