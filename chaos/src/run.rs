//! One run, from its plan to its outcome.

use crate::closing::{Agreement, Closing};
use crate::customer::{CUSTOMERS, restocks, shops};
use crate::error::{ChaosError, While as _};
use crate::fault::{Replica, Spell};
use crate::floor::Floor;
use crate::inject::{Deed, does};
use crate::judge::{Case, Verdict, judge};
use crate::ledger::{Answer, Ask, Entry, Ledger};
use crate::lists::{ListAnswer, ListEntry, writer};
use crate::outcome::{ListTally, Outcome, Tally, absences, timeline};
use crate::shop::Shop;
use crate::watch::{Looks, Progress, feels_the_pulse, says, tells, watches};
use crate::{schedule, wares};
use client::outcome::Check;
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Until a new shop is ready and its stock is spread.
const OPENS_WITHIN: Duration = Duration::from_secs(40);
const LOOK: Duration = Duration::from_millis(100);

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of everything that is chosen.
    pub seed: u64,
    /// How long customers are before the shop.
    pub length: Duration,
    /// Where the programs of the shop are.
    pub programs: PathBuf,
    /// Where the ledger and the logs are written.
    pub report: PathBuf,
}

/// Opens a shop, lets customers and faults loose on it, and judges what came of it; `interrupted` ends it early.
///
/// # Errors
/// When the shop can't be opened, or a file can't be written. What goes wrong later is in the outcome.
pub async fn run(
    plan: &Plan,
    progress: Progress,
    interrupted: impl Future<Output = ()>,
) -> Result<Outcome, ChaosError> {
    let logs = plan.report.join("logs");
    drop(std::fs::remove_dir_all(&logs));
    std::fs::create_dir_all(&logs).during(format!("making {}", logs.display()))?;
    let ledger = Arc::new(Ledger::open(&plan.report.join("ledger.jsonl")).during("opening the ledger")?);
    let lists = Arc::new(Ledger::open(&plan.report.join("lists.jsonl")).during("opening the ledger of lists")?);
    let length_ms = u64::try_from(plan.length.as_millis()).unwrap_or(u64::MAX);
    let spells = schedule::plan(plan.seed, length_ms);
    says(progress, &format!("seed {}: {} faults in {} s", plan.seed, spells.len(), plan.length.as_secs()));
    let stock = wares::stock(CUSTOMERS);
    let shop = Shop::open(&plan.programs, &logs, &stock).await?;
    is_open(&shop).await?;
    let began_ms = client::now_ms();
    let acted = acts(&shop, plan, progress, (ledger, lists), &spells, interrupted).await?;
    says(progress, "everything is mended and the customers are gone: do all replicas agree?");
    let outcome = judged(&shop, plan, acted, stock, began_ms).await;
    shop.close().await;
    Ok(outcome)
}

