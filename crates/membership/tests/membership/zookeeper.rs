//! Members, and what they see of each other, with a real ZooKeeper that is killed, paused and filled with rubbish.
//!
//! Each test has a server of its own, and is skipped, with a line on stderr, where none is installed. What a server does
//! that is none at all is in `liar.rs`.

use crate::server::{self, PATIENCE, SESSION, stranger};
use crate::tier::{self, DIRECTORY, member, observer, there, until_old, until_there};
use membership::{Membership, Source};
use std::time::{Duration, Instant};
use tests::{Process, ZooKeeper};
use tokio::time::timeout;
use zookeeper_client::{Acls, Client, CreateMode, CreateOptions};

/// A session that no test outlives: what is seen to go in time did not wait for its end.
const LONG: Duration = Duration::from_secs(50);
const EPHEMERAL: CreateOptions<'static> = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
const PERSISTENT: CreateOptions<'static> = CreateMode::Persistent.with_acls(Acls::anyone_all());

/// The session that holds the node of orderA in its first start.
async fn owner(stranger: &Client) -> Option<i64> {
    let stat = stranger.check_stat(&format!("{DIRECTORY}/orderA-0000000000000001")).await.expect("an answer");
    stat.map(|stat| stat.ephemeral_owner)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_see_each_other_and_one_that_closes_is_gone_without_waiting_for_its_session() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    let b = Membership::start(member(&at, LONG, "orderB", 2));
    let watching = Membership::start(observer(&at, LONG));
    for everyone in [&a, &b, &watching] {
        let view = until_there(everyone, &["orderA 01", "orderB 02"]).await;
        assert_eq!((view.source, view.others.len()), (Source::ZooKeeper, 1));
    }
    b.close().await;
    until_there(&a, &["orderA 01"]).await;
    until_there(&watching, &["orderA 01"]).await;
    a.close().await;
    let view = until_there(&watching, &[]).await;
    let asked: Vec<&str> = view.in_order().map(|member| member.name.as_str()).collect();
    assert_eq!(asked, ["orderA", "orderB", "orderC"], "an empty list forgets nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_dropped_is_gone_too() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    let b = Membership::start(member(&at, LONG, "orderB", 2));
    until_there(&a, &["orderA 01", "orderB 02"]).await;
    drop(b);
    until_there(&a, &["orderA 01"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_passed_over_for_one_that_is_up() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = format!("127.0.0.1:{},[::1]:{},{}", server::free_port(), server::free_port(), zookeeper.address());
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    until_there(&a, &["orderA 01"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zookeeper_that_is_killed_costs_news_and_nothing_else() {
    let Some(mut zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    let b = Membership::start(member(&at, LONG, "orderB", 2));
    let before = until_there(&a, &["orderA 01", "orderB 02"]).await;
    zookeeper.kill();
    let old = until_old(&a).await;
    assert_eq!((there(&old), old.since_ms), (there(&before), before.since_ms));
    zookeeper.restart().await;
    until_there(&a, &["orderA 01", "orderB 02"]).await;
    until_there(&b, &["orderA 01", "orderB 02"]).await;
    b.close().await;
    until_there(&a, &["orderA 01"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zookeeper_that_hangs_longer_than_a_session_gets_a_new_one_with_the_member_in_it() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, SESSION, "orderA", 1));
    let b = Membership::start(member(&at, SESSION, "orderB", 2));
    let before = until_there(&a, &["orderA 01", "orderB 02"]).await;
    let first = owner(&stranger(&zookeeper).await).await.expect("orderA is registered");
    zookeeper.pause();
    until_old(&a).await;
    // The time itself is what has to pass: the client gives a session up after 7/5 of it.
    tokio::time::sleep(SESSION * 2).await;
    let view = a.view();
    assert_eq!((there(&view), view.since_ms, view.healthy), (there(&before), before.since_ms, false));
    zookeeper.resume();
    until_there(&a, &["orderA 01", "orderB 02"]).await;
    until_there(&b, &["orderA 01", "orderB 02"]).await;
    let stranger = stranger(&zookeeper).await;
    let again = timeout(PATIENCE, async {
        // The old node may still be there when the server has not seen the end of its session yet.
        loop {
            match owner(&stranger).await {
                Some(session) if session != first => return session,
                _ => tokio::task::yield_now().await,
            }
        }
    });
    assert_ne!(again.await.expect("in time"), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_hangs_leaves_the_list_and_comes_back_and_one_that_is_killed_leaves_it() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, SESSION, "orderA", 1));
    let mut b = start_process(&at, "orderB", 2);
    until_there(&a, &["orderA 01", "orderB 02"]).await;
    b.signal("STOP");
    until_there(&a, &["orderA 01"]).await;
    b.signal("CONT");
    until_there(&a, &["orderA 01", "orderB 02"]).await;
    b.kill();
    until_there(&a, &["orderA 01"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_earlier_starts_do_no_harm() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let earlier = stranger(&zookeeper).await;
    earlier.mkdir(DIRECTORY, &PERSISTENT).await.expect("made");
    let data = br#"{"address":"127.0.0.1","port":8021}"#;
    // Of another start, and of this one: as after a session that nobody knows to be gone.
    for name in ["orderA-0000000000000099", "orderA-0000000000000001"] {
        earlier.create(&format!("{DIRECTORY}/{name}"), data, &EPHEMERAL).await.expect("made");
    }
    let watching = Membership::start(observer(&at, LONG));
    until_there(&watching, &["orderA 01"]).await;
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    until_there(&a, &["orderA 01"]).await;
    let own = owner(&earlier).await.expect("orderA is registered");
    assert_ne!(own, earlier.session_id().0, "a node of another session would go with that");
    drop(earlier);
    let stranger = stranger(&zookeeper).await;
    let gone = async {
        while stranger.list_children(DIRECTORY).await.expect("a list") != ["orderA-0000000000000001"] {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the earlier session ends, and only what is its own goes with it");
    assert_eq!(there(&a.view()), ["orderA 01"]);
    assert_eq!(there(&watching.view()), ["orderA 01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_in_the_tree_is_passed_over() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    until_there(&a, &["orderA 01"]).await;
    let stranger = stranger(&zookeeper).await;
    let put = async |name: &str, data: &[u8], options: &CreateOptions<'_>| {
        stranger.create(&format!("{DIRECTORY}/{name}"), data, options).await.expect("made");
    };
    let good = br#"{"address":"127.0.0.1","port":8023}"#;
    put("x", b"", &PERSISTENT).await;
    put("<b>orderC", b"", &PERSISTENT).await;
    put(&"y".repeat(5000), b"", &PERSISTENT).await;
    put("orderC", good, &EPHEMERAL).await;
    put("orderC-", good, &EPHEMERAL).await;
    put("orderC-0000000000000003", good, &PERSISTENT).await;
    put("orderC-0000000000000004", b"\xff{", &EPHEMERAL).await;
    put("orderC-0000000000000005", &vec![b' '; 500_000], &EPHEMERAL).await;
    put("orderC-0000000000000006", br#"{"address":"10.0.0.1","port":8023}"#, &EPHEMERAL).await;
    put("orderC-0000000000000007", br#"{"address":"127.0.0.1","port":1}"#, &EPHEMERAL).await;
    put("orderZ-0000000000000008", good, &EPHEMERAL).await;
    put("catalogA-0000000000000009", br#"{"address":"127.0.0.1","port":8011}"#, &EPHEMERAL).await;
    put("orderB-000000000000000b", br#"{"address":"127.0.0.1","port":8022}"#, &EPHEMERAL).await;
    // Whoever sees the last, which is good, has seen all the others.
    let view = until_there(&a, &["orderA 01", "orderB 0b"]).await;
    assert_eq!(view.others.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["orderC"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_too_many_nodes_is_not_read_and_the_list_stays() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    let before = until_there(&a, &["orderA 01"]).await;
    let stranger = stranger(&zookeeper).await;
    for part in 0..11 {
        let mut flood = stranger.new_multi_writer();
        for number in 0..100 {
            flood.add_create(&format!("{DIRECTORY}/flood-{part}-{number}"), b"", &EPHEMERAL).expect("a request");
        }
        flood.commit().await.expect("made");
    }
    let old = until_old(&a).await;
    assert_eq!((there(&old), old.since_ms), (there(&before), before.since_ms));
    drop(stranger);
    until_there(&a, &["orderA 01"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_and_a_directory_that_somebody_removes_are_made_again() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    let stranger = stranger(&zookeeper).await;
    until_there(&a, &["orderA 01"]).await;
    let node = format!("{DIRECTORY}/orderA-0000000000000001");
    for _ in 0..3 {
        stranger.delete(&node, None).await.expect("removed");
        let back = async {
            while stranger.check_stat(&node).await.expect("an answer").is_none() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, back).await.expect("it is made again");
    }
    until_there(&a, &["orderA 01"]).await;
    let mut both = stranger.new_multi_writer();
    both.add_delete(&node, None).expect("a request");
    both.add_delete(DIRECTORY, None).expect("a request");
    both.commit().await.expect("removed");
    let back = async {
        while stranger.check_stat(&node).await.expect("an answer").is_none() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, back).await.expect("both are made again");
    until_there(&a, &["orderA 01"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_zookeeper_has_the_last_list() {
    let Some(mut zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("membership.json");
    let a = Membership::start(member(&at, LONG, "orderA", 1).remembering(file.clone()));
    let b = Membership::start(member(&at, LONG, "orderB", 2));
    let before = until_there(&a, &["orderA 01", "orderB 02"]).await;
    zookeeper.kill();
    until_old(&a).await;
    a.close().await;
    let a = Membership::start(member(&at, LONG, "orderA", 3).remembering(file));
    let remembered = a.view();
    assert_eq!((there(&remembered), remembered.source), (there(&before), Source::Remembered));
    assert!(!remembered.healthy);
    zookeeper.restart().await;
    until_there(&a, &["orderA 03", "orderB 02"]).await;
    b.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_waits_for_a_zookeeper_that_hangs_no_longer_than_for_any_answer() {
    let Some(zookeeper) = ZooKeeper::start().await else { return };
    let at = zookeeper.address();
    let a = Membership::start(member(&at, LONG, "orderA", 1));
    until_there(&a, &["orderA 01"]).await;
    zookeeper.pause();
    let begin = Instant::now();
    a.close().await;
    let took = begin.elapsed();
    assert!(took < tier::pace(LONG).answer * 4, "{took:?}");
    zookeeper.resume();
}

/// A member in a process of its own: this program, running only [`member_process`].
fn start_process(zookeeper: &str, name: &str, boot: u64) -> Process {
    let program = std::env::current_exe().expect("the path of this program");
    let mut command = std::process::Command::new(program);
    command.args(["--exact", "zookeeper::member_process", "--ignored", "--nocapture"]);
    command.env("MEMBER", format!("{zookeeper} {name} {boot}"));
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    Process::of(&mut command).expect("this program starts")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "not a test but a member, which the tests start in a process of its own"]
async fn member_process() {
    let said = std::env::var("MEMBER").expect("MEMBER is set by the test that starts this process");
    let words: Vec<&str> = said.split(' ').collect();
    let boot = words[2].parse().expect("a number");
    let membership = Membership::start(member(words[0], SESSION, words[1], boot));
    // Until the test is gone, whatever became of it.
    let waiting = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    waiting.await.expect("no panic").expect("the end of the input");
    membership.close().await;
}
