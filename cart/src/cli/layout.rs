//! `cart layout`: gives the tier another layout, and waits until the one before is dropped.

use super::change::Change;
use super::look::{DEADLINE, Everyone};
use super::map::{bad, map, moves, tell_moves};
use serve::command_line::{Fatal, Place};
use std::time::{Duration, Instant};
use wire::cart::{Held, Places, Stands};

/// Between two looks how far it is.
const LOOK: Duration = Duration::from_millis(250);
/// Between two lines that say so.
const QUIET: Duration = Duration::from_secs(2);

pub(super) async fn layout(places: &[Place], change: &Change, dry_run: bool) -> Result<(), Fatal> {
    if change.is_none() || dry_run {
        return map(places, change).await;
    }
    let everyone = Everyone::of(places)?;
    let (layouts, knows) = everyone.layouts().await?;
    let wanted = change.of(&layouts, &everyone.members)?;
    let would = layouts.change(wanted.clone()).map_err(bad)?;
    if let Some(next) = layouts.next() {
        eprintln!("Layout {} is still coming, and is given up for this one.", next.version);
    }
    tell_moves(&moves(layouts.now(), would.latest())?, "will move");
    let before = everyone.held().await;
    let stands: Result<Stands, _> = everyone.caller.put(knows, "/layout", &wanted, DEADLINE).await;
    let version = stands.map_err(|error| Fatal::Failed(error.to_string()))?.layouts.latest().version;
    until_settled(&everyone, version).await?;
    let places = Places::under(&everyone.layouts().await?.0).map_err(bad)?;
    let (moved, copies) = arrived(&places, &before, &everyone.held().await);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let share = 100.0 * moved as f64 / copies.max(1) as f64;
    println!("Layout {version} stands. {moved} of {copies} copies of objects were moved: {share:.1} %.");
    Ok(())
}

/// Waits until this layout is the only one that anybody knows.
async fn until_settled(everyone: &Everyone<'_>, version: u32) -> Result<(), Fatal> {
    let mut told = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let (layouts, _) = everyone.layouts().await?;
        if layouts.latest().version > version {
            let epoch = layouts.epoch();
            return Err(Fatal::Failed(format!("another change has come between: the layout is {epoch} now")));
        }
        if layouts.now().version == version {
            return Ok(());
        }
        if told.elapsed() > QUIET {
            told = Instant::now();
            let lacking: Vec<&str> = layouts.lacking().map(String::as_str).collect();
            eprintln!("still waiting for {}", lacking.join(", "));
        }
    }
}

/// How many copies of objects lie in buckets that their holders had nothing of before, and how many copies there are at
/// holders. What others have not brought home yet does not count, nor does a replica that did not answer.
fn arrived(places: &Places, before: &[(&str, Option<Held>)], after: &[(&str, Option<Held>)]) -> (u64, u64) {
    let (mut moved, mut copies) = (0, 0);
    for ((_, before), (name, after)) in before.iter().zip(after) {
        let (Some(before), Some(after)) = (before, after) else { continue };
        for (bucket, objects) in after.iter().filter(|(bucket, _)| places.holds(**bucket, name)) {
            copies += objects;
            moved += if before.contains_key(bucket) { 0 } else { *objects };
        }
    }
    (moved, copies)
}
