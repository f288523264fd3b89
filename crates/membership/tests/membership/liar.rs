//! Something that is no ZooKeeper at its address: nothing, silence, noise, and answers that no ZooKeeper gives.
//!
//! Whatever it is, it costs news and nothing else: the view stays, nobody waits, and it is tried again. What a real
//! server does is in `zookeeper.rs`.

use crate::server::PATIENCE;
use crate::tier::{self, CLUSTER, member, there};
use membership::{Membership, Source, View};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

/// A session that a test can see the end of.
const SESSION: Duration = Duration::from_millis(400);
/// The numbers of the requests that are answered specially.
const CREATE: [i32; 2] = [1, 15];
const EXISTS: i32 = 3;
const GET_DATA: i32 = 4;
const LIST: i32 = 8;
/// The session that every client gets.
const LIARS_SESSION: i64 = 42;

#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Takes connections and says nothing.
    Silent,
    /// Closes every connection at once.
    HangsUp,
    /// Speaks another protocol.
    Http,
    /// Announces more than it sends.
    Endless,
    /// Opens sessions and answers nothing after that.
    Forgetful,
    /// Opens sessions, and answers every request with success and nothing in it.
    Empty,
    /// Opens sessions and lists a member, whose node then has less in it than any node.
    Short,
}

/// What pretends to be a server; it ends with this value.
struct Liar {
    address: String,
    connections: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Liar {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let connections = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&connections);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                counting.fetch_add(1, Ordering::Relaxed);
                // That the other end hangs up is how most of them end.
                talks.spawn(async move { drop(talk(stream, manner).await) });
            }
        });
        Self { address, connections, _task: task }
    }

    async fn until_tried(&self, times: usize) {
        let mut looks = interval(Duration::from_millis(5));
        let tried = async {
            while self.connections.load(Ordering::Relaxed) < times {
                looks.tick().await;
            }
        };
        timeout(PATIENCE, tried).await.expect("it is tried again in time");
    }
}

async fn talk(mut stream: TcpStream, manner: Manner) -> io::Result<()> {
    match manner {
        Manner::HangsUp => return Ok(()),
        Manner::Http => stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await?,
        Manner::Endless => {
            stream.write_all(&i32::MAX.to_be_bytes()).await?;
            stream.write_all(&vec![0x5a; 100_000]).await?;
        }
        Manner::Silent => {}
        Manner::Forgetful | Manner::Empty | Manner::Short => {
            frame(&mut stream).await?;
            let opened = [&[0; 4], &2000_i32.to_be_bytes()[..], &LIARS_SESSION.to_be_bytes(), &16_i32.to_be_bytes()];
            send(&mut stream, &[opened.concat(), vec![0; 17]].concat()).await?;
        }
    }
    loop {
        let request = frame(&mut stream).await?;
        let number = |at: usize| i32::from_be_bytes(request[at..at + 4].try_into().expect("four bytes"));
        let answer = match manner {
            Manner::Empty => Some((0, Vec::new())),
            Manner::Short => Some(short_answer(number(4))),
            _ => None,
        };
        if let Some((error, body)) = answer {
            let head = [&number(0).to_be_bytes()[..], &[0; 8], &i32::to_be_bytes(error)];
            send(&mut stream, &[head.concat(), body].concat()).await?;
        }
    }
}

/// The error and the body with which [`Manner::Short`] answers a request of this kind.
fn short_answer(request: i32) -> (i32, Vec<u8>) {
    let name = b"orderC-0000000000000003";
    match request {
        kind if CREATE.contains(&kind) => (-110, Vec::new()),
        EXISTS => {
            let owner = [&[0; 44], &LIARS_SESSION.to_be_bytes()[..]].concat();
            let (length, children) = (10_i32.to_be_bytes(), 1_i32.to_be_bytes());
            (0, [&owner, &length[..], &children, &[0; 8]].concat())
        }
        LIST => (0, [&1_i32.to_be_bytes(), &23_i32.to_be_bytes()[..], name].concat()),
        GET_DATA => (0, vec![0; 7]),
        _ => (0, Vec::new()),
    }
}

/// One frame: its length, and so many bytes.
async fn frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = usize::try_from(stream.read_i32().await?).unwrap_or_default().max(8);
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let length = i32::try_from(bytes.len()).expect("short");
    stream.write_all(&[&length.to_be_bytes()[..], bytes].concat()).await
}

/// A list that an earlier run kept: orderB alone.
fn remembered() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("membership.json");
    let entry = r#"{"name":"orderB","address":"127.0.0.1","port":8022,"boot":"0000000000000002"}"#;
    let list = format!(r#"{{"cluster":"{CLUSTER}","since_ms":7,"members":[{entry}]}}"#);
    std::fs::write(&file, list).expect("the file is written");
    (directory, file)
}

fn start(address: &str) -> (TempDir, Membership, View) {
    let (directory, file) = remembered();
    let a = Membership::start(member(address, SESSION, "orderA", 1).remembering(file));
    let first = a.view();
    assert_eq!((there(&first), first.source), (vec!["orderB 02".to_owned()], Source::Remembered));
    (directory, a, first)
}

/// The view stays as it was through several tries, and closing doesn't wait long.
async fn costs_nothing_but_news(manner: Manner) {
    let liar = Liar::start(manner).await;
    let (_directory, a, first) = start(&liar.address);
    liar.until_tried(4).await;
    assert_eq!(a.view(), first, "{manner:?}");
    let begin = Instant::now();
    a.close().await;
    assert!(begin.elapsed() < tier::pace(SESSION).answer * 4, "{manner:?}: {:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_costs_nothing_but_news() {
    costs_nothing_but_news(Manner::Silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_connection_costs_nothing_but_news() {
    costs_nothing_but_news(Manner::HangsUp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_protocol_costs_nothing_but_news() {
    costs_nothing_but_news(Manner::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_ends_costs_nothing_but_news() {
    costs_nothing_but_news(Manner::Endless).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_which_nothing_is_answered_costs_nothing_but_news() {
    costs_nothing_but_news(Manner::Forgetful).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_answers_cost_nothing_but_news() {
    costs_nothing_but_news(Manner::Empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_over_which_the_client_library_panics_cost_nothing_but_news() {
    costs_nothing_but_news(Manner::Short).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_address_costs_nothing_but_news() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let (_directory, a, first) = start(&address);
    // Many times as long as a first try takes.
    tokio::time::sleep(SESSION).await;
    assert_eq!(a.view(), first);
    a.close().await;
}

#[tokio::test]
async fn a_static_membership_names_everyone_for_ever_and_asks_nobody() {
    let roster = tier::roster("127.0.0.1:1");
    let text = roster.members().iter().map(|one| format!("{0}_ip={1}\n{0}_port={2}\n", one.name, one.ip, one.port));
    let text: String = text.collect();
    let roster = cluster::Roster::parse(&text, "env.cfg".as_ref()).expect("no mistakes");
    let cluster = CLUSTER.parse().expect("an id");
    let settings = membership::Settings::new(&roster, cluster::Tier::Order, cluster, || 5);
    let stranger = settings.clone().registering(&"orderZ".parse().expect("a name"), membership::BootId::from_bits(1));
    assert_eq!(stranger.expect_err("not in env.cfg").to_string(), "orderZ is not among the order replicas of env.cfg");
    let static_one = Membership::start(settings);
    let view = static_one.view();
    assert_eq!((there(&view).join(" "), view.others.len()), ("orderA orderB orderC".to_owned(), 0));
    assert_eq!((view.source, view.since_ms, view.healthy), (Source::EnvCfg, 5, true));
    static_one.close().await;
}
