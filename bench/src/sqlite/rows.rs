//! The rows that a batch of buys leaves in one catalog and one order replica, ready to be bound.
//!
//! The catalog's come from its own fold and the order's are made of the shop's own types, so that all are as long as the
//! shop's. They are made before the clock runs.

use journal::{ActorId, Body, Head};
use serde::Serialize;
use std::collections::BTreeSet;
use stock::{Account, Book, Fields, Numbers, Op, Shelf};
use uuid::Uuid;
use wire::order::Order;
use wire::sale::{PlacedSale, Sale, SaleRef, SoldLine};
use wire::{Buyer, ItemId, Money, OrderId, OrderNumber, Quantity};

const AT_MS: u64 = 1_767_225_600_000;
/// Units of each title; half of them are another replica's.
const UNITS: u64 = 1_000_000;

/// Actor, number, hash.
type HeadRow = (String, u64, String);
/// Actor, number, hash, body.
type EntryRow = (String, u64, String, String);
/// Id, topic, words, state.
type ItemRow = (u32, String, String, String);
/// Item, actor, number of its last entry; units minted, burned, sold, got, given.
type StockRow = (u32, String, u64, u64, u64, u64, u64, u64);
/// Id, number, body, the entries that carry it, the sales of it, its buyer where it is somebody, when it was made.
type OrderRow = (String, u64, String, String, String, Option<String>, u64, &'static str);

/// What one batch writes, a list for each table.
pub(super) struct Rows {
    pub(super) states: Vec<(u32, String)>,
    pub(super) stock: Vec<StockRow>,
    pub(super) catalog_sales: Vec<(String, u64, String)>,
    pub(super) highest: u64,
    pub(super) catalog_journal: Vec<EntryRow>,
    pub(super) catalog_head: HeadRow,
    pub(super) orders: Vec<OrderRow>,
    pub(super) numbers: Vec<(u64, String)>,
    pub(super) order_sales: Vec<(String, u64)>,
    pub(super) order_journal: Vec<EntryRow>,
    pub(super) order_head: HeadRow,
}

/// One catalog and one order replica: the books, and two journals that grow.
pub(super) struct Replicas {
    catalog: Journal,
    order: Journal,
    books: Vec<Book>,
    numbers: Numbers,
}

/// A journal, as far as it is written.
struct Journal {
    actor: ActorId,
    head: Head,
}

/// The entry of an order journal, as the order tier writes it.
#[derive(Serialize)]
#[serde(tag = "op", rename = "place")]
struct Place<'a> {
    #[serde(flatten)]
    placed: &'a PlacedSale,
    told: bool,
}

impl Journal {
    fn new() -> Self {
        let actor = ActorId::from_bits(Uuid::new_v4().as_u128());
        Self { actor, head: Head::genesis(actor) }
    }

    fn write(&mut self, op: &impl Serialize) -> EntryRow {
        let body = Body::write(op).expect("an operation has string keys only, so it has a JSON form");
        self.head = self.head.next(&body);
        let (actor, seq, hash) = self.row();
        (actor, seq, hash, body.text().to_owned())
    }

    fn row(&self) -> HeadRow {
        (self.actor.to_string(), self.head.seq, self.head.hash.to_string())
    }
}

impl Replicas {
    /// Nothing sold yet of `titles` titles.
    pub(super) fn new(titles: u32) -> Self {
        let (catalog, order) = (Journal::new(), Journal::new());
        let books = (0..titles).map(|index| unsold(catalog.actor, index)).collect();
        Self { catalog, order, books, numbers: Numbers::new('A', 0, false) }
    }

    /// The rows of the books before anything is sold.
    pub(super) fn opening(&self) -> (Vec<ItemRow>, Vec<StockRow>) {
        let stock = self.books.iter().flat_map(|book| stock(book, book.accounts.keys()));
        (self.books.iter().map(item).collect(), stock.collect())
    }

