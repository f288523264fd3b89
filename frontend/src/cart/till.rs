//! What a cart says of the orders that were made of it, and how they are written into it. Pure: states in, states out.
//!
//! The orders of a cart are numbered from 1, and the id of each is a function of the cart and that number. So whoever
//! checks out a cart asks for the *same* order, wherever and at whatever moment, until that order is settled; the order
//! tier, which sells an order once, is what decides between them. An order is settled when the cart has joined its
//! *sale*: an edit by an actor made of the order's id, which takes the order's lines away. It says nothing but what the
//! order says, so everybody who knows the order makes the same edit, and to make it twice is to make it once. Nothing
//! else has to be remembered for that, and nothing can be left half done.
//!
//! Before it buys, a gateway leaves an *attempt* in the cart, in an item that is not shown: the basket, and the caller's
//! Idempotency-Key. It is a hint that an order may have been made, and afterwards the memory of who asked for it.
//!
//! A cart of which an order was made must never be forgotten, as empty ones are in time: its orders would be counted from
//! 1 again, and those of old be found again under their numbers. So an item that nobody removes says so.
//!
//! A guest's cart can join a member's while nobody knows what became of an attempt at it. Then the member's cart *adopts*
//! that order: its id is the next one that is asked for, so whatever had been bought under it is not bought again.

use crate::objects::Author;
use crdt::{Actor, CounterMap, EditError, MOST_ACTORS};
use uuid::Uuid;
use wire::cart::Key;
use wire::sale::{Basket, Line, SoldLine};
use wire::{IdempotencyKey, ItemId, OrderId, Quantity};

/// The item of a cart of which an order was made. No book's is called so.
const SETTLED: &str = "settled";
/// What an attempt's item is called before anything else. No book's is called so.
const ATTEMPT: &str = "checkout/";
/// What the item of an order that was adopted is called before anything else. No book's is called so.
const ADOPTED: &str = "adopted/";
/// The fields of one: the cart that the order is of, and its number there.
const OF_CART: &str = "cart";
const NTH: &str = "nth";
/// The field of an attempt that has its basket.
const LINES: &str = "lines";
/// What the field of a caller's key is called before anything else.
const KEY: &str = "key/";
/// The most keys of one attempt that are remembered: an item has room for no more than 32 fields.
const MOST_KEYS: usize = 16;
/// Attempts at so many orders are remembered, the last ones.
const REMEMBERED: u64 = 8;
/// More items that are not shown than this are swept away. Not earlier, for a sweep is a removal: whoever has not heard
/// yet of an order from before, and adds to what it took, brings it back. Later there would be no room: an object has 1,000
/// items.
const MOST_HIDDEN: usize = 200;

/// From so many writers on no order is made of a cart any more: each order is one, an object has room for
/// [`MOST_ACTORS`], and an order that can't be written into its cart would stay in it.
const MOST_WRITERS: usize = MOST_ACTORS - 24;

/// The books in a cart and how many there are of each; attempts are none.
pub(super) fn books(cart: &CounterMap) -> impl Iterator<Item = (ItemId, i64)> {
    cart.lines().into_iter().filter_map(|(name, line)| Some((name.parse().ok()?, line.count)))
}

/// What the cart would buy, `None` where it is empty.
///
/// # Errors
/// Why an order can't hold it, or the cart can't hold another order. A cart can hold more than an order where two were
/// filled apart.
pub(super) fn basket(cart: &CounterMap) -> Result<Option<Basket>, String> {
    if cart.version().len() > MOST_WRITERS {
        let why =
            "Too many orders were made of this cart to make another: buy its books one by one, or begin a new session.";
        return Err(why.to_owned());
    }
    let line = |(item, count): (ItemId, i64)| {
        let quantity = Quantity::try_from(count.unsigned_abs());
        let most = Quantity::MOST;
        let quantity = quantity.map_err(|_| format!("An order has at most {most} of one book, and there are {count} of item {item} in the cart: take some out."))?;
        Ok(Line { item, quantity })
    };
    let lines = books(cart).map(line).collect::<Result<Vec<_>, String>>()?;
    if lines.is_empty() {
        return Ok(None);
    }
    let (there, most) = (lines.len(), Basket::MOST_LINES);
    let basket = Basket::try_from(lines);
    let why =
        |_| format!("An order has at most {most} different books, and there are {there} in the cart: take some out.");
    basket.map(Some).map_err(why)
}

/// Whether the cart holds all of the basket.
pub(super) fn covers(cart: &CounterMap, basket: &Basket) -> bool {
    basket.lines().iter().all(|line| cart.count(&line.item.to_string()) >= line.quantity.units().into())
}

