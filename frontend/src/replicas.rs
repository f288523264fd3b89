//! The replicas of one tier, as a frontend asks them: who is up, a batching lane to each, how often it may ask again.
//!
//! Whom to ask first and what an answer means differs from tier to tier and is in `catalogs.rs` and `orders.rs`.

use cluster::{Member, ReplicaName, Tier};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serve::{CallError, Caller, Fleet, Lane, LaneLimits, RetryBudget, clock};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One tier: questions `Q`, answers `A`.
pub struct Replicas<Q, A> {
    tier: Tier,
    fleet: Fleet,
    caller: Caller,
    lanes: Vec<(ReplicaName, Lane<Q, A>)>,
    deadline: Duration,
    budget: Mutex<RetryBudget>,
    last: Mutex<Option<ReplicaName>>,
}

impl<Q, A> Replicas<Q, A>
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    /// Starts to watch the replicas, on the runtime of the caller. Questions go to `path` and are given up after
    /// `deadline`.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn watch(tier: Tier, caller: &Caller, members: Vec<Member>, path: &str, deadline: Duration) -> Self {
        let limits = LaneLimits { deadline, ..LaneLimits::default() };
        let lane = |to: &Member| (to.name.clone(), Lane::new(caller.clone(), to.clone(), path, limits));
        let lanes = members.iter().map(lane).collect();
        Self {
            tier,
            fleet: Fleet::watch(caller.clone(), members),
            caller: caller.clone(),
            lanes,
            deadline,
            budget: Mutex::new(RetryBudget::usual(clock::now_ms())),
            last: Mutex::new(None),
        }
    }

    /// Who there is and who answers.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// For calls that go alone.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Asks one replica, in a batch with whatever else is being asked. The deadline counts from now, the wait for a
    /// place in a batch included.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask(&self, member: &Member, question: Q) -> Result<A, CallError> {
        let Some((_, lane)) = self.lanes.iter().find(|(name, _)| *name == member.name) else {
            return Err(CallError::Busy { to: member.name.clone() });
        };
        let began = Instant::now();
        let answer = tokio::time::timeout(self.deadline, lane.ask(question)).await;
        answer.unwrap_or_else(|_| Err(timed_out(member, began.elapsed())))
    }

    /// The replica that answered last.
    pub fn answered_last(&self) -> Option<ReplicaName> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a replica answered.
    pub fn answered(&self, name: &ReplicaName) {
        self.fleet.worked(name);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(name.clone());
    }

    /// Notes a question that is asked for the first time: a part of a retry is earned by it.
    pub fn first_try(&self) {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner).first_try();
    }

    /// Whether a question that failed may be asked elsewhere: retries must not become the load.
    pub fn may_retry(&self) -> bool {
        let may = self.budget.lock().unwrap_or_else(PoisonError::into_inner).may_retry(clock::now_ms());
        let allowed = if may { "yes" } else { "no" };
        metrics::counter!("frontend_retries_total", "tier" => self.tier.as_str(), "allowed" => allowed).increment(1);
        may
    }
}

/// A call given up after this long.
pub fn timed_out(member: &Member, after: Duration) -> CallError {
    CallError::TimedOut { to: member.name.clone(), after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX) }
}
