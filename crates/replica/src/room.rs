//! How much of the disk a replica may take, for an operator who would rather have a shop that only reads than a machine
//! whose disk is full for everyone.
//!
//! The limit is SQLite's own, on the pages of the database: what does not fit is not written, and what is written can be
//! read. The log beside the database, which is folded into it every 16 MiB, is not counted.

use clap::Args;
use rusqlite::Connection;
use std::str::FromStr;

/// The most bytes a database may take; above it every write is answered 507 and nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    bytes: u64,
}

/// Which replica to run, and how large it may grow: what every tier with data is told alike.
#[derive(Args, Clone, Debug)]
pub struct Serving {
    /// Which replica, as in env.cfg.
    #[arg(long)]
    pub name: String,
    /// How large its database may grow, in MiB: above it the replica answers 507 to whoever wants to write, and
    /// goes on reading. As large as the disk allows where nothing is said.
    #[arg(long, env = "MOST_DATA_MIB", value_name = "MIB")]
    pub most_data_mib: Option<Room>,
}

/// The text is not an amount of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a number of MiB that is greater than 0, such as 512 or 0.5")]
pub struct NotRoom;

impl FromStr for Room {
    type Err = NotRoom;

    fn from_str(mib: &str) -> Result<Self, NotRoom> {
        const MIB: f64 = 1_048_576.0;
        // What a signed 64 bit integer of SQLite holds, and far more than any disk.
        const MOST_MIB: f64 = 1e12;
        let mib: f64 = mib.parse().map_err(|_| NotRoom)?;
        if !(mib > 0.0 && mib <= MOST_MIB) {
            return Err(NotRoom);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and below 2^61")]
        Ok(Self { bytes: (mib * MIB) as u64 })
    }
}

impl Room {
    /// Lets `database` grow no larger than this. One that is larger already stays as it is, and grows no more.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn limit(self, database: &Connection) -> rusqlite::Result<()> {
        let page: u64 = database.query_row("pragma page_size", (), |row| row.get(0))?;
        let pages = (self.bytes / page).clamp(1, u32::MAX.into());
        let most: u64 = database.query_row(&format!("pragma max_page_count = {pages}"), (), |row| row.get(0))?;
        tracing::info!(mib = most * page / 1_048_576, "the database may grow so large");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ErrorCode;

    #[test]
    fn room_is_a_positive_number_of_mebibytes() {
        assert_eq!("0.5".parse(), Ok(Room { bytes: 524_288 }));
        assert_eq!("512".parse(), Ok(Room { bytes: 536_870_912 }));
        for wrong in ["", "0", "-1", "NaN", "inf", "1e300", "12 MB", "lots"] {
            assert_eq!(wrong.parse::<Room>(), Err(NotRoom), "{wrong:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_as_a_full_disk_and_what_was_there_stays() {
        let database = Connection::open_in_memory().expect("opens");
        database.execute_batch("create table t (x blob)").expect("a table");
        "0.1".parse::<Room>().and_then(|room| room.limit(&database).map_err(|_| NotRoom)).expect("limited");
        let add = || database.execute("insert into t values (randomblob(10000))", ());
        let full = (0..100).find_map(|_| add().err()).expect("it is full at some time");
        assert_eq!(full.sqlite_error_code(), Some(ErrorCode::DiskFull));
        let kept: u64 = database.query_row("select count(*) from t", (), |row| row.get(0)).expect("it can be read");
        assert!((5..=10).contains(&kept), "{kept}");
    }
}
