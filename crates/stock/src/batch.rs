//! One batch of a catalog: the rows it will need, and what each command leads to.
//!
//! Pure: the rows come from whoever keeps them ([`Rows`]), a database in the catalog tier, a map in a simulation.

use crate::command::{Command, Image, Lack, NewBook, NotSold, Reply, Shelved, TransferAnswer};
use crate::{
    Adjusted, Book, Fields, Granted, KnownSale, Missing, NotAdjusted, NotAdvanced, NotConserved, Numbers, Op,
    Reference, Shelf, Sold, Why,
};
use journal::{ActorId, Arrived, Machine, Pen};
use std::collections::BTreeSet;
use wire::range::{LAST_MS, MOST};
use wire::sale::{PlacedSale, Reserve, Reserved, SaleRef};
use wire::{Advance, Cause, Fulfilment, ItemId, OperatorName, OrderId, Standing, Way};

/// Where the fold of the journals is kept between two batches.
pub trait Rows {
    /// Why it can't be read.
    type Error;

    /// The sales of these orders.
    ///
    /// # Errors
    /// When they can't be read.
    fn sales(&self, orders: &BTreeSet<OrderId>) -> Result<Vec<KnownSale>, Self::Error>;

    /// The steps that these orders have taken.
    ///
    /// # Errors
    /// When they can't be read.
    fn advances(&self, orders: &BTreeSet<OrderId>) -> Result<Vec<(OrderId, Advance)>, Self::Error>;

    /// These books, also those of which only units are known yet; unknown ones are left out.
    ///
    /// # Errors
    /// When they can't be read.
    fn books(&self, items: &BTreeSet<ItemId>) -> Result<Vec<Book>, Self::Error>;

    /// The adjustments made under these names.
    ///
    /// # Errors
    /// When they can't be read.
    fn references(&self, names: &BTreeSet<String>) -> Result<Vec<(String, Reference)>, Self::Error>;
}

/// What one batch works on.
#[derive(Debug)]
pub struct Batch {
    shelf: Shelf,
    opened: Vec<(ActorId, String)>,
    /// The bytes of covers that are to be stored.
    images: Vec<Image>,
    now_ms: u64,
    /// Who wants the command that is decided now.
    cause: Option<Cause>,
}

impl Batch {
    /// Loads what `commands` and the entries that `arrived` will touch. What is not loaded counts as unknown to the shop.
    ///
    /// `now_ms` is Unix milliseconds: it stands in sales and stamps, and decides nothing.
    ///
    /// # Errors
    /// When `rows` can't be read.
    pub fn load<R: Rows>(
        rows: &R,
        me: ActorId,
        numbers: Numbers,
        now_ms: u64,
        commands: &[Command],
        arrived: &[Arrived<Op>],
    ) -> Result<Self, R::Error> {
        let mut touched = Touched::default();
        for command in commands {
            touched.command(command);
        }
        for entry in arrived {
            touched.op(&entry.op);
        }
        let mut shelf = Shelf::new(me, numbers);
        let mut sold = BTreeSet::new();
        for sale in rows.sales(&touched.orders)? {
            // A sale may be taken back in this batch, which gives its units back.
            touched.items.extend(sale.sale.lines.iter().map(|line| line.item));
            sold.insert(sale.sale.order);
            shelf.load_sale(sale);
        }
        // What is not sold yet has taken no step that matters to anybody here.
        if !sold.is_empty() {
            rows.advances(&sold)?.into_iter().for_each(|(order, advance)| shelf.load_advance(order, advance));
        }
        rows.references(&touched.references)?.into_iter().for_each(|(name, done)| shelf.load_reference(name, done));
        rows.books(&touched.items)?.into_iter().for_each(|book| shelf.load_book(book));
        Ok(Self { shelf, opened: Vec::new(), images: Vec::new(), now_ms, cause: None })
    }

