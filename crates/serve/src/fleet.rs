//! Who of the other replicas may be asked right now.
//!
//! Two sources agree on it: a prober asks every member's `/readyz` a few times a second, and whoever calls a member
//! says how it went. A call that failed marks the member down at once, so that the next caller does not run into the
//! same wall; only a probe that began after that brings it back. All of it is a hint for routing and never a proof:
//! a member that is taken for ready may be dead by the time it is called, and nothing is decided by it but whom to ask
//! first. Trying again is `budget`'s business.

mod probe;
mod table;

pub use table::{Seen, State};

use crate::caller::{CallError, Caller};
use crate::clock;
use cluster::{Member, ReplicaName};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use table::Table;
use tokio::task::JoinSet;

/// A watched set of replicas. Clones watch together; the probing ends with the last of them.
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    members: Vec<Member>,
    table: Arc<Table>,
    /// Where the next round begins.
    turn: AtomicUsize,
    /// Dropping it aborts the probers.
    _probers: JoinSet<()>,
}

impl Fleet {
    /// Starts to watch `members`, one probing task each, on the runtime of the caller.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[expect(clippy::needless_pass_by_value, reason = "the fleet is the owner of its caller: it hands out clones")]
    pub fn watch(caller: Caller, members: Vec<Member>) -> Self {
        let table = Arc::new(Table::new(&members));
        let mut probers = JoinSet::new();
        for (at, member) in members.iter().enumerate() {
            probers.spawn(probe::forever(Arc::clone(&table), at, caller.clone(), member.clone()));
        }
        Self(Arc::new(Inner { members, table, turn: AtomicUsize::new(0), _probers: probers }))
    }

    /// Looks once at a member that nobody watches, as a probe does.
    pub async fn look_at(caller: &Caller, member: &Member) -> Seen {
        let mut seen = Seen::unknown(member, clock::now_ms());
        seen.state = seen.found(probe::probe(caller, member).await);
        seen
    }

    /// All members, as they were given.
    pub fn members(&self) -> &[Member] {
        &self.0.members
    }

    /// Whom to ask, best first: the members that are ready, each round beginning with another one.
    ///
    /// While none is known to be ready, those nobody has heard of yet; empty when all are down or not ready.
    pub fn ready(&self) -> Vec<Member> {
        let mut candidates = self.0.table.candidates();
        if !candidates.is_empty() {
            let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
            let first = turn % candidates.len();
            candidates.rotate_left(first);
        }
        candidates
    }

    /// Whether this member is known to be ready; false for a stranger.
    pub fn is_ready(&self, name: &ReplicaName) -> bool {
        self.0.table.is_ready(name)
    }

    /// Whether this member is known not to answer: one that is starting, or that nobody has asked yet, is not.
    pub fn is_down(&self, name: &ReplicaName) -> bool {
        self.0.table.is_down(name)
    }

    /// A call to `name` failed: it is down from now on if the error shows that, until a probe succeeds.
    pub fn failed(&self, name: &ReplicaName, error: &CallError) {
        if error.shows_it_is_down() {
            self.0.table.mark_down(name, &error.to_string());
        }
    }

    /// A call to `name` succeeded. A member nobody had heard of is ready; one that was marked down is probed now.
    ///
    /// It is not taken for ready because of that: an answer to an old call may arrive after a later one has failed,
    /// and a replica that is stopping finishes its calls.
    pub fn worked(&self, name: &ReplicaName) {
        self.0.table.heard_from(name);
    }

    /// Waits until this member is ready, for `patience` at most; false when it was not. No polling.
    pub async fn until_ready(&self, name: &ReplicaName, patience: Duration) -> bool {
        let ready = self.0.table.until(|seen| seen.member.name == *name && seen.state == State::Ready);
        tokio::time::timeout(patience, ready).await.is_ok()
    }

    /// Waits until any member is ready, for `patience` at most; false when none was. No polling.
    pub async fn until_any_ready(&self, patience: Duration) -> bool {
        let ready = self.0.table.until(|seen| seen.state == State::Ready);
        tokio::time::timeout(patience, ready).await.is_ok()
    }

    /// What is known of every member, in their order: for people and for metrics.
    pub fn view(&self) -> Vec<Seen> {
        self.0.table.view()
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fleet").field(&self.view()).finish()
    }
}
