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

    /// Everyone whom env.cfg names now.
    ///
    /// # Errors
    /// Every mistake in it, for people; or that nobody knows where it is.
    pub async fn written(&self) -> Result<Vec<Member>, String> {
        let path = self.env_cfg.clone().ok_or("this frontend was not told where it is")?;
        let read = tokio::task::spawn_blocking(move || Roster::load(&path)).await.map_err(|error| error.to_string())?;
        read.map(|roster| roster.members().to_vec()).map_err(|mistakes| mistakes.to_string())
    }

    /// Everyone of a tier: those of `fleet`, and those who are new in env.cfg, by name.
    pub async fn of(&self, tier: Tier, fleet: &Fleet) -> Vec<Seat> {
        let written = self.written().await.ok();
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

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::Secrets;
    use serve::State;
    use std::fs;

    const CFG: &str = "frontend_ip=127.0.0.1\nfrontend_port=1\ncatalogA_ip=127.0.0.1\ncatalogA_port=2\n\
                       orderA_ip=127.0.0.1\norderA_port=3\n";

    #[tokio::test]
    async fn whoever_is_new_in_the_file_is_looked_at_and_whoever_was_taken_out_is_known_to_be() {
        let directory = tempfile::tempdir().expect("a directory");
        let secrets = Secrets::open(directory.path()).expect("a cluster");
        let caller = Caller::new(&secrets, &"frontend".parse().expect("a name"));
        let path = directory.path().join("env.cfg");
        let census = Census::new(caller.clone(), Some(path.clone()));
        assert!(census.written().await.is_err(), "there is no file");
        fs::write(&path, CFG).expect("written");
        let known: Vec<Member> = census.written().await.expect("no mistakes").into_iter().take(1).collect();
        let fleet = Fleet::watch(caller, known);
        // Nobody listens at these ports.
        fs::write(&path, format!("{CFG}catalogB_ip=127.0.0.1\ncatalogB_port=4\n")).expect("written");
        let seats = census.of(Tier::Catalog, &fleet).await;
        let seen: Vec<_> = seats.iter().map(|seat| (seat.name(), seat.known, seat.written)).collect();
        assert_eq!(seen, [("catalogA", true, true), ("catalogB", false, true)]);
        assert!(matches!(seats[1].seen.state, State::Down(_)), "{seats:?}");
        fs::write(&path, CFG.replace("catalogA", "catalogC")).expect("written");
        let seats = census.of(Tier::Catalog, &fleet).await;
        let seen: Vec<_> = seats.iter().map(|seat| (seat.name(), seat.known, seat.written)).collect();
        assert_eq!(seen, [("catalogA", true, false), ("catalogC", false, true)]);
        // What can't be read says nothing about anybody, and what is wrong is told.
        fs::write(&path, CFG.replace("orderA_port", "orderA_prot")).expect("written");
        assert!(census.written().await.expect_err("mistakes").contains("orderA_prot"));
        assert!(census.of(Tier::Catalog, &fleet).await.iter().all(|seat| seat.written));
    }
}
