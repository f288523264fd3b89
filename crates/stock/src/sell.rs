//! Selling: the known answer again, a sale from own rights, or what is missing for one.

use crate::{Account, Op, Shelf};
use wire::sale::{Basket, Line, Refused, Reserve, Sale, SaleRef, SoldLine};
use wire::{ItemId, ItemState, OrderNumber, Shortfall};

/// A sale that stands in some journal held here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSale {
    /// Where it stands.
    pub at: SaleRef,
    /// The sale.
    pub sale: Sale,
    /// False once its writer took it back.
    pub live: bool,
}

/// Units that a sale would need here and that are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which book.
    pub item: ItemId,
    /// Units held here.
    pub held: u64,
    /// Units wanted.
    pub wanted: u64,
}

/// What becomes of a wish to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sold {
    /// The order was sold before; this is the same answer.
    Before(KnownSale),
    /// Sold: this entry is the commit, and must be written next.
    Now(Op),
    /// The shop has it all, this replica does not: every line it is short of.
    Short(Vec<Missing>),
    /// Refused, whoever is asked.
    Refused(Refused),
}

impl Shelf {
    /// Sells `wish` from the own rights, all lines or none, unless it was sold before.
    ///
    /// `now_ms` is Unix milliseconds and stands in the sale for people to read.
    pub fn sell(&mut self, wish: &Reserve, now_ms: u64) -> Sold {
        if let Some(known) = self.standing_sale(wish.order) {
            return if known.sale.answers(&wish.basket) {
                Sold::Before(known.clone())
            } else {
                Sold::Refused(Refused::OtherBasket { order: wish.order })
            };
        }
        let missing = self.missing(&wish.basket);
        let lines = match self.price(&wish.basket) {
            Some(lines) if missing.is_empty() => lines,
            _ => {
                let lines = self.shortfalls(&wish.basket);
                return if lines.is_empty() { Sold::Short(missing) } else { Sold::Refused(Refused::Short { lines }) };
            }
        };
        let number = OrderNumber(self.numbers.draw());
        let (order, buyer) = (wish.order, wish.buyer.clone());
        Sold::Now(Op::Sell(Sale { order, number, buyer, lines, at_ms: now_ms }))
    }

    /// The states of the books in `basket`.
    pub fn states(&self, basket: &Basket) -> Vec<ItemState> {
        basket.lines().iter().filter_map(|line| self.book(line.item)).map(|book| book.state.clone()).collect()
    }

    /// The lines at today's prices; `None` where the shop does not have one of the books.
    fn price(&self, basket: &Basket) -> Option<Vec<SoldLine>> {
        let lines = basket.lines().iter().map(|line| {
            let book = self.book(line.item).filter(|book| book.exists())?;
            Some(SoldLine { item: line.item, quantity: line.quantity, cost: book.state.cost.value })
        });
        lines.collect()
    }

    fn missing(&self, basket: &Basket) -> Vec<Missing> {
        let lines = basket.lines().iter().map(|line| {
            let held = self.book(line.item).map_or(0, |book| book.units_of(self.me));
            Missing { item: line.item, held, wanted: line.quantity.units().into() }
        });
        lines.filter(|line| line.held < line.wanted).collect()
    }

    /// Every line that can't be sold anywhere, as far as is known here; none where all of them are on some shelf.
    fn shortfalls(&self, basket: &Basket) -> Vec<Shortfall> {
        let short = |line: &Line| {
            let book = self.book(line.item).filter(|book| book.exists());
            let left = book.map(|book| book.accounts.values().map(Account::units).sum::<u64>());
            let shortfall = Shortfall { item: line.item, wanted: line.quantity, left };
            left.is_none_or(|left| left < line.quantity.units().into()).then_some(shortfall)
        };
        basket.lines().iter().filter_map(short).collect()
    }
}
