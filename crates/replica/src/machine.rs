//! The seam between the driver and a tier: what one batch loads, decides and stores.

use journal::{ActorId, Body, Entry, Head};
use rusqlite::Connection;
use serde::{Serialize, de::DeserializeOwned};

/// An entry of another actor, read.
#[derive(Clone, Debug)]
pub struct Arrived<O> {
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number.
    pub seq: u64,
    /// What it says.
    pub op: O,
}

/// A tier's part of a batch. `load` and `save` know SQL and decide nothing; `decide` and `absorb` decide and wait for
/// nothing. One batch is one transaction, from what it loads to what it stores.
pub trait Machine: Send + 'static {
    /// What a journal entry of this tier says.
    type Op: Serialize + DeserializeOwned + Send + Sync;
    /// What may be asked of the writer.
    type Command: Send + 'static;
    /// What it answers. An answer leaves only after the batch is on disk.
    type Reply: Send + 'static;
    /// What one batch works on.
    type Working: Send;

    /// Loads what `commands` and the entries that `arrived` will touch.
    ///
    /// # Errors
    /// When the database can't be read.
    fn load(
        &mut self,
        database: &Connection,
        me: ActorId,
        commands: &[Self::Command],
        arrived: &[Arrived<Self::Op>],
    ) -> rusqlite::Result<Self::Working>;

    /// Decides one command; entries written with the pen are part of the batch.
    fn decide(&self, working: &mut Self::Working, command: Self::Command, pen: &mut Pen<Self::Op>) -> Self::Reply;

    /// Folds entries of others, in order, into the working set.
    fn absorb(&self, working: &mut Self::Working, arrived: Vec<Arrived<Self::Op>>, pen: &mut Pen<Self::Op>);

    /// Stores what the batch changed, inside its transaction.
    ///
    /// # Errors
    /// When it can't or must not be stored: nothing of the batch is committed then.
    fn save(&self, database: &Connection, working: &Self::Working) -> rusqlite::Result<()>;

    /// The batch is on disk: tell whoever listens.
    fn committed(&mut self, working: Self::Working);

    /// The entry that opens the journal of a new incarnation.
    fn opening(&self) -> Self::Op;
}

/// Writes entries into the own journal.
#[derive(Debug)]
pub struct Pen<O> {
    actor: ActorId,
    head: Head,
    written: Vec<Entry>,
    op: std::marker::PhantomData<fn(O)>,
}

impl<O: Serialize> Pen<O> {
    /// A pen that goes on after `head`.
    pub(crate) fn new(actor: ActorId, head: Head) -> Self {
        Self { actor, head, written: Vec::new(), op: std::marker::PhantomData }
    }

    /// Writes one entry; returns its number.
    pub fn write(&mut self, op: &O) -> u64 {
        let body = Body::write(op).expect("an operation has string keys only, so it has a JSON form");
        self.head = self.head.next(&body);
        self.written.push(Entry { actor: self.actor, head: self.head, body });
        self.head.seq
    }

    /// Who writes.
    pub fn actor(&self) -> ActorId {
        self.actor
    }

    pub(crate) fn into_written(self) -> Vec<Entry> {
        self.written
    }
}