    /// Sells one unit of each of `titles`, in one batch.
    pub(super) fn sell(&mut self, titles: &[u32]) -> Rows {
        let mut batch = Shelf::new(self.catalog.actor, self.numbers);
        for index in titles.iter().collect::<BTreeSet<_>>() {
            batch.load_book(self.books[*index as usize].clone());
        }
        let (mut catalog_journal, mut order_journal) = (Vec::new(), Vec::new());
        let (mut catalog_sales, mut order_sales, mut orders) = (Vec::new(), Vec::new(), Vec::new());
        for index in titles {
            let sale = self.sale(*index);
            let op = Op::Sell(sale.clone());
            catalog_journal.push(self.catalog.write(&op));
            let at = SaleRef { actor: self.catalog.actor, seq: self.catalog.head.seq };
            batch.apply(at.actor, at.seq, op);
            catalog_sales.push((at.actor.to_string(), at.seq, sale.order.to_string()));
            order_sales.push((at.actor.to_string(), at.seq));
            let placed = PlacedSale { sale, at };
            order_journal.push(self.order.write(&Place { placed: &placed, told: true }));
            orders.push(order(placed, (self.order.actor, self.order.head.seq)));
        }
        // The order tier stores what a batch changed by the ids of the orders.
        orders.sort_unstable();
        let rows = Rows {
            states: batch.changed_books().map(|book| (book.state.id.0, json(&book.state))).collect(),
            stock: batch.changed_books().flat_map(|book| stock(book, &book.changed_accounts)).collect(),
            catalog_sales,
            highest: batch.highest_number(),
            catalog_journal,
            catalog_head: self.catalog.row(),
            numbers: orders.iter().map(|(id, number, ..)| (*number, id.clone())).collect(),
            orders,
            order_sales,
            order_journal,
            order_head: self.order.row(),
        };
        self.keep(&batch);
        rows
    }

    fn sale(&mut self, index: u32) -> Sale {
        Sale {
            order: OrderId(Uuid::new_v4()),
            number: OrderNumber(self.numbers.draw()),
            // Nobody in particular, as for whoever buys through the JSON API.
            buyer: Buyer::default(),
            lines: vec![SoldLine { item: ItemId(index), quantity: Quantity::ONE, cost: price() }],
            at_ms: AT_MS,
        }
    }

    /// Takes the books as a batch left them.
    fn keep(&mut self, batch: &Shelf) {
        for Book { state, accounts, gives, .. } in batch.changed_books() {
            self.books[state.id.0 as usize] = Book::loaded(state.clone(), accounts.clone(), gives.clone());
        }
    }
}

/// A book that was brought in by `actor`, which then gave half of the units to another.
fn unsold(actor: ActorId, index: u32) -> Book {
    let (item, reference) = (ItemId(index), format!("opening-{index}"));
    let fields = Fields {
        title: Some(super::title(index)),
        language: Some("en".to_owned()),
        topic: Some(super::topic(index)),
        cost: Some(price()),
        ..Fields::default()
    };
    let mut shelf = Shelf::new(actor, Numbers::new('A', 0, false));
    shelf.apply(actor, 1, Op::Set { item, hlc: AT_MS, fields, why: None });
    shelf.apply(actor, 2, Op::Mint { item, n: UNITS, reference, why: None });
    shelf.apply(actor, 3, Op::Give { item, to: ActorId::from_bits(1), cum: UNITS / 2 });
    shelf.book(item).cloned().unwrap_or_else(|| Book::absent(item))
}

fn price() -> Money {
    Money::from_cents(1250).expect("12.50 is a price")
}

fn item(Book { state, .. }: &Book) -> ItemRow {
    let words = format!("{} {}", state.title.value, state.authors.value).to_lowercase();
    (state.id.0, state.topic.value.clone(), words, json(state))
}

fn stock<'a>(book: &'a Book, actors: impl IntoIterator<Item = &'a ActorId>) -> impl Iterator<Item = StockRow> {
    actors.into_iter().map(|actor| {
        let Account { seq, minted, burned, sold, got, gave } = book.accounts[actor];
        (book.state.id.0, actor.to_string(), seq, minted, burned, sold, got, gave)
    })
}

fn order(PlacedSale { sale, at }: PlacedSale, placed: (ActorId, u64)) -> OrderRow {
    let Sale { order: id, number, buyer, lines, at_ms } = sale;
    let somebody = Some(buyer.to_string()).filter(|buyer| !buyer.is_empty());
    let order = Order {
        id,
        number,
        also: Vec::new(),
        buyer,
        lines,
        created_ms: at_ms,
        sale: at,
        told: true,
        advances: Vec::new(),
    };
    let fulfilment = order.fulfilment().as_str();
    (id.to_string(), number.0, json(&order), json(&[placed]), json(&[(at, true)]), somebody, at_ms, fulfilment)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what a row holds has a JSON form")
}
