//! The working set of one batch: the books and sales it touches, and the fold of the journals over them.

use crate::{Book, KnownSale, Numbers, Op, Reference};
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use wire::change::ChangePlace;
use wire::sale::{Sale, SaleRef};
use wire::{Advance, Fulfilment, ItemId, OrderId, Way};

/// A replica would have sold, given or burned more units of a book than it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the own rights in item {item} are below zero")]
pub struct Overdrawn {
    /// The book.
    pub item: ItemId,
}

/// What one batch works on, loaded before it and stored after it, in one transaction.
///
/// A book or order that the batch touches must have been loaded: what is not in here counts as unknown to the shop.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub(crate) me: ActorId,
    pub(crate) books: BTreeMap<ItemId, Book>,
    pub(crate) sales: BTreeMap<OrderId, Vec<KnownSale>>,
    pub(crate) advances: BTreeMap<OrderId, BTreeSet<Advance>>,
    pub(crate) references: BTreeMap<String, Reference>,
    pub(crate) numbers: Numbers,
    pub(crate) new_sales: Vec<(OrderId, SaleRef)>,
    pub(crate) new_voids: Vec<SaleRef>,
    pub(crate) new_advances: Vec<(OrderId, SaleRef)>,
    pub(crate) new_references: BTreeSet<String>,
    pub(crate) new_changes: Vec<ChangeRow>,
}

/// An entry that says who wanted it, to be found again by its moment and by its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeRow {
    /// Where it stands.
    pub place: ChangePlace,
    /// The book that it is about, if it is about one.
    pub item: Option<ItemId>,
    /// Whether it stands in the list of all changes: the books of an import stand in their own lists alone, since the
    /// import is told in one note.
    pub listed: bool,
}

impl ChangeRow {
    /// The row of entry `seq` of `actor`; `None` where nobody wanted it.
    pub fn of(actor: ActorId, seq: u64, op: &Op) -> Option<Self> {
        let why = op.why()?;
        let item = match op {
            Op::Note { item, .. } => *item,
            op => op.items().first().copied(),
        };
        let listed = why.cause.way != Way::Import || matches!(op, Op::Note { .. });
        Some(Self { place: ChangePlace { at_ms: why.at_ms, actor, seq }, item, listed })
    }
}

impl Shelf {
    /// An empty working set of the replica that writes as `me`.
    pub fn new(me: ActorId, numbers: Numbers) -> Self {
        Self {
            me,
            books: BTreeMap::new(),
            sales: BTreeMap::new(),
            advances: BTreeMap::new(),
            references: BTreeMap::new(),
            numbers,
            new_sales: Vec::new(),
            new_voids: Vec::new(),
            new_advances: Vec::new(),
            new_references: BTreeSet::new(),
            new_changes: Vec::new(),
        }
    }

    /// Who writes here.
    pub fn me(&self) -> ActorId {
        self.me
    }

    /// Puts a stored book into the working set.
    pub fn load_book(&mut self, book: Book) {
        self.books.insert(book.state.id, book);
    }

    /// Puts a stored sale into the working set.
    pub fn load_sale(&mut self, sale: KnownSale) {
        self.sales.entry(sale.sale.order).or_default().push(sale);
    }

    /// Puts a stored step of an order into the working set.
    pub fn load_advance(&mut self, order: OrderId, advance: Advance) {
        self.advances.entry(order).or_default().insert(advance);
    }

    /// Puts a stored reference into the working set.
    pub fn load_reference(&mut self, name: String, reference: Reference) {
        self.references.insert(name, reference);
    }

    /// The book, if anything is known of it.
    pub fn book(&self, item: ItemId) -> Option<&Book> {
        self.books.get(&item)
    }

    /// The books of which anything changed.
    pub fn changed_books(&self) -> impl Iterator<Item = &Book> {
        self.books.values().filter(|book| !book.changed_accounts.is_empty())
    }

    /// The sales that are new in this batch.
    pub fn new_sales(&self) -> impl Iterator<Item = &KnownSale> {
        self.new_sales.iter().filter_map(|(order, at)| self.sales.get(order)?.iter().find(|sale| sale.at == *at))
    }

    /// The sales that were taken back in this batch.
    pub fn new_voids(&self) -> &[SaleRef] {
        &self.new_voids
    }

    /// Where the steps stand that orders took in this batch.
    pub fn new_advances(&self) -> &[(OrderId, SaleRef)] {
        &self.new_advances
    }

