//! Stories of a shop that keeps its word, to be broken in one place each.

use super::{Case, Verdict, judge};
use crate::closing::{Agreement, CatalogView, Closing, Entry as JournalEntry, OrderOp, OrderRow, OrderView};
use crate::fault::Replica;
use crate::ledger::{Answer, Ask, Entry, Who};
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use stock::Op;
use uuid::Uuid;
use wire::item::{Part, Register, Stamp};
use wire::sale::{Sale, SaleRef, SoldLine};
use wire::{Buyer, IdempotencyKey, ItemId, ItemState, Money, OrderId, OrderNumber, Quantity};

/// Who sells everything, who sells nothing, and two order replicas.
pub(super) const SELLER: ActorId = ActorId::from_bits(1);
const OTHER: ActorId = ActorId::from_bits(2);
const DESKS: [ActorId; 2] = [ActorId::from_bits(3), ActorId::from_bits(4)];
const NAMESPACE: Uuid = Uuid::from_u128(4_711);
/// From one question to the next.
const PACE_MS: u64 = 100;

/// A story as it goes on.
pub(super) struct Story {
    units: u64,
    entries: Vec<Entry>,
    sales: Vec<Sale>,
    deliveries: Vec<Op>,
}

impl Story {
    /// A story in a shop with so many units of each of two titles, 1 and 1001.
    pub(super) fn of(units: u64, tell: impl FnOnce(&mut Self)) -> Self {
        let mut story = Self { units, entries: Vec::new(), sales: Vec::new(), deliveries: Vec::new() };
        tell(&mut story);
        story
    }

    fn says(&mut self, who: Who, ask: Ask, answer: Answer) {
        let at_ms = self.entries.len() as u64 * PACE_MS;
        self.entries.push(Entry { who, of: Replica::Frontend, at_ms, took_ms: 10, ask, answer });
    }

    /// So many purchases of one unit each.
    pub(super) fn sells(&mut self, item: u32, times: u32) {
        for _ in 0..times {
            let number = self.sales.len() as u64 + 1;
            let key = Uuid::from_u128(1_000 + u128::from(number));
            let name = IdempotencyKey::try_from(key.to_string()).expect("a key");
            let order = OrderId::of(NAMESPACE, &Buyer::default(), &name);
            let line =
                SoldLine { item: ItemId(item), quantity: Quantity::try_from(1).expect("one"), cost: Money::default() };
            let (buyer, lines) = (Buyer::default(), vec![line]);
            self.sales.push(Sale { order, number: OrderNumber(number), buyer, lines, at_ms: 0 });
            let answer = Answer::Bought { uuid: order.0, number, copies: 2 };
            self.says(Who::Customer(0), Ask::Buy { item, quantity: 1, key }, answer);
        }
    }

    /// The last question again, with the same answer.
    pub(super) fn asks_again(&mut self) {
        let last = self.entries.last().expect("a question").clone();
        self.says(last.who, last.ask, last.answer);
    }

    /// The last answer did not arrive.
    pub(super) fn hears_nothing(&mut self) {
        self.entries.last_mut().expect("a question").answer = Answer::Silence { says: "no answer in time".to_owned() };
    }

    /// A look at a title.
    pub(super) fn shows(&mut self, item: u32, count: u64) {
        self.says(Who::Customer(0), Ask::Lookup { item }, Answer::Left { count, stale: false });
    }

    /// A look at a title that may be old.
    pub(super) fn shows_as_old(&mut self, item: u32, count: u64) {
        self.says(Who::Customer(0), Ask::Lookup { item }, Answer::Left { count, stale: true });
    }

    /// More units of a title come in.
    pub(super) fn takes_in(&mut self, item: u32, units: u64) {
        let key = Uuid::from_u128(9_000 + self.deliveries.len() as u128);
        self.deliveries.push(Op::Mint { item: ItemId(item), n: units, reference: format!("key-{key}"), why: None });
        self.says(Who::Operator, Ask::Deliver { item, units, key }, Answer::Delivered);
    }