/// Somebody began to buy this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// What its item is called.
    pub(super) name: String,
    /// What was to be bought.
    pub(super) basket: Basket,
}

/// An order of a cart, whether or not it is made: the same for whoever means the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The order's id.
    pub(super) order: OrderId,
    /// Who writes its sale, and nothing else ever. Not made of the id as it is, which opens the order.
    seller: Actor,
}

impl Slot {
    fn of(order: OrderId) -> Self {
        let bits = blake3::derive_key("bookend frontend sale of a cart v1", order.0.as_bytes());
        let seller = Actor::from_bits(Uuid::from_slice(&bits[..16]).unwrap_or_default().as_u128());
        Self { order, seller }
    }

    /// Whether the cart has joined its sale.
    pub(super) fn is_settled(&self, cart: &CounterMap) -> bool {
        cart.version().get(self.seller) > 0
    }

    /// What the items of attempts at it begin with.
    fn attempts(&self) -> String {
        format!("{ATTEMPT}{}/", self.seller)
    }

    /// The item of a cart that has adopted it.
    fn adopted(&self) -> String {
        format!("{ADOPTED}{}", self.seller)
    }
}

/// The till of one cart: its orders, past and next.
#[derive(Clone, Debug)]
pub(super) struct Till {
    /// The namespace of the shop's order ids.
    shop: Uuid,
    cart: Key,
}

impl Till {
    /// The till of this cart, in the shop with this namespace.
    pub(super) const fn new(shop: Uuid, cart: Key) -> Self {
        Self { shop, cart }
    }

    /// The cart's `nth` order, from 1.
    pub(super) fn slot(&self, nth: u64) -> Slot {
        Slot::of(OrderId::of_cart(self.shop, self.cart.as_str(), nth))
    }

    /// How many of the cart's own orders are settled.
    pub(super) fn settled(&self, cart: &CounterMap) -> u64 {
        // Each has a writer of its own.
        (1..=cart.version().len() as u64).take_while(|nth| self.slot(*nth).is_settled(cart)).last().unwrap_or(0)
    }

    /// The order that is to be asked for next.
    pub(super) fn next(&self, cart: &CounterMap) -> Slot {
        let adopted = self.adopted(cart).into_iter().find(|slot| !slot.is_settled(cart));
        adopted.unwrap_or_else(|| self.slot(self.settled(cart) + 1))
    }

    /// The orders of other carts that became this cart's.
    fn adopted(&self, cart: &CounterMap) -> Vec<Slot> {
        let slot = |(name, line): (String, crdt::Line)| {
            let of: Key = line.fields.get(OF_CART)?.parse().ok()?;
            let slot = Self::new(self.shop, of).slot(line.fields.get(NTH)?.parse().ok()?);
            (slot.adopted() == name).then_some(slot)
        };
        cart.lines().into_iter().filter(|(name, _)| name.starts_with(ADOPTED)).filter_map(slot).collect()
    }

    /// Whether there is nothing of this till to adopt in a cart of which this till's has become part: no attempt is open, or
    /// the cart knows.
    pub(super) fn is_known(&self, cart: &CounterMap) -> bool {
        let slot = self.slot(self.settled(cart) + 1);
        Self::attempts(cart, &slot).is_empty() || cart.count(&slot.adopted()) > 0
    }

    /// Lets a cart of which this till's has become part adopt the order that somebody has begun to make here.
    ///
    /// # Errors
    /// [`EditError`] where there is no room for another edit.
    pub(super) fn be_adopted(&self, cart: &mut CounterMap, author: Author) -> Result<(), EditError> {
        if self.is_known(cart) {
            return Ok(());
        }
        let nth = self.settled(cart) + 1;
        let name = self.slot(nth).adopted();
        cart.add(author.actor, &name, 1)?;
        cart.set(author.actor, &name, OF_CART, self.cart.as_str(), author.stamp)?;
        cart.set(author.actor, &name, NTH, &nth.to_string(), author.stamp)?;
        Ok(())
    }

    /// Writes that this order, which has these lines, was made of the cart.
    ///
    /// # Errors
    /// None of the lines of an order is out of range.
    pub(super) fn settle(
        cart: &mut CounterMap,
        author: Author,
        slot: &Slot,
        lines: &[SoldLine],
    ) -> Result<(), EditError> {
        let units = lines.iter().map(|line| (line.item.to_string(), i64::from(line.quantity.units())));
        cart.merge(&CounterMap::taken(slot.seller, &units.collect())?);
        if cart.count(SETTLED) == 0 {
            cart.add(author.actor, SETTLED, 1)?;
        }
        Ok(())
    }

