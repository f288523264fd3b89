//! `order check`: folds the journals of a replica again, from nothing, and compares with its tables.

use crate::serve::FILE;
use crate::store;
use orders::{Ledger, Op};
use replica::ChainCheck;
use serve::command_line::{Fatal, Place};

/// Differences that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;
const PAGE: u32 = 500;

pub(crate) fn check(place: &Place) -> Result<(), Fatal> {
    let name = &place.member.name;
    let failed = |error: rusqlite::Error| Fatal::Failed(format!("can't read {name}: {error}"));
    let database = replica::read_only(&place.paths.replica_dir(name), FILE)?;
    // One transaction, so that a replica that is running does not change under the comparison.
    let reader = database.unchecked_transaction().map_err(failed)?;
    let (mut folded, mut chain, mut differences) = (Ledger::default(), ChainCheck::default(), Vec::new());
    let read = replica::entries(&reader, |entry| {
        differences.extend(chain.broken(&entry));
        match entry.body.read::<Op>() {
            Ok(op) => folded.apply(entry.actor, entry.head.seq, op),
            Err(error) => {
                differences.push(format!("entry {} of {} can't be read: {error}", entry.head.seq, entry.actor));
            }
        }
        Ok(())
    });
    read.map_err(failed)?;
    let (mut after, mut orders) = (0, 0);
    loop {
        let page = store::page(&reader, after, PAGE).map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = last.order.number.0;
        orders += page.len();
        for stored in &page {
            if folded.orders.get(&stored.order.id) != Some(stored) {
                differences.push(format!("order {}: the tables differ from the journals", stored.order.id));
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
