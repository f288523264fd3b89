//! `cart map`: who holds how much, and what would move.

use super::change::Change;
use super::look::Everyone;
use placement::{Balance, Load, Moves, balance, movement};
use serve::command_line::{Fatal, Place};
use std::collections::BTreeMap;
use wire::cart::{COPIES, Held, Layout, NotChanged};

pub(super) async fn map(places: &[Place], change: &Change) -> Result<(), Fatal> {
    let everyone = Everyone::of(places)?;
    let (layouts, _) = everyone.layouts().await?;
    let held = everyone.held().await;
    show(layouts.now(), &held)?;
    if let Some(next) = layouts.next() {
        println!();
        show(next, &held)?;
        tell_moves(&moves(layouts.now(), next)?, "moves");
        let lacking: Vec<&str> = layouts.lacking().map(String::as_str).collect();
        println!("Not finished yet: {}.", lacking.join(", "));
    }
    if !change.is_none() {
        let wanted = change.of(&layouts, &everyone.members)?;
        let would = layouts.change(wanted).map_err(bad)?;
        println!();
        show(would.latest(), &[])?;
        tell_moves(&moves(layouts.now(), would.latest())?, "would move");
    }
    Ok(())
}

/// A layout that can't be had.
pub(super) fn bad(error: impl Into<NotChanged>) -> Fatal {
    Fatal::Usage(error.into().to_string())
}

/// What must be copied when `after` follows `before`.
pub(super) fn moves(before: &Layout, after: &Layout) -> Result<Moves, Fatal> {
    Ok(movement(&before.placement().map_err(bad)?, &after.placement().map_err(bad)?, COPIES))
}

pub(super) fn tell_moves(Moves { copies, moved, share, least_share }: &Moves, verb: &str) {
    let (share, least) = (100.0 * share, 100.0 * least_share);
    println!(
        "{moved} of {copies} copies of buckets {verb}: {share:.1} % (no placement could do with less than {least:.1} %)."
    );
}

/// One layout: a line for each of its holders.
fn show(layout: &Layout, held: &[(&str, Option<Held>)]) -> Result<(), Fatal> {
    let placement = layout.placement().map_err(bad)?;
    let Balance { loads, largest_over_fair, .. } = balance(&placement, COPIES);
    let held: BTreeMap<&str, &Option<Held>> = held.iter().map(|(name, held)| (*name, held)).collect();
    println!("Layout {}, by {}; at most {COPIES} copies of each bucket.", layout.version, layout.by);
    println!("{:<10} {:<16} {:>8} {:>8} {:>8} {:>9}", "replica", "host", "weight", "buckets", "fair", "objects");
    for (member, Load { member: name, copies, fair }) in placement.members().iter().zip(loads) {
        let objects = match held.get(name.as_str()) {
            Some(Some(held)) => held.values().sum::<u64>().to_string(),
            Some(None) => "no answer".to_owned(),
            None => "-".to_owned(),
        };
        println!(
            "{name:<10} {:<16} {:>8} {copies:>8} {fair:>8.1} {objects:>9}",
            member.host,
            member.weight.to_string()
        );
    }
    println!("The fullest holds {largest_over_fair:.2} times what its weight is worth.");
    Ok(())
}