    /// The references that are new in this batch.
    pub fn new_references(&self) -> impl Iterator<Item = (&String, &Reference)> {
        self.new_references.iter().filter_map(|name| self.references.get_key_value(name))
    }

    /// The entries of this batch that say who wanted them.
    pub fn new_changes(&self) -> &[ChangeRow] {
        &self.new_changes
    }

    /// The highest order number seen.
    pub fn highest_number(&self) -> u64 {
        self.numbers.highest()
    }

    /// Folds one entry, of whatever actor, into the working set.
    ///
    /// Entries of one actor must come in order, each once; `journal::absorb` sees to that.
    pub fn apply(&mut self, actor: ActorId, seq: u64, op: Op) {
        self.new_changes.extend(ChangeRow::of(actor, seq, &op));
        match op {
            Op::Open { .. } | Op::Retire { .. } | Op::Note { .. } => (),
            Op::Mint { item, n, reference, .. } => {
                self.touch(item).post(actor, seq, |account| account.minted = account.minted.saturating_add(n));
                self.note_reference(reference, Reference { item, delta: i64::try_from(n).unwrap_or(i64::MAX) });
            }
            Op::Burn { item, n, reference, .. } => {
                self.touch(item).post(actor, seq, |account| account.burned = account.burned.saturating_add(n));
                self.note_reference(reference, Reference { item, delta: -i64::try_from(n).unwrap_or(i64::MAX) });
            }
            Op::Give { item, to, cum } => self.touch(item).give(actor, to, cum),
            Op::Inherit { item, from, cum } => self.touch(item).give(from, actor, cum),
            Op::Sell(sale) => self.apply_sale(SaleRef { actor, seq }, sale),
            Op::Void { order } => self.take_back(actor, seq, order),
            Op::Advance { order, to, at_ms, .. } => self.apply_advance(SaleRef { actor, seq }, order, to, at_ms),
            Op::Set { item, hlc, fields, .. } => self.touch(item).set(actor, seq, hlc, fields),
        }
    }

    /// Holds the invariant that everything rests on: the own rights are never below zero.
    ///
    /// # Errors
    /// The first book that is overdrawn. The batch must not be committed, and the process had better end: there is no
    /// way here but through a fault in this program.
    pub fn check(&self) -> Result<(), Overdrawn> {
        let overdrawn = |book: &&Book| book.accounts.get(&self.me).is_some_and(|account| account.rights() < 0);
        self.books.values().find(overdrawn).map_or(Ok(()), |book| Err(Overdrawn { item: book.state.id }))
    }

    fn touch(&mut self, item: ItemId) -> &mut Book {
        self.books.entry(item).or_insert_with(|| Book::absent(item))
    }

    fn note_reference(&mut self, name: String, reference: Reference) {
        // The first wins: a second use of the name elsewhere, during a partition, stands in the journal all the same.
        if !self.references.contains_key(&name) {
            self.references.insert(name.clone(), reference);
            self.new_references.insert(name);
        }
    }

    fn apply_sale(&mut self, at: SaleRef, sale: Sale) {
        for line in &sale.lines {
            let units = u64::from(line.quantity.units());
            self.touch(line.item).post(at.actor, at.seq, |account| account.sold = account.sold.saturating_add(units));
        }
        self.numbers.seen(sale.number.0);
        self.new_sales.push((sale.order, at));
        self.sales.entry(sale.order).or_default().push(KnownSale { at, sale, live: true });
    }

    fn apply_advance(&mut self, at: SaleRef, order: OrderId, to: Fulfilment, at_ms: u64) {
        self.load_advance(order, Advance { at, to, at_ms });
        self.new_advances.push((order, at));
        if to == Fulfilment::Cancelled {
            self.take_back(at.actor, at.seq, order);
        }
    }

    /// The sale that `actor` made of `order` is none any more, from its entry `seq` on: its units are on the shelf again.
    fn take_back(&mut self, actor: ActorId, seq: u64, order: OrderId) {
        let sales = self.sales.get_mut(&order).map(Vec::as_mut_slice).unwrap_or_default();
        let Some(sale) = sales.iter_mut().find(|sale| sale.at.actor == actor && sale.live) else {
            return;
        };
        sale.live = false;
        let (at, lines) = (sale.at, sale.sale.lines.clone());
        self.new_voids.push(at);
        for line in lines {
            let units = u64::from(line.quantity.units());
            self.touch(line.item).post(actor, seq, |account| account.sold = account.sold.saturating_sub(units));
        }
    }
}
