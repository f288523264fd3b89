//! Carts: what a visitor has put aside. The same for pages and for the JSON API.
//!
//! A cart is an object of the cart tier. A guest's is named by the session's own secret id, so nobody else has an address
//! for it; a member's by the account's id, so it is the same wherever they are signed in.
//! It holds ids, counts, categories and the prices that were seen when something was put in; titles, and the prices that
//! are paid, are those of the moment. How it is bought is in
//! `cart/`: `till` (its orders, in the object), `meeting` (what was in two of them),
//! `purchase` (what to do next) and `checkout` (the waiting).

mod by_title;
mod checkout;
mod meeting;
mod purchase;
mod till;

pub use checkout::{NoCheckout, of_basket};
pub use meeting::{Meeting, Met};

use crate::browse::{Browse, Unread};
use crate::checkout::Checkout;
use crate::objects::{Author, NoCopies, Objects, counters, empty_map};
use crate::session::{Seen, Session};
use crdt::{CounterMap, EditError, Object};
use futures::future::join_all;
use std::fmt::Display;
use std::sync::Arc;
use wire::cart::{CATEGORY, Key, PRICE_CENTS};
use wire::sale::Basket;
use wire::v1::{Book, Cart, CartLine};
use wire::{Buyer, ItemId, ItemState, Problem, Quantity};

/// Why a cart can't be shown or changed; nothing was changed, unless [`NoCopies::Uncertain`] says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCart {
    /// The shop does not have such a book, or none is left of it, or nobody can tell.
    #[error("{0}")]
    Book(Problem),
    /// The book is not in the cart.
    #[error("item {0} is not in the cart")]
    NotInIt(ItemId),
    /// More lines, or more of one book, than an order may have.
    #[error("{0}")]
    TooMuch(String),
    /// The cart tier does not answer.
    #[error(transparent)]
    NoCopies(#[from] NoCopies),
}

impl From<NoCart> for Problem {
    fn from(why: NoCart) -> Self {
        match why {
            NoCart::Book(problem) => problem,
            NoCart::NotInIt(item) => Self::definite(404, "not-in-the-cart", format!("Item {item} is not in the cart.")),
            NoCart::TooMuch(why) => Self::definite(409, "too-much", why).at("quantity"),
            NoCart::NoCopies(why) => why.into(),
        }
    }
}

impl From<EditError> for NoCart {
    fn from(error: EditError) -> Self {
        Self::TooMuch(error.to_string())
    }
}

/// Why a cart was not changed at once.
enum Unchanged {
    /// Somebody has begun to buy it.
    Open(CounterMap),
    /// It can't be changed.
    NoCart(NoCart),
}

impl From<NoCart> for Unchanged {
    fn from(why: NoCart) -> Self {
        Self::NoCart(why)
    }
}

impl From<NoCopies> for Unchanged {
    fn from(why: NoCopies) -> Self {
        Self::NoCart(why.into())
    }
}

/// The carts of the shop.
pub struct Carts {
    browse: Browse,
    objects: Objects,
    desk: Arc<Checkout>,
}

/// The key of this buyer's cart.
fn key(buyer: &Buyer) -> Key {
    key_of(buyer.as_str())
}

fn key_of(owner: impl Display) -> Key {
    // A buyer is at most 64 visible characters, and so is the id of a session.
    Key::of("cart", owner).unwrap_or_else(|_| unreachable!("a session has an id"))
}

impl Carts {
    /// Carts at these replicas, with books from there; they are bought at this desk.
    pub fn new(browse: Browse, objects: Objects, desk: Arc<Checkout>) -> Self {
        Self { browse, objects, desk }
    }

    /// The cart of this buyer.
    ///
    /// # Errors
    /// [`NoCart::NoCopies`].
    pub async fn show(&self, buyer: &Buyer, seen: &Seen) -> Result<Cart, NoCart> {
        Ok(self.shown(&self.read(&key(buyer)).await?, seen).await)
    }

