//! The seam between the driver and a tier's tables: what one batch loads and stores.

use journal::{ActorId, Arrived, Machine};
use rusqlite::Connection;

/// A tier's machine with the tables it works on. `load` and `save` know SQL and decide nothing; what is decided is
/// [`Machine`]'s. One batch is one transaction, from what it loads to what it stores.
pub trait Stored: Machine + Send + 'static {
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

    /// Stores what the batch changed, inside its transaction.
    ///
    /// # Errors
    /// When it can't or must not be stored: nothing of the batch is committed then.
    fn save(&self, database: &Connection, working: &Self::Working) -> rusqlite::Result<()>;

    /// The batch is on disk: tell whoever listens.
    fn committed(&mut self, working: Self::Working);
}
