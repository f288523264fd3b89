//! The account of one actor with one book: where its rights come from and went.

use journal::ActorId;
use std::collections::BTreeMap;

/// Totals over the journals read so far, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Number of the actor's last entry that changed what is shown of this book.
    pub seq: u64,
    /// Units it minted.
    pub minted: u64,
    /// Units it burned.
    pub burned: u64,
    /// Units in its live sales.
    pub sold: u64,
    /// Units others gave it.
    pub got: u64,
    /// Units it gave to others.
    pub gave: u64,
}

/// The accounts of all actors with one book.
pub type Accounts = BTreeMap<ActorId, Account>;

impl Account {
    /// Units this actor may sell, give or burn, as far as the journals here tell.
    ///
    /// Exact and never negative for the own actor. For another it may be below zero for a while: its sale has arrived,
    /// the gift it sold from has not.
    pub fn rights(&self) -> i128 {
        i128::from(self.minted) + i128::from(self.got)
            - i128::from(self.gave)
            - i128::from(self.burned)
            - i128::from(self.sold)
    }

    /// The same, as a number of units: none where it is negative.
    pub fn units(&self) -> u64 {
        u64::try_from(self.rights()).unwrap_or(0)
    }

    /// What this actor did to the number of units in the shop: gifts cancel out.
    pub fn net(&self) -> i64 {
        let net = i128::from(self.minted) - i128::from(self.burned) - i128::from(self.sold);
        i64::try_from(net).unwrap_or(if net < 0 { i64::MIN } else { i64::MAX })
    }
}
