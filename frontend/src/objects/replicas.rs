//! The cart replicas: who holds what, who is up, and a batching lane to each.

use cluster::{Member, ReplicaName};
use crdt::Object;
use futures::future::join_all;
use quorum::Copies;
use serve::{CallError, Caller, Fleet, Lane, LaneLimits};
use std::collections::BTreeMap;
use std::time::Duration;
use wire::Problem;
use wire::cart::{Key, Merge, Merged, Places};

/// How long a replica may take for one question.
const DEADLINE: Duration = Duration::from_millis(400);

/// The cart replicas, as a gateway asks them.
pub struct Replicas {
    caller: Caller,
    fleet: Fleet,
    places: Places,
    lanes: BTreeMap<ReplicaName, Lanes>,
}

/// Replicas that are not asked as long as the others answer.
pub(super) struct Spared(Vec<ReplicaName>);

impl Spared {
    /// Whether this one is.
    pub(super) fn has(&self, name: &ReplicaName) -> bool {
        self.0.contains(name)
    }
}

struct Lanes {
    reads: Lane<Key, Option<Object>>,
    merges: Lane<Merge, Merged>,
}

impl Replicas {
    /// Starts to watch these replicas, on the runtime of the caller.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn watch(caller: &Caller, members: Vec<Member>) -> Self {
        let limits = LaneLimits { deadline: DEADLINE, ..LaneLimits::default() };
        let lanes = |to: &Member| Lanes {
            reads: Lane::new(caller.clone(), to.clone(), "/internal/objects/read", limits),
            merges: Lane::new(caller.clone(), to.clone(), "/internal/objects/merge", limits),
        };
        let lanes = members.iter().map(|member| (member.name.clone(), lanes(member))).collect();
        let places = Places::among(members.iter().map(|member| member.name.as_str()));
        Self { caller: caller.clone(), fleet: Fleet::watch(caller.clone(), members), places, lanes }
    }

    /// Whether the shop has none.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Who holds this key, the first to be asked first.
    pub(super) fn holders(&self, key: &Key) -> Vec<ReplicaName> {
        self.names(self.places.holders(Places::bucket_of(key)))
    }

    /// Who comes after those.
    pub(super) fn after(&self, key: &Key) -> Vec<ReplicaName> {
        self.names(self.places.after(Places::bucket_of(key)))
    }

    fn names(&self, names: &[String]) -> Vec<ReplicaName> {
        names.iter().filter_map(|name| self.lanes.keys().find(|known| known.as_str() == name)).cloned().collect()
    }

    /// Whom to spare the question: those that are down, as long as enough others are up. Otherwise everybody is asked, since
    /// what is known of them may be old: a replica that is back is heard of at the next probe only.
    pub(super) fn spared(&self, holders: &[ReplicaName]) -> Spared {
        let down: Vec<_> = holders.iter().filter(|name| self.fleet.is_down(name)).cloned().collect();
        Spared(if (holders.len() - down.len()) * 2 > holders.len() { down } else { Vec::new() })
    }

    /// What a replica has of this key.
    pub(super) async fn read(&self, from: &ReplicaName, key: &Key) -> Result<Option<Object>, CallError> {
        let lanes = self.lanes(from)?;
        self.noted(from, lanes.reads.ask(key.clone()).await)
    }

    /// Lets a replica store a state. A refusal is a failure that is certain.
    pub(super) async fn merge(&self, to: &ReplicaName, merge: Merge) -> Result<(), CallError> {
        let lanes = self.lanes(to)?;
        match self.noted(to, lanes.merges.ask(merge).await)? {
            Merged::Stored => Ok(()),
            Merged::Refused(why) => {
                tracing::warn!(%to, why, "a cart replica refuses a state");
                Err(CallError::Refused { to: to.clone(), problem: Box::new(Problem::definite(422, "refused", why)) })
            }
        }
    }

    /// What all replicas that answer list at this address, each by key.
    ///
    /// `None` where they are too few to have seen, of every key, each write that met its quorum.
    pub(super) async fn listed(&self, path: &str) -> Option<Vec<Vec<Key>>> {
        let asked = self.fleet.members().iter().map(async |member| {
            let answer = self.caller.get::<Vec<Key>>(member, path, DEADLINE).await;
            answer
                .inspect_err(|error| tracing::debug!(%error, "a cart replica does not list"))
                .ok()
                .map(|keys| (member, keys))
        });
        let answers: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
        let answered = |name: &String| answers.iter().any(|(member, _)| member.name.as_str() == name);
        let covered = |bucket| Copies::of(self.places.holders(bucket).to_vec()).are_enough(answered);
        self.places.buckets().all(covered).then(|| answers.into_iter().map(|(_, keys)| keys).collect())
    }

    fn lanes(&self, name: &ReplicaName) -> Result<&Lanes, CallError> {
        let unknown = || CallError::Unreachable { to: name.clone(), why: "it is not in env.cfg".into() };
        self.lanes.get(name).ok_or_else(unknown)
    }

    fn noted<T>(&self, name: &ReplicaName, answer: Result<T, CallError>) -> Result<T, CallError> {
        match &answer {
            Ok(_) => self.fleet.worked(name),
            Err(error) => self.fleet.failed(name, error),
        }
        answer
    }
}
