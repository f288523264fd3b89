//! The promises of the stock protocol, over random histories of two and three replicas.
//!
//! Replicas sell, adjust, ask each other for rights and read each other's journals late, in part, or not at all; the
//! invariants are recomputed from the union of the journals after every step, not from what any replica believes.

use journal::ActorId;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use stock::{Adjusted, Granted, Numbers, Op, Shelf, Sold, TransferMode, TransferRequest};
use uuid::Uuid;
use wire::sale::{Basket, Line, Refused, Reserve, Sale};
use wire::{Buyer, Fulfilment, ItemId, Money, OrderId, Shortfall};

#[derive(Clone, Debug)]
enum Step {
    Sell { at: usize, order: u8, lines: Vec<(u8, u64)> },
    Transfer { from: usize, to: usize, item: u8, need: u64, gather: bool },
    Adjust { at: usize, item: u8, delta: i64, reference: u8 },
    Advance { at: usize, order: u8, to: usize },
    Read { from: usize, to: usize, most: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_usize..3, 0_u8..12, prop::collection::btree_map(0_u8..3, 1_u64..3, 1..3))
            .prop_map(|(at, order, lines)| Step::Sell { at, order, lines: lines.into_iter().collect() }),
        2 => (0_usize..3, 0_usize..3, 0_u8..3, 1_u64..4, any::<bool>())
            .prop_map(|(from, to, item, need, gather)| Step::Transfer { from, to, item, need, gather }),
        1 => (0_usize..3, 0_u8..3, -3_i64..4, 0_u8..6)
            .prop_map(|(at, item, delta, reference)| Step::Adjust { at, item, delta, reference }),
        2 => (0_usize..3, 0_u8..12, 1_usize..4).prop_map(|(at, order, to)| Step::Advance { at, order, to }),
        4 => (0_usize..3, 0_usize..3, 1_usize..6).prop_map(|(from, to, most)| Step::Read { from, to, most }),
    ];
    prop::collection::vec(step, 1..120)
}

struct Replica {
    shelf: Shelf,
    /// What this replica holds of every actor's journal, its own included.
    held: BTreeMap<ActorId, Vec<Op>>,
    confirmed: BTreeMap<OrderId, u64>,
}

impl Replica {
    fn new(index: usize) -> Self {
        let letter = char::from(b'A' + u8::try_from(index).expect("few replicas"));
        let me = ActorId::from_bits(10 + index as u128);
        Self {
            shelf: Shelf::new(me, Numbers::new(letter, 0, false)),
            held: BTreeMap::new(),
            confirmed: BTreeMap::new(),
        }
    }

    fn write(&mut self, op: Op) {
        let me = self.shelf.me();
        self.take(me, op);
    }

    fn take(&mut self, actor: ActorId, op: Op) {
        let order = op.order();
        let journal = self.held.entry(actor).or_default();
        journal.push(op.clone());
        let seq = journal.len() as u64;
        self.shelf.apply(actor, seq, op);
        for void in self.shelf.voids(order) {
            self.write(void);
        }
        self.shelf.check().expect("own rights are never below zero");
    }

    fn sell(&mut self, order: u8, lines: &[(u8, u64)]) {
        let lines = lines
            .iter()
            .map(|(item, n)| Line { item: ItemId((*item).into()), quantity: (*n).try_into().expect("1 or 2") });
        let wish = Reserve {
            order: OrderId(Uuid::from_u128(order.into())),
            buyer: Buyer::default(),
            basket: Basket::try_from(lines.collect::<Vec<_>>()).expect("a basket"),
            request_id: String::new(),
        };
        match self.shelf.sell(&wish, 0) {
            Sold::Now(op) => {
                self.write(op);
                self.confirmed.insert(wish.order, 1);
            }
            Sold::Before(_) => {
                self.confirmed.insert(wish.order, 1);
            }
            Sold::Short(missing) => {
                assert!(!missing.is_empty(), "something is missing here");
                assert_eq!(self.short_everywhere(&wish.basket), [], "others hold what is missing");
            }
            Sold::Refused(Refused::Short { lines }) => {
                assert!(!lines.is_empty(), "something falls short");
                assert_eq!(self.short_everywhere(&wish.basket), lines, "every line that falls short, and no other");
            }
            Sold::Refused(_) => (),
        }
    }

