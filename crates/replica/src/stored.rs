//! The seam between the driver and a tier's tables: what one batch loads and stores.

use journal::{ActorId, Arrived, Machine};
use rusqlite::Connection;

/// A tier's tables. `load` and `save` know SQL and decide nothing; what is decided is the [`Machine`]'s. One batch is one
/// transaction, from what it loads to what it stores.
pub trait Stored: Send + 'static {
    /// What one batch works on, and what decides.
    type Machine: Machine + Send;

    /// Loads what `commands` and the entries that `arrived` will touch.
    ///
    /// # Errors
    /// When the database can't be read.
    fn load(
        &mut self,
        database: &Connection,
        me: ActorId,
        commands: &[Command<Self>],
        arrived: &[Arrived<Op<Self>>],
    ) -> rusqlite::Result<Self::Machine>;

    /// Stores what the batch changed, inside its transaction.
    ///
    /// # Errors
    /// When it can't or must not be stored: nothing of the batch is committed then.
    fn save(&self, database: &Connection, batch: &Self::Machine) -> rusqlite::Result<()>;

    /// The batch is on disk: tell whoever listens.
    fn committed(&mut self, batch: Self::Machine);

    /// The entry that opens the journal of a new incarnation.
    fn opening(&self) -> Op<Self>;
}

/// What a journal entry of a tier says.
pub type Op<S> = <<S as Stored>::Machine as Machine>::Op;
/// What may be asked of a tier's writer.
pub type Command<S> = <<S as Stored>::Machine as Machine>::Command;
/// What it answers.
pub type Reply<S> = <<S as Stored>::Machine as Machine>::Reply;
