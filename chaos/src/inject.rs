//! Does to the shop what the plan says, at the time it says, and tells what was really done and what came of it.

use crate::error::{ChaosError, While as _};
use crate::fault::{Fault, Replica, Spell};
use crate::floor::Floor;
use crate::ledger::{Answer, Ask, Entry, Who};
use crate::shop::{Shop, files, name};
use crate::wares;
use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use uuid::Uuid;

/// From SIGSTOP until nothing more is written: what was on its way to the disk is through by then.
const STILL: Duration = Duration::from_millis(30);
/// So long a second process may take to refuse.
const REFUSES_WITHIN: Duration = Duration::from_secs(10);
/// So long a copy may take to be ready: it reads what it missed first, over links that may be slow.
const READY_WITHIN: Duration = Duration::from_secs(6);
/// So long a replica may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// Until a copy that writes must have been noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(5);
/// From one comparison with a peer to the next, with room to spare.
const HEARS_WITHIN: Duration = Duration::from_millis(1_500);
const LOOK: Duration = Duration::from_millis(50);
/// Where libfaketime is, if it is.
const FAKE_CLOCKS: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
];

/// A fault as it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What was done, and when.
    #[serde(flatten)]
    pub spell: Spell,
    /// What came of it.
    pub result: Outcome,
}

/// What came of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It could not be done here, and why; the shop was left alone.
    Skipped(String),
    /// It was begun and did not go as it should, and why.
    Failed(String),
    /// A process that had to refuse or to be noticed was, with these words.
    Noticed(String),
    /// It was not.
    Unnoticed(String),
}

