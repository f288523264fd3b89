//! Which versions of which books a session has already seen: what it may be shown must contain them.
//!
//! Apart from the session, since it is a value with rules of its own: what to remember of an order, what to forget, and
//! how to write it small. Whose it is, and that nobody has changed it, is `session.rs`' business.

use journal::ActorId;
use wire::item::Versions;
use wire::order::Receipt;
use wire::sale::Basket;
use wire::{ItemId, ItemState};

/// So many books are remembered, the last ones, and all of the last order however many it has.
pub(super) const MOST_BOOKS: usize = 8;
/// So long a book is remembered, in seconds: every replica has caught up by then or nobody knows of that sale.
pub(super) const REMEMBERED_S: u64 = 30 * 60;
/// So many actors may be named; a shop has a handful.
const MOST_ACTORS: usize = 64;

/// The versions of books that a session caused or saw by buying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<SeenBook>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenBook {
    item: ItemId,
    /// When, in Unix seconds.
    at_s: u64,
    versions: Versions,
}

impl Seen {
    /// Whether showing `state` would not take the session back in time.
    pub fn allows(&self, state: &ItemState) -> bool {
        self.versions(state.id).is_none_or(|versions| state.contains(versions))
    }

    /// Whether the session has seen this book change.
    pub fn knows(&self, item: ItemId) -> bool {
        self.versions(item).is_some()
    }

    /// The books seen, for looking them up in a list.
    pub fn items(&self) -> impl Iterator<Item = ItemId> {
        self.0.iter().map(|book| book.item)
    }

    fn versions(&self, item: ItemId) -> Option<&Versions> {
        self.0.iter().find(|book| book.item == item).map(|book| &book.versions)
    }

    /// Remembers that `state` was seen at `now_s`; versions seen before are kept where they are higher.
    pub fn remember(&mut self, state: &ItemState, now_s: u64) {
        self.note(state.id, state.versions(), now_s);
        self.keep(MOST_BOOKS);
    }

    /// Remembers an order that its buyer was told of at `now_s`: every book of it is shown with that sale from now on.
    pub fn remember_order(&mut self, Receipt { order, items, .. }: &Receipt, now_s: u64) {
        for line in &order.lines {
            match items.iter().find(|state| state.id == line.item) {
                Some(state) if order.lines.len() <= MOST_BOOKS => self.note(state.id, state.versions(), now_s),
                // A receipt comes without its books when the order was known already, from an answer that got lost on its
                // way perhaps; and all that was seen of many books is too much for a cookie. The sale itself is enough.
                _ => self.note(line.item, Versions::from([(order.sale.actor, order.sale.seq)]), now_s),
            }
        }
        self.keep(MOST_BOOKS.max(order.lines.len()));
    }

    fn keep(&mut self, most: usize) {
        self.0.drain(..self.0.len().saturating_sub(most));
    }

    fn note(&mut self, item: ItemId, mut versions: Versions, now_s: u64) {
        if let Some(position) = self.0.iter().position(|book| book.item == item) {
            for (actor, seq) in self.0.remove(position).versions {
                let mine = versions.entry(actor).or_default();
                *mine = seq.max(*mine);
            }
        }
        self.0.push(SeenBook { item, at_s: now_s, versions });
    }

    /// Forgets what was seen longer ago than any replica needs to catch up.
    pub(super) fn forget_old(&mut self, now_s: u64) {
        self.0.retain(|book| book.at_s + REMEMBERED_S > now_s);
    }

