//! `catalog import`: checks the whole file first, then brings it into the running shop, batch by batch.

use super::csv_file::{BadRow, Rows};
use cluster::Member;
use indicatif::{ProgressBar, ProgressStyle};
use journal::ActorId;
use replica::HeadsReport;
use serve::command_line::{Fatal, Place};
use serve::{CallError, Caller};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, Instant};
use stock::command::{NewBook, Shelved};
use wire::{ItemId, home};

/// Books a call: one commit each.
const BATCH: usize = 1000;
/// Bad rows that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;
const DEADLINE: Duration = Duration::from_secs(20);
/// How long the replicas may take to read each other's part.
const SETTLING: Duration = Duration::from_secs(15);

/// What an import did.
#[derive(Default)]
struct Tally {
    added: u64,
    changed: u64,
    recounted: u64,
    skipped: u64,
    not_counted: Vec<String>,
}

pub(crate) async fn import(places: &[Place], file: &Path, skip_bad: bool) -> Result<(), Fatal> {
    let (good, bad) = check(file)?;
    if bad > 0 && !skip_bad {
        let message = format!(
            "{} has {bad} bad rows and {good} good ones; nothing was imported. Mend them, or import the good ones with \
             --skip-bad",
            file.display()
        );
        return Err(Fatal::Failed(message));
    }
    let shop = Shop::reach(places).await?;
    let mut tally = Tally { skipped: bad, ..Tally::default() };
    let bar = bar(good, "importing", "{pos}/{len} books  {per_sec}");
    let mut batches: BTreeMap<&str, (&Member, Vec<NewBook>)> = BTreeMap::new();
    for book in rows(file)?.flatten() {
        let home = shop.home_of(book.id);
        let (_, batch) = batches.entry(home.name.as_str()).or_insert_with(|| (home, Vec::with_capacity(BATCH)));
        batch.push(book);
        if batch.len() == BATCH {
            shop.send(home, std::mem::take(batch), &mut tally, &bar).await?;
        }
    }
    for (home, batch) in batches.into_values() {
        shop.send(home, batch, &mut tally, &bar).await?;
    }
    shop.until_everyone_has_it().await;
    bar.finish_and_clear();
    let Tally { added, changed, recounted, skipped, not_counted } = tally;
    println!("{added} books added, {changed} changed, {recounted} counted anew, {skipped} bad rows skipped.");
    for why in &not_counted {
        eprintln!("not counted: {why}");
    }
    if not_counted.is_empty() {
        Ok(())
    } else {
        Err(Fatal::Failed(format!("{} books could not be counted; import the file again", not_counted.len())))
    }
}

fn rows(file: &Path) -> Result<Rows<BufReader<File>>, Fatal> {
    let opened = File::open(file).map_err(|error| Fatal::Failed(format!("{}: {error}", file.display())))?;
    Rows::open(BufReader::new(opened)).map_err(|bad| Fatal::Failed(format!("{}: {bad}", file.display())))
}

/// Reads the whole file and shows what is wrong with it; returns how many rows are good and bad.
fn check(file: &Path) -> Result<(u64, u64), Fatal> {
    let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let bar = bar(length, "checking", "{bytes}/{total_bytes}");
    let (mut good, mut bad) = (0, 0);
    let mut rows = rows(file)?;
    while let Some(row) = rows.next() {
        match row {
            Ok(_) => good += 1,
            Err(row) => {
                bad += 1;
                show(&bar, file, &row, bad);
            }
        }
        if (good + bad) % 1000 == 0 {
            bar.set_position(rows.bytes());
        }
    }
    bar.finish_and_clear();
    if bad > MOST_SHOWN as u64 {
        eprintln!("… and {} more", bad - MOST_SHOWN as u64);
    }
    Ok((good, bad))
}

