//! Selling where this replica alone can't decide: gather units from others, or send the sale to who holds them.
//!
//! Written down as values: what was decided or answered goes in, the next thing to do comes out, one at a time. Whatever
//! breaks in between leaves the units where some journal says they are. The waiting is the driver's.

use crate::command::{Holder, Lack, NotSold, TransferAnswer};
use crate::{TransferMode, TransferRequest};
use journal::ActorId;
use std::collections::VecDeque;
use std::time::Duration;
use wire::sale::{Refused, Reserve, Reserved};
use wire::{Doubt, ItemId};

/// How long a sale may take that needs others.
const PATIENCE: Duration = Duration::from_millis(1800);
/// How often a sale is tried again when units moved away between two looks.
const TRIES: u32 = 6;

/// Asks the holders of one book, the richest first, for what is missing of it.
#[derive(Clone, Debug)]
pub struct Gathering {
    item: ItemId,
    wanted: u64,
    missing: u64,
    mode: TransferMode,
    holders: VecDeque<Holder>,
    /// Units asked for and not answered yet.
    asked: u64,
    /// The first holder that did not answer.
    away: Option<ActorId>,
}

/// What asking the holders came to, or whom to ask next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// Ask this holder for so many units, then say what it answered.
    Ask {
        /// Whom.
        from: Holder,
        /// Which book.
        item: ItemId,
        /// How many.
        units: u64,
        /// What for.
        mode: TransferMode,
    },
    /// Whatever was given has been read; decide again.
    Enough,
    /// This actor holds too few to part with: the sale had better go there.
    SendTheSale(ActorId),
    /// This actor holds units and does not answer.
    Away(ActorId),
}

impl Gathering {
    /// Begins to ask for what `lack` says is missing.
    pub fn begin(lack: &Lack, mode: TransferMode) -> (Self, Gathered) {
        let mut gathering = Self {
            item: lack.item,
            wanted: lack.wanted,
            missing: lack.wanted.saturating_sub(lack.held),
            mode,
            holders: lack.holders.iter().copied().collect(),
            asked: 0,
            away: None,
        };
        let first = gathering.next();
        (gathering, first)
    }

    fn next(&mut self) -> Gathered {
        match self.holders.pop_front() {
            Some(from) if self.missing > 0 => {
                self.asked = from.units.min(self.missing);
                // A part of what is missing is no use to the sale at the holder: take it to the last unit.
                let mode = if self.asked < self.wanted { TransferMode::Gather } else { self.mode };
                Gathered::Ask { from, item: self.item, units: self.asked, mode }
            }
            _ => match self.away {
                Some(actor) if self.missing > 0 => Gathered::Away(actor),
                _ => Gathered::Enough,
            },
        }
    }

    /// What `holder` answered, after its journal was read; `None` where it did not, or it could not be read.
    pub fn answered(&mut self, holder: ActorId, answer: Option<TransferAnswer>) -> Gathered {
        match answer {
            Some(TransferAnswer::Given) => self.missing -= self.asked,
            Some(TransferAnswer::SendTheSale) => return Gathered::SendTheSale(holder),
            // What is known of it was old; what is known now decides.
            Some(TransferAnswer::Few) => return Gathered::Enough,
            None => self.away = self.away.or(Some(holder)),
        }
        self.next()
    }
}

/// What happened to a sale that was sent to another replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It answered.
    Answered(Result<Box<Reserved>, Refused>),
    /// It could not be reached: nothing happened.
    Unsent,
    /// It did not answer: it may have sold, and may still do so. Why, in a sentence.
    Silent(String),
}

/// The next thing to do for a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Let the own writer decide, then say what it decided.
    Decide,
    /// Ask for units, read the giver's journal, then say what it answered.
    Ask {
        /// Whom.
        from: ActorId,
        /// What for; `to` is the own actor, to be filled in by the driver.
        request: Ask,
    },
    /// Send the sale to this actor's replica, read its journal, then say how that went.
    Send(ActorId),
    /// Over: sold, or refused.
    Done(Result<Box<Reserved>, Refused>),
    /// Over: this actor holds units of the book and does not answer.
    Away {
        /// Which book.
        item: ItemId,
        /// Who holds it.
        holder: ActorId,
    },
}

