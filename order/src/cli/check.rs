//! `order check`: folds the journals of a replica again, from nothing, and compares with its tables.
//!
//! Every table is compared, row by row, but for `compared`, which only saves work. Nothing is repaired: the journals are
//! the truth, and a replica whose tables differ is started anew on empty data.

use crate::store;
use orders::{Ledger, Op};
use replica::ChainCheck;
use rusqlite::Connection;
use serve::command_line::{Fatal, Place};
use std::collections::{BTreeMap, BTreeSet};
use wire::OrderId;

/// Differences that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;
const PAGE: u32 = 500;

pub(crate) fn check(place: &Place) -> Result<(), Fatal> {
    let name = &place.member.name;
    let failed = |error: rusqlite::Error| Fatal::Failed(format!("can't read {name}: {error}"));
    let database = store::KIND.read_only(place)?;
    // One transaction, so that a replica that is running does not change under the comparison.
    let reader = database.unchecked_transaction().map_err(failed)?;
    let mut fold = Fold::default();
    fold.read(&reader).and_then(|()| fold.compare(&reader)).map_err(failed)?;
    for difference in fold.differences.iter().take(MOST_SHOWN) {
        println!("{difference}");
    }
    let (differences, entries, orders) = (fold.differences.len(), fold.chain.entries(), fold.ledger.orders.len());
    if differences > 0 {
        return Err(Fatal::Failed(format!("{name}: {differences} differences between the journals and the tables")));
    }
    println!("{name}: {entries} entries fold to exactly the {orders} orders in the tables");
    Ok(())
}

/// The fold made again, and what was found to differ.
#[derive(Default)]
struct Fold {
    ledger: Ledger,
    chain: ChainCheck,
    differences: Vec<String>,
}

impl Fold {
    fn read(&mut self, from: &Connection) -> rusqlite::Result<()> {
        replica::entries(from, |entry| {
            self.differences.extend(self.chain.broken(&entry));
            let (actor, seq) = (entry.actor, entry.head.seq);
            match entry.body.read::<Op>() {
                Ok(op) => self.ledger.apply(actor, seq, op),
                Err(error) => {
                    self.differences.push(format!("journal of {actor}: entry {seq} can't be read: {error}"));
                }
            }
            Ok(())
        })
    }

    fn compare(&mut self, with: &Connection) -> rusqlite::Result<()> {
        self.differences.extend(self.chain.differences(with)?);
        self.compare_orders(with)?;
        self.compare_numbers(with)?;
        let heard = |known: &orders::Known| -> Vec<_> {
            known.sales.keys().copied().chain(known.order.advances.iter().map(|step| step.at)).collect()
        };
        let folded: BTreeSet<_> = self.ledger.orders.values().flat_map(heard).collect();
        for at in store::every_sale(with)?.symmetric_difference(&folded) {
            let found = format!("sale or step {} of {} stands in only one of table and journals", at.seq, at.actor);
            self.differences.push(found);
        }
        Ok(())
    }

    fn compare_orders(&mut self, with: &Connection) -> rusqlite::Result<()> {
        let (mut after, mut orders) = (0, 0);
        loop {
            let page = store::rows(with, after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            orders += page.len();
            for (_, stored) in &page {
                if self.ledger.orders.get(&stored.order.id) != Some(stored) {
                    self.differences.push(format!("order {}: the tables differ from the journals", stored.order.id));
                }
            }
        }
        let folded = self.ledger.orders.len();
        if orders != folded {
            self.differences.push(format!("the journals make {folded} orders, the tables have {orders}"));
        }
        let mislisted = store::mislisted(with)?;
        self.differences.extend(mislisted.iter().map(|id| format!("order {id}: it is listed for another buyer")));
        Ok(())
    }

    /// An order is listed by its number: one whose number leads elsewhere is in no list.
    fn compare_numbers(&mut self, with: &Connection) -> rusqlite::Result<()> {
        let mut wanted: BTreeMap<u64, BTreeSet<OrderId>> = BTreeMap::new();
        for known in self.ledger.orders.values() {
            for number in known.order.also.iter().chain([&known.order.number]) {
                wanted.entry(number.0).or_default().insert(known.order.id);
            }
        }
        let stored = store::numbers(with)?;
        for number in stored.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            let orders = wanted.get(number).cloned().unwrap_or_default();
            let led: BTreeSet<OrderId> = stored.get(number).copied().into_iter().collect();
            if orders.len() > 1 {
                self.differences.push(format!("number {number} stands for {} orders: {orders:?}", orders.len()));
            } else if led != orders {
                self.differences.push(format!("number {number} leads to {led:?}, the journals say {orders:?}"));
            }
        }
        for (order, number) in store::own_numbers(with)? {
            let own = self.ledger.orders.get(&order).map(|known| known.order.number.0);
            if own.is_some_and(|own| own != number) {
                self.differences.push(format!("order {order} is listed by number {number}, which is not its own"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Fold;
    use crate::store;
    use journal::ActorId;
    use orders::Op;
    use wire::sale::{PlacedSale, Sale, SaleRef, SoldLine};
    use wire::{Buyer, ItemId, Money, OrderId, OrderNumber, Quantity};

    #[test]
    fn two_orders_under_one_number_are_noticed() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), store::KIND.file, store::KIND.tables).expect("opens");
        let mut fold = Fold::default();
        for order in 1..=2 {
            let line = SoldLine { item: ItemId(1), quantity: Quantity::ONE, cost: Money::default() };
            let sale = Sale {
                order: OrderId(uuid::Uuid::from_u128(order)),
                number: OrderNumber(26),
                buyer: Buyer::default(),
                lines: vec![line],
                at_ms: 0,
            };
            let at = SaleRef { actor: ActorId::from_bits(order), seq: 1 };
            let op = Op::Place { standing: PlacedSale { sale, at }.into(), told: true };
            fold.ledger.apply(ActorId::from_bits(9), u64::try_from(order).expect("small"), op);
        }
        store::save(&database.writer, &fold.ledger, &std::collections::BTreeMap::new()).expect("saves");
        fold.compare(&database.writer).expect("reads");
        let found = fold.differences.iter().any(|found| found.starts_with("number 26 stands for 2 orders"));
        assert!(found, "{:?}", fold.differences);
    }

    #[test]
    fn an_order_that_is_listed_for_another_buyer_is_noticed() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), store::KIND.file, store::KIND.tables).expect("opens");
        let mut fold = Fold::default();
        for (seq, buyer) in [(1, ""), (2, "ada")] {
            let line = SoldLine { item: ItemId(1), quantity: Quantity::ONE, cost: Money::default() };
            let (order, number) = (OrderId(uuid::Uuid::from_u128(seq.into())), OrderNumber(seq));
            let sale = Sale { order, number, buyer: buyer.parse().expect("a buyer"), lines: vec![line], at_ms: 7 };
            let at = SaleRef { actor: ActorId::from_bits(1), seq };
            fold.ledger.apply(
                ActorId::from_bits(9),
                seq,
                Op::Place { standing: PlacedSale { sale, at }.into(), told: true },
            );
        }
        store::save(&database.writer, &fold.ledger, &std::collections::BTreeMap::new()).expect("saves");
        let listed = |found: &[String]| found.iter().filter(|found| found.contains("another buyer")).count();
        fold.compare(&database.writer).expect("reads");
        assert_eq!(listed(&fold.differences), 0);
        database.writer.execute("update orders set buyer = 'eve'", ()).expect("written");
        fold.compare(&database.writer).expect("reads");
        assert_eq!(listed(&fold.differences), 2);
    }
}