    /// The working set, with everything that the batch changed.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The incarnations that opened their journals in this batch, and of which replica they are.
    pub fn opened(&self) -> &[(ActorId, String)] {
        &self.opened
    }

    /// The covers whose bytes this batch brings.
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    fn write(&mut self, pen: &mut Pen<Op>, mut op: Op) -> u64 {
        self.sign(&mut op);
        let seq = pen.write(&op);
        self.shelf.apply(pen.actor(), seq, op);
        seq
    }

    /// Writes into `op` who wants it, and what was before.
    fn sign(&self, op: &mut Op) {
        let Some(cause) = &self.cause else { return };
        let mut reason = Why { cause: cause.clone(), at_ms: self.now_ms.min(LAST_MS), units: None, fields: None };
        match op {
            Op::Mint { item, why, .. } | Op::Burn { item, why, .. } => {
                // A range of JSON: no shop counts that far.
                let units = self.shelf.book(*item).map_or(0, Book::total).min(MOST);
                *why = Some(Box::new(Why { units: Some(units), ..reason }));
            }
            Op::Set { item, fields, why, .. } => {
                reason.fields = self.shelf.book(*item).filter(|book| book.exists()).map(|book| book.before(fields));
                *why = Some(Box::new(reason));
            }
            Op::Advance { why, .. } | Op::Retire { why, .. } => *why = Some(Box::new(reason)),
            // Units that pass between replicas, and sales: nobody's wish but the shop's.
            Op::Open { .. }
            | Op::Give { .. }
            | Op::Sell(_)
            | Op::Void { .. }
            | Op::Inherit { .. }
            | Op::Note { .. } => (),
        }
    }

    fn write_all(&mut self, pen: &mut Pen<Op>, adjusted: Result<Adjusted, NotAdjusted>) -> Result<(), NotAdjusted> {
        if let Adjusted::Now(ops) = adjusted? {
            for op in ops {
                self.write(pen, op);
            }
        }
        Ok(())
    }

    fn sell(&mut self, wish: &Reserve, pen: &mut Pen<Op>) -> Result<Reserved, NotSold> {
        let (at, sale) = match self.shelf.sell(wish, self.now_ms) {
            Sold::Before(known) => (known.at, known.sale),
            Sold::Now(op) => {
                let Op::Sell(sale) = op.clone() else { unreachable!("a sale is committed by a Sell") };
                (SaleRef { actor: pen.actor(), seq: self.write(pen, op) }, sale)
            }
            Sold::Refused(refused) => return Err(NotSold::Refused(refused)),
            Sold::Short(missing) => return Err(NotSold::Short(self.lacks(&missing))),
        };
        Ok(Reserved { sale, at, items: self.shelf.states(&wish.basket) })
    }

    fn lacks(&self, missing: &[Missing]) -> Vec<Lack> {
        let me = self.shelf.me();
        let lack = |missing: &Missing| {
            let holders = self.shelf.book(missing.item).map_or_else(Vec::new, |book| book.holders(Some(me)));
            Lack { item: missing.item, held: missing.held, wanted: missing.wanted, holders }
        };
        missing.iter().map(lack).collect()
    }

    fn advance(
        &mut self,
        order: OrderId,
        steps: (Fulfilment, Fulfilment),
        instead_of: Option<ActorId>,
        pen: &mut Pen<Op>,
    ) -> Result<Standing, NotAdvanced> {
        for op in self.shelf.advance(order, steps, instead_of, self.now_ms)? {
            self.write(pen, op);
        }
        let KnownSale { sale, at, .. } = self.shelf.standing_sale(order).ok_or(NotAdvanced::Unknown)?.clone();
        Ok(Standing { placed: PlacedSale { sale, at }, advances: self.shelf.advances(order) })
    }

