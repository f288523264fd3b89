//! What the data of one tier's replicas are, said once for everything that opens them.

use crate::database::{OpenError, Tables, read_only};
use crate::link::Pushes;
use cluster::Tier;
use rusqlite::Connection;
use serve::command_line::Place;

/// The data that the replicas of a tier keep.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The tier.
    pub tier: Tier,
    /// The database's file name.
    pub file: &'static str,
    /// Its tables; those of the journal first, where it has one.
    pub tables: Tables,
    /// A table that only this tier has.
    pub own_table: &'static str,
    /// The table that says whose data they are, and what they were seen to have: empty in a copy.
    pub whose: &'static str,
}

/// Data with a journal.
#[derive(Clone, Copy, Debug)]
pub struct Journalled {
    /// What they are.
    pub kind: Kind,
    /// The other tier whose replicas can tell which entries of a journal here they have seen.
    pub evidence: Option<Tier>,
    /// How entries are pushed.
    pub pushes: Pushes,
}

impl Kind {
    /// Opens a replica's data to look at them, running or not.
    ///
    /// # Errors
    /// [`OpenError::Database`], also where there are none yet.
    pub fn read_only(&self, place: &Place) -> Result<Connection, OpenError> {
        read_only(&place.paths.replica_dir(&place.member.name), self.file)
    }
}