fn show(bar: &ProgressBar, file: &Path, row: &BadRow, bad: u64) {
    if bad <= MOST_SHOWN as u64 {
        bar.suspend(|| eprintln!("{}: {row}", file.display()));
    }
}

/// A bar on a terminal; nothing where the output goes to a file.
fn bar(length: u64, what: &'static str, numbers: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{msg}} [{{bar:30}}] {numbers}  {{eta}} left"));
    ProgressBar::new(length).with_message(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The running shop: every catalog replica, since a new book's units are brought in by its home alone.
struct Shop<'a> {
    members: Vec<&'a Member>,
    caller: Caller,
}

impl<'a> Shop<'a> {
    async fn reach(places: &'a [Place]) -> Result<Self, Fatal> {
        let none = || Fatal::Usage("there is no catalog replica".into());
        let first = places.first().ok_or_else(none)?;
        let caller = Caller::new(&first.secrets, &first.member.name);
        for Place { member, .. } in places {
            let ready: Result<serde_json::Value, _> = caller.get(member, "/readyz", Duration::from_secs(1)).await;
            if let Err(error) = ready {
                let detail = "every catalog replica must be up for an import; start the shop with ./runme.sh up";
                return Err(Fatal::Failed(format!("{error}; {detail}")));
            }
        }
        Ok(Self { members: places.iter().map(|place| &place.member).collect(), caller })
    }

    fn home_of(&self, item: ItemId) -> &'a Member {
        let mut members = self.members.clone();
        home::rank(&item.key(), &mut members, |member| member.name.as_str());
        members[0]
    }

    async fn send(&self, to: &Member, batch: Vec<NewBook>, tally: &mut Tally, bar: &ProgressBar) -> Result<(), Fatal> {
        if batch.is_empty() {
            return Ok(());
        }
        // Sent again it changes nothing, so a broken connection is no reason to give up at once.
        let mut answer = self.post(to, &batch).await;
        for _ in 0..3 {
            if !answer.as_ref().is_err_and(CallError::worth_another_replica) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            answer = self.post(to, &batch).await;
        }
        let Shelved { added, changed, recount } = answer.map_err(|error| {
            let sent = tally.added + tally.changed;
            let again = "Import the file again: what is there stays as it is";
            Fatal::Failed(format!("stopped after {sent} books: {error}. {again}"))
        })?;
        tally.added += added;
        tally.changed += changed;
        for (item, units) in recount {
            match self.count(to, item, units).await {
                Ok(()) => tally.recounted += 1,
                Err(error) => tally.not_counted.push(format!("item {item}: {error}")),
            }
        }
        bar.inc(batch.len() as u64);
        Ok(())
    }

    /// Waits until every replica has read what was brought in, so that whoever looks next finds it everywhere.
    async fn until_everyone_has_it(&self) {
        let began = Instant::now();
        let mut wanted: BTreeMap<ActorId, u64> = BTreeMap::new();
        for _ in 0..2 {
            for member in &self.members {
                while let Ok(report) = self.heads(member).await {
                    let held = |actor| report.held.heads.get(actor).map_or(0, |head| head.seq);
                    if wanted.iter().all(|(actor, seq)| held(actor) >= *seq) || began.elapsed() > SETTLING {
                        wanted.extend(report.held.heads.iter().map(|(actor, head)| (*actor, head.seq)));
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn heads(&self, of: &Member) -> Result<HeadsReport, CallError> {
        self.caller.get(of, "/internal/journal/heads", DEADLINE).await
    }

    async fn post(&self, to: &Member, batch: &[NewBook]) -> Result<Shelved, CallError> {
        self.caller.post(to, "/internal/import", batch, DEADLINE).await
    }

    async fn count(&self, to: &Member, item: ItemId, units: u64) -> Result<(), CallError> {
        let body = serde_json::json!({ "count": units });
        self.caller.put::<_, serde_json::Value>(to, &format!("/item/{item}"), &body, DEADLINE).await.map(drop)
    }
}