    /// All of these books or none.
    fn inherit(&mut self, from: ActorId, items: &[ItemId], pen: &mut Pen<Op>) -> Result<u64, NotConserved> {
        let ops = items.iter().filter_map(|item| self.shelf.inherit(*item, from).transpose());
        let ops = ops.collect::<Result<Vec<_>, _>>()?;
        let me = self.shelf.me();
        let held =
            |batch: &Self| -> u64 { items.iter().filter_map(|i| batch.shelf.book(*i)).map(|b| b.units_of(me)).sum() };
        let before = held(self);
        for op in ops {
            self.write(pen, op);
        }
        Ok(held(self) - before)
    }

    /// One after the other: what was adopted before one that can't be stays.
    fn adopt(&mut self, from: &[ActorId], sales: &[PlacedSale], pen: &mut Pen<Op>) -> Result<u64, NotConserved> {
        let mut adopted = 0;
        for placed in sales {
            let ops = self.shelf.adopt(placed, from)?;
            adopted += u64::from(!ops.is_empty());
            for op in ops {
                self.write(pen, op);
            }
        }
        Ok(adopted)
    }

    /// The bytes are stored also where the book has this cover already: they may be missing here.
    fn cover(&mut self, item: ItemId, image: Option<Image>, pen: &mut Pen<Op>) -> Result<(), NotAdjusted> {
        let fields = Fields { cover: Some(image.as_ref().map(|image| image.cover)), ..Fields::default() };
        let adjusted = self.shelf.set(item, &fields, self.now_ms);
        self.write_all(pen, adjusted)?;
        self.images.extend(image);
        Ok(())
    }

    fn shelve(&mut self, books: Vec<NewBook>, pen: &mut Pen<Op>) -> Shelved {
        let mut shelved = Shelved::default();
        for NewBook { id, fields, units, drawn } in books {
            let there = self.shelf.book(id).filter(|book| book.exists());
            // The same ISBN is the same question again: its answer was lost.
            if drawn && there.is_some_and(|book| book.state.isbn.value != fields.isbn) {
                shelved.taken.push(id);
                continue;
            }
            let known = there.is_some();
            // A known book never fails here, and a new one brings its title.
            let ops = match self.shelf.set(id, &fields, self.now_ms) {
                Ok(Adjusted::Now(ops)) => ops,
                Ok(Adjusted::Before) | Err(_) => Vec::new(),
            };
            shelved.changed += u64::from(known && !ops.is_empty());
            for op in ops {
                self.write(pen, op);
            }
            if !known {
                shelved.added += 1;
                let delta = i64::try_from(units.unwrap_or(0)).unwrap_or(i64::MAX);
                let minted = self.shelf.adjust(id, delta, &opening_reference(id));
                let opened = self.write_all(pen, minted);
                debug_assert!(opened.is_ok(), "a new book's units can be minted: {opened:?}");
            } else if let Some(units) = units
                && self.shelf.book(id).is_none_or(|book| book.total() != units)
            {
                shelved.recount.push((id, units));
            }
        }
        shelved
    }
}

impl Machine for Batch {
    type Op = Op;
    type Command = Command;
    type Reply = Reply;

    /// What is to be taken back because a smaller actor sold the same order is written.
    fn absorb(&mut self, arrived: Vec<Arrived<Op>>, pen: &mut Pen<Op>) {
        let mut sold = BTreeSet::new();
        for Arrived { actor, seq, op } in arrived {
            if let Op::Open { replica } = &op {
                self.opened.push((actor, replica.clone()));
            }
            sold.extend(op.order());
            self.shelf.apply(actor, seq, op);
        }
        for void in self.shelf.voids(sold) {
            self.write(pen, void);
        }
    }

