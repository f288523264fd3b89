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
//! Idempotency-Key. It is a hint that an order may have been made, and afterwards the memory of who asked for it. It also
//! keeps a cart that was once checked out from looking like one that nobody ever used, when everything was bought.

use crate::objects::Author;
use crdt::{Actor, CounterMap, EditError, MOST_ACTORS};
use uuid::Uuid;
use wire::cart::Key;
use wire::sale::{Basket, Line, SoldLine};
use wire::{IdempotencyKey, ItemId, OrderId, Quantity};

/// What an attempt's item is called before anything else. No book's is called so.
const ATTEMPT: &str = "checkout/";
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

    /// The id of the cart's `nth` order, from 1.
    pub(super) fn order(&self, nth: u64) -> OrderId {
        OrderId::of_cart(self.shop, self.cart.as_str(), nth)
    }

    /// Who writes the sale of that order, and nothing else ever. Not the id itself, which opens the order.
    fn seller(&self, nth: u64) -> Actor {
        let bits = blake3::derive_key("bookend frontend sale of a cart v1", self.order(nth).0.as_bytes());
        Actor::from_bits(Uuid::from_slice(&bits[..16]).unwrap_or_default().as_u128())
    }

    /// How many orders are settled.
    pub(super) fn settled(&self, cart: &CounterMap) -> u64 {
        let is_settled = |nth: &u64| cart.version().get(self.seller(*nth)) > 0;
        // Each has a writer of its own.
        (1..=cart.version().len() as u64).take_while(is_settled).last().unwrap_or(0)
    }

    /// Writes that the `nth` order, which has these lines, was made of the cart.
    ///
    /// # Errors
    /// None of the lines of an order is out of range.
    pub(super) fn settle(&self, cart: &mut CounterMap, nth: u64, lines: &[SoldLine]) -> Result<(), EditError> {
        let units = lines.iter().map(|line| (line.item.to_string(), i64::from(line.quantity.units())));
        cart.merge(&CounterMap::taken(self.seller(nth), &units.collect())?);
        Ok(())
    }

    /// What the items of attempts at the `nth` order begin with.
    fn attempts_at(&self, nth: u64) -> String {
        format!("{ATTEMPT}{}/", self.seller(nth))
    }

    /// What is known of attempts at the `nth` order; those that can't be read are none.
    pub(super) fn attempts(&self, cart: &CounterMap, nth: u64) -> Vec<Attempt> {
        let beginning = self.attempts_at(nth);
        let named = cart.lines().into_iter().filter(|(name, _)| name.starts_with(&beginning));
        named.filter_map(|(name, line)| Some(Attempt { name, basket: read(line.fields.get(LINES)?)? })).collect()
    }

    /// Whether somebody has begun to buy the cart and did not come to say what became of it.
    pub(super) fn is_open(&self, cart: &CounterMap) -> bool {
        !self.attempts(cart, self.settled(cart) + 1).is_empty()
    }

    /// The number of the order that was asked for under this key, if that is remembered.
    pub(super) fn asked_for(&self, cart: &CounterMap, key: &IdempotencyKey) -> Option<u64> {
        let (next, field) = (self.settled(cart) + 1, field_of(key));
        let mut remembered = next.saturating_sub(REMEMBERED).max(1)..=next;
        remembered.find(|nth| {
            let beginning = self.attempts_at(*nth);
            let lines = cart.lines();
            lines.iter().any(|(name, line)| name.starts_with(&beginning) && line.fields.contains_key(&field))
        })
    }

    /// Writes that somebody begins to buy `basket` as the `nth` order, and forgets what need not be known any more. The
    /// name of the attempt, and whether it is a new one, as far as the cart says.
    ///
    /// # Errors
    /// [`EditError`] where there is no room for another edit.
    pub(super) fn begin(
        &self,
        cart: &mut CounterMap,
        author: Author,
        nth: u64,
        basket: &Basket,
        key: &IdempotencyKey,
    ) -> Result<(String, bool), EditError> {
        self.forget(cart, author, nth)?;
        let text = written(basket);
        let name = format!("{}{}", self.attempts_at(nth), &blake3::hash(text.as_bytes()).to_hex()[..16]);
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

    fn forget(&self, cart: &mut CounterMap, author: Author, nth: u64) -> Result<(), EditError> {
        let kept: Vec<String> = (nth.saturating_sub(REMEMBERED)..=nth).map(|nth| self.attempts_at(nth)).collect();
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

/// Carts and tills for the tests here and beside this one.
#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use wire::Money;

    pub(in crate::cart) fn till(cart: &str) -> Till {
        Till::new(Uuid::from_u128(1), Key::of("cart", cart).expect("a key"))
    }

    pub(in crate::cart) fn author(bits: u128) -> Author {
        Author { actor: Actor::from_bits(bits), stamp: 1 }
    }

    pub(in crate::cart) fn basket_of(lines: &[(u32, u32)]) -> Basket {
        let line = |(item, units): &(u32, u32)| Line {
            item: ItemId(*item),
            quantity: u64::from(*units).try_into().expect("a quantity"),
        };
        Basket::try_from(lines.iter().map(line).collect::<Vec<_>>()).expect("a basket")
    }

    pub(in crate::cart) fn sold(basket: &Basket) -> Vec<SoldLine> {
        let cost = Money::from_cents(1000).expect("a price");
        basket.lines().iter().map(|line| SoldLine { item: line.item, quantity: line.quantity, cost }).collect()
    }

    pub(in crate::cart) fn key(text: &str) -> IdempotencyKey {
        text.parse().expect("a key")
    }

    fn cart(lines: &[(u32, i64)]) -> CounterMap {
        let mut cart = CounterMap::new();
        for (item, count) in lines {
            cart.add(author(1).actor, &item.to_string(), *count).expect("small numbers");
        }
        cart
    }

    fn shown(cart: &CounterMap) -> Vec<(u32, i64)> {
        let mut books: Vec<_> = books(cart).map(|(item, count)| (item.0, count)).collect();
        books.sort_unstable();
        books
    }

    #[test]
    fn an_order_takes_its_lines_out_of_the_cart_once_and_what_was_added_meanwhile_stays() {
        let (till, mut cart) = (till("c"), cart(&[(1, 2), (3, 1)]));
        let order = sold(&basket_of(&[(1, 2), (3, 1)]));
        // Two gateways settle, and a third one adds without having heard of either.
        let (mut other, mut adding) = (cart.clone(), cart.clone());
        till.settle(&mut cart, 1, &order).expect("in range");
        till.settle(&mut cart, 1, &order).expect("in range");
        till.settle(&mut other, 1, &order).expect("in range");
        adding.add(author(1).actor, "1", 1).expect("small numbers");
        adding.add(author(1).actor, "7", 1).expect("small numbers");
        cart.merge(&other);
        cart.merge(&adding);
        assert_eq!((shown(&cart), till.settled(&cart)), (vec![(1, 1), (7, 1)], 1));
    }

    #[test]
    fn orders_are_settled_one_after_the_other_and_each_has_an_id_of_its_own() {
        let (till, other, mut cart) = (till("c"), till("d"), cart(&[(1, 2)]));
        for nth in 1..=3 {
            assert_eq!(till.settled(&cart), nth - 1);
            till.settle(&mut cart, nth, &sold(&basket_of(&[(1, 1)]))).expect("in range");
        }
        assert_eq!((till.settled(&cart), other.settled(&cart)), (3, 0));
        assert_ne!(till.order(1), till.order(2));
        assert_ne!(till.order(1), other.order(1));
        assert!(!serde_json::to_string(&cart).expect("JSON").contains(&till.order(1).0.simple().to_string()));
    }

    #[test]
    fn an_attempt_is_read_back_with_its_basket_and_keys_and_is_no_book() {
        let (till, mut cart) = (till("c"), cart(&[(1, 2), (44, 100)]));
        let wanted = basket(&cart).expect("it fits").expect("something");
        let (name, new) = till.begin(&mut cart, author(2), 1, &wanted, &key("k")).expect("room");
        assert!(new);
        assert_eq!(till.begin(&mut cart, author(3), 1, &wanted, &key("l")), Ok((name.clone(), false)));
        assert_eq!(till.attempts(&cart, 1), [Attempt { name, basket: wanted }]);
        assert_eq!((till.asked_for(&cart, &key("k")), till.asked_for(&cart, &key("l"))), (Some(1), Some(1)));
        assert_eq!(till.asked_for(&cart, &key("m")), None);
        assert_eq!(shown(&cart), [(1, 2), (44, 100)]);
    }

    #[test]
    fn a_key_is_remembered_for_the_next_orders_and_attempts_of_another_cart_are_forgotten() {
        let (till, other, mut cart) = (till("c"), till("guest"), cart(&[(1, 50)]));
        let one = basket_of(&[(1, 1)]);
        other.begin(&mut cart, author(2), 1, &one, &key("k1")).expect("room");
        for nth in 1..=20 {
            till.begin(&mut cart, author(2), nth, &one, &key(&format!("k{nth}"))).expect("room");
            till.settle(&mut cart, nth, &sold(&one)).expect("in range");
        }
        assert_eq!(till.asked_for(&cart, &key("k20")), Some(20));
        assert_eq!(till.asked_for(&cart, &key("k13")), Some(13));
        assert_eq!(till.asked_for(&cart, &key("k2")), None);
        assert!(other.attempts(&cart, 1).is_empty());
        assert!(cart.lines().len() < 12, "{:?}", cart.lines().keys());
    }

    #[test]
    fn a_cart_that_was_bought_whole_never_looks_like_one_that_nobody_used() {
        let (till, mut cart) = (till("c"), cart(&[(1, 1)]));
        let one = basket_of(&[(1, 1)]);
        till.begin(&mut cart, author(2), 1, &one, &key("k")).expect("room");
        till.settle(&mut cart, 1, &sold(&one)).expect("in range");
        assert_eq!(shown(&cart), []);
        assert!(!cart.is_empty_of_content(), "an object with nothing in it may be forgotten");
    }

    #[test]
    fn a_cart_with_more_than_an_order_holds_says_which_line_is_too_much() {
        let books: Vec<_> = (0..101).map(|item| (item, 1)).collect();
        assert!(basket(&cart(&books)).expect_err("too many").contains("101"));
        assert!(basket(&cart(&[(5, 101)])).expect_err("too much").contains("item 5"));
        assert_eq!(basket(&cart(&[])), Ok(None));
    }

    #[test]
    fn a_cart_of_which_very_many_orders_were_made_makes_no_further_one_that_could_not_be_settled() {
        let (till, mut cart) = (till("c"), cart(&[(1, 1)]));
        let one = basket_of(&[(1, 1)]);
        let mut nth = 0;
        while basket(&cart).is_ok() {
            nth += 1;
            till.settle(&mut cart, nth, &sold(&one)).expect("in range");
        }
        assert!((900..MOST_ACTORS as u64).contains(&nth), "{nth}");
        assert_eq!(till.settled(&cart), nth);
        assert!(crdt::Object::Counters(cart).fits(&crdt::Limits::default()).is_ok());
    }

    #[test]
    fn many_keys_and_many_books_leave_room_for_the_next() {
        let (till, mut cart) = (till("c"), cart(&[(1, 1)]));
        let one = basket_of(&[(1, 1)]);
        for number in 0..40 {
            till.begin(&mut cart, author(2), 1, &one, &key(&format!("k{number}"))).expect("room");
        }
        let fields = cart.lines().into_values().map(|line| line.fields.len()).max();
        assert!(fields <= Some(MOST_KEYS + 1), "{fields:?}");
        for nth in 1..=500 {
            cart.add(author(1).actor, &nth.to_string(), 1).expect("small numbers");
            let all = basket(&cart).expect("it fits").expect("something");
            till.begin(&mut cart, author(1), nth, &all, &key("k")).expect("room");
            till.settle(&mut cart, nth, &sold(&all)).expect("in range");
        }
        assert!(cart.hidden() <= MOST_HIDDEN + 1);
        assert_eq!(shown(&cart), []);
    }

    #[test]
    fn a_basket_reads_back_from_its_text_and_nonsense_is_none() {
        let many: Vec<_> = (0..100).map(|item| (u32::MAX - item, 100)).collect();
        for basket in [basket_of(&[(3, 1), (7, 2)]), basket_of(&many)] {
            let text = written(&basket);
            assert!(text.len() < 2_000, "a field has no more room");
            assert_eq!(read(&text), Some(basket));
        }
        for text in ["", "3", "3:0", "3:1,3:1", "3:1,", "x:1"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
