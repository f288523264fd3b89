//! Where two carts became one: the titles that were in both, and how many of each. Pure.
//!
//! Counts of two carts add up, and whoever had put the same book aside twice did perhaps not mean that. So they are told,
//! and the address of the page that tells them says what: it is one of many that lead to the cart, and changes nothing.

use super::till;
use crdt::Object;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use wire::ItemId;
use wire::v1::Cart;

/// So many titles are told of at the most; the others stand in the cart as well.
const MOST: usize = 10;

/// A title that was in both carts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// Which.
    pub item: ItemId,
    /// How many were in the cart that joined.
    pub here: u64,
    /// How many were in the one that it joined.
    pub there: u64,
}

impl Met {
    /// How many that makes.
    pub fn both(&self) -> u64 {
        self.here.saturating_add(self.there)
    }
}

/// The titles that were in both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meeting(Vec<Met>);

/// A text that tells of no meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected up to {MOST} titles as item-here-there, with points between them")]
pub struct NoMeeting;

impl Meeting {
    /// What met when the cart `here` joined the one that was as `there` says, and became `joined`. A cart that had joined
    /// before adds nothing, and meets nobody again.
    pub(super) fn of(here: &Object, there: &Object, joined: &Object) -> Self {
        let (there, joined) = (books(there), books(joined));
        let met = books(here).into_iter().filter_map(|(item, here)| {
            let met = Met { item, here, there: *there.get(&item)? };
            (joined.get(&item) == Some(&met.both())).then_some(met)
        });
        Self(met.take(MOST).collect())
    }

    /// With what met elsewhere.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self.0.truncate(MOST);
        self
    }

    /// Whether nothing was in both.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is still true of this cart: the others have been changed since, or never were so.
    pub fn still_in<'a>(&'a self, cart: &'a Cart) -> impl Iterator<Item = &'a Met> {
        let is_so = |met: &&Met| cart.lines.iter().any(|line| line.item == met.item && line.quantity == met.both());
        self.0.iter().filter(is_so)
    }
}

/// The books of a cart that are shown.
fn books(cart: &Object) -> BTreeMap<ItemId, u64> {
    let Object::Counters(cart) = cart else { return BTreeMap::new() };
    till::books(cart).map(|(item, count)| (item, count.unsigned_abs())).collect()
}

impl fmt::Display for Meeting {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Met { item, here, there }) in self.0.iter().enumerate() {
            let point = if at == 0 { "" } else { "." };
            write!(to, "{point}{item}-{here}-{there}")?;
        }
        Ok(())
    }
}

impl FromStr for Meeting {
    type Err = NoMeeting;
    fn from_str(text: &str) -> Result<Self, NoMeeting> {
        let met = |text: &str| {
            let mut parts = text.split('-');
            let item = parts.next()?.parse().ok()?;
            let mut count = || parts.next()?.parse().ok().filter(|count| *count > 0);
            let met = Met { item, here: count()?, there: count()? };
            parts.next().is_none().then_some(met)
        };
        let met: Option<Vec<Met>> = text.split('.').take(MOST + 1).map(met).collect();
        met.filter(|met| met.len() <= MOST).map(Self).ok_or(NoMeeting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::{Actor, CounterMap};
    use wire::v1::CartLine;

    fn cart(actor: u128, books: &[(&str, i64)]) -> Object {
        let mut cart = CounterMap::new();
        for (item, count) in books {
            cart.add(Actor::from_bits(actor), item, *count).expect("an edit");
        }
        Object::Counters(cart)
    }

    fn met(item: u32, here: u64, there: u64) -> Met {
        Met { item: ItemId(item), here, there }
    }

    #[test]
    fn a_title_of_both_carts_is_told_once_and_a_cart_that_joins_again_meets_nobody() {
        let (guest, member) = (cart(1, &[("4", 2), ("5", 1), ("checkout/x", 1)]), cart(2, &[("4", 3), ("7", 1)]));
        let mut joined = member.clone();
        joined.merge(&guest).expect("two carts");
        let meeting = Meeting::of(&guest, &member, &joined);
        assert_eq!(meeting, Meeting(vec![met(4, 2, 3)]));
        assert!(Meeting::of(&guest, &joined, &joined).is_empty());
        assert!(Meeting::of(&cart(3, &[("9", 1)]), &member, &joined).is_empty());
    }

    #[test]
    fn a_meeting_survives_its_way_through_an_address_and_nothing_else_is_one() {
        let meeting = Meeting(vec![met(4, 2, 3), met(7, 1, 1)]);
        assert_eq!(meeting.to_string(), "4-2-3.7-1-1");
        assert_eq!(meeting.to_string().parse(), Ok(meeting));
        let many = ["4-2-3"; MOST + 1].join(".");
        for wrong in
            ["", "1", "4-2", "4-2-3-4", "4-0-3", "4-2--3", "4-2-3.", "a-1-1", "4-1-99999999999999999999", &many]
        {
            assert_eq!(wrong.parse::<Meeting>(), Err(NoMeeting), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_so_any_more_is_not_said() {
        let line = |item, quantity| CartLine { item: ItemId(item), quantity, put_in_at_cents: None, book: None };
        let cart = Cart { lines: vec![line(4, 5), line(7, 1)] };
        let meeting = Meeting(vec![met(4, 2, 3), met(7, 1, 1), met(9, u64::MAX, 1)]);
        assert_eq!(meeting.still_in(&cart).copied().collect::<Vec<_>>(), [met(4, 2, 3)]);
    }
}
