//! A frontend asks the order replicas: the order's home first, the others with the same purchase when it does not help.
//!
//! A purchase is the same question however often and wherever it is asked, because the order's id is in it. So a failure
//! here never means giving up early and never means buying twice. `R` is how the driver calls an order replica.

use std::collections::VecDeque;
use std::time::Duration;
use wire::Problem;
use wire::order::{Outcome, Receipt};
use wire::sale::Refused;

/// When none is ready, a purchase waits for one until this long after it began.
const PATIENCE: Duration = Duration::from_millis(800);

/// Why there is no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReceipt {
    /// The shop said no.
    #[error("{refused:?}")]
    Refused {
        /// What it said.
        refused: Refused,
        /// Who did not answer before, in a sentence: it may have happened there. `None` where nothing has happened.
        doubt: Option<String>,
    },
    /// No order replica could be asked: nothing has happened.
    #[error("no order replica answers: {0}")]
    Unreachable(String),
    /// An order replica was asked and did not answer: it may have happened. Ask again with the same key.
    #[error("an order replica did not answer: {0}")]
    Uncertain(String),
}

impl From<&NoReceipt> for Problem {
    fn from(why: &NoReceipt) -> Self {
        match why {
            // To a customer a full disk (507) is "not now" like everything else.
            NoReceipt::Refused { refused, doubt } => {
                let problem = refused.problem();
                let definite = problem.definite && doubt.is_none();
                Self { status: problem.status.min(503), definite, ..problem }
            }
            NoReceipt::Unreachable(_) => Self::definite(
                503,
                "no-order-replica",
                "Checkout is paused: nothing was bought. Try again in a moment, with the same Idempotency-Key.",
            ),
            NoReceipt::Uncertain(_) => Self::uncertain(
                503,
                "no-answer",
                "No answer came in time, so the purchase may have gone through. Ask again with the same \
                 Idempotency-Key: it will be bought once, whatever happened.",
            ),
        }
    }
}

/// How an order replica is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// In a batch, where nobody may wait for others.
    Quickly,
    /// In a call of its own, which may take as long as others need.
    Alone,
}

/// The next thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<R> {
    /// Ask this order replica.
    Ask {
        /// Whom.
        replica: R,
        /// How.
        how: How,
        /// Whether somebody was asked before: then only within the retry budget, else [`Buying::give_up`].
        again: bool,
    },
    /// Wait until any order replica is ready, so long at most.
    Wait(Duration),
    /// Over.
    Done(Result<Box<Receipt>, NoReceipt>),
}

/// A purchase, as the frontend sees it.
#[derive(Clone, Debug)]
pub struct Buying<R> {
    to_ask: VecDeque<R>,
    asked: Option<(R, How)>,
    rounds: u32,
    failures: Failures,
}

/// What went wrong so far.
#[derive(Clone, Debug, Default)]
struct Failures {
    unreachable: Option<String>,
    uncertain: Option<String>,
    refused: Option<Refused>,
}

impl<R: Clone> Buying<R> {
    /// Begins; `ranked` are the order replicas that may be asked, the order's home first.
    pub fn begin(ranked: Vec<R>) -> (Self, Step<R>) {
        let mut buying = Self { to_ask: ranked.into(), asked: None, rounds: 0, failures: Failures::default() };
        let step = buying.next(Duration::ZERO);
        (buying, step)
    }