/// A request for units, without who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which book.
    pub item: ItemId,
    /// All units that the giver shall have given to the asker, ever.
    pub at_least: u64,
    /// What for.
    pub mode: TransferMode,
}

impl Ask {
    /// The request of `to`.
    pub fn by(self, to: ActorId) -> TransferRequest {
        TransferRequest { item: self.item, to, at_least: self.at_least, mode: self.mode }
    }
}

/// A sale that may need others.
#[derive(Clone, Debug)]
pub struct Helped {
    wish: Reserve,
    tries: u32,
    lacks: VecDeque<Lack>,
    gathering: Option<Gathering>,
    doubt: Doubt,
}

impl Helped {
    /// The sale of `wish`; [`Step::Decide`] comes first.
    pub fn new(wish: Reserve) -> Self {
        Self { wish, tries: 0, lacks: VecDeque::new(), gathering: None, doubt: Doubt::default() }
    }

    /// What is to be sold.
    pub fn wish(&self) -> &Reserve {
        &self.wish
    }

    /// The own writer decided, `elapsed` after the sale was begun.
    pub fn decided(&mut self, decided: Result<Reserved, NotSold>, elapsed: Duration) -> Step {
        self.tries += 1;
        match decided {
            Ok(reserved) => Step::Done(Ok(Box::new(reserved))),
            Err(NotSold::Refused(refused)) => Step::Done(self.doubt.over(Err(refused))),
            Err(NotSold::Short(_)) if self.tries > TRIES || elapsed > PATIENCE => {
                let why = "the last units are moving between replicas; try again in a moment".into();
                Step::Done(self.doubt.over(Err(Refused::NotNow { status: 503, why })))
            }
            Err(NotSold::Short(lacks)) => {
                self.lacks = lacks.into();
                self.next_lack()
            }
        }
    }

    /// A holder answered a request for units.
    pub fn answered(&mut self, holder: ActorId, answer: Option<TransferAnswer>) -> Step {
        match &mut self.gathering {
            Some(gathering) => {
                let gathered = gathering.answered(holder, answer);
                self.after(gathered)
            }
            None => Step::Decide,
        }
    }

    /// The sale was sent to `holder`; `seen` is whether its journal could be read afterwards.
    pub fn sent(&mut self, holder: ActorId, sent: Sent, seen: bool) -> Step {
        match sent {
            Sent::Answered(Ok(reserved)) => Step::Done(Ok(reserved)),
            // It was sold or moved meanwhile: what is known now decides.
            Sent::Answered(Err(refused)) => {
                if let Refused::Unsure { why } = refused {
                    self.doubt.note(why);
                }
                Step::Decide
            }
            Sent::Unsent => self.away(self.wish.basket.first(), holder),
            Sent::Silent(why) => {
                // The question may still be on its way, so its journal proves nothing but a sale.
                self.doubt.note(why);
                if seen { Step::Decide } else { self.away(self.wish.basket.first(), holder) }
            }
        }
    }

    fn next_lack(&mut self) -> Step {
        let Some(lack) = self.lacks.pop_front() else { return Step::Decide };
        let single = self.wish.basket.lines().len() == 1;
        let mode = if single { TransferMode::Sale } else { TransferMode::Gather };
        let (gathering, gathered) = Gathering::begin(&lack, mode);
        self.gathering = Some(gathering);
        self.after(gathered)
    }

    fn after(&mut self, gathered: Gathered) -> Step {
        match gathered {
            Gathered::Ask { from, item, units, mode } => {
                Step::Ask { from: from.actor, request: Ask { item, at_least: from.given + units, mode } }
            }
            Gathered::Enough => self.next_lack(),
            Gathered::SendTheSale(holder) => Step::Send(holder),
            Gathered::Away(holder) => {
                let item = self.gathering.as_ref().map_or(self.wish.basket.first(), |gathering| gathering.item);
                self.away(item, holder)
            }
        }
    }

    fn away(&self, item: ItemId, holder: ActorId) -> Step {
        if self.doubt.is_there() {
            let nobody = Refused::NotNow { status: 503, why: String::new() };
            return Step::Done(self.doubt.over(Err(nobody)));
        }
        Step::Away { item, holder }
    }
}