    /// The object of a cart; what was bought of it is gone, as far as anybody can tell.
    async fn read(&self, key: &Key) -> Result<Object, NoCart> {
        let mut object = self.objects.read(key).await?.unwrap_or_else(empty_map);
        let newer = self.caught_up(key, counters(&mut object)?).await;
        Ok(newer.unwrap_or(object))
    }

    /// The session, once the carts that its member had as a guest are in the member's, and what was in both.
    ///
    /// States are joined, and none is emptied: every edit of either stands in the result exactly once, however often they
    /// are joined, and what the member takes out afterwards stays out. What can't be had or stored now is joined with the
    /// next request: nothing is lost, and nobody waits. The result may be more than a cart takes otherwise, and is shown.
    pub async fn joined(&self, mut session: Session, now_s: u64) -> (Session, Meeting) {
        if session.joins().is_empty() {
            return (session, Meeting::default());
        }
        let to = key(&session.buyer());
        let joins = session.joins().iter().map(|guest| self.join(key_of(guest), &to));
        let mut met = Meeting::default();
        match join_all(joins).await.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(joined) => {
                if joined.iter().all(|(whole, _)| *whole) {
                    session.joined(now_s);
                }
                met = joined.into_iter().fold(met, |all, (_, met)| all.and(met));
            }
            Err(error) => tracing::warn!(%error, "a guest's cart is not yet in the member's"),
        }
        (session, met)
    }

    /// Joins one cart into another; whether all of it was there to be joined, and what was in both. An order that somebody has begun to make of
    /// the one is the other's next, so that it is not made again.
    async fn join(&self, from: Key, to: &Key) -> Result<(bool, Meeting), NoCart> {
        let (guests, there) = futures::join!(self.objects.see(&from), self.objects.see(to));
        let (guests, there) = (guests?, there?);
        let Some(mut guest) = guests.object else { return Ok((guests.quorum, Meeting::default())) };
        let newer = self.caught_up(&from, counters(&mut guest)?).await;
        let guest = newer.unwrap_or(guest);
        let till = self.till(&from);
        let merge = |object: &mut Object| object.merge(&guest).map_err(|_| NoCopies::Unreachable);
        let before = there.object.unwrap_or_else(empty_map);
        let mut joined = before.clone();
        let is_news = merge(&mut joined)?;
        let met = Meeting::of(&guest, &before, &joined);
        if is_news || !there.quorum || !till.is_known(counters(&mut joined)?) {
            let edit = |object: &mut Object, author: Author| {
                merge(object)?;
                till.be_adopted(counters(object)?, author)?;
                Ok::<_, NoCart>(())
            };
            self.objects.change(to, empty_map, edit).await?;
        }
        Ok((guests.quorum, met))
    }

    /// Puts units of a book into the cart.
    ///
    /// # Errors
    /// [`NoCart`]: also where no unit is left in the shop, as far as known.
    pub async fn add(&self, buyer: &Buyer, item: ItemId, quantity: Quantity, seen: &Seen) -> Result<Cart, NoCart> {
        let book = self.browse.book(item, seen).await.map_err(|why: Unread| NoCart::Book(why.into()))?;
        let state = book.value.state();
        if state.count() == 0 {
            let why = format!("No unit of item {item} is left.");
            return Err(NoCart::Book(Problem::definite(409, "sold-out", why).at("item")));
        }
        let edit = |object: &mut Object, author: Author| put_in(counters(object)?, author, state, quantity);
        self.changed_and_shown(buyer, edit, seen).await
    }

    /// Makes it so many units of a book that is in the cart; `None` takes it out. Whoever says how many has seen the price,
    /// which is remembered where a catalog tells it.
    ///
    /// # Errors
    /// [`NoCart`].
    pub async fn set(
        &self,
        buyer: &Buyer,
        item: ItemId,
        quantity: Option<Quantity>,
        seen: &Seen,
    ) -> Result<Cart, NoCart> {
        let book = match quantity {
            Some(_) => self.browse.book(item, seen).await.ok(),
            None => None,
        };
        let edit = |object: &mut Object, author: Author| {
            let (cart, name) = (counters(object)?, item.to_string());
            let there = cart.count(&name);
            if there == 0 {
                return Err(NoCart::NotInIt(item));
            }
            let wanted = quantity.map_or(0, |quantity| i64::from(quantity.units()));
            cart.add(author.actor, &name, wanted - there)?;
            book.as_ref().map_or(Ok(()), |book| note_price(cart, author, book.value.state()))
        };
        self.changed_and_shown(buyer, edit, seen).await
    }

    async fn changed_and_shown(
        &self,
        buyer: &Buyer,
        edit: impl FnOnce(&mut Object, Author) -> Result<(), NoCart>,
        seen: &Seen,
    ) -> Result<Cart, NoCart> {
        Ok(self.shown(&self.changed(buyer, edit).await?, seen).await)
    }

    async fn changed(
        &self,
        buyer: &Buyer,
        edit: impl FnOnce(&mut Object, Author) -> Result<(), NoCart>,
    ) -> Result<Object, NoCart> {
        let key = key(buyer);
        let till = self.till(&key);
        let mut edit = Some(edit);
        let first = |object: &mut Object, author: Author| {
            let cart = counters(object)?;
            match edit.take_if(|_| !till.is_open(cart)) {
                Some(edit) => Ok(edit(object, author)?),
                None => Err(Unchanged::Open(cart.clone())),
            }
        };
        let changed = match self.objects.change(&key, empty_map, first).await {
            Ok(changed) => changed,
            Err(Unchanged::NoCart(why)) => return Err(why),
            Err(Unchanged::Open(cart)) => {
                // Whoever changes a cart means it as it is shown, without what was bought. Where nobody can tell, it is changed
                // all the same.
                self.caught_up(&key, &cart).await;
                let edit = edit.ok_or(NoCopies::Unreachable)?;
                self.objects.change(&key, empty_map, edit).await?
            }
        };
        Ok(changed.object)
    }

    /// With titles and prices as far as a catalog tells them.
    async fn shown(&self, object: &Object, seen: &Seen) -> Cart {
        let Object::Counters(cart) = object else { return Cart { lines: Vec::new() } };
        let line = |(item, count): (ItemId, i64)| async move {
            let book = self.browse.book(item, seen).await.ok().map(|found| Book::from(found.value.state()));
            let put_in_at_cents = cart.field(&item.to_string(), PRICE_CENTS).and_then(|cents| cents.parse().ok());
            CartLine { item, quantity: count.unsigned_abs(), put_in_at_cents, book }
        };
        let mut lines = join_all(till::books(cart).map(line)).await;
        lines.sort_by_key(|line| line.item);
        Cart { lines }
    }
}

