//! `order check`: folds the journals of a replica again, from nothing, and compares with its tables.

use crate::ledger::{Ledger, Op};
use crate::serve::FILE;
use crate::store;
use futures::StreamExt;
use replica::ChainCheck;
use serve::command_line::{Fatal, Place};

/// Differences that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;
const PAGE: u32 = 500;

pub(crate) async fn check(place: &Place) -> Result<(), Fatal> {
    let name = &place.member.name;
    let failed = |error: sqlx::Error| Fatal::Failed(format!("can't read {name}: {error}"));
    let pool = replica::read_only(&place.paths.replica_dir(name), FILE).await?;
    // One transaction, so that a replica that is running does not change under the comparison.
    let mut reader = pool.begin().await.map_err(failed)?;
    let (mut folded, mut chain, mut differences) = (Ledger::default(), ChainCheck::default(), Vec::new());
    let mut entries = replica::entries(&mut *reader);
    while let Some(entry) = entries.next().await {
        let entry = entry.map_err(failed)?;
        differences.extend(chain.broken(&entry));
        match entry.body.read::<Op>() {
            Ok(op) => folded.apply(entry.actor, entry.head.seq, op),
            Err(error) => {
                differences.push(format!("entry {} of {} can't be read: {error}", entry.head.seq, entry.actor));
            }
        }
    }
    drop(entries);
    let (mut after, mut orders) = (0, 0);
    loop {
        let ids = store::page(&mut *reader, after, PAGE).await.map_err(failed)?;
        let stored = store::load(&mut *reader, &ids).await.map_err(failed)?;
        let Some(last) = ids.last().and_then(|id| stored.orders.get(id)) else { break };
        after = last.number.0;
        orders += ids.len();
        for id in &ids {
            if stored.orders.get(id) != folded.orders.get(id) || stored.placed.get(id) != folded.placed.get(id) {
                differences.push(format!("order {id}: the tables differ from the journals"));
            }
        }
    }
    if orders != folded.orders.len() {
        differences.push(format!("the journals make {} orders, the tables have {orders}", folded.orders.len()));
    }
    for difference in differences.iter().take(MOST_SHOWN) {
        println!("{difference}");
    }
    if !differences.is_empty() {
        return Err(Fatal::Failed(format!(
            "{name}: {} differences between the journals and the tables",
            differences.len()
        )));
    }
    println!("{name}: {} entries fold to exactly the {orders} orders in the tables", chain.entries());
    Ok(())
}
