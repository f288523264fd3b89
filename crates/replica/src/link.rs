//! The link to each peer: push what was written here, pull what is missing.
//!
//! Push is what makes copies appear at once; catching up is what makes sure. Either alone would do for safety.

use crate::http::{HeadsReport, MOST_ENTRIES, Pull, Push, Pushed};
use crate::{Replica, Stored, WriteError, store};
use cluster::Member;
use journal::{ActorId, Frozen, Heads, Held, Run};
use rusqlite::Connection;
use serve::{CallError, Caller, Fleet};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long to wait between two comparisons of heads.
const EVERY: Duration = Duration::from_secs(1);
const DEADLINE: Duration = Duration::from_secs(2);
/// A peer this far behind is catching up: nobody who buys waits for its copy.
const FAR_BEHIND: u64 = 2000;

/// Why not everything that a peer has could be read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// It does not answer.
    #[error(transparent)]
    NoAnswer(#[from] CallError),
    /// What it sent can't be written here.
    #[error(transparent)]
    NotWritten(#[from] WriteError),
    /// It did not send what it says it has, or nothing of it could be taken.
    #[error("not everything that it has could be read")]
    Incomplete,
}

/// How long to leave a peer alone that took nothing.
const PAUSE: Duration = Duration::from_millis(200);

/// How a push went.
enum Pushing {
    /// The peer holds more now.
    Went,
    /// There was nothing to push.
    Nothing,
    /// The peer answered and holds no more than before: it lacks something earlier, or has frozen this actor.
    NotTaken,
}

/// How entries are pushed.
#[derive(Clone, Copy, Debug)]
pub struct Pushes {
    /// Where the peers take them.
    pub path: &'static str,
    /// The time from one push to the next, zero where somebody waits for the copy. While it lasts more is written, which
    /// the peer then takes in one commit.
    pub pace: Duration,
}

/// The links of one replica to its peers.
pub struct Links<M: Stored> {
    replica: Replica<M>,
    caller: Caller,
    fleet: Fleet,
    pushes: Pushes,
}

impl<M: Stored> Clone for Links<M> {
    fn clone(&self) -> Self {
        let (replica, caller, fleet) = (self.replica.clone(), self.caller.clone(), self.fleet.clone());
        Self { replica, caller, fleet, pushes: self.pushes }
    }
}

impl<M: Stored> Links<M> {
    /// Starts two tasks a peer: one pushes, one catches up.
    pub fn start(replica: Replica<M>, caller: Caller, fleet: Fleet, pushes: Pushes) -> Self {
        let links = Self { replica, caller, fleet, pushes };
        for peer in links.fleet.members() {
            tokio::spawn(links.clone().push(peer.clone()));
            tokio::spawn(links.clone().catch_up(peer.clone()));
        }
        links
    }

    /// The peers whose copy is worth waiting for: not known to be down, and not far behind.
    pub fn keeping_up(&self) -> Vec<String> {
        let published = self.replica.published();
        let Some(me) = published.me else { return Vec::new() };
        let near = |peer: &&Member| {
            let held = self.replica.held_by(peer.name.as_str(), me);
            !self.fleet.is_down(&peer.name) && held + FAR_BEHIND >= published.seq(me)
        };
        self.fleet.members().iter().filter(near).map(|peer| peer.name.to_string()).collect()
    }

    /// What `/readyz` shows of any replica with a journal: who it writes as, how far it holds each journal, how many of
    /// its own entries each peer lacks, who is frozen.
    pub fn detail(&self) -> serde_json::Map<String, serde_json::Value> {
        let published = self.replica.published();
        let mine = published.me.map_or(0, |me| published.seq(me));
        let lacks = |peer: String| {
            let held = published.me.map_or(0, |me| self.replica.held_by(&peer, me));
            (peer, mine.saturating_sub(held))
        };
        let heads = published.held.heads.iter().map(|(actor, head)| (actor.to_string(), head.seq));
        let shown = [
            ("actor", serde_json::json!(published.me)),
            ("heads", serde_json::json!(heads.collect::<BTreeMap<_, _>>())),
            ("lag", serde_json::json!(self.peers().into_iter().map(lacks).collect::<BTreeMap<_, _>>())),
            ("frozen", serde_json::json!(published.held.frozen)),
            ("retired", serde_json::json!(published.held.retired.keys().collect::<Vec<_>>())),
        ];
        shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The names of all peers.
    pub fn peers(&self) -> Vec<String> {
        self.fleet.members().iter().map(|peer| peer.name.to_string()).collect()
    }

    /// Pulls whatever `peer` has and this replica has not, once.
    ///
    /// # Errors
    /// When the peer does not answer, or what it has can't be taken: then not all of it has been read.
    pub async fn catch_up_with(&self, peer: &Member) -> Result<(), NotRead> {
        let report: HeadsReport = self.caller.get(peer, "/internal/journal/heads", DEADLINE).await?;
        // One that was down when this replica started has come since: nobody is told that it does not answer.
        self.fleet.worked(&peer.name);
        let theirs = &report.held.heads;
        self.replica.report(peer.name.as_str(), report.me, theirs);
        let Held { frozen, .. } = &report.held;
        self.replica.freeze(self.replica.published().held.gone_on(theirs));
        // What the peer held of an actor when it stopped believing it is read first: whoever comes later must not lack it.
        self.replica.freeze(self.not_ahead(frozen, theirs));
        self.read(peer, theirs).await?;
        self.replica.freeze(frozen.clone());
        Ok(())
    }

    /// Those of `frozen` of which nothing is to be read any more, whose own heads are `theirs`.
    fn not_ahead(&self, frozen: &Frozen, theirs: &Heads) -> Frozen {
        let published = self.replica.published();
        let ahead = |actor: &ActorId| theirs.get(actor).is_some_and(|head| head.seq > published.seq(*actor));
        let now = frozen.iter().filter(|(actor, _)| published.me == Some(**actor) || !ahead(actor));
        now.map(|(actor, why)| (*actor, why.clone())).collect()
    }

    /// Pulls until nothing is lacking of what `peer` has, whose heads are `theirs`.
    async fn read(&self, peer: &Member, theirs: &Heads) -> Result<(), NotRead> {
        loop {
            let before = self.replica.published();
            if !before.held.lacks(theirs) {
                return Ok(());
            }
            let pull = Pull { held: before.held.asks() };
            let runs: Vec<Run> = self.caller.post(peer, "/internal/journal/pull", &pull, DEADLINE).await?;
            if let Err(error) = self.replica.absorb(runs).await {
                tracing::warn!(peer = %peer.name, %error, "what the peer has can't be taken");
                return Err(error.into());
            }
            if self.replica.published().held.heads == before.held.heads {
                return Err(NotRead::Incomplete);
            }
        }
    }

    async fn catch_up(self, peer: Member) {
        // A closed queue means that the process stops.
        while !self.replica.queue.is_closed() {
            let pause = match self.catch_up_with(&peer).await {
                // Where what it has can't be taken, asking at once again would change nothing.
                Ok(()) | Err(NotRead::NotWritten(_) | NotRead::Incomplete) => EVERY,
                // Asked as soon as it is back: until then nobody here knows who it is.
                Err(_) if self.fleet.until_ready(&peer.name, EVERY).await => PAUSE / 4,
                Err(_) => PAUSE,
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn push(self, peer: Member) {
        let mut follow = self.replica.follow();
        loop {
            match self.push_once(&peer).await {
                Ok(Pushing::Went) => tokio::time::sleep(self.pushes.pace).await,
                Ok(Pushing::Nothing) => {
                    if follow.changed().await.is_err() {
                        return;
                    }
                }
                Ok(Pushing::NotTaken) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::debug!(peer = %peer.name, %error, "a push failed; it is tried again");
                    self.fleet.failed(&peer.name, &error);
                    // Tried again soon, also while it is only starting: a buyer may be waiting for the copy.
                    self.fleet.until_ready(&peer.name, PAUSE / 2).await;
                    tokio::time::sleep(PAUSE / 4).await;
                }
            }
        }
    }

    /// Pushes what `peer` is not known to hold.
    async fn push_once(&self, peer: &Member) -> Result<Pushing, CallError> {
        let published = self.replica.published();
        let name = peer.name.as_str();
        let Some(me) = published.me else { return Ok(Pushing::Nothing) };
        let held = self.replica.held_by(name, me);
        if held >= published.seq(me) || published.held.has_ended(me) {
            return Ok(Pushing::Nothing);
        }
        // Something follows: where it can't be read now, it is tried again.
        let Some(run) = self.after(me, held, published.seq(me)).await else { return Ok(Pushing::NotTaken) };
        let pushed: Pushed = self.caller.put(peer, self.pushes.path, &Push { runs: vec![run] }, DEADLINE).await?;
        self.replica.report(name, None, &pushed.heads);
        Ok(if self.replica.held_by(name, me) > held { Pushing::Went } else { Pushing::NotTaken })
    }

    /// What follows entry `held` of this replica's own journal: from memory for a peer that keeps up.
    async fn after(&self, me: ActorId, held: u64, upto: u64) -> Option<Run> {
        let recent = self.replica.tail().as_ref().and_then(|tail| tail.after(held, MOST_ENTRIES as usize));
        if recent.is_some() {
            return recent;
        }
        let look = move |journal: &Connection| store::run_after(journal, me, held, upto, MOST_ENTRIES);
        self.replica.readers().read(look).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the journal can't be read for a push");
            None
        })
    }
}
