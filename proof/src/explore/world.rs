//! The state of the small shop, and what must be true of it.

use crate::catalog::Catalog;
use crate::disk::Disk;
use journal::{ActorId, Held, Witness};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use stock::Op;
use wire::sale::{PlacedSale, SaleRef};
use wire::{ItemId, OrderId};

/// The one book.
pub(super) const BOOK: ItemId = ItemId(1);

/// One catalog. Its data are shared by all states in which they are the same.
#[derive(Clone)]
pub struct Replica {
    /// Its data.
    pub disk: Arc<Disk<Catalog>>,
    /// Its witness file.
    pub witness: Option<Witness>,
    /// A copy of its data, set aside.
    pub saved: Option<Arc<Disk<Catalog>>>,
    /// Whether the process is up and knows who it is.
    pub up: bool,
}

/// Everything there is.
#[derive(Clone)]
pub struct World {
    /// The catalogs.
    pub replicas: Vec<Replica>,
    /// Answers on their way to an order replica.
    pub answers: BTreeMap<SaleRef, PlacedSale>,
    /// Sales that buyers were told, by order: what the order tier has.
    pub told: BTreeMap<OrderId, BTreeMap<SaleRef, PlacedSale>>,
    /// How many actors there have been.
    pub actors: u32,
    /// How many more of each there may be.
    pub left: Budget,
    /// Whether anything has happened that the promises name as an exception.
    pub bounded: u64,
    /// What has happened, for coverage.
    pub reached: BTreeSet<Reached>,
    /// What the product itself has found to be broken.
    pub broken: Option<String>,
}

/// How many more of each there may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Transfers.
    pub gives: u8,
    /// Processes killed.
    pub kills: u8,
    /// Old data put back.
    pub put_backs: u8,
    /// Disks lost.
    pub losses: u8,
    /// Actors retired.
    pub retirements: u8,
}

/// States worth reaching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    /// A replica started again as who it was, by its witness alone.
    SameByWitness,
    /// A replica asked everyone and was who it had been.
    SameByAsking,
    /// A replica went on as a new actor.
    NewActor,
    /// Units of a retired actor were taken over.
    Inherited,
    /// A sale of a retired actor was adopted.
    Adopted,
}

fn fingerprint(disk: &Disk<Catalog>, to: &mut impl Hasher) {
    // A head commits to everything before it; the fold is a function of the journals.
    let Held { heads, frozen, retired } = &disk.held;
    disk.identity.hash(to);
    for (actor, head) in heads {
        (actor, head.seq, head.hash).hash(to);
    }
    for actor in frozen.keys() {
        (1_u8, actor).hash(to);
    }
    for (actor, end) in retired {
        (2_u8, actor, end.seq).hash(to);
    }
    disk.fold.promised.hash(to);
}

impl Hash for World {
    fn hash<H: Hasher>(&self, to: &mut H) {
        for replica in &self.replicas {
            fingerprint(&replica.disk, to);
            replica.witness.map(|witness| (witness.actor, witness.head.seq, witness.head.hash)).hash(to);
            replica.up.hash(to);
            replica.saved.is_some().hash(to);
            if let Some(saved) = &replica.saved {
                fingerprint(saved, to);
            }
        }
        self.answers.keys().collect::<Vec<_>>().hash(to);
        for (order, sales) in &self.told {
            order.hash(to);
            sales.keys().collect::<Vec<_>>().hash(to);
        }
        (self.actors, self.left, self.bounded, &self.reached, self.broken.is_some()).hash(to);
    }
}

/// Equal where all journals, witnesses and orders are: the heads commit to them, and a checker tells states apart by
/// their hashes as well.
impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let of = |world: &Self| {
            let mut hasher = DefaultHasher::new();
            world.hash(&mut hasher);
            hasher.finish()
        };
        of(self) == of(other)
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, replica) in self.replicas.iter().enumerate() {
            let me = replica.disk.identity;
            writeln!(to, "{number} up {} as {me:?}, retired {:?}", replica.up, replica.disk.held.retired.keys())?;
            for (actor, entries) in &replica.disk.journals {
                let ops: Vec<_> = entries.iter().map(|entry| entry.body.text()).collect();
                writeln!(to, "  {actor:?} {}", ops.join(" "))?;
            }
        }
        write!(to, "told {:?} broken {:?}", self.told.keys(), self.broken)
    }
}

