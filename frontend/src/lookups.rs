//! Orders that are found again by their number and the e-mail address that somebody left with them.
//!
//! The address is kept nowhere: an object of the cart tier, under a name that is a hash of number and address under a key of
//! the cluster, says which order it is. Whoever knows both finds it, and nobody can tell from an object whose it is.

use crate::objects::{Author, NoCopies, Objects, counters, empty_map};
use crate::pace::{Address, Pace, TooOften};
use crdt::{Content, Context, Line, Object};
use serve::clock;
use std::time::Duration;
use wire::account::Email;
use wire::cart::Key;
use wire::order::Order;
use wire::{OrderId, OrderNumber, Problem};

/// Guesses with one address of e-mail: so many at once, and then one more in each of these. Numbers can be counted through.
const GUESSES: (u32, Duration) = (10, Duration::from_mins(1));
/// The same from one address on the network.
const GUESSES_FROM: (u32, Duration) = (30, Duration::from_secs(10));

/// Why nobody looks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLookup {
    /// Tried too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// The cart tier does not answer, or too little of it to be sure that there is none.
    #[error(transparent)]
    NoCopies(#[from] NoCopies),
}

impl From<NoLookup> for Problem {
    fn from(why: NoLookup) -> Self {
        match why {
            NoLookup::TooOften(why) => why.into(),
            NoLookup::NoCopies(NoCopies::None) => NoCopies::None.into(),
            NoLookup::NoCopies(_) => Self::definite(
                503,
                "order-out-of-reach",
                "Orders can't be looked up at the moment. Try again in a moment.",
            ),
        }
    }
}

/// The orders that can be looked up.
pub struct Lookups {
    objects: Objects,
    names: [u8; 32],
    guesses: Pace<String>,
    guesses_from: Pace<Address>,
}

impl Lookups {
    /// Lookups at these replicas, of the cluster with this token.
    pub fn new(objects: Objects, token: &str) -> Self {
        Self {
            objects,
            names: blake3::derive_key("bookend frontend order lookup v1", token.as_bytes()),
            guesses: Pace::new(GUESSES.0, GUESSES.1),
            guesses_from: Pace::new(GUESSES_FROM.0, GUESSES_FROM.1),
        }
    }

    /// Lets this order be found with this address; whether it can be is certain only where this says so. An order is one
    /// without it, so nobody waits for more than one try.
    pub async fn keep(&self, order: &Order, email: &Email) -> bool {
        let edit = |object: &mut Object, Author { actor, stamp }: Author| {
            let lines = [(order.id.to_string(), Line::of(1))].into();
            // It has seen nothing, so it replaces nothing.
            let put = counters(object)?.put(actor, &Context::default(), &lines, stamp);
            put.map(drop).map_err(|_| NoCopies::Unreachable)
        };
        let kept = self.objects.change(&self.key(order.number, email), empty_map, edit).await;
        kept.is_ok_and(|kept| kept.quorum)
    }

    /// The order of this number with which this address was left.
    ///
    /// # Errors
    /// [`NoLookup`].
    pub async fn find(&self, number: OrderNumber, email: &Email, from: Address) -> Result<Option<OrderId>, NoLookup> {
        self.guesses_from.take(&from, clock::now_ms())?;
        self.guesses.take(&folded(email), clock::now_ms())?;
        let seen = self.objects.see(&self.key(number, email)).await?;
        let found = match seen.object.as_ref().map(Object::content) {
            Some(Content::Counters { items }) => items.keys().find_map(|name| name.parse().ok()),
            _ => None,
        };
        if found.is_none() && !seen.quorum {
            return Err(NoCopies::Unreachable.into());
        }
        Ok(found)
    }

    fn key(&self, number: OrderNumber, email: &Email) -> Key {
        let name = blake3::keyed_hash(&self.names, format!("{number}/{}", folded(email)).as_bytes()).to_hex();
        // A kind and 64 hexadecimal digits are a key.
        Key::of("lookup", name).unwrap_or_else(|_| unreachable!("a hash is short and visible"))
    }
}

/// People write their own address with large letters and small ones.
fn folded(email: &Email) -> String {
    email.as_str().to_lowercase()
}
