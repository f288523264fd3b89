//! What can happen in the small shop, one thing at a time.

use journal::ActorId;

/// One step. Replicas and orders go by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A replica is asked to sell a unit for an order, commits, and answers.
    Sell {
        /// Who is asked.
        at: usize,
        /// The order.
        order: usize,
    },
    /// The same, and the process dies after the commit and before the witness: nobody hears of it.
    SellAndDie {
        /// Who is asked.
        at: usize,
        /// The order.
        order: usize,
    },
    /// An order replica keeps an answer that was under way, and tells the buyer.
    Tell {
        /// The order.
        order: usize,
        /// Whose sale it is told.
        actor: ActorId,
    },
    /// An answer that was under way is lost for good: whoever waited for it has given up.
    LoseAnswer {
        /// The order.
        order: usize,
        /// Whose sale it told.
        actor: ActorId,
    },
    /// One replica asks another for a unit.
    Give {
        /// Who is asked.
        from: usize,
        /// Who asks.
        to: usize,
    },
    /// One replica reads the next entry of a journal from another.
    Read {
        /// Who has it.
        from: usize,
        /// Who lacks it.
        to: usize,
        /// Whose journal.
        actor: ActorId,
    },
    /// A copy of a replica's data is set aside.
    Save(usize),
    /// That copy is put back, with the process down. The witness file stays as it is.
    PutBack(usize),
    /// The process is killed. Its files stay as they are.
    Kill(usize),
    /// The process is killed, and the witness file is lost.
    LoseWitness(usize),
    /// The data is lost with its process. The witness file stays.
    LoseData(usize),
    /// The process starts and finds out who it is; `silent`: where others have to be asked, one does not answer.
    Start {
        /// Who.
        at: usize,
        /// Whether somebody who is asked stays silent.
        silent: bool,
    },
    /// A replica, told to by an operator, retires an actor.
    Retire {
        /// Who does it.
        at: usize,
        /// Who is retired.
        actor: ActorId,
    },
}