    fn decide(&mut self, command: Command, pen: &mut Pen<Op>) -> Reply {
        match command {
            Command::Sell(wish) => Reply::Sold(self.sell(&wish, pen)),
            Command::Give(request) => Reply::Given(match self.shelf.grant(&request) {
                Granted::Now(op) => {
                    self.write(pen, op);
                    TransferAnswer::Given
                }
                Granted::Before => TransferAnswer::Given,
                Granted::SendTheSale => TransferAnswer::SendTheSale,
                Granted::Few => TransferAnswer::Few,
            }),
            Command::Adjust { item, delta, reference } => {
                let adjusted = self.shelf.adjust(item, delta, &reference);
                Reply::Adjusted(self.write_all(pen, adjusted))
            }
            Command::TakeStock { item, count, reference } => {
                let adjusted = self.shelf.take_stock(item, count, &reference);
                Reply::Adjusted(self.write_all(pen, adjusted))
            }
            Command::Set { item, fields } => {
                let adjusted = self.shelf.set(item, &fields, self.now_ms);
                Reply::Adjusted(self.write_all(pen, adjusted))
            }
            Command::Advance { order, from, to, instead_of } => {
                Reply::Advanced(self.advance(order, (from, to), instead_of, pen))
            }
            Command::Cover { item, image } => Reply::Adjusted(self.cover(item, image, pen)),
            Command::Keep(image) => {
                self.images.push(image);
                Reply::Adjusted(Ok(()))
            }
            Command::Shelve(books) => Reply::Shelved(self.shelve(books, pen)),
            Command::Retire { actor, end } => {
                self.write(pen, Op::Retire { actor, end, why: None });
                Reply::TakenOver(Ok(0))
            }
            Command::Inherit { from, items } => Reply::TakenOver(self.inherit(from, &items, pen)),
            Command::Adopt { from, sales } => Reply::TakenOver(self.adopt(&from, &sales, pen)),
            Command::Note { item, text } => {
                let cause = self.cause.clone().unwrap_or(Cause { by: OperatorName::default(), way: Way::Other });
                let why = Why { cause, at_ms: self.now_ms.min(LAST_MS), units: None, fields: None };
                self.write(pen, Op::Note { item, text, why: Box::new(why) });
                Reply::Adjusted(Ok(()))
            }
            Command::Caused { cause, command } => {
                self.cause = Some(cause);
                let reply = self.decide(*command, pen);
                self.cause = None;
                reply
            }
        }
    }
}

/// The rows that a batch will need.
#[derive(Default)]
struct Touched {
    items: BTreeSet<ItemId>,
    orders: BTreeSet<OrderId>,
    references: BTreeSet<String>,
}

impl Touched {
    fn command(&mut self, command: &Command) {
        match command {
            Command::Sell(wish) => {
                self.orders.insert(wish.order);
                self.items.extend(wish.basket.lines().iter().map(|line| line.item));
            }
            Command::Give(request) => drop(self.items.insert(request.item)),
            Command::Adjust { item, reference, .. } | Command::TakeStock { item, reference, .. } => {
                self.items.insert(*item);
                self.references.insert(reference.clone());
            }
            Command::Set { item, .. } | Command::Cover { item, .. } => drop(self.items.insert(*item)),
            Command::Advance { order, .. } => drop(self.orders.insert(*order)),
            Command::Retire { .. } | Command::Keep(_) | Command::Note { .. } => (),
            Command::Caused { command, .. } => self.command(command),
            Command::Inherit { items, .. } => self.items.extend(items),
            Command::Adopt { sales, .. } => {
                self.orders.extend(sales.iter().map(|placed| placed.sale.order));
                self.items.extend(sales.iter().flat_map(|placed| &placed.sale.lines).map(|line| line.item));
            }
            Command::Shelve(books) => {
                self.items.extend(books.iter().map(|book| book.id));
                self.references.extend(books.iter().map(|book| opening_reference(book.id)));
            }
        }
    }

    fn op(&mut self, op: &Op) {
        self.items.extend(op.items());
        self.orders.extend(op.order());
        if let Op::Mint { reference, .. } | Op::Burn { reference, .. } = op {
            self.references.insert(reference.clone());
        }
    }
}

/// The name under which a new book's first units are minted: however often it is imported, once.
fn opening_reference(item: ItemId) -> String {
    format!("opening-{item}")
}