    /// What is known of attempts at an order; those that can't be read are none.
    pub(super) fn attempts(cart: &CounterMap, slot: &Slot) -> Vec<Attempt> {
        let beginning = slot.attempts();
        let named = cart.lines().into_iter().filter(|(name, _)| name.starts_with(&beginning));
        named.filter_map(|(name, line)| Some(Attempt { name, basket: read(line.fields.get(LINES)?)? })).collect()
    }

    /// Whether somebody has begun to buy the cart and did not come to say what became of it.
    pub(super) fn is_open(&self, cart: &CounterMap) -> bool {
        let next = self.next(cart);
        cart.count(&next.adopted()) > 0 || !Self::attempts(cart, &next).is_empty()
    }

    /// The order that was asked for under this key, if that is remembered.
    pub(super) fn asked_for(&self, cart: &CounterMap, key: &IdempotencyKey) -> Option<Slot> {
        let (field, lines) = (field_of(key), cart.lines());
        self.remembered(cart).find(|slot| {
            let beginning = slot.attempts();
            lines.iter().any(|(name, line)| name.starts_with(&beginning) && line.fields.contains_key(&field))
        })
    }

    /// The orders of which attempts are kept.
    fn remembered(&self, cart: &CounterMap) -> impl Iterator<Item = Slot> {
        let next = self.settled(cart) + 1;
        let own = next.saturating_sub(REMEMBERED).max(1)..=next;
        own.map(|nth| self.slot(nth)).chain(self.adopted(cart))
    }

    /// Writes that somebody begins to buy `basket` as this order, and forgets what need not be known any more. The
    /// name of the attempt, and whether it is a new one, as far as the cart says.
    ///
    /// # Errors
    /// [`EditError`] where there is no room for another edit.
    pub(super) fn begin(
        &self,
        cart: &mut CounterMap,
        author: Author,
        slot: &Slot,
        basket: &Basket,
        key: &IdempotencyKey,
    ) -> Result<(String, bool), EditError> {
        self.forget(cart, author)?;
        let text = written(basket);
        let name = format!("{}{}", slot.attempts(), &blake3::hash(text.as_bytes()).to_hex()[..16]);
        let new = cart.count(&name) == 0;
        if new {
            cart.add(author.actor, &name, 1)?;
            cart.set(author.actor, &name, LINES, &text, author.stamp)?;
        }
        let fields = cart.lines().remove(&name).map(|line| line.fields).unwrap_or_default();
        let field = field_of(key);
        if !fields.contains_key(&field) && fields.len() <= MOST_KEYS {
            cart.set(author.actor, &name, &field, "", author.stamp)?;
        }
        Ok((name, new))
    }

    fn forget(&self, cart: &mut CounterMap, author: Author) -> Result<(), EditError> {
        let mut settled = self.adopted(cart);
        settled.retain(|slot| slot.is_settled(cart));
        for slot in settled {
            cart.remove(author.actor, &slot.adopted())?;
        }
        let kept: Vec<String> = self.remembered(cart).map(|slot| slot.attempts()).collect();
        // Those of another cart, too, that once became part of this one.
        let old = |name: &String| name.starts_with(ATTEMPT) && !kept.iter().any(|kept| name.starts_with(kept));
        for name in cart.lines().into_keys().filter(old) {
            cart.remove(author.actor, &name)?;
        }
        if cart.hidden() > MOST_HIDDEN {
            cart.sweep(author.actor)?;
        }
        Ok(())
    }
}

/// The field of a key: the key itself is the caller's own, and may be long.
fn field_of(key: &IdempotencyKey) -> String {
    format!("{KEY}{}", &blake3::hash(key.as_str().as_bytes()).to_hex()[..32])
}

/// A basket as text: `3:1,7:2`.
fn written(basket: &Basket) -> String {
    let line = |line: &Line| format!("{}:{}", line.item, line.quantity.units());
    basket.lines().iter().map(line).collect::<Vec<_>>().join(",")
}

fn read(text: &str) -> Option<Basket> {
    let line = |text: &str| {
        let (item, quantity) = text.split_once(':')?;
        Some(Line { item: item.parse().ok()?, quantity: quantity.parse().ok()? })
    };
    Basket::try_from(text.split(',').map(line).collect::<Option<Vec<_>>>()?).ok()
}

#[cfg(test)]
pub(super) mod tests;