/// Puts units of a book into a cart, with its category and with the price that whoever did it has seen.
fn put_in(cart: &mut CounterMap, author: Author, book: &ItemState, quantity: Quantity) -> Result<(), NoCart> {
    let (name, category) = (book.id.to_string(), &book.topic.value);
    fits(cart, &name, quantity.units().into())?;
    cart.add(author.actor, &name, quantity.units().into())?;
    if cart.field(&name, CATEGORY) != Some(category.as_str()) {
        cart.set(author.actor, &name, CATEGORY, category, author.stamp)?;
    }
    note_price(cart, author, book)
}

fn note_price(cart: &mut CounterMap, author: Author, book: &ItemState) -> Result<(), NoCart> {
    let (name, cents) = (book.id.to_string(), book.cost.value.cents().to_string());
    if cart.field(&name, PRICE_CENTS) != Some(cents.as_str()) {
        cart.set(author.actor, &name, PRICE_CENTS, &cents, author.stamp)?;
    }
    Ok(())
}

/// Whether an order could hold the cart with `more` of this book.
fn fits(cart: &CounterMap, name: &str, more: i64) -> Result<(), NoCart> {
    let there = cart.count(name);
    if there == 0 && till::books(cart).count() >= Basket::MOST_LINES {
        return Err(NoCart::TooMuch(format!("A cart holds at most {} different books.", Basket::MOST_LINES)));
    }
    if there + more > i64::from(Quantity::MOST) {
        return Err(NoCart::TooMuch(format!("A cart holds at most {} of one book.", Quantity::MOST)));
    }
    Ok(())
}