    /// Appends what was seen, so that `bytes` has no more than `most`; the last ones go first.
    pub(super) fn encode(&self, bytes: &mut Vec<u8>, most: usize) {
        let mut actors: Vec<ActorId> = self.0.iter().flat_map(|book| book.versions.keys().copied()).collect();
        actors.sort_unstable();
        actors.dedup();
        actors.truncate(MOST_ACTORS);
        put(bytes, actors.len() as u64);
        for actor in &actors {
            bytes.extend_from_slice(actor.bytes());
        }
        let mut room = most.saturating_sub(bytes.len());
        let books = self.0.iter().rev().map(|book| book.encode(&actors));
        let books = books.take_while(|book| {
            let fits = book.len() <= room;
            room = room.saturating_sub(book.len());
            fits
        });
        // The last ones fit; the oldest of them stands first.
        let books: Vec<_> = books.collect();
        books.iter().rev().for_each(|book| bytes.extend_from_slice(book));
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub(super) fn decode(mut rest: &[u8]) -> Option<Self> {
        let count = get(&mut rest)?;
        if count > MOST_ACTORS as u64 {
            return None;
        }
        let actors: Vec<ActorId> = (0..count)
            .map(|_| take::<16>(&mut rest).map(|bits| ActorId::from_bits(u128::from_be_bytes(*bits))))
            .collect::<Option<_>>()?;
        let mut books = Vec::new();
        while !rest.is_empty() && books.len() < Basket::MOST_LINES {
            let item = ItemId(get(&mut rest)?.try_into().ok()?);
            let at_s = get(&mut rest)?;
            let mut versions = Versions::new();
            for _ in 0..get(&mut rest)? {
                let actor = *actors.get(usize::try_from(get(&mut rest)?).ok()?)?;
                versions.insert(actor, get(&mut rest)?);
            }
            books.push(SeenBook { item, at_s, versions });
        }
        Some(Self(books))
    }
}

impl SeenBook {
    /// In a session that has named `actors`, in their order.
    fn encode(&self, actors: &[ActorId]) -> Vec<u8> {
        let versions = self.versions.iter();
        let versions: Vec<_> =
            versions.filter_map(|(actor, seq)| Some((actors.binary_search(actor).ok()?, *seq))).collect();
        let mut bytes = Vec::new();
        put(&mut bytes, self.item.0.into());
        put(&mut bytes, self.at_s);
        put(&mut bytes, versions.len() as u64);
        for (actor, seq) in versions {
            put(&mut bytes, actor as u64);
            put(&mut bytes, seq);
        }
        bytes
    }
}

/// Appends a number, seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::testing::state;
    use proptest::prelude::*;
    use std::ops::RangeInclusive;
    use uuid::Uuid;
    use wire::order::{Order, OrderState};
    use wire::sale::{SaleRef, SoldLine};
    use wire::{Buyer, Money, OrderId, OrderNumber, Quantity};

    /// The receipt of an order of one unit of each of these, which names no state of them.
    pub(in crate::session) fn receipt(items: RangeInclusive<u32>, seq: u64) -> Receipt {
        let line = |item| SoldLine { item: ItemId(item), quantity: Quantity::ONE, cost: Money::default() };
        let order = Order {
            id: OrderId(Uuid::from_u128(1)),
            number: OrderNumber(26),
            also: Vec::new(),
            buyer: Buyer::default(),
            lines: items.map(line).collect(),
            created_ms: 0,
            sale: SaleRef { actor: ActorId::from_bits(1), seq },
            told: true,
            advances: Vec::new(),
        };
        Receipt { order, copies: 1, state: OrderState::Confirmed, items: Vec::new() }
    }

    fn seen() -> Seen {
        let mut seen = Seen::default();
        seen.remember(&state(3, &[(1, 5, 10), (2, 9, -1)]), 1000);
        seen.remember(&state(4, &[(2, 10, 4)]), 1001);
        seen
    }

    #[test]
    fn a_state_from_before_what_the_session_saw_is_not_allowed() {
        let seen = seen();
        assert!(!seen.allows(&state(3, &[(1, 4, 11), (2, 9, -1)])));
        assert!(!seen.allows(&state(3, &[(1, 5, 10)])));
        assert!(seen.allows(&state(3, &[(1, 5, 10), (2, 9, -1)])));
        assert!(seen.allows(&state(3, &[(1, 6, 9), (2, 9, -1)])));
        assert!(seen.allows(&state(99, &[])));
    }

    #[test]
    fn a_sale_that_came_without_its_book_is_remembered_beside_what_was_seen() {
        let mut seen = seen();
        seen.remember_order(&receipt(3..=3, 8), 1002);
        assert!(!seen.allows(&state(3, &[(1, 7, 10), (2, 9, -1)])));
        assert!(!seen.allows(&state(3, &[(1, 8, 9), (2, 8, 0)])));
        assert!(seen.allows(&state(3, &[(1, 8, 9), (2, 9, -1)])));
    }

    #[test]
    fn a_short_order_after_a_long_one_leaves_eight_books() {
        let mut seen = seen();
        seen.remember_order(&receipt(1..=30, 7), 1002);
        assert_eq!(seen.items().count(), 30);
        seen.remember_order(&receipt(40..=41, 8), 1003);
        assert_eq!(seen.items().map(|item| item.0).collect::<Vec<_>>(), [25, 26, 27, 28, 29, 30, 40, 41]);
    }

    proptest! {
        #[test]
        fn remembering_never_lowers_a_version(first in 1_u64..100, second in 1_u64..100) {
            let mut seen = Seen::default();
            seen.remember(&state(1, &[(1, first, 0)]), 5);
            seen.remember(&state(1, &[(1, second, 0)]), 6);
            prop_assert_eq!(seen.allows(&state(1, &[(1, first.max(second), 0)])), true);
            prop_assert_eq!(seen.allows(&state(1, &[(1, first.max(second) - 1, 0)])), false);
        }
    }
}
