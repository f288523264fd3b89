//! What it means that a replica comes or goes: what must hold first, what would happen, what is dangerous about it, and what
//! has to be typed where. Pure: what was seen goes in.
//!
//! Whether it may be done at all is decided by those who do it (`catalog/src/retirement`, `wire::cart::Layouts`); here their
//! word is put beside what an operator should know.

mod joining;
mod leaving;
#[cfg(test)]
mod testing;

pub use joining::{checks, is_settled, next_name, steps};
pub use leaving::{cart_act, leaving_cart, leaving_catalog, leaving_order, left_cart, retired_already};

use crate::desk::Seat;
use placement::Moves;
use serve::State;
use std::fmt;
use std::str::FromStr;
use wire::NotValid;

/// How something stands that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It holds.
    Holds,
    /// Not yet.
    NotYet,
    /// It does not, and will not by waiting.
    Wrong,
}

/// Something that must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it stands.
    pub sign: Sign,
    /// What it is, as a sentence.
    pub says: String,
}

impl Check {
    fn new(sign: Sign, says: impl Into<String>) -> Self {
        Self { sign, says: says.into() }
    }

    /// Holds, or not yet.
    fn when(holds: bool, says: impl Into<String>) -> Self {
        Self::new(if holds { Sign::Holds } else { Sign::NotYet }, says)
    }

    /// How it is drawn, like the state of a replica.
    pub const fn style(&self) -> &'static str {
        match self.sign {
            Sign::Holds => "up",
            Sign::NotYet => "waiting",
            Sign::Wrong => "down",
        }
    }

    /// The word for how it stands.
    pub const fn word(&self) -> &'static str {
        match self.sign {
            Sign::Holds => "Yes",
            Sign::NotYet => "Not yet",
            Sign::Wrong => "No",
        }
    }
}

/// Something that is done on a machine, and what is typed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub says: String,
    /// Line by line.
    pub lines: Vec<String>,
}

impl Step {
    fn new(says: impl Into<String>, lines: &[&str]) -> Self {
        Self { says: says.into(), lines: lines.iter().map(|line| (*line).to_owned()).collect() }
    }
}

/// What the desk can do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Retires a catalog.
    Retire,
    /// Gives what a cart replica holds to the others.
    Remove,
    /// Goes on without a cart replica that will not come back.
    GiveUp,
    /// Gives a cart replica its part.
    Add,
}

impl Act {
    const ALL: [Self; 4] = [Self::Retire, Self::Remove, Self::GiveUp, Self::Add];

    /// Its word in a form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retire => "retire",
            Self::Remove => "remove",
            Self::GiveUp => "give-up",
            Self::Add => "add",
        }
    }

    /// What its button says.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Retire => "Retire it",
            Self::Remove => "Give what it holds to the others",
            Self::GiveUp => "Go on without it for good",
            Self::Add => "Give it its part",
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.as_str())
    }
}

impl FromStr for Act {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let known = Self::ALL.into_iter().find(|act| act.as_str() == text);
        known.ok_or(NotValid("what is done is retire, remove, give-up or add"))
    }
}

/// What it means that a replica comes or goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What would happen, sentence by sentence.
    pub would: Vec<String>,
    /// What must hold.
    pub must: Vec<Check>,
    /// What is dangerous about it.
    pub warnings: Vec<String>,
    /// Why it is not done, and what to do instead.
    pub refused: Option<String>,
    /// What the desk does where it is confirmed; `None` where there is nothing that it could do.
    pub act: Option<Act>,
    /// What is typed on the machines.
    pub steps: Vec<Step>,
}

impl Plan {
    /// What the desk may do now.
    pub fn allowed(&self) -> Option<Act> {
        self.act.filter(|_| self.refused.is_none())
    }
}

/// The replica of this name.
fn find<'s>(seats: &'s [Seat], name: &str) -> Option<&'s Seat> {
    seats.iter().find(|seat| seat.name() == name)
}

/// Those beside it that stay: whoever was taken out of env.cfg is on the way out too.
fn others<'s>(seats: &'s [Seat], name: &'s str) -> impl Iterator<Item = &'s Seat> + Clone {
    seats.iter().filter(move |seat| seat.name() != name && seat.written)
}

/// Whether somebody answers, who is this replica.
pub fn answers(seat: &Seat) -> bool {
    match &seat.seen.state {
        State::Ready => true,
        // Whoever answers in its place tells nothing of it.
        State::NotReady(_) => seat.seen.detail.as_object().is_some_and(|told| !told.is_empty()),
        State::Down(_) | State::Unknown => false,
    }
}

/// How many entries of `seat` the replica `name` lacks, as `seat` knows; `None` where it does not know of it.
fn lag(seat: &Seat, name: &str) -> Option<u64> {
    seat.seen.detail.get("lag")?.get(name)?.as_u64()
}

/// What must be copied, in words.
fn moved(moves: &Moves) -> String {
    format!("{} of {} copies of parts would be moved, {:.0} %.", moves.moved, moves.copies, 100.0 * moves.share)
}

/// What is typed once a replica holds nothing any more.
fn taken_out(name: &str) -> [Step; 2] {
    [
        Step::new("Stop its process.", &[&format!("./runme.sh down {name}")]),
        Step::new(
            format!("Take the lines {name}_ip and {name}_port out of env.cfg, and let the others know."),
            &["./runme.sh reload", "./runme.sh reload frontend"],
        ),
    ]
}
