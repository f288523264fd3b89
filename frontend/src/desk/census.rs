//! Who belongs to the shop: those that this frontend knows since it started, and those that env.cfg names by now.
//!
//! A process reads env.cfg once. So whoever was written into it since is on its way into the shop, and whoever was taken
//! out of it on its way out; the desk looks into the file again, and at those who are new in it. What that means is
//! `plan/`'s business.

use cluster::{Member, Roster, Tier};
use futures::future::join_all;
use serve::{Caller, Fleet, Seen};
use std::path::PathBuf;

/// Looks who there is.
#[derive(Debug)]
pub struct Census {
    caller: Caller,
    env_cfg: Option<PathBuf>,
}

/// A replica, as it is seen from here.
#[derive(Clone, Debug)]
pub struct Seat {
    /// How it does.
    pub seen: Seen,
    /// Whether this frontend asks it: it does not know of those who are new in env.cfg since it started.
    pub known: bool,
    /// Whether env.cfg names it now.
    pub written: bool,
}

impl Seat {
    /// What it is called.
    pub fn name(&self) -> &str {
        self.seen.member.name.as_str()
    }
}

impl Census {
    /// The census of the shop that `env_cfg` describes.
    pub fn new(caller: Caller, env_cfg: Option<PathBuf>) -> Self {
        Self { caller, env_cfg }
    }

    /// Everyone whom env.cfg names now; `None` where it can't be read, or nobody knows where it is.
    pub async fn written(&self) -> Option<Vec<Member>> {
        let path = self.env_cfg.clone()?;
        let read = tokio::task::spawn_blocking(move || Roster::load(&path)).await.ok()?;
        let read = read.inspect_err(|mistakes| tracing::warn!(%mistakes, "env.cfg can't be read at the moment"));
        Some(read.ok()?.members().to_vec())
    }

    /// Everyone of a tier: those of `fleet`, and those who are new in env.cfg, by name.
    pub async fn of(&self, tier: Tier, fleet: &Fleet) -> Vec<Seat> {
        let written = self.written().await;
        // What can't be read says nothing about anybody.
        let names = |of: &Member| written.as_ref().is_none_or(|all| all.iter().any(|one| one.name == of.name));
        let known = fleet.view().into_iter().map(|seen| Seat { written: names(&seen.member), known: true, seen });
        let mut seats: Vec<Seat> = known.collect();
        let is_new = |one: &&Member| one.tier == tier && fleet.members().iter().all(|known| known.name != one.name);
        let new = written.iter().flatten().filter(is_new).map(|one| Fleet::look_at(&self.caller, one));
        seats.extend(join_all(new).await.into_iter().map(|seen| Seat { seen, known: false, written: true }));
        seats.sort_by(|one, other| one.seen.member.name.cmp(&other.seen.member.name));
        seats
    }
}