/// Waits until the run has lasted so long, or is broken off.
async fn until(floor: &Floor, ms: u64, stopping: &watch::Receiver<bool>) {
    let mut stopping = stopping.clone();
    tokio::select! {
        () = tokio::time::sleep_until((floor.began + Duration::from_millis(ms)).into()) => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
}

/// Does one thing of the plan; none where the run was broken off before.
pub(crate) async fn does(shop: &Shop, floor: &Floor, spell: Spell, stopping: watch::Receiver<bool>) -> Option<Deed> {
    let is_over = || *stopping.borrow();
    if let Fault::OldData { replica, age_ms } = spell.fault {
        until(floor, spell.from_ms.saturating_sub(age_ms), &stopping).await;
        if is_over() {
            return None;
        }
        if let Err(why) = photographed(shop, replica, &copies(shop, replica)).await {
            return Some(Deed { spell, result: Outcome::Skipped(why.to_string()) });
        }
    }
    until(floor, spell.from_ms, &stopping).await;
    if is_over() {
        return None;
    }
    let from_ms = floor.now_ms();
    let lasts = async { until(floor, spell.to_ms, &stopping).await };
    let result = match &spell.fault {
        Fault::Links { links, trouble } => {
            shop.proxies.trouble(links, Some(*trouble));
            lasts.await;
            shop.proxies.trouble(links, None);
            Ok(Outcome::Done)
        }
        Fault::Kill(replica) => {
            shop.replica(*replica).signal("KILL").await;
            Ok(Outcome::Done)
        }
        Fault::Pause(replica) => {
            shop.replica(*replica).signal("STOP").await;
            lasts.await;
            shop.replica(*replica).signal("CONT").await;
            Ok(Outcome::Done)
        }
        Fault::OldData { replica, .. } => put_back(shop, *replica).await,
        Fault::Twice(replica) => twice(shop, *replica).await,
        Fault::Copied(replica) => copied(shop, floor, *replica).await,
        Fault::FullDisk(replica) => full_disk(shop, *replica, lasts).await,
        Fault::Clock(replica) => clock(shop, *replica, lasts).await,
    };
    let result = result.unwrap_or_else(|why: ChaosError| Outcome::Failed(why.to_string()));
    Some(Deed { spell: Spell { fault: spell.fault, from_ms, to_ms: floor.now_ms() }, result })
}

/// Where a copy of a replica's data is kept.
fn copies(shop: &Shop, replica: Replica) -> PathBuf {
    shop.directory().join("copies").join(replica.as_str())
}

/// Copies a replica's data while it stands still, as a snapshot of its disk would be.
async fn photographed(shop: &Shop, replica: Replica, to: &Path) -> Result<(), ChaosError> {
    shop.replica(replica).signal("STOP").await;
    tokio::time::sleep(STILL).await;
    let done = files::copy(&shop.data_of(replica), to);
    shop.replica(replica).signal("CONT").await;
    done.during(format!("copying the data of {replica}"))
}

async fn put_back(shop: &Shop, replica: Replica) -> Result<Outcome, ChaosError> {
    shop.replica(replica).hold().await;
    let done = files::copy(&copies(shop, replica), &shop.data_of(replica));
    shop.replica(replica).release(Vec::new());
    done.during(format!("putting old data of {replica} back"))?;
    Ok(Outcome::Done)
}

/// A second process on the same data, at another port, so that only the data can be the reason to refuse.
async fn twice(shop: &Shop, replica: Replica) -> Result<Outcome, ChaosError> {
    if !shop.replica(replica).is_running() {
        return Ok(Outcome::Skipped(format!("{replica} was not there to be the first")));
    }
    let mut program = shop.program(replica);
    program.config = elsewhere(shop, replica)?;
    let log = shop.directory().join("twice.log");
    program.log = log.clone();
    drop(std::fs::remove_file(&log));
    let mut second = program.command(replica, &[])?.spawn().during("starting a second process")?;
    let Ok(ended) = tokio::time::timeout(REFUSES_WITHIN, second.wait()).await else {
        drop(second.kill().await);
        return Ok(Outcome::Unnoticed(format!("a second {replica} runs on the same data")));
    };
    let code = ended.during("waiting for a second process")?.code();
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    let words = format!("exit status {code:?}: {}", said.lines().last().unwrap_or_default());
    let refused = code == Some(2) && said.contains("is in use by another process");
    Ok(if refused { Outcome::Noticed(words) } else { Outcome::Unnoticed(words) })
}

/// Who there is as `replica` sees it, but for its own port.
fn elsewhere(shop: &Shop, replica: Replica) -> Result<PathBuf, ChaosError> {
    let (usual, path) = (shop.program(replica).config, shop.directory().join(format!("{replica}-elsewhere.cfg")));
    let text = std::fs::read_to_string(usual).during("reading an env.cfg")?;
    let line = |line: &str| match line.strip_prefix(&format!("{replica}_port=")) {
        Some(_) => format!("{replica}_port={}\n", shop.spare_port()),
        None => format!("{line}\n"),
    };
    std::fs::write(&path, text.lines().map(line).collect::<String>()).during("writing an env.cfg")?;
    Ok(path)
}

/// A copy of the whole data directory, started at another port, writes one entry as the same actor. One of the two must
/// notice and stop; if it is the original, it is started again when the copy is gone.
async fn copied(shop: &Shop, floor: &Floor, replica: Replica) -> Result<Outcome, ChaosError> {
    let before = shop.report(replica, ANSWERS_WITHIN).await.and_then(|report| report.actor);
    let place = shop.directory().join("copied");
    drop(std::fs::remove_dir_all(&place));
    shop.replica(replica).signal("STOP").await;
    tokio::time::sleep(STILL).await;
    let done = copy_everything(shop, replica, &place);
    shop.replica(replica).signal("CONT").await;
    done?;
    let mut program = shop.program(replica);
    program.config = elsewhere(shop, replica)?;
    program.data = place;
    program.log = program.log.with_file_name(format!("{replica}-copied.log"));
    let mut copy = program.command(replica, &[])?.spawn().during("starting the copy")?;
    let wrote = writes(shop, floor, replica).await;
    let noticed = if wrote.is_ok() { noticed(shop, replica, before).await } else { None };
    drop(copy.kill().await);
    if noticed.as_ref().is_none_or(|(stopped, _)| *stopped == Stopped::Original) {
        // As an operator does when the copy is gone: it comes back as somebody else.
        shop.replica(replica).hold().await;
        shop.replica(replica).release(Vec::new());
    }
    wrote?;
    Ok(match noticed {
        Some((Stopped::Original, ms)) => {
            Outcome::Noticed(format!("the original was frozen {ms} ms after the copy wrote"))
        }
        Some((Stopped::Copy, ms)) => Outcome::Noticed(format!("the copy was frozen within {ms} ms, and it alone")),
        None => Outcome::Unnoticed(format!("{replica} and its copy both wrote for {} s", NOTICED_WITHIN.as_secs())),
    })
}

/// Which of two processes that write as the same actor had to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// The peer read an entry of each, and believes neither from then on.
    Original,
    /// The peer had read the original's entries by then, and the copy found out there.
    Copy,
}

/// Waits until one of the two is frozen; returned is also after how many milliseconds.
async fn noticed(shop: &Shop, replica: Replica, before: Option<ActorId>) -> Option<(Stopped, u128)> {
    let (original, copy) = (shop.url(replica), format!("http://127.0.0.1:{}", shop.spare_port()));
    let is_frozen = async |url: &str| {
        let report = shop.report_at(url, ANSWERS_WITHIN).await;
        report.is_some_and(|report| report.frozen.iter().any(|actor| Some(*actor) == before))
    };
    let began = Instant::now();
    let mut copy_is = false;
    while began.elapsed() < NOTICED_WITHIN {
        if is_frozen(&original).await {
            return Some((Stopped::Original, began.elapsed().as_millis()));
        }
        if copy_is {
            return Some((Stopped::Copy, began.elapsed().as_millis()));
        }
        copy_is = is_frozen(&copy).await;
        if copy_is {
            // Where both are stopped, the other one hears of it with its next look at its peer.
            tokio::time::sleep(HEARS_WITHIN).await;
        } else {
            tokio::time::sleep(LOOK).await;
        }
    }
    None
}