    /// The replica that was asked answered, `elapsed` after the beginning.
    pub fn answered(&mut self, outcome: Outcome, elapsed: Duration) -> Step<R> {
        let refused = match outcome {
            Ok(receipt) => return Step::Done(Ok(Box::new(receipt))),
            Err(refused) => refused,
        };
        match (refused, self.asked.take()) {
            (Refused::AskAlone { unsure, .. }, Some((replica, How::Quickly))) => {
                if unsure {
                    self.failures.uncertain = Some("a catalog replica did not answer".into());
                }
                self.asked = Some((replica.clone(), How::Alone));
                return Step::Ask { replica, how: How::Alone, again: false };
            }
            (Refused::Unsure { why }, _) => self.failures.uncertain = Some(why),
            (refused, _) if elsewhere_may_help(&refused) => self.failures.refused = Some(refused),
            // True whatever has happened.
            (refused @ Refused::OtherBasket { .. }, _) => {
                return Step::Done(Err(NoReceipt::Refused { refused, doubt: None }));
            }
            // What the shop knows now. Whoever did not answer may have sold all the same, to this buyer.
            (refused, _) => {
                let doubt = self.failures.uncertain.take();
                return Step::Done(Err(NoReceipt::Refused { refused, doubt }));
            }
        }
        self.next(elapsed)
    }

    /// The replica that was asked did not answer; `certain` where it surely did not happen, `elsewhere` where another
    /// replica may well answer.
    pub fn unanswered(&mut self, certain: bool, elsewhere: bool, why: String, elapsed: Duration) -> Step<R> {
        let slot = if certain { &mut self.failures.unreachable } else { &mut self.failures.uncertain };
        *slot = Some(why);
        if elsewhere { self.next(elapsed) } else { self.give_up() }
    }

    /// The wait is over; `came` is whether anyone is ready, `ranked` who may be asked now.
    pub fn waited(&mut self, came: bool, ranked: Vec<R>, elapsed: Duration) -> Step<R> {
        if !came {
            return self.give_up();
        }
        self.rounds += 1;
        self.to_ask = ranked.into();
        self.next(elapsed)
    }

    /// Asks nobody any more. The buyer hears of a doubt first, because only the same key is safe after it.
    pub fn give_up(&self) -> Step<R> {
        Step::Done(Err(match self.failures.clone() {
            Failures { uncertain: Some(why), .. } => NoReceipt::Uncertain(why),
            Failures { refused: Some(refused), .. } => NoReceipt::Refused { refused, doubt: None },
            Failures { unreachable, .. } => {
                NoReceipt::Unreachable(unreachable.unwrap_or_else(|| "none is ready".into()))
            }
        }))
    }

    fn next(&mut self, elapsed: Duration) -> Step<R> {
        let Failures { unreachable, uncertain, refused } = &self.failures;
        if let Some(replica) = self.to_ask.pop_front() {
            let again = unreachable.is_some() || uncertain.is_some() || refused.is_some();
            self.asked = Some((replica.clone(), How::Quickly));
            return Step::Ask { replica, how: How::Quickly, again };
        }
        // A refusal is an answer: who said it will say it again. A silence is worth another round, and a doubt all the
        // more: the same purchase ends it, as soon as anybody shows the order.
        let left = PATIENCE.saturating_sub(elapsed);
        if self.rounds > 0 || refused.is_some() || left.is_zero() {
            return self.give_up();
        }
        Step::Wait(left)
    }
}

