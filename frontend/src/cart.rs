//! Carts: what a visitor has put aside. The same for pages and for the JSON API.
//!
//! A cart is an object of the cart tier. A guest's is named by the session's own secret id, so nobody else has an address
//! for it; a member's by the account's id, so it is the same wherever they are signed in.
//! It holds ids, counts and categories; titles and prices are those of the moment it is looked at.

mod by_title;

use crate::browse::{Browse, Unread};
use crate::objects::{Author, Changed, NoCopies, Objects};
use crate::session::{Seen, Session};
use crdt::{Content, CounterMap, EditError, Object};
use futures::future::join_all;
use std::fmt::Display;
use wire::cart::{CATEGORY, Key};
use wire::sale::Basket;
use wire::v1::{Book, Cart, CartLine};
use wire::{Buyer, ItemId, Problem, Quantity};

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

/// The carts of the shop.
pub struct Carts {
    browse: Browse,
    objects: Objects,
}

/// The key of this buyer's cart.
fn key(buyer: &Buyer) -> Key {
    key_of(buyer.as_str())
}

fn key_of(owner: impl Display) -> Key {
    // A buyer is at most 64 visible characters, and so is the id of a session.
    Key::of("cart", owner).unwrap_or_else(|_| unreachable!("a session has an id"))
}

fn empty() -> Object {
    Object::Counters(CounterMap::new())
}

/// A cart is a map of counters; replicas refuse another type under its key.
fn counters(object: &mut Object) -> Result<&mut CounterMap, NoCart> {
    match object {
        Object::Counters(map) => Ok(map),
        Object::Elements(_) => Err(NoCopies::Unreachable.into()),
    }
}

impl Carts {
    /// Carts at these replicas, with books from there.
    pub fn new(browse: Browse, objects: Objects) -> Self {
        Self { browse, objects }
    }

    /// The cart of this buyer.
    ///
    /// # Errors
    /// [`NoCart::NoCopies`].
    pub async fn show(&self, buyer: &Buyer, seen: &Seen) -> Result<Cart, NoCart> {
        let object = self.objects.read(&key(buyer)).await?.unwrap_or_else(empty);
        Ok(self.shown(&object, seen).await)
    }

    /// The session, once the carts that its member had as a guest are in the member's.
    ///
    /// States are joined, and none is emptied: every edit of either stands in the result exactly once, however often they
    /// are joined, and what the member takes out afterwards stays out. What can't be had or stored now is joined with the
    /// next request: nothing is lost, and nobody waits. The result may be more than a cart takes otherwise, and is shown.
    pub async fn joined(&self, mut session: Session, now_s: u64) -> Session {
        if session.joins().is_empty() {
            return session;
        }
        let to = key(&session.buyer());
        let joins = session.joins().iter().map(|guest| self.join(key_of(guest), &to));
        match join_all(joins).await.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(whole) if whole.iter().all(|whole| *whole) => session.joined(now_s),
            Ok(_) => (),
            Err(error) => tracing::warn!(%error, "a guest's cart is not yet in the member's"),
        }
        session
    }

    /// Joins one cart into another; whether all of it was there to be joined.
    async fn join(&self, from: Key, to: &Key) -> Result<bool, NoCart> {
        let (from, there) = futures::join!(self.objects.see(&from), self.objects.see(to));
        let (from, there) = (from?, there?);
        let Some(guests) = from.object else { return Ok(from.quorum) };
        let merge = |object: &mut Object| object.merge(&guests).map_err(|_| NoCart::from(NoCopies::Unreachable));
        if merge(&mut there.object.unwrap_or_else(empty))? || !there.quorum {
            self.objects.change(to, empty, |object, _| merge(object).map(|_| ())).await?;
        }
        Ok(from.quorum)
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
        let category = state.topic.value.clone();
        let edit = |object: &mut Object, author: Author| {
            let (cart, name) = (counters(object)?, item.to_string());
            fits(cart, &name, i64::from(quantity.units()))?;
            cart.add(author.actor, &name, quantity.units().into())?;
            if cart.field(&name, CATEGORY) != Some(category.as_str()) {
                cart.set(author.actor, &name, CATEGORY, &category, author.stamp)?;
            }
            Ok(())
        };
        self.changed(buyer, edit, seen).await
    }

    /// Makes it so many units of a book that is in the cart; `None` takes it out.
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
        let edit = |object: &mut Object, author: Author| {
            let (cart, name) = (counters(object)?, item.to_string());
            let there = cart.count(&name);
            if there == 0 {
                return Err(NoCart::NotInIt(item));
            }
            let wanted = quantity.map_or(0, |quantity| i64::from(quantity.units()));
            cart.add(author.actor, &name, wanted - there)?;
            Ok(())
        };
        self.changed(buyer, edit, seen).await
    }

    async fn changed(
        &self,
        buyer: &Buyer,
        edit: impl FnOnce(&mut Object, Author) -> Result<(), NoCart>,
        seen: &Seen,
    ) -> Result<Cart, NoCart> {
        let Changed { object, .. } = self.objects.change(&key(buyer), empty, edit).await?;
        Ok(self.shown(&object, seen).await)
    }

    /// With titles and prices as far as a catalog tells them.
    async fn shown(&self, object: &Object, seen: &Seen) -> Cart {
        let items = match object.content() {
            Content::Counters { items } => items,
            Content::Elements { .. } => return Cart { lines: Vec::new() },
        };
        let line = |(item, count): (ItemId, i64)| async move {
            let book = self.browse.book(item, seen).await.ok().map(|found| Book::from(found.value.state()));
            CartLine { item, quantity: count.unsigned_abs(), book }
        };
        let counted = items.iter().filter_map(|(name, line)| Some((name.parse().ok()?, line.count)));
        let mut lines = join_all(counted.map(line)).await;
        lines.sort_by_key(|line| line.item);
        Cart { lines }
    }
}

/// Whether an order could hold the cart with `more` of this book.
fn fits(cart: &CounterMap, name: &str, more: i64) -> Result<(), NoCart> {
    let there = cart.count(name);
    if there == 0 && cart.lines().len() >= Basket::MOST_LINES {
        return Err(NoCart::TooMuch(format!("A cart holds at most {} different books.", Basket::MOST_LINES)));
    }
    if there + more > i64::from(Quantity::MOST) {
        return Err(NoCart::TooMuch(format!("A cart holds at most {} of one book.", Quantity::MOST)));
    }
    Ok(())
}
