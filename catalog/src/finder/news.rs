//! Which books the journals have changed since the index was committed, as far as the index shows it.
//!
//! The journals are the queue: they are on disk, nobody has to keep anything in memory for a slow reader, and a position
//! in them is all there is to remember. What is read here may be read twice without harm.

use crate::store;
use journal::{ActorId, Head, Heads};
use rusqlite::Connection;
use search::Document;
use std::collections::BTreeSet;
use stock::Op;
use wire::{Fulfilment, ItemId, ItemState, OrderId};

/// Entries that are read in one go.
pub(super) const MOST: u32 = 2_000;

/// What some entries have changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Books with new fields: to be put into the index.
    pub(super) described: BTreeSet<ItemId>,
    /// Books whose stock has changed: to be put into it where one came or the last one went.
    pub(super) counted: BTreeSet<ItemId>,
    /// How far the journals have been read.
    pub(super) read: Heads,
    /// How many entries that was.
    pub(super) entries: u64,
    /// Whether there is more to read.
    pub(super) more: bool,
}

/// Whether an index that was committed at `position` is of these journals: they hold every entry it had read.
pub(super) fn leads_here(from: &Connection, position: &Heads, held: &Heads) -> rusqlite::Result<bool> {
    for (actor, then) in position {
        let reaches = held.get(actor).is_some_and(|now| now.seq >= then.seq);
        if !reaches || replica::hash_at(from, *actor, then.seq)? != Some(then.hash) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the entries behind `position` and up to `held` have changed, the next [`MOST`] of them.
pub(super) fn since(from: &Connection, position: &Heads, held: &Heads) -> rusqlite::Result<News> {
    let mut news = News { read: position.clone(), ..News::default() };
    let mut taken_back = BTreeSet::new();
    for (actor, head) in held {
        let after = position.get(actor).map_or(0, |then| then.seq);
        if head.seq <= after {
            continue;
        }
        let room = u64::from(MOST).saturating_sub(news.entries);
        if room == 0 {
            news.more = true;
            break;
        }
        let bodies = replica::bodies_after(from, *actor, after, head.seq, u32::try_from(room).unwrap_or(MOST))?;
        news.entries += bodies.len() as u64;
        let Some(last) = bodies.last().map(|(seq, _)| *seq) else { continue };
        news.more |= last < head.seq;
        for (_, body) in bodies {
            // What can't be read was refused by whoever wrote and whoever took it: there is none.
            let Ok(op) = body.read::<Op>() else { continue };
            news.take(&op, &mut taken_back);
        }
        news.read.insert(*actor, head_at(from, *actor, last, *head)?);
    }
    if !taken_back.is_empty() {
        let orders: Vec<OrderId> = taken_back.into_iter().collect();
        let sales = store::sales(from, &orders)?;
        news.counted.extend(sales.iter().flat_map(|known| known.sale.lines.iter().map(|line| line.item)));
    }
    Ok(news)
}

fn head_at(from: &Connection, actor: ActorId, seq: u64, head: Head) -> rusqlite::Result<Head> {
    if seq == head.seq {
        return Ok(head);
    }
    let hash = replica::hash_at(from, actor, seq)?;
    Ok(hash.map_or_else(|| Head::genesis(actor), |hash| Head { seq, hash }))
}

impl News {
    fn take(&mut self, op: &Op, taken_back: &mut BTreeSet<OrderId>) {
        match op {
            Op::Set { item, .. } => drop(self.described.insert(*item)),
            Op::Mint { item, .. } | Op::Burn { item, .. } => drop(self.counted.insert(*item)),
            Op::Sell(sale) => self.counted.extend(sale.lines.iter().map(|line| line.item)),
            Op::Void { order } | Op::Advance { order, to: Fulfilment::Cancelled, .. } => {
                taken_back.insert(*order);
            }
            // These say whose units are, or where copies are that are sold, not how many there are.
            Op::Open { .. }
            | Op::Advance { .. }
            | Op::Give { .. }
            | Op::Retire { .. }
            | Op::Inherit { .. }
            | Op::Note { .. } => (),
        }
    }
}

/// A book as it is found; `None` while only units of it are known.
pub(super) fn document(state: &ItemState) -> Option<Document> {
    if state.title.value.is_empty() {
        return None;
    }
    Some(Document {
        id: state.id,
        title: state.title.value.clone(),
        authors: state.authors.value.clone(),
        isbn: state.isbn.value.map(|isbn| isbn.to_string()).unwrap_or_default(),
        topic: state.topic.value.clone(),
        language: state.language.value.clone(),
        price: state.cost.value,
        available: state.count() > 0,
        year: state.year.value,
    })
}