/// Waits until all replicas are ready and both catalogs have units.
async fn is_open(shop: &Shop) -> Result<(), ChaosError> {
    let began = Instant::now();
    loop {
        let reports = futures::future::join_all(Replica::ALL.map(|replica| shop.report(replica, LOOK * 10))).await;
        let is_ready = |(replica, report): (Replica, Option<_>)| {
            report.is_some_and(|report: crate::closing::Report| {
                report.ready && (report.units_held > 0 || !Replica::CATALOGS.contains(&replica))
            })
        };
        let missing: Vec<_> = Replica::ALL.into_iter().zip(reports).filter(|one| !is_ready(one.clone())).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if began.elapsed() > OPENS_WITHIN {
            let names: Vec<&str> = missing.iter().map(|(replica, _)| replica.as_str()).collect();
            return Err(ChaosError::new(format!("the shop did not open: {} not ready", names.join(", "))));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What happened while customers were before the shop.
struct Acted {
    floor: Floor,
    entries: Vec<Entry>,
    lists: Vec<ListEntry>,
    deeds: Vec<Deed>,
    looks: Vec<(u64, BTreeSet<Replica>)>,
    stalled: BTreeSet<usize>,
    lasted_ms: u64,
    mended_ms: u64,
}

async fn acts(
    shop: &Shop,
    plan: &Plan,
    progress: Progress,
    ledgers: (Arc<Ledger<Entry>>, Arc<Ledger<ListEntry>>),
    spells: &[Spell],
    interrupted: impl Future<Output = ()>,
) -> Result<Acted, ChaosError> {
    let ((close, closing), (sold_out, empty)) = (watch::channel(false), mpsc::unbounded_channel());
    let floor = Floor::new(shop, ledgers, closing, sold_out);
    let (looks, stalled, deeds) = (Looks::default(), Mutex::default(), Mutex::new(Vec::new()));
    let (break_off, over) = watch::channel(false);
    let mut people = JoinSet::new();
    for number in 0..CUSTOMERS {
        people.spawn(shops(floor.clone(), number, plan.seed));
    }
    people.spawn(restocks(floor.clone(), empty, plan.seed));
    for writer in writer::all(&floor, plan.seed) {
        people.spawn(writer);
    }
    let faults = async {
        let mut doing: FuturesUnordered<_> =
            spells.iter().map(|spell| does(shop, &floor, spell.clone(), over.clone())).collect();
        while let Some(deed) = doing.next().await {
            deeds.lock().unwrap_or_else(PoisonError::into_inner).extend(deed);
        }
    };
    let acts = async {
        let ends = async {
            tokio::select! {
                () = interrupted => {}
                () = tokio::time::sleep_until((floor.began + plan.length).into()) => {}
            }
            let lasted_ms = floor.now_ms();
            break_off.send_replace(true);
            lasted_ms
        };
        let (lasted_ms, ()) = tokio::join!(ends, faults);
        shop.proxies.mend();
        close.send_replace(true);
        while let Some(done) = people.join_next().await {
            done.during("playing a customer")??;
        }
        Ok::<_, ChaosError>(lasted_ms)
    };
    let lasted_ms = tokio::select! {
        lasted_ms = acts => lasted_ms?,
        () = watches(shop, &floor, &looks) => unreachable!("it watches for ever"),
        () = feels_the_pulse(&floor, &stalled) => unreachable!("it feels for ever"),
        () = tells(progress, &floor, spells, &looks) => unreachable!("it tells for ever"),
    };
    let mut deeds = deeds.into_inner().unwrap_or_else(PoisonError::into_inner);
    deeds.sort_by_key(|deed: &Deed| deed.spell.from_ms);
    let (entries, lists, mended_ms) = (floor.ledger.close(), floor.lists.close(), floor.now_ms());
    let looks = looks.into_inner().unwrap_or_else(PoisonError::into_inner);
    let stalled = stalled.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Acted { floor, entries, lists, deeds, looks, stalled, lasted_ms, mended_ms })
}

async fn judged(shop: &Shop, plan: &Plan, acted: Acted, stock: BTreeMap<u32, u64>, began_ms: u64) -> Outcome {
    let Acted { floor, entries, lists, deeds, looks, stalled, lasted_ms, mended_ms } = acted;
    let agreement = shop.agreement(mended_ms, || floor.now_ms()).await;
    let closing = shop.closing(stock, agreement.clone(), &told(&entries), &made(&lists)).await;
    let seconds = usize::try_from(lasted_ms / 1000).unwrap_or(0);
    let mut tally = Tally::default();
    for entry in &entries {
        tally.add(entry);
    }
    let mut of_lists = ListTally::default();
    for entry in &lists {
        of_lists.add(entry);
    }
    let timeline = timeline(&entries, seconds);
    let mut verdict = match closing {
        Ok(closing) => verdict(shop, closing, (entries, lists), &deeds, seconds, stalled),
        Err(why) => silent(&why, &agreement),
    };
    let refused = Replica::ALL.into_iter().filter_map(|at| Some(format!("{at}: {}", shop.replica(at).refused()?)));
    let refused: Vec<String> = refused.collect();
    let starts: u32 = Replica::ALL.into_iter().map(|at| shop.replica(at).starts()).sum();
    let detail = if refused.is_empty() { format!("{starts} starts") } else { refused.join("; ") };
    let says = "every replica starts again, whatever happened to it".to_owned();
    verdict.checks.push(Check { says, held: refused.is_empty(), detail });
    #[expect(clippy::cast_precision_loss, reason = "a run is far shorter than 2^52 milliseconds")]
    let seconds = lasted_ms as f64 / 1000.0;
    let broken_off = Duration::from_millis(lasted_ms) < plan.length;
    let absences = absences(&looks);
    let planned_s = plan.length.as_secs_f64();
    Outcome {
        seed: plan.seed,
        began_ms,
        planned_s,
        seconds,
        broken_off,
        timeline,
        deeds,
        absences,
        tally,
        lists: of_lists,
        agreement,
        verdict,
    }
}

fn verdict(
    shop: &Shop,
    closing: Closing,
    (entries, lists): (Vec<Entry>, Vec<ListEntry>),
    deeds: &[Deed],
    seconds: usize,
    stalled: BTreeSet<usize>,
) -> Verdict {
    let namespace = wire::ids::shop_namespace(shop.secrets.token.expose());
    let stalled = stalled.into_iter().filter(|second| *second < seconds).collect();
    judge(&Case { entries, lists, deeds: deeds.to_vec(), closing, namespace, seconds, stalled })
}

/// A shop that can't be asked any more has not kept its word, as far as anybody knows.
fn silent(why: &ChaosError, agreement: &Agreement) -> Verdict {
    let says = "the shop can be asked what it has when everything is mended".to_owned();
    let detail = format!("{why} {}", agreement.differs);
    Verdict { checks: vec![Check { says, held: false, detail }], counts: Vec::new() }
}

/// The numbers that buyers were told, and of which orders.
fn told(entries: &[Entry]) -> BTreeMap<u64, Uuid> {
    let told = entries.iter().filter_map(|entry| match (&entry.ask, &entry.answer) {
        (Ask::Buy { .. }, Answer::Bought { uuid, number, .. }) => Some((*number, *uuid)),
        _ => None,
    });
    told.collect()
}

/// The lists that anybody was told of.
fn made(lists: &[ListEntry]) -> BTreeSet<Uuid> {
    let made = lists.iter().filter_map(|entry| match entry.answer {
        ListAnswer::Stored { list, .. } => Some(list),
        _ => None,
    });
    made.collect()
}
