//! Buying what is in a cart: the waiting around `purchase.rs`' decisions, and settling what a process that died left behind.

use super::purchase::{Purchase, Step, Stopped};
use super::till::{Slot, Till};
use super::{Carts, NoCart};
use crate::objects::{Author, Changed, NoCopies, counters, empty_map};
use crate::orders::NoReceipt;
use crate::session::Seen;
use crdt::{CounterMap, EditError, Object};
use wire::cart::Key;
use wire::order::Receipt;
use wire::sale::Refused;
use wire::{Buyer, IdempotencyKey, Problem, shortfall};

/// Why a cart was not bought, or nobody can tell whether it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoCheckout {
    /// The cart can't be read, or nothing can be written into it; nothing was bought.
    #[error(transparent)]
    NoCart(#[from] NoCart),
    /// There is nothing in it.
    #[error("the cart is empty")]
    Empty,
    /// An order may have been made of the cart, and nobody who answers knows.
    #[error("an order may have been made of the cart")]
    Unsure,
    /// The shop said no, or nobody answered.
    #[error(transparent)]
    NoReceipt(#[from] NoReceipt),
}

impl From<NoCheckout> for Problem {
    fn from(why: NoCheckout) -> Self {
        match why {
            NoCheckout::NoCart(why) => why.into(),
            NoCheckout::Empty => Self::definite(409, "cart-empty", "The cart is empty: there is nothing to buy."),
            NoCheckout::Unsure => Self::uncertain(
                503,
                "checkout-unsure",
                "An order may have been made of this cart, and nobody who answers knows. Ask again: it is made once, \
                 whatever happened.",
            ),
            NoCheckout::NoReceipt(why) => of_basket(&why),
        }
    }
}

/// Why a basket was not bought, in one shape for everything that it falls short of, however many lines it has.
pub fn of_basket(why: &NoReceipt) -> Problem {
    let problem = Problem::from(why);
    match why {
        NoReceipt::Refused { refused: Refused::Short { lines }, .. } => {
            Problem { definite: problem.definite, ..shortfall::not_enough(lines) }
        }
        _ => problem,
    }
}

impl From<Stopped> for NoCheckout {
    fn from(why: Stopped) -> Self {
        match why {
            Stopped::Empty => Self::Empty,
            Stopped::TooMuch(why) => NoCart::TooMuch(why).into(),
            Stopped::Unsure => Self::Unsure,
            Stopped::NoReceipt(why) => why.into(),
        }
    }
}

/// Why a cart was left as it is.
enum Left {
    /// Nothing is to be written: this is to be done.
    Do(Step),
    /// It can't be written.
    NoCart(NoCart),
}

impl From<NoCart> for Left {
    fn from(why: NoCart) -> Self {
        Self::NoCart(why)
    }
}

impl From<NoCopies> for Left {
    fn from(why: NoCopies) -> Self {
        Self::NoCart(why.into())
    }
}

impl From<EditError> for Left {
    fn from(why: EditError) -> Self {
        Self::NoCart(why.into())
    }
}

impl Carts {
    /// Buys all that is in the cart in one order, or nothing. What was bought is gone from the cart afterwards, and
    /// nothing else.
    ///
    /// There is at most one order for what was in the cart, whoever asks for it where and whenever. The same key gives the
    /// same order, also when something else is in the cart by then. An order that somebody else made of the cart at the
    /// same time, or whose answer was lost, is the answer too: nothing beyond it is bought in one call.
    ///
    /// # Errors
    /// [`NoCheckout`] says whether it may have happened all the same.
    pub async fn checkout(&self, buyer: &Buyer, key: IdempotencyKey, seen: &mut Seen) -> Result<Receipt, NoCheckout> {
        let cart = super::key(buyer);
        let till = self.till(&cart);
        let (mut purchase, mut step) = Purchase::begin(till, key);
        loop {
            step = match step {
                Step::Decide => self.decided(&cart, &mut purchase).await?,
                Step::Look(order) => purchase.looked(self.desk.found(order, seen).await),
                Step::Buy(order, basket) => purchase.bought(self.desk.buy_as(order, buyer.clone(), basket, seen).await),
                Step::Settle(slot, receipt) => {
                    self.settle(&cart, &slot, &receipt).await;
                    purchase.written()
                }
                Step::Forget(attempt) => {
                    self.forget(&cart, &attempt).await;
                    purchase.written()
                }
                Step::Done(done) => return Ok(*done?),
            }
        }
    }

    pub(super) fn till(&self, cart: &Key) -> Till {
        Till::new(self.desk.namespace(), cart.clone())
    }

    async fn decided(&self, key: &Key, purchase: &mut Purchase) -> Result<Step, NoCheckout> {
        let mut next = None;
        let edit = |object: &mut Object, author: Author| {
            let (step, write) = purchase.decide(counters(object)?, author)?;
            if !write {
                return Err(Left::Do(step));
            }
            next = Some(step);
            Ok(())
        };
        match self.objects.change(key, empty_map, edit).await {
            Ok(_) => Ok(next.unwrap_or(Step::Decide)),
            Err(Left::Do(step)) => Ok(step),
            // An attempt may have been written, and nothing was bought.
            Err(Left::NoCart(NoCart::NoCopies(NoCopies::Uncertain))) => Err(NoCart::from(NoCopies::Unreachable).into()),
            Err(Left::NoCart(why)) => Err(why.into()),
        }
    }

    /// Writes into the cart that this order was made of it; the cart as it is then, where it could be written. Where it could
    /// not, whoever comes next finds the attempt and does the same.
    async fn settle(&self, key: &Key, slot: &Slot, receipt: &Receipt) -> Option<Object> {
        // Whoever was quicker has written the same.
        let edit = |object: &mut Object, author: Author| {
            Till::settle(counters(object)?, author, slot, &receipt.order.lines)?;
            Ok(())
        };
        match self.objects.change(key, empty_map, edit).await {
            Ok(Changed { object, .. }) => Some(object),
            Err::<_, NoCart>(why) => {
                tracing::warn!(order = %receipt.order.id, %why, "an order is made, and its cart does not say so yet");
                None
            }
        }
    }

    async fn forget(&self, key: &Key, attempt: &str) {
        let edit = |object: &mut Object, author: Author| {
            counters(object)?.remove(author.actor, attempt)?;
            Ok(())
        };
        if let Err::<_, NoCart>(why) = self.objects.change(key, empty_map, edit).await {
            tracing::debug!(%why, "an attempt that came to nothing is still in its cart");
        }
    }

    /// Settles the order that may have been made of this cart by somebody who did not come to say so. The cart as it is then,
    /// `None` where nothing is new or nobody can tell. Nothing is bought here.
    pub(super) async fn caught_up(&self, key: &Key, cart: &CounterMap) -> Option<Object> {
        let till = self.till(key);
        if !till.is_open(cart) {
            return None;
        }
        let next = till.next(cart);
        // What a book looks like is no part of it.
        let receipt = self.desk.found(next.order, &mut Seen::default()).await.ok()?;
        self.settle(key, &next, &receipt).await
    }
}
