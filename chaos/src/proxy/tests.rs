//! Each trouble, as the two sides of a connection see it.

use super::Proxies;
use crate::fault::{Link, Replica, Trouble};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const LINK: Link = Link::between(Replica::OrderA, Replica::CatalogA);
/// So long is waited for what must not come.
const NOTHING_FOR: Duration = Duration::from_millis(150);

/// A server that answers each byte with the next one and tells what it got, behind a proxy.
struct Stage {
    proxies: Proxies,
    got: mpsc::UnboundedReceiver<Option<u8>>,
}

async fn stage() -> Stage {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let to = server.local_addr().expect("an address");
    let (tell, got) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = server.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                while let Ok(byte) = stream.read_u8().await {
                    let _ = tell.send(Some(byte));
                    let _ = stream.write_u8(byte + 1).await;
                }
                let _ = tell.send(None);
            });
        }
    });
    // The port is ours again in a moment: nobody else looks for one that was just given back.
    let port = TcpListener::bind("127.0.0.1:0").await.and_then(|free| free.local_addr()).expect("a port").port();
    Stage { proxies: Proxies::open(&[(LINK, port, to)]).await.expect("it listens"), got }
}

impl Stage {
    async fn connects(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(("127.0.0.1", self.proxies.port(LINK).expect("a link"))).await
    }

    fn has(&self, trouble: Trouble) {
        self.proxies.trouble(&[LINK], Some(trouble));
    }

    async fn got(&mut self) -> Option<u8> {
        tokio::time::timeout(Duration::from_secs(5), self.got.recv()).await.expect("something arrives").flatten()
    }

    async fn gets_nothing(&mut self) {
        assert!(tokio::time::timeout(NOTHING_FOR, self.got.recv()).await.is_err(), "something arrived");
    }
}

async fn answers(stream: &mut TcpStream, byte: u8) {
    stream.write_u8(byte).await.expect("it can be sent");
    let answer = tokio::time::timeout(Duration::from_secs(5), stream.read_u8()).await.expect("an answer in time");
    assert_eq!(answer.expect("an answer"), byte + 1);
}

async fn hears_nothing(stream: &mut TcpStream) {
    assert!(tokio::time::timeout(NOTHING_FOR, stream.read_u8()).await.is_err(), "something was heard");
}

async fn ends_by_reset(stream: &mut TcpStream) {
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_u8()).await.expect("it ends");
    assert_eq!(read.expect_err("no answer").kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_whole_link_carries_both_ways_and_counts() {
    let mut stage = stage().await;
    let mut stream = stage.connects().await.expect("connects");
    answers(&mut stream, 1).await;
    assert_eq!(stage.got().await, Some(1));
    drop(stream);
    assert_eq!(stage.got().await, None, "the end is carried too");
    assert_eq!(stage.proxies.carried(LINK), 2);
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_refuses_what_is_new_until_it_is_mended() {
    let stage = stage().await;
    let mut stream = stage.connects().await.expect("connects");
    answers(&mut stream, 1).await;
    stage.has(Trouble::Cut);
    ends_by_reset(&mut stream).await;
    let refused = async {
        while stage.connects().await.is_ok() {
            tokio::task::yield_now().await;
        }
        stage.connects().await.expect_err("refused").kind()
    };
    assert_eq!(refused.await, ErrorKind::ConnectionRefused);
    stage.proxies.mend();
    let again = async {
        loop {
            match stage.connects().await {
                Ok(stream) => return stream,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let mut stream = tokio::time::timeout(Duration::from_secs(5), again).await.expect("it listens again");
    answers(&mut stream, 3).await;
}

#[tokio::test]
async fn a_blackhole_holds_everything_and_lets_it_go_late() {
    let mut stage = stage().await;
    let mut stream = stage.connects().await.expect("connects");
    answers(&mut stream, 1).await;
    assert_eq!(stage.got().await, Some(1));
    stage.has(Trouble::Blackhole);
    stream.write_u8(5).await.expect("it can be sent");
    stage.gets_nothing().await;
    stage.proxies.mend();
    assert_eq!(stream.read_u8().await.expect("late"), 6);
}

#[tokio::test]
async fn one_way_requests_pass_and_answers_come_late_and_the_other_way_round() {
    let mut stage = stage().await;
    let mut stream = stage.connects().await.expect("connects");
    stage.has(Trouble::AnswersHeld);
    stream.write_u8(5).await.expect("it can be sent");
    assert_eq!(stage.got().await, Some(5));
    hears_nothing(&mut stream).await;
    stage.has(Trouble::RequestsHeld);
    assert_eq!(stream.read_u8().await.expect("late"), 6);
    stream.write_u8(8).await.expect("it can be sent");
    stage.gets_nothing().await;
    stage.proxies.mend();
    assert_eq!(stream.read_u8().await.expect("late"), 9);
}

#[tokio::test]
async fn half_open_the_called_side_is_told_and_the_caller_is_not() {
    let mut stage = stage().await;
    let mut stream = stage.connects().await.expect("connects");
    answers(&mut stream, 1).await;
    assert_eq!(stage.got().await, Some(1));
    stage.has(Trouble::HalfOpen);
    assert_eq!(stage.got().await, None, "the called side sees the end");
    stream.write_u8(5).await.expect("the caller can go on sending");
    hears_nothing(&mut stream).await;
    let mut another = stage.connects().await.expect("and connecting");
    another.write_u8(7).await.expect("it can be sent");
    stage.gets_nothing().await;
    stage.proxies.mend();
    ends_by_reset(&mut stream).await;
    ends_by_reset(&mut another).await;
}

#[tokio::test]
async fn a_slow_link_is_as_slow_as_it_was_told_in_each_direction() {
    let stage = stage().await;
    let mut stream = stage.connects().await.expect("connects");
    stage.has(Trouble::Slow { ms: 60, jitter_ms: 10 });
    let began = Instant::now();
    answers(&mut stream, 1).await;
    assert!(began.elapsed() >= Duration::from_millis(120), "{:?}", began.elapsed());
}

#[tokio::test]
async fn who_is_called_and_not_there_shows_as_a_reset() {
    let port = TcpListener::bind("127.0.0.1:0").await.and_then(|free| free.local_addr()).expect("a port").port();
    let nobody = "127.0.0.1:1".parse().expect("an address");
    let proxies = Proxies::open(&[(LINK, port, nobody)]).await.expect("it listens");
    let mut stream = TcpStream::connect(("127.0.0.1", proxies.port(LINK).expect("a link"))).await.expect("connects");
    ends_by_reset(&mut stream).await;
}