    /// The lines of which all replicas together hold too few, as far as this one knows.
    fn short_everywhere(&self, basket: &Basket) -> Vec<Shortfall> {
        let short = |line: &Line| {
            let book = self.shelf.book(line.item).expect("the opening stock is known");
            let left: u64 = (10..13).map(|actor| book.units_of(ActorId::from_bits(actor))).sum();
            let shortfall = Shortfall { item: line.item, wanted: line.quantity, left: Some(left) };
            (left < line.quantity.units().into()).then_some(shortfall)
        };
        basket.lines().iter().filter_map(short).collect()
    }
}

struct Shop(Vec<Replica>);

impl Shop {
    fn open(replicas: usize) -> Self {
        let mut shop = Self((0..replicas).map(Replica::new).collect());
        for item in 0..3 {
            let fields = stock::Fields {
                title: Some(format!("Book {item}")),
                topic: Some("tests".into()),
                cost: Some(Money::from_cents(100).expect("a price")),
                ..stock::Fields::default()
            };
            shop.0[0].write(Op::Set { item: ItemId(item), hlc: 1, fields, why: None });
            shop.0[0].write(Op::Mint { item: ItemId(item), n: 3, reference: format!("opening-{item}"), why: None });
        }
        for to in 1..replicas {
            shop.read(0, to, usize::MAX);
        }
        shop
    }

    /// `to` reads at most `most` entries of each journal that `from` holds.
    fn read(&mut self, from: usize, to: usize, most: usize) {
        let journals = self.0[from].held.clone();
        for (actor, ops) in journals {
            let known = self.0[to].held.get(&actor).map_or(0, Vec::len);
            if actor != self.0[to].shelf.me() {
                for op in ops.into_iter().skip(known).take(most) {
                    self.0[to].take(actor, op);
                }
            }
        }
    }

    fn play(&mut self, step: &Step) {
        let replicas = self.0.len();
        match step {
            Step::Sell { at, order, lines } => self.0[at % replicas].sell(*order, lines),
            Step::Transfer { from, to, item, need, gather } => {
                let (from, to, item) = (from % replicas, to % replicas, ItemId((*item).into()));
                let (giver, taker) = (self.0[from].shelf.me(), self.0[to].shelf.me());
                let before = self.0[to].shelf.book(item).map_or(0, |book| book.given(giver, taker));
                let mode = if *gather { TransferMode::Gather } else { TransferMode::Sale };
                if let Granted::Now(op) =
                    self.0[from].shelf.grant(&TransferRequest { item, to: taker, at_least: before + need, mode })
                {
                    self.0[from].write(op);
                }
            }
            Step::Adjust { at, item, delta, reference } => {
                let replica = &mut self.0[at % replicas];
                // Names are each replica's own here; the tier sends equal ones to one place.
                let reference = format!("{at}-{reference}");
                if let Ok(Adjusted::Now(ops)) = replica.shelf.adjust(ItemId((*item).into()), *delta, &reference) {
                    for op in ops {
                        replica.write(op);
                    }
                }
            }
            Step::Advance { at, order, to } => {
                let (replica, to) = (&mut self.0[at % replicas], Fulfilment::ALL[*to]);
                let order = OrderId(Uuid::from_u128((*order).into()));
                if let Ok(ops) = replica.shelf.advance(order, (Fulfilment::Placed, to), None, 0) {
                    for op in ops {
                        replica.write(op);
                    }
                }
            }
            Step::Read { from, to, most } => self.read(from % replicas, to % replicas, *most),
        }
    }

    /// Every journal, from its owner.
    fn union(&self) -> BTreeMap<ActorId, Vec<Op>> {
        self.0.iter().map(|r| (r.shelf.me(), r.held.get(&r.shelf.me()).cloned().unwrap_or_default())).collect()
    }

