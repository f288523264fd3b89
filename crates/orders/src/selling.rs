//! An order replica asks the catalogs to sell: the home of the basket first, the others when it does not.
//!
//! The same question may be asked anywhere and any number of times: the order's id is in it. `R` is how the driver calls
//! a catalog.

use std::collections::VecDeque;
use std::time::Duration;
use wire::Doubt;
use wire::sale::{Refused, Reserved};

/// How long a purchase waits for the replica that holds the units: a supervisor starts a dead one again within a second.
const PATIENCE: Duration = Duration::from_millis(3200);
/// How long it waits when no catalog replica is up at all: the caller, who may ask two order replicas, is told so
/// within a second.
const NOBODY: Duration = Duration::from_millis(250);
/// Between two rounds of a patient sale.
const PAUSE: Duration = Duration::from_millis(100);

/// How much help a sale may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// None: some catalog decides it from one commit, or says [`Refused::AskAlone`].
    None,
    /// Whatever it takes, waiting for the replica that holds the units if need be.
    Any,
}

/// The next thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<R> {
    /// Ask this catalog.
    Ask(R),
    /// Wait, then begin a new round.
    Wait(Wait),
    /// Over.
    Done(Result<Reserved, Refused>),
}

/// What to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The replica of this name, or any.
    pub holder: Option<String>,
    /// How long at most.
    pub most: Duration,
    /// And so long after that.
    pub pause: Duration,
}

/// A sale, as the order replica sees it.
#[derive(Clone, Debug)]
pub struct Selling<R> {
    help: Help,
    rounds: u32,
    to_ask: VecDeque<R>,
    why: Refused,
    doubt: Doubt,
}

impl<R> Selling<R> {
    /// Begins; `ranked` are the catalogs that may be asked, the home of the basket first.
    pub fn begin(help: Help, ranked: Vec<R>) -> (Self, Step<R>) {
        let mut selling = Self { help, rounds: 0, to_ask: ranked.into(), why: nobody(), doubt: Doubt::default() };
        let step = selling.next(Duration::ZERO);
        (selling, step)
    }

    /// The catalog that was asked answered, `elapsed` after the beginning.
    pub fn answered(&mut self, answer: Result<Reserved, Refused>, elapsed: Duration) -> Step<R> {
        match answer {
            Err(not_now @ Refused::NotNow { .. }) => self.why = not_now,
            Err(away @ Refused::HeldElsewhere { .. }) if self.help == Help::Any => self.why = away,
            Err(Refused::Unsure { why }) if self.help == Help::Any => self.doubt.note(why),
            answer => return Step::Done(self.doubt.over(answer)),
        }
        self.next(elapsed)
    }

    /// The catalog that was asked did not answer; `certain` where it surely has not sold.
    pub fn unanswered(&mut self, certain: bool, why: String, elapsed: Duration) -> Step<R> {
        if !certain {
            self.doubt.note(why);
        }
        self.next(elapsed)
    }

    /// The wait is over; `came` is whether anyone is ready, `ranked` who may be asked now.
    pub fn waited(&mut self, came: bool, ranked: Vec<R>, elapsed: Duration) -> Step<R> {
        let holder = matches!(self.why, Refused::HeldElsewhere { .. });
        if !came && !holder {
            return self.give_up();
        }
        self.rounds += 1;
        self.to_ask = ranked.into();
        if self.help == Help::Any {
            self.why = nobody();
        }
        self.next(elapsed)
    }

    /// Nobody is worth waiting for.
    pub fn give_up(&self) -> Step<R> {
        Step::Done(self.doubt.over(Err(self.why.clone())))
    }

    fn next(&mut self, elapsed: Duration) -> Step<R> {
        if let Some(catalog) = self.to_ask.pop_front() {
            return Step::Ask(catalog);
        }
        let left = PATIENCE.saturating_sub(elapsed);
        let more = match self.help {
            Help::None => self.rounds == 0,
            Help::Any => !left.is_zero(),
        };
        if !more {
            return self.give_up();
        }
        let pause = if self.help == Help::Any { PAUSE.min(left) } else { Duration::ZERO };
        Step::Wait(match &self.why {
            Refused::HeldElsewhere { holder, .. } => Wait { holder: Some(holder.clone()), most: left, pause },
            _ => Wait { holder: None, most: NOBODY.min(left), pause },
        })
    }
}

fn nobody() -> Refused {
    Refused::NotNow { status: 503, why: "no catalog replica answers; nothing was bought; try again in a moment".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{ItemId, Quantity};

    const AT_ONCE: Duration = Duration::ZERO;

    #[test]
    fn a_catalog_that_broke_off_makes_every_refusal_after_it_uncertain() {
        let (mut selling, step) = Selling::begin(Help::None, vec!["A", "B"]);
        assert_eq!(step, Step::Ask("A"));
        assert_eq!(selling.unanswered(false, "A broke off".into(), AT_ONCE), Step::Ask("B"));
        let sold_out = Err(Refused::short(ItemId(1), Quantity::ONE, Some(0)));
        assert_eq!(selling.answered(sold_out, AT_ONCE), Step::Done(Err(Refused::Unsure { why: "A broke off".into() })));
    }

    #[test]
    fn a_catalog_that_could_not_be_reached_leaves_no_doubt() {
        let (mut selling, _) = Selling::begin(Help::None, vec!["A", "B"]);
        assert_eq!(selling.unanswered(true, "A is gone".into(), AT_ONCE), Step::Ask("B"));
        let sold_out = Err(Refused::short(ItemId(1), Quantity::ONE, Some(0)));
        assert_eq!(selling.answered(sold_out.clone(), AT_ONCE), Step::Done(sold_out));
    }

    #[test]
    fn a_patient_sale_waits_for_the_holder_until_its_patience_is_over() {
        let (mut selling, _) = Selling::begin(Help::Any, vec!["A"]);
        let away = || Err(Refused::HeldElsewhere { item: ItemId(1), holder: "catalogB".into() });
        let step = selling.answered(away(), AT_ONCE);
        let wait = Wait { holder: Some("catalogB".into()), most: PATIENCE, pause: PAUSE };
        assert_eq!(step, Step::Wait(wait));
        assert_eq!(selling.waited(false, vec!["A"], PATIENCE), Step::Ask("A"));
        assert_eq!(selling.answered(away(), PATIENCE), Step::Done(away()));
    }

    #[test]
    fn a_sale_whose_holder_is_nobody_that_could_come_is_over_at_once() {
        let (mut selling, _) = Selling::begin(Help::Any, vec!["A"]);
        let lost = Err(Refused::HeldElsewhere { item: ItemId(1), holder: "the lost data of catalogB".into() });
        assert!(matches!(selling.answered(lost.clone(), AT_ONCE), Step::Wait(_)));
        assert_eq!(selling.give_up(), Step::Done(lost));
    }

    #[test]
    fn a_quick_sale_asks_everyone_twice_and_waits_for_nobody_in_particular() {
        let (mut selling, _) = Selling::begin(Help::None, vec!["A"]);
        let step = selling.unanswered(true, "gone".into(), AT_ONCE);
        assert_eq!(step, Step::Wait(Wait { holder: None, most: NOBODY, pause: Duration::ZERO }));
        assert_eq!(selling.waited(true, vec!["B"], AT_ONCE), Step::Ask("B"));
        assert_eq!(selling.unanswered(true, "gone".into(), AT_ONCE), Step::Done(Err(nobody())));
    }
}
