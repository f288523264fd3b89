//! What is in a cart, in words: its lines, what they cost, and what stands in the way of buying them.
//!
//! A count that is shown may be old, so a line that seems to fall short can be bought all the same if it does not: only
//! the catalogs say no.

use super::card::cover_href;
use crate::cart::{Meeting, Met};
use crate::say::Say;
use crate::shop::Shop;
use futures::future::join_all;
use wire::v1::{Cart, CartLine};
use wire::{Quantity, Shortfall};

/// A cart in words.
#[derive(Debug)]
pub(super) struct CartWords {
    /// A line for each book.
    pub(super) lines: Vec<LineWords>,
    /// `Total for 3 copies`.
    pub(super) copies: String,
    /// `32.50 €`; `None` where a price is not known.
    pub(super) total: Option<String>,
    /// The same in cents.
    pub(super) cents: Option<u64>,
}

/// A line of it.
#[derive(Debug)]
pub(super) struct LineWords {
    /// The number of its book.
    pub(super) item: String,
    /// The address of the book.
    pub(super) href: String,
    /// The address of its cover, where that can be drawn.
    pub(super) cover: Option<String>,
    /// The title.
    pub(super) title: String,
    /// Who wrote it; empty where unknown.
    pub(super) authors: String,
    /// `12.50 € each`; empty where unknown.
    pub(super) price: String,
    /// What all of them cost; empty where unknown.
    pub(super) sum: String,
    /// How many.
    pub(super) quantity: u64,
    /// `12.50 € when you put it in`, where that was another price.
    pub(super) before: Option<String>,
    /// Why it can't be bought as it is.
    pub(super) short: Option<Short>,
}

/// A line that falls short.
#[derive(Debug)]
pub(super) struct Short {
    /// `Only 2 left, and 3 are in the cart.`
    pub(super) text: String,
    /// How many can be had instead, and what takes so many; `None` where there are none.
    pub(super) instead: Option<(u64, String)>,
}

/// A book that was in two carts which are one now.
#[derive(Debug)]
pub(super) struct MetWords {
    /// The number of the book.
    pub(super) item: String,
    /// Its title.
    pub(super) title: String,
    /// `You had 2 here and 3 in your account: 5 now.`
    pub(super) text: String,
}

impl CartWords {
    /// The cart in words; `refused` are lines that a catalog has just refused, which know better what is left.
    pub(super) async fn of(shop: &Shop, say: &Say, cart: &Cart, refused: &[Shortfall]) -> Self {
        let line = |line| LineWords::of(shop, say, line, refused.iter().find(|short| short.item == line.item));
        let lines = join_all(cart.lines.iter().map(line)).await;
        let sum = |line: &CartLine| Some(u64::from(line.book.as_ref()?.price_cents).saturating_mul(line.quantity));
        let cents = cart.lines.iter().map(sum).sum::<Option<u64>>();
        let total = cents.map(|cents| say.money(cents, &shop.currency));
        Self { lines, copies: say.counted(&say.carts.total, cart.units()), total, cents }
    }

    /// The lines that fall short.
    pub(super) fn short(&self) -> impl Iterator<Item = (&LineWords, &Short)> {
        self.lines.iter().filter_map(|line| Some((line, line.short.as_ref()?)))
    }

    /// What an address tells of two carts that became this one, as far as it is so.
    pub(super) fn met(&self, say: &Say, cart: &Cart, told: &str) -> Vec<MetWords> {
        let meeting: Meeting = told.parse().unwrap_or_default();
        let words = |met: &Met| {
            let item = met.item.to_string();
            let title = self.lines.iter().find(|line| line.item == item)?.title.clone();
            Some(MetWords { item, title, text: (say.carts.met)(met.here, met.there, met.both()) })
        };
        meeting.still_in(cart).filter_map(words).collect()
    }

    /// Lines whose price has changed since they were put in.
    pub(super) fn has_new_prices(&self) -> bool {
        self.lines.iter().any(|line| line.before.is_some())
    }
}

impl LineWords {
    async fn of(shop: &Shop, say: &Say, line: &CartLine, refused: Option<&Shortfall>) -> Self {
        let CartLine { item, quantity, put_in_at_cents, ref book } = *line;
        // Nothing that a session can have seen is on a cover.
        let known = shop.browse.book(item, &crate::session::Seen::default()).await.ok();
        let (price, sum) = book.as_ref().map_or_else(Default::default, |book| {
            let cents = u64::from(book.price_cents);
            let each = (say.carts.each)(&say.money(cents, &shop.currency));
            (each, say.money(cents.saturating_mul(quantity), &shop.currency))
        });
        let before = book.as_ref().and_then(|book| put_in_at_cents.filter(|cents| *cents != book.price_cents));
        Self {
            item: item.to_string(),
            href: format!("/books/{item}"),
            cover: known.as_ref().map(|found| cover_href(&found.value)),
            title: book.as_ref().map_or_else(|| say.unnamed(item), |book| book.title.clone()),
            authors: book.as_ref().map(|book| say.authors(&book.authors.join(";"))).unwrap_or_default(),
            price,
            sum,
            quantity,
            before: before.map(|cents| (say.carts.before)(&say.money(cents.into(), &shop.currency))),
            short: short(say, quantity, refused, book.as_ref().map(|book| book.available)),
        }
    }
}

/// Why so many can't be bought: what a catalog has just said of them, or else what is there as far as known.
fn short(say: &Say, quantity: u64, refused: Option<&Shortfall>, available: Option<u64>) -> Option<Short> {
    let most = u64::from(Quantity::MOST);
    let short = |text: String, instead: Option<u64>| {
        Some(Short { text, instead: instead.map(|copies| (copies, (say.carts.instead)(copies))) })
    };
    if refused.is_some_and(|short| short.left.is_none()) {
        return short(say.carts.not_sold.into(), None);
    }
    match refused.and_then(|short| short.left).or(available.filter(|left| *left < quantity)) {
        Some(0) => short(say.carts.sold_out.into(), None),
        Some(left) => short((say.carts.short)(left, quantity), Some(left.min(most))),
        None if quantity > most => short((say.carts.most)(most), Some(most)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::short;
    use crate::say::ENGLISH;
    use wire::{ItemId, Quantity, Shortfall};

    #[test]
    fn what_falls_short_is_said_with_what_can_be_had_instead() {
        let said = |quantity, available| {
            let short = short(&ENGLISH, quantity, None, available);
            short.map(|short| (short.text, short.instead.map(|(copies, _)| copies)))
        };
        assert_eq!((said(3, None), said(3, Some(3))), (None, None));
        assert_eq!(said(3, Some(2)), Some(("Only 2 left, and 3 are in your cart.".into(), Some(2))));
        assert_eq!(said(500, Some(200)).and_then(|(_, instead)| instead), Some(100));
        assert_eq!(said(101, None).and_then(|(_, instead)| instead), Some(100));
        assert_eq!(said(1, Some(0)).map(|(_, instead)| instead), Some(None));
    }

    #[test]
    fn what_a_catalog_has_just_said_counts_more_than_what_was_known() {
        let refused = |left| Shortfall { item: ItemId(1), wanted: Quantity::ONE, left };
        let said = |left| short(&ENGLISH, 1, Some(&refused(left)), Some(9)).map(|short| short.text);
        assert!(said(Some(0)).is_some_and(|text| text.contains("Sold out")));
        assert!(said(None).is_some_and(|text| text.contains("any more")));
    }
}