fn copy_everything(shop: &Shop, replica: Replica, to: &Path) -> Result<(), ChaosError> {
    let (from, there) = (shop.paths(), cluster::Paths::new(to));
    files::copy(&shop.data_of(replica), &there.replica_dir(&name(replica))).during("copying the data")?;
    let witness = there.witness(&name(replica));
    std::fs::create_dir_all(witness.parent().unwrap_or(to)).during("making a directory")?;
    std::fs::copy(from.witness(&name(replica)), witness).during("copying the witness")?;
    for secret in ["cluster.id", "cluster.token"] {
        std::fs::copy(from.root().join(secret), to.join(secret)).during("copying the secrets")?;
    }
    Ok(())
}

/// Lets the copy write one entry, unless it notices by itself and before: a price at a catalog, since units that it sold would be the original's too; an order
/// at an order replica, which sells nothing by itself.
async fn writes(shop: &Shop, floor: &Floor, replica: Replica) -> Result<(), ChaosError> {
    let url = format!("http://127.0.0.1:{}", shop.spare_port());
    let began = Instant::now();
    loop {
        match shop.report_at(&url, ANSWERS_WITHIN).await {
            Some(report) if report.ready => break,
            // It has read entries of its own that it did not write, and stopped before it wrote any.
            Some(report) if report.actor.is_some_and(|me| report.frozen.contains(&me)) => return Ok(()),
            _ => {}
        }
        if began.elapsed() > READY_WITHIN {
            return Err(ChaosError::new("the copy was not ready in time"));
        }
        tokio::time::sleep(LOOK).await;
    }
    let token = shop.secrets.token.expose();
    if Replica::CATALOGS.contains(&replica) {
        let price = serde_json::json!({"cost": 13});
        let request = shop.http.put(format!("{url}/item/{}", wares::OF_COPIES)).bearer_auth(token).json(&price);
        let answer = request.timeout(ANSWERS_WITHIN).send().await.and_then(reqwest::Response::error_for_status);
        return answer.map(drop).during("changing a price at the copy");
    }
    let (item, key, at_ms) = (wares::OF_COPIES, Uuid::new_v4(), floor.now_ms());
    let request = shop.http.post(format!("{url}/buy/{item}")).header("Idempotency-Key", key.to_string());
    let answer = request.bearer_auth(token).timeout(ANSWERS_WITHIN).send().await;
    let says = "whatever the copy said, it may have happened".to_owned();
    let (ask, answer_is) = (Ask::Buy { item, quantity: 1, key }, Answer::Silence { says });
    floor.ledger.write(Entry { who: Who::Operator, of: replica, at_ms, took_ms: 0, ask, answer: answer_is });
    answer.and_then(reqwest::Response::error_for_status).map(drop).during("buying at the copy")
}

/// Fills the replica's own small disk where it has one; else its database may grow no more.
async fn full_disk(shop: &Shop, replica: Replica, lasts: impl Future<Output = ()>) -> Result<Outcome, ChaosError> {
    if let Some(disk) = shop.disk_of(replica) {
        disk.fill().during("filling a disk")?;
        lasts.await;
        disk.free().during("making room on a disk")?;
        return Ok(Outcome::Done);
    }
    shop.replica(replica).hold().await;
    #[expect(clippy::cast_precision_loss, reason = "a database of a run is far below 2^52 bytes")]
    let mib = files::size(&shop.data_of(replica)) as f64 / 1_048_576.0;
    shop.replica(replica).release(vec![("MOST_DATA_MIB".to_owned(), format!("{mib:.6}"))]);
    lasts.await;
    shop.replica(replica).hold().await;
    shop.replica(replica).release(Vec::new());
    Ok(Outcome::Done)
}

async fn clock(shop: &Shop, replica: Replica, lasts: impl Future<Output = ()>) -> Result<Outcome, ChaosError> {
    let Some(library) = FAKE_CLOCKS.into_iter().find(|path| Path::new(path).exists()) else {
        return Ok(Outcome::Skipped("libfaketime is not installed".to_owned()));
    };
    let settings = [
        ("LD_PRELOAD", library),
        ("FAKETIME", "+1h"),
        // Deadlines are measured with the other clock, which a wrong time of day does not touch.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    shop.replica(replica).hold().await;
    shop.replica(replica).release(settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    lasts.await;
    shop.replica(replica).hold().await;
    shop.replica(replica).release(Vec::new());
    Ok(Outcome::Done)
}
