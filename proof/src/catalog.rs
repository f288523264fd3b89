//! A catalog replica in memory: the product's batches over maps instead of tables.

use crate::disk::Tables;
use journal::{ActorId, Arrived};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use stock::command::Command;
use stock::{Batch, Book, KnownSale, Numbers, Op, Reference, Rows};
use wire::{Advance, ItemId, OrderId};

/// The tables of a catalog replica, and what is wrong with it, if anything.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// The replica's name.
    pub name: &'static str,
    /// What was broken on purpose.
    pub fault: Fault,
}

/// A rule of the protocol left out on purpose: to see that it is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is wrong.
    None,
    /// A sale that a smaller actor made as well is not taken back.
    NoVoid,
    /// A gift to oneself is written, and counts on one side.
    SelfGive,
    /// Units count as soon as they are promised, before the giver's entry has been read.
    CreditBeforeLog,
    /// A new incarnation has the rights of the one before it.
    RightsByName,
    /// A replica believes its data whatever the witness says.
    NoFence,
    /// A replica that starts shows entries that its witness does not know.
    NoWitnessAtStart,
    /// Order replicas give evidence while answers are still under way to them.
    NoBarrier,
    /// A retirement does not ask the order tier for the last sales.
    NoEvidence,
    /// A frontend shows a session whatever it is told.
    NoMemory,
    /// An order replica tells its buyer before it keeps the order, and never looks for what it missed.
    TellBeforeKeeping,
}

/// The fold of the catalogs' journals.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    /// The books.
    pub books: BTreeMap<ItemId, Book>,
    /// The sales of each order.
    pub sales: BTreeMap<OrderId, Vec<KnownSale>>,
    /// The steps of each order.
    pub advances: BTreeMap<OrderId, Vec<Advance>>,
    /// The adjustments that have names.
    pub references: BTreeMap<String, Reference>,
    /// Which replica each actor is an incarnation of.
    pub incarnations: BTreeMap<ActorId, String>,
    /// The highest order number seen.
    pub highest: u64,
    /// Units promised by others and not read yet: only a fault counts them.
    pub promised: u64,
}

impl Tables for Catalog {
    type Machine = Batch;
    type Fold = Shop;

    fn load(&self, shop: &Shop, me: ActorId, now_ms: u64, commands: &[Command], arrived: &[Arrived<Op>]) -> Batch {
        let sold = shop.sales.values().flatten().any(|sale| sale.at.actor == me);
        let before = |(actor, name): (&ActorId, &String)| *actor != me && name == self.name;
        let reborn = !sold && shop.incarnations.iter().any(before);
        let letter = self.name.chars().next_back().unwrap_or('A');
        let numbers = Numbers::new(letter, shop.highest, reborn);
        let seen = Seen { shop, catalog: self, me, reading: !arrived.is_empty() };
        Batch::load(&seen, me, numbers, now_ms, commands, arrived).unwrap_or_else(|never| match never {})
    }

    fn save(&self, shop: &mut Shop, me: ActorId, batch: &Batch) -> Result<(), String> {
        let books = batch.shelf();
        if self.fault == Fault::None {
            books.check().map_err(|overdrawn| overdrawn.to_string())?;
        }
        for book in books.changed_books() {
            let mut book = Book::loaded(book.state.clone(), book.accounts.clone(), book.gives.clone());
            Seen { shop, catalog: self, me, reading: false }.undo(&mut book);
            shop.books.insert(book.state.id, book);
        }
        for sale in books.new_sales() {
            shop.sales.entry(sale.sale.order).or_default().push(sale.clone());
        }
        for sale in shop.sales.values_mut().flatten().filter(|sale| books.new_voids().contains(&sale.at)) {
            sale.live = false;
        }
        for (order, at) in books.new_advances() {
            let step = books.advances(*order).into_iter().find(|step| step.at == *at);
            shop.advances.entry(*order).or_default().extend(step);
        }
        shop.references.extend(books.new_references().map(|(name, done)| (name.clone(), *done)));
        shop.incarnations.extend(batch.opened().iter().cloned());
        shop.highest = shop.highest.max(books.highest_number());
        Ok(())
    }

    fn opening(&self) -> Op {
        Op::Open { replica: self.name.to_owned() }
    }
}

/// The tables as a batch reads them, through the fault.
struct Seen<'a> {
    shop: &'a Shop,
    catalog: &'a Catalog,
    me: ActorId,
    /// Whether the batch folds entries of others.
    reading: bool,
}

impl Seen<'_> {
    /// Units that the fault believes to have beyond the journals.
    fn credit(&self, book: &Book) -> u64 {
        match self.catalog.fault {
            Fault::SelfGive | Fault::CreditBeforeLog => self.shop.promised,
            Fault::RightsByName => {
                let before = self.shop.incarnations.iter();
                let before = before.filter(|(actor, name)| **actor != self.me && *name == self.catalog.name);
                before.map(|(actor, _)| book.units_of(*actor)).sum()
            }
            _ => 0,
        }
    }

    fn undo(&self, book: &mut Book) {
        let credit = self.shop.books.get(&book.state.id).map_or(0, |before| self.credit(before));
        if let Some(account) = book.accounts.get_mut(&self.me) {
            account.got -= credit;
        }
    }
}

impl Rows for Seen<'_> {
    type Error = Infallible;

    fn sales(&self, orders: &BTreeSet<OrderId>) -> Result<Vec<KnownSale>, Infallible> {
        let known = orders.iter().filter_map(|order| self.shop.sales.get(order)).flatten();
        let hidden = self.catalog.fault == Fault::NoVoid && self.reading;
        let seen =
            |sale: &KnownSale| KnownSale { live: sale.live && !(hidden && sale.at.actor == self.me), ..sale.clone() };
        Ok(known.map(seen).collect())
    }

    fn advances(&self, orders: &BTreeSet<OrderId>) -> Result<Vec<(OrderId, Advance)>, Infallible> {
        let known = orders
            .iter()
            .flat_map(|order| self.shop.advances.get(order).into_iter().flatten().map(|step| (*order, *step)));
        Ok(known.collect())
    }

    fn books(&self, items: &BTreeSet<ItemId>) -> Result<Vec<Book>, Infallible> {
        let known = items.iter().filter_map(|item| self.shop.books.get(item));
        let seen = |book: &Book| {
            let mut seen = book.clone();
            let credit = self.credit(book);
            if credit > 0 {
                seen.accounts.entry(self.me).or_default().got += credit;
            }
            seen
        };
        Ok(known.map(seen).collect())
    }

    fn references(&self, names: &BTreeSet<String>) -> Result<Vec<(String, Reference)>, Infallible> {
        let known = names.iter().filter_map(|name| Some((name.clone(), *self.shop.references.get(name)?)));
        Ok(known.collect())
    }
}
