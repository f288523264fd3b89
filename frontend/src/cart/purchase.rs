//! A checkout of a cart, step by step: what to do next, given what the cart holds and what the order tier said. Pure: the
//! waiting is `checkout.rs`' business, and how an order is written into a cart is `till.rs`'.
//!
//! A process may die between any two steps, and the next one who checks out finds one of three things: nothing, since
//! nothing was written; an attempt whose order nobody has; or one whose order was made. In the second case the *same*
//! basket is bought, if the cart still holds it: a sale that was made at a catalog which has died with it may come to light
//! later, and another basket under its id would be a second sale. Where the customer has taken something of it out
//! meanwhile it is not bought behind their back: it is forgotten, and the order tier has the last word.

use super::till::{Attempt, Slot, Till, basket, covers};
use crate::objects::Author;
use crate::orders::{NoOrder, NoReceipt};
use crdt::{CounterMap, EditError};
use wire::order::Receipt;
use wire::sale::{Basket, Refused};
use wire::{IdempotencyKey, OrderId, Problem};

/// So often a checkout begins again, when something else had to be brought to its end first.
const MOST_ROUNDS: u32 = 4;

/// Why nothing can be said to have been bought.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stopped {
    /// There is nothing in the cart.
    Empty,
    /// There is more in it than an order holds; why, in a sentence.
    TooMuch(String),
    /// An order may have been made of the cart, and nobody who answers knows.
    Unsure,
    /// The shop said no, or nobody answered.
    NoReceipt(NoReceipt),
}

/// The next thing to do.
#[derive(Debug)]
pub(super) enum Step {
    /// Read the cart and ask [`Purchase::decide`], which may write to it.
    Decide,
    /// Look for an order.
    Look(OrderId),
    /// Buy: the basket under this id.
    Buy(OrderId, Basket),
    /// Write into the cart that this order was made of it; go on whether or not it was stored, for whoever comes next can
    /// do it as well.
    Settle(Slot, Box<Receipt>),
    /// Take an attempt out of the cart; go on in any case.
    Forget(String),
    /// Over.
    Done(Result<Box<Receipt>, Stopped>),
}

/// What is under way.
#[derive(Clone, Debug)]
enum Doing {
    Deciding,
    /// The order that was asked for under the same key.
    Showing,
    /// Somebody else's attempt, or one whose end is not known.
    Resolving {
        attempt: Attempt,
        covered: bool,
    },
    /// Buying the basket of an attempt: somebody's from before, or the one that was wanted.
    Buying {
        attempt: String,
        new: bool,
        wanted: bool,
    },
    Settling(Box<Receipt>),
    Forgetting(Option<NoReceipt>),
}

/// One checkout.
#[derive(Clone, Debug)]
pub(super) struct Purchase {
    till: Till,
    key: IdempotencyKey,
    /// The order that is next.
    next: Slot,
    rounds: u32,
    doing: Doing,
}

impl Purchase {
    /// A checkout at this till, under the caller's key.
    pub(super) fn begin(till: Till, key: IdempotencyKey) -> (Self, Step) {
        (Self { next: till.slot(1), till, key, rounds: 0, doing: Doing::Deciding }, Step::Decide)
    }

    /// What to do with the cart as it is now. Whether the cart was changed, which must be stored before the step is taken.
    ///
    /// # Errors
    /// [`EditError`] where the cart has no room for another edit.
    pub(super) fn decide(&mut self, cart: &mut CounterMap, author: Author) -> Result<(Step, bool), EditError> {
        self.next = self.till.next(cart);
        if let Some(asked) = self.till.asked_for(cart, &self.key).filter(|slot| slot.is_settled(cart)) {
            self.doing = Doing::Showing;
            return Ok((Step::Look(asked.order), false));
        }
        let wanted = basket(cart);
        let is_wanted = |attempt: &Attempt| matches!(&wanted, Ok(Some(wanted)) if *wanted == attempt.basket);
        if let Some(attempt) = Till::attempts(cart, &self.next).into_iter().find(|attempt| !is_wanted(attempt)) {
            let covered = covers(cart, &attempt.basket);
            self.doing = Doing::Resolving { attempt, covered };
            return Ok((Step::Look(self.next.order), false));
        }
        let basket = match wanted {
            Ok(Some(basket)) => basket,
            Ok(None) => return Ok((stop(Stopped::Empty), false)),
            Err(why) => return Ok((stop(Stopped::TooMuch(why)), false)),
        };
        let (attempt, new) = self.till.begin(cart, author, &self.next, &basket, &self.key)?;
        self.doing = Doing::Buying { attempt, new, wanted: true };
        Ok((Step::Buy(self.next.order, basket), true))
    }

    /// Somebody was asked for an order.
    pub(super) fn looked(&mut self, found: Result<Receipt, NoOrder>) -> Step {
        match (self.doing.clone(), found) {
            (Doing::Showing, Ok(receipt)) => Step::Done(Ok(Box::new(receipt))),
            (_, Ok(receipt)) => self.settle(receipt),
            (Doing::Resolving { attempt, covered: true }, Err(NoOrder::Unknown)) => {
                self.doing = Doing::Buying { attempt: attempt.name, new: false, wanted: false };
                Step::Buy(self.next.order, attempt.basket)
            }
            (Doing::Resolving { attempt, .. }, Err(NoOrder::Unknown)) => self.forget(attempt.name, None),
            (_, Err(_)) => stop(Stopped::Unsure),
        }
    }

    /// The order tier answered.
    pub(super) fn bought(&mut self, outcome: Result<Receipt, NoReceipt>) -> Step {
        let why = match outcome {
            Ok(receipt) => return self.settle(receipt),
            // What was bought instead.
            Err(NoReceipt::Refused { refused: Refused::OtherBasket { order }, .. }) => return Step::Look(order),
            Err(why) => why,
        };
        match self.doing.clone() {
            Doing::Buying { attempt, new, wanted } if is_over(&why, new) => self.forget(attempt, wanted.then_some(why)),
            _ => stop(Stopped::NoReceipt(why)),
        }
    }

    /// What was to be written was stored, or could not be.
    pub(super) fn written(&mut self) -> Step {
        match std::mem::replace(&mut self.doing, Doing::Deciding) {
            Doing::Settling(receipt) => Step::Done(Ok(receipt)),
            Doing::Forgetting(Some(why)) => stop(Stopped::NoReceipt(why)),
            _ if self.rounds < MOST_ROUNDS => {
                self.rounds += 1;
                Step::Decide
            }
            _ => stop(Stopped::Unsure),
        }
    }

    fn settle(&mut self, receipt: Receipt) -> Step {
        let receipt = Box::new(receipt);
        self.doing = Doing::Settling(receipt.clone());
        Step::Settle(self.next.clone(), receipt)
    }

    fn forget(&mut self, attempt: String, then: Option<NoReceipt>) -> Step {
        self.doing = Doing::Forgetting(then);
        Step::Forget(attempt)
    }
}

const fn stop(why: Stopped) -> Step {
    Step::Done(Err(why))
}

/// Whether an attempt has come to its end without an order. A new one has if nothing happened; one from before may have
/// happened elsewhere, unless there is nothing to sell anywhere.
fn is_over(why: &NoReceipt, new: bool) -> bool {
    let nothing_left = matches!(why, NoReceipt::Refused { refused: Refused::Short { .. }, doubt: None });
    nothing_left || (new && Problem::from(why).definite)
}

#[cfg(test)]
mod tests;