    /// Whose sales of each order leave the house, or will: the smallest actor's, unless the order was cancelled; and of
    /// those who have shipped it all, for two that could not talk may both have done so.
    fn leaving(&self) -> BTreeMap<OrderId, Vec<Sale>> {
        let (mut sales, mut shipped, mut cancelled) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for (actor, op) in self.union().into_iter().flat_map(|(actor, ops)| ops.into_iter().map(move |op| (actor, op)))
        {
            match op {
                Op::Sell(sale) => drop(sales.entry(sale.order).or_insert_with(BTreeMap::new).insert(actor, sale)),
                Op::Advance { order, to: Fulfilment::Shipped, .. } => drop(shipped.insert((order, actor))),
                Op::Advance { order, to: Fulfilment::Cancelled, .. } => drop(cancelled.insert(order)),
                _ => (),
            }
        }
        let of_order = |(order, sales): (OrderId, BTreeMap<ActorId, Sale>)| {
            let gone = sales.iter().filter(|(actor, _)| shipped.contains(&(order, **actor)));
            let gone: Vec<Sale> = gone.map(|(_, sale)| sale.clone()).collect();
            let will = sales.into_values().take(usize::from(gone.is_empty() && !cancelled.contains(&order)));
            (order, will.chain(gone).collect())
        };
        sales.into_iter().map(of_order).collect()
    }

    /// Units that came in, and neither left nor will.
    fn left(&self) -> BTreeMap<ItemId, i128> {
        let mut left: BTreeMap<ItemId, i128> = BTreeMap::new();
        for op in self.union().into_values().flatten() {
            match op {
                Op::Mint { item, n, .. } => *left.entry(item).or_default() += i128::from(n),
                Op::Burn { item, n, .. } => *left.entry(item).or_default() -= i128::from(n),
                _ => (),
            }
        }
        for line in self.leaving().into_values().flatten().flat_map(|sale| sale.lines) {
            *left.entry(line.item).or_default() -= i128::from(line.quantity.units());
        }
        left
    }

    fn nothing_is_oversold(&self) {
        for (item, left) in self.left() {
            assert!(left >= 0, "item {item} is oversold by {}", -left);
        }
        let sold = self.leaving();
        for confirmed in self.0.iter().flat_map(|replica| replica.confirmed.keys()) {
            assert!(sold.contains_key(confirmed), "a confirmed order stands in no journal");
        }
    }

    fn settle(&mut self) {
        // Reading may make voids, which are to be read in turn.
        for _ in 0..4 {
            for from in 0..self.0.len() {
                for to in 0..self.0.len() {
                    self.read(from, to, usize::MAX);
                }
            }
        }
    }

    fn all_agree(&self) {
        for replica in &self.0[1..] {
            assert_eq!(replica.held, self.0[0].held);
            for item in (0..3).map(ItemId) {
                let (ours, theirs) = (replica.shelf.book(item), self.0[0].shelf.book(item));
                assert_eq!(ours.map(|book| &book.state), theirs.map(|book| &book.state));
                assert_eq!(ours.map(|book| &book.accounts), theirs.map(|book| &book.accounts));
            }
        }
        let mut numbers = BTreeSet::new();
        for op in self.union().into_values().flatten() {
            if let Op::Sell(sale) = op {
                assert!(numbers.insert(sale.number), "number {} was drawn twice", sale.number);
            }
        }
        for (order, leaving) in self.leaving() {
            let live = self.live(order);
            assert_eq!(live, leaving.len(), "as many live sales as leave, once everyone has read everything");
        }
        for (item, left) in self.left() {
            let total = self.0[0].shelf.book(item).map_or(0, stock::Book::total);
            assert_eq!(i128::from(total), left, "item {item}: what did not leave is on the shelf");
        }
    }

    fn live(&self, order: OrderId) -> usize {
        let count = |op: &Op| match op {
            Op::Sell(sale) if sale.order == order => 1,
            Op::Void { order: of } | Op::Advance { order: of, to: Fulfilment::Cancelled, .. } if *of == order => -1,
            _ => 0,
        };
        self.union().values().flatten().map(count).sum::<i32>().try_into().expect("nothing is taken back twice")
    }
}

fn the_promises_hold(replicas: usize, steps: &[Step]) {
    let mut shop = Shop::open(replicas);
    for step in steps {
        shop.play(step);
        shop.nothing_is_oversold();
    }
    shop.settle();
    shop.nothing_is_oversold();
    shop.all_agree();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn two_replicas_never_oversell_and_agree_once_they_have_read_each_other(steps in steps()) {
        the_promises_hold(2, &steps);
    }

    #[test]
    fn three_replicas_never_oversell_and_agree_once_they_have_read_each_other(steps in steps()) {
        the_promises_hold(3, &steps);
    }
}
