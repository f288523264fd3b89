//! Whether the shop kept its word: what customers were told, set against what the replicas hold at the end.
//!
//! Pure, and linear in the length of the ledger (but for logarithms, and for the writes to one list, which are few). Each
//! file has one promise; what the promise excepts is counted and told, never passed over in silence.

mod agreement;
mod availability;
mod incarnations;
mod keys;
mod lists;
mod orders;
mod sessions;
mod stock;
#[cfg(test)]
mod testing;

use crate::closing::Closing;
use crate::inject::Deed;
use crate::ledger::{Answer, Ask, Entry};
use crate::lists::ListEntry;
use client::outcome::Check;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wire::{Buyer, IdempotencyKey, OrderId};

/// Everything that is judged.
#[derive(Clone, Debug)]
pub struct Case {
    /// Every question and answer, in the order of the answers.
    pub entries: Vec<Entry>,
    /// Every question about a list and its answer, in the order of the answers.
    pub lists: Vec<ListEntry>,
    /// What was done to the shop.
    pub deeds: Vec<Deed>,
    /// What the replicas hold at the end.
    pub closing: Closing,
    /// The namespace of the shop's order ids.
    pub namespace: Uuid,
    /// For how many whole seconds customers were before the shop.
    pub seconds: usize,
    /// Seconds in which the machine stood still for so long that nobody can be blamed.
    pub stalled: BTreeSet<usize>,
}

/// Something that is no breach and should be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub says: String,
    /// How many.
    pub count: u64,
}

/// What the checkers found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What must hold, and whether it did.
    pub checks: Vec<Check>,
    /// What is excepted, as numbers.
    pub counts: Vec<Count>,
}

/// The most examples of a breach that are told.
const SHOWN: usize = 3;

impl Verdict {
    /// Whether everything held.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.held)
    }

    /// A sentence that holds unless something speaks against it; `looked` says how much was looked at.
    fn check(&mut self, says: &str, breaches: &[String], looked: String) {
        let detail = if breaches.is_empty() {
            looked
        } else {
            let more = breaches.len().saturating_sub(SHOWN);
            let shown = breaches[..breaches.len().min(SHOWN)].join("; ");
            if more > 0 { format!("{shown}; and {more} more") } else { shown }
        };
        self.checks.push(Check { says: says.to_owned(), held: breaches.is_empty(), detail });
    }

    fn count(&mut self, says: &str, count: u64) {
        self.counts.push(Count { says: says.to_owned(), count });
    }
}

/// Judges everything.
pub fn judge(case: &Case) -> Verdict {
    let mut verdict = Verdict::default();
    stock::judge(case, &mut verdict);
    orders::judge(case, &mut verdict);
    keys::judge(case, &mut verdict);
    sessions::judge(case, &mut verdict);
    agreement::judge(case, &mut verdict);
    availability::judge(case, &mut verdict);
    incarnations::judge(case, &mut verdict);
    lists::judge(case, &mut verdict);
    verdict
}

/// A purchase as all answers to it together tell it.
#[derive(Clone, Debug, Default)]
struct Purchase {
    item: u32,
    quantity: u64,
    /// The ids and numbers under which it was confirmed.
    confirmed: BTreeSet<(Uuid, u64)>,
    /// The first definite refusal.
    refused: Option<(u16, String)>,
    /// Whether a question for it got no definite answer before it was refused.
    in_doubt: bool,
}

impl Case {
    /// All purchases by key.
    fn purchases(&self) -> BTreeMap<Uuid, Purchase> {
        let mut purchases: BTreeMap<Uuid, Purchase> = BTreeMap::new();
        for entry in &self.entries {
            let Ask::Buy { item, quantity, key } = entry.ask else { continue };
            let purchase = purchases.entry(key).or_default();
            (purchase.item, purchase.quantity) = (item, quantity.into());
            match &entry.answer {
                Answer::Bought { uuid, number, .. } => {
                    purchase.confirmed.insert((*uuid, *number));
                }
                Answer::No { status, says } => {
                    purchase.refused.get_or_insert((*status, says.clone()));
                }
                _ => purchase.in_doubt |= purchase.refused.is_none(),
            }
        }
        purchases
    }

    /// The id of the order that a key stands for: the same on every replica, also when nobody was told.
    fn order_of(&self, key: Uuid) -> Uuid {
        let key = IdempotencyKey::try_from(key.to_string()).expect("a UUID is a key");
        OrderId::of(self.namespace, &Buyer::default(), &key).0
    }

    /// Orders as any order replica lists them: the title and the units of each.
    fn listed(&self) -> BTreeMap<Uuid, (u32, u64)> {
        let rows = self.closing.orders.iter().flat_map(|view| &view.rows);
        rows.map(|row| (row.uuid, (row.item, row.quantity))).collect()
    }
}
