//! Who there is: the replicas that `env.cfg` names, where their data lies, and what proves that a
//! caller belongs to the same cluster.
//!
//! Every process reads the same file at its start and never again, so this crate needs no clock, no
//! network and no runtime; the one socket it opens asks the operating system whether an address is
//! this machine's. Who of the members is *alive* is not known here, and no address is proof of
//! anything: safety rests on the journals alone.

mod line;
mod membership;
mod mistakes;
mod name;
mod nearest;
mod parse;
mod paths;
mod roster;
mod secrets;

pub use membership::{MembershipSetting, ZooKeeperAddress};
pub use mistakes::Mistakes;
pub use name::{NotAReplica, ReplicaName, Tier};
pub use paths::Paths;
pub use roster::{Member, Roster};
pub use secrets::{ClusterId, NotAClusterId, Secrets, SecretsError, Token};