/// Whether another order replica may be able to do what this one could not.
fn elsewhere_may_help(refused: &Refused) -> bool {
    match refused {
        // It may reach a catalog that this one does not, or have room on its disk.
        Refused::HeldElsewhere { .. } | Refused::AskAlone { .. } | Refused::NotNow { .. } | Refused::Unsure { .. } => {
            true
        }
        Refused::Short { .. } | Refused::OtherBasket { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{ItemId, Quantity};

    const AT_ONCE: Duration = Duration::ZERO;

    fn sold_out() -> Refused {
        Refused::short(ItemId(1), Quantity::ONE, Some(0))
    }

    fn no(refused: Refused) -> NoReceipt {
        NoReceipt::Refused { refused, doubt: None }
    }

    fn quickly(replica: &'static str, again: bool) -> Step<&'static str> {
        Step::Ask { replica, how: How::Quickly, again }
    }

    #[test]
    fn a_buyer_hears_of_the_doubt_before_anything_else() {
        let (mut buying, step) = Buying::begin(vec!["A", "B"]);
        assert_eq!(step, quickly("A", false));
        assert_eq!(buying.unanswered(false, true, "A is silent".into(), AT_ONCE), quickly("B", true));
        let not_now = Refused::NotNow { status: 503, why: "full".into() };
        let Step::Done(Err(why)) = buying.answered(Err(not_now), AT_ONCE) else { panic!("nobody is left to ask") };
        assert_eq!(why, NoReceipt::Uncertain("A is silent".into()));
        let problem = Problem::from(&why);
        assert_eq!((problem.status, problem.definite), (503, false));
        assert!(problem.detail.contains("same Idempotency-Key"));
    }

    #[test]
    fn sold_out_after_a_silence_is_not_certain_since_the_last_one_may_be_this_buyers() {
        let (mut buying, _) = Buying::begin(vec!["A", "B"]);
        assert_eq!(buying.unanswered(false, true, "A is silent".into(), AT_ONCE), quickly("B", true));
        let Step::Done(Err(why)) = buying.answered(Err(sold_out()), AT_ONCE) else { panic!("it is final") };
        let problem = Problem::from(&why);
        assert_eq!((problem.status, problem.definite), (404, false));
    }

    #[test]
    fn a_shop_that_can_not_be_reached_has_sold_nothing() {
        let (mut buying, _) = Buying::begin(vec!["A"]);
        assert_eq!(buying.unanswered(true, true, "A is gone".into(), AT_ONCE), Step::Wait(PATIENCE));
        let Step::Done(Err(why)) = buying.waited(false, vec![], PATIENCE) else { panic!("nobody came") };
        let problem = Problem::from(&why);
        assert_eq!((problem.status, problem.definite), (503, true));
    }

    #[test]
    fn a_buyer_whose_only_replica_went_silent_waits_for_another_rather_than_be_left_in_doubt() {
        let (mut buying, _) = Buying::begin(vec!["A"]);
        assert_eq!(buying.unanswered(false, true, "A broke off".into(), AT_ONCE), Step::Wait(PATIENCE));
        assert_eq!(buying.waited(true, vec!["B"], AT_ONCE), quickly("B", true));
        let step = buying.unanswered(true, true, "B is gone".into(), AT_ONCE);
        assert_eq!(
            step,
            Step::Done(Err(NoReceipt::Uncertain("A broke off".into()))),
            "there is one more round, not two"
        );
    }

    #[test]
    fn a_silence_that_took_all_the_patience_is_the_end() {
        let (mut buying, _) = Buying::begin(vec!["A"]);
        let step = buying.unanswered(false, true, "A is silent".into(), PATIENCE);
        assert_eq!(step, Step::Done(Err(NoReceipt::Uncertain("A is silent".into()))));
    }

    #[test]
    fn what_can_not_be_decided_quickly_is_asked_alone_at_the_same_replica_and_keeps_its_doubt() {
        let (mut buying, _) = Buying::begin(vec!["A"]);
        let step = buying.answered(Err(Refused::AskAlone { item: ItemId(1), unsure: true }), AT_ONCE);
        assert_eq!(step, Step::Ask { replica: "A", how: How::Alone, again: false });
        let step = buying.answered(Err(sold_out()), AT_ONCE);
        assert!(matches!(step, Step::Done(Err(NoReceipt::Refused { doubt: Some(_), .. }))), "{step:?}");
    }

    #[test]
    fn a_refusal_that_no_other_replica_would_change_is_final() {
        let (mut buying, _) = Buying::begin(vec!["A", "B"]);
        assert_eq!(buying.answered(Err(sold_out()), AT_ONCE), Step::Done(Err(no(sold_out()))));
    }

    #[test]
    fn a_refusal_that_another_replica_may_change_is_tried_there_once() {
        let (mut buying, _) = Buying::begin(vec!["A", "B"]);
        let full = Refused::NotNow { status: 507, why: "full".into() };
        assert_eq!(buying.answered(Err(full.clone()), AT_ONCE), quickly("B", true));
        assert_eq!(buying.answered(Err(full.clone()), AT_ONCE), Step::Done(Err(no(full))));
    }
}