impl World {
    /// The longest journal of every actor that anybody holds: what was really written.
    pub fn union(&self) -> BTreeMap<ActorId, Vec<Op>> {
        let mut union: BTreeMap<ActorId, &Vec<journal::Entry>> = BTreeMap::new();
        for (actor, entries) in self.replicas.iter().flat_map(|replica| &replica.disk.journals) {
            let longest = union.entry(*actor).or_insert(entries);
            if entries.len() > longest.len() {
                *longest = entries;
            }
        }
        let read = |entry: &journal::Entry| entry.body.read().expect("the product wrote it");
        union.into_iter().map(|(actor, entries)| (actor, entries.iter().map(read).collect())).collect()
    }

    /// Units that came in, by the union of the journals.
    pub fn stocked(&self) -> u64 {
        let ops = self.union().into_values().flatten();
        let net = ops.map(|op| match op {
            Op::Mint { n, .. } => i128::from(n),
            Op::Burn { n, .. } => -i128::from(n),
            _ => 0,
        });
        u64::try_from(net.sum::<i128>()).unwrap_or(0)
    }

    /// Units in orders that buyers were told of; each order here is of one unit.
    pub fn confirmed(&self) -> u64 {
        self.told.len() as u64
    }

    /// Confirmed orders never need more units than there were; where a promise is bounded, by no more than the bound.
    pub fn nothing_is_oversold(&self) -> bool {
        self.confirmed() <= self.stocked() + self.bounded
    }

    /// No two replicas hold different entries under one number.
    pub fn held_journals_are_prefixes(&self) -> bool {
        let mut longest: BTreeMap<ActorId, &Vec<journal::Entry>> = BTreeMap::new();
        for (actor, entries) in self.replicas.iter().flat_map(|replica| &replica.disk.journals) {
            let known = longest.entry(*actor).or_insert(entries);
            let (short, long) = if entries.len() < known.len() { (entries, *known) } else { (*known, entries) };
            if short.last().is_some_and(|last| long[short.len() - 1].head != last.head) {
                return false;
            }
            *known = long;
        }
        true
    }

    /// Once all have read everything, every told order has one live sale, and all see the same books. A second one stays
    /// where its writer is gone, which alone could have taken it back: that unit is sold no more.
    pub fn equal_journals_mean_one_live_sale_an_order(&self) -> bool {
        let heads = |replica: &Replica| replica.disk.held.heads.clone();
        let first = &self.replicas[0];
        if !self.replicas.iter().all(|replica| replica.up && heads(replica) == heads(first)) {
            return true;
        }
        let writes = |actor: ActorId| self.replicas.iter().any(|replica| replica.disk.identity == Some(actor));
        let one = |order: &OrderId| {
            let sales = first.disk.fold.sales.get(order).map(Vec::as_slice).unwrap_or_default();
            let mut live: Vec<_> = sales.iter().filter(|sale| sale.live).map(|sale| sale.at.actor).collect();
            live.sort_unstable();
            !live.is_empty() && !live[1..].iter().any(|actor| writes(*actor))
        };
        // The sale of a lost disk stands in the orders alone until it is adopted.
        let gone = |at: &SaleRef| first.disk.held.head(at.actor).seq < at.seq;
        let whole = self.told.iter().all(|(order, sales)| one(order) || sales.keys().all(gone));
        let books = |replica: &Replica| {
            let book = replica.disk.fold.books.get(&BOOK);
            book.map(|book| (book.state.clone(), book.accounts.clone()))
        };
        whole && self.replicas.iter().all(|replica| books(replica) == books(first))
    }
}
