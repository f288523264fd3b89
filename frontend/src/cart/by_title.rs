//! Carts as the classic cart APIs see them: by the titles of books.

use super::{Carts, NoCart, key, put_in};
use crate::cache::Book;
use crate::contexts::Contexts;
use crate::objects::{Author, counters};
use crate::session::Seen;
use crdt::Object;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::classic::carts::InCart;
use wire::v1::Cart;
use wire::{Buyer, Money, Problem, Quantity};

/// A cart by titles.
#[derive(Clone, Debug)]
pub struct ByTitle {
    /// How many of each title.
    pub cart: BTreeMap<String, u64>,
    /// What has been seen of it, signed.
    pub context: String,
}

fn unread(problem: impl Into<Problem>) -> NoCart {
    NoCart::Book(problem.into())
}

impl Carts {
    /// The book that a title stands for.
    ///
    /// # Errors
    /// [`NoCart::Book`], 404 where the shop has none.
    pub async fn titled(&self, title: &str, seen: &Seen) -> Result<Arc<Book>, NoCart> {
        let found = self.browse.titled(title, seen).await.map_err(unread)?;
        found.ok_or_else(|| {
            let shown: String = title.chars().filter(|letter| !letter.is_control()).take(100).collect();
            NoCart::Book(Problem::definite(404, "no-such-title", format!("The shop has no book called {shown}.")))
        })
    }

    /// Puts so many of each of these into the cart, or none of them.
    ///
    /// # Errors
    /// [`NoCart`], of the first that can't be.
    pub async fn add_all(&self, buyer: &Buyer, wanted: &[(Arc<Book>, Quantity)]) -> Result<(), NoCart> {
        for (book, _) in wanted {
            if book.state().count() == 0 {
                let why = format!("No unit of {} is left.", book.state().title.value);
                return Err(NoCart::Book(Problem::definite(409, "sold-out", why)));
            }
        }
        let edit = |object: &mut Object, author: Author| {
            let cart = counters(object)?;
            wanted.iter().try_for_each(|(book, quantity)| put_in(cart, author, book.state(), *quantity))
        };
        self.changed(buyer, edit).await.map(|_| ())
    }

    /// Takes one unit out of the cart.
    ///
    /// # Errors
    /// [`NoCart::NotInIt`] where there is none.
    pub async fn take_one(&self, buyer: &Buyer, book: &Book) -> Result<(), NoCart> {
        let edit = |object: &mut Object, author: Author| {
            let (cart, name) = (counters(object)?, book.id().to_string());
            if cart.count(&name) == 0 {
                return Err(NoCart::NotInIt(book.id()));
            }
            cart.add(author.actor, &name, -1)?;
            Ok(())
        };
        self.changed(buyer, edit).await.map(|_| ())
    }

    /// The lines of a cart, with title, price and topic.
    ///
    /// # Errors
    /// [`NoCart`]; 503 where no catalog tells of one of the books.
    pub async fn lines(&self, buyer: &Buyer, seen: &Seen) -> Result<Vec<InCart>, NoCart> {
        named(self.show(buyer, seen).await?)
    }

    /// How many of each title are in a cart, and what has been seen of it.
    ///
    /// # Errors
    /// As [`lines`](Self::lines).
    pub async fn by_title(&self, buyer: &Buyer, seen: &Seen, contexts: &Contexts) -> Result<ByTitle, NoCart> {
        let object = self.read(&key(buyer)).await?;
        let mut cart = BTreeMap::new();
        for line in named(self.shown(&object, seen).await)? {
            *cart.entry(line.name).or_default() += line.qty;
        }
        Ok(ByTitle { cart, context: contexts.seal(&key(buyer), &object.context()) })
    }
}

fn named(cart: Cart) -> Result<Vec<InCart>, NoCart> {
    let named = cart.lines.into_iter().map(|line| {
        let book = line.book.ok_or_else(|| {
            let why = "The catalog does not answer at the moment; try again in a moment.";
            NoCart::Book(Problem::definite(503, "no-catalog", why))
        })?;
        let price = Money::from_cents(book.price_cents.into()).unwrap_or_default();
        Ok(InCart { name: book.title, price, category: book.topic.unwrap_or_default(), qty: line.quantity })
    });
    named.collect()
}