    /// What is judged of it.
    pub(super) fn case(self) -> Case {
        let seconds = usize::try_from(self.entries.len() as u64 * PACE_MS / 1000).expect("few");
        let stock = BTreeMap::from([(1, self.units), (1_001, self.units)]);
        let catalogs = [(Replica::CatalogA, SELLER), (Replica::CatalogB, OTHER)];
        let orders = [(Replica::OrderA, DESKS[0]), (Replica::OrderB, DESKS[1])];
        let closing = Closing {
            catalogs: catalogs.map(|(replica, actor)| self.catalog(replica, actor, &stock)).into(),
            orders: orders.map(|(replica, actor)| self.desk(replica, actor)).into(),
            carts: Vec::new(),
            stock,
            agreement: Agreement { mended_ms: 5_000, agreed_ms: Some(6_000), differs: String::new() },
            checks: Replica::KEEPERS.map(|replica| (replica, true, "well".to_owned())).into(),
        };
        let (entries, lists, deeds, stalled) = (self.entries, Vec::new(), Vec::new(), BTreeSet::new());
        Case { entries, lists, deeds, closing, namespace: NAMESPACE, seconds, stalled }
    }

    fn catalog(&self, replica: Replica, actor: ActorId, stock: &BTreeMap<u32, u64>) -> CatalogView {
        let opened = [(SELLER, "catalogA"), (OTHER, "catalogB")];
        let opened = opened.map(|(actor, replica)| (actor, Op::Open { replica: replica.to_owned() }));
        let minted = stock.iter().map(|(item, n)| Op::Mint {
            item: ItemId(*item),
            n: *n,
            reference: format!("opening-{item}"),
            why: None,
        });
        let sold = self.sales.iter().cloned().map(Op::Sell);
        let wrote = minted.chain(self.deliveries.iter().cloned()).chain(sold).map(|op| (SELLER, op));
        let journal =
            opened.into_iter().chain(wrote).zip(1..).map(|((actor, body), seq)| JournalEntry { actor, seq, body });
        let journal: Vec<_> = journal.collect();
        let books = stock.keys().map(|item| book(*item, left(&journal, *item))).collect();
        CatalogView { replica, actor, frozen: BTreeSet::new(), books, journal }
    }

    fn desk(&self, replica: Replica, actor: ActorId) -> OrderView {
        let row = |sale: &Sale| OrderRow {
            uuid: sale.order.0,
            number: sale.number.0,
            item: sale.lines[0].item.0,
            quantity: sale.lines[0].quantity.into(),
        };
        let open = OrderOp::Open { replica: replica.as_str().to_owned() };
        let place =
            |(sale, seq): (&Sale, u64)| OrderOp::Place { sale: sale.clone(), at: SaleRef { actor: SELLER, seq } };
        let wrote = [open].into_iter().chain(self.sales.iter().zip(1..).map(place));
        let journal = wrote.zip(1..).map(|(body, seq)| JournalEntry { actor, seq, body }).collect();
        OrderView { replica, actor, rows: self.sales.iter().map(row).collect(), aliases: BTreeMap::new(), journal }
    }
}

/// Units of a title that are left by what the journal says.
fn left(journal: &[JournalEntry<Op>], item: u32) -> i64 {
    let net = |op: &Op| match op {
        Op::Mint { item: of, n, .. } if of.0 == item => i64::try_from(*n).expect("few"),
        Op::Sell(sale) if sale.lines[0].item.0 == item => -1,
        _ => 0,
    };
    journal.iter().map(|entry| net(&entry.body)).sum()
}

fn book(item: u32, net: i64) -> ItemState {
    fn register<T>(value: T) -> Register<T> {
        Register { value, stamp: Stamp(1, SELLER) }
    }
    ItemState {
        title: register(format!("Title {item}")),
        cost: register(Money::default()),
        parts: BTreeMap::from([(SELLER, Part { seq: 1, net })]),
        ..ItemState::unknown(ItemId(item))
    }
}

/// Fails unless everything holds.
#[track_caller]
pub(super) fn holds(case: &Case) -> Verdict {
    let verdict = judge(case);
    let broken: Vec<_> = verdict.checks.iter().filter(|check| !check.held).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    verdict
}

/// Fails unless the sentence `says` is broken, with these words.
#[track_caller]
pub(super) fn breaks(case: &Case, says: &str, words: &str) {
    let verdict = judge(case);
    let check = verdict.checks.iter().find(|check| check.says == says).unwrap_or_else(|| panic!("no check: {says}"));
    assert!(!check.held && check.detail.contains(words), "{check:#?}");
}
