//! The cart replicas: who holds what, who is up, and a batching lane to each.
//!
//! Who holds what is told by the replicas themselves: whoever asks under older layouts than they know is told of theirs
//! instead of an answer, and asks again.

use cluster::{Member, ReplicaName};
use crdt::Object;
use futures::future::join_all;
use quorum::Copies;
use serve::{CallError, Caller, Fleet, Lane, LaneLimits};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use wire::Problem;
use wire::cart::{Ask, Epoch, Had, Key, Layout, Layouts, Listed, Merge, Merged, Places};

/// How long a replica may take for one question.
const DEADLINE: Duration = Duration::from_millis(400);

/// The cart replicas, as a gateway asks them.
pub struct Replicas {
    caller: Caller,
    fleet: Fleet,
    known: RwLock<Arc<Known>>,
    lanes: BTreeMap<ReplicaName, Lanes>,
}

struct Lanes {
    reads: Lane<Ask, Had>,
    merges: Lane<Merge, Merged>,
}

/// The latest layouts that a replica has told of.
struct Known {
    layouts: Layouts,
    places: Option<Places>,
}

/// Where the copies of a key are, for one question or one write.
pub(super) struct Place {
    /// Who has them.
    pub(super) copies: Copies<ReplicaName>,
    /// Who comes after those.
    pub(super) after: Vec<ReplicaName>,
    /// Who is asked only where the others turn out not to be enough.
    pub(super) spared: Vec<ReplicaName>,
    epoch: Epoch,
}

/// Why there is no answer of a replica.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// The place is no longer the right one: ask again, somewhere else.
    #[error("it knows of later layouts")]
    Behind,
    /// The call failed, or nobody made one.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl NoAnswer {
    /// Whether what was asked has surely not been done.
    pub(super) fn definite(&self) -> bool {
        match self {
            Self::Behind => true,
            Self::Call(error) => error.definite(),
        }
    }
}

impl Known {
    fn of(layouts: Layouts) -> Self {
        let places = Places::under(&layouts).inspect_err(|error| {
            // A shop without carts has nobody to place anything on.
            if !layouts.latest().holders.is_empty() {
                tracing::error!(%error, "nothing can be placed by the layouts that the cart replicas tell of");
            }
        });
        Self { places: places.ok(), layouts }
    }
}

/// A layout names cart replicas only, also such that this process has never heard of: nobody reaches those, and they count
/// all the same.
fn names(names: &[String]) -> Vec<ReplicaName> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
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
        let assumed = Layout::first(members.iter().map(|member| (member.name.to_string(), member.ip.to_string())));
        let known = Known::of(Layouts::first(assumed, BTreeSet::new()).assumed());
        let fleet = Fleet::watch(caller.clone(), members);
        Self { caller: caller.clone(), fleet, known: RwLock::new(Arc::new(known)), lanes }
    }

    /// Who is up.
    pub(super) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// For calls that go alone.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether the shop has none.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Where this key is, by what is known now.
    pub(super) fn place(&self, key: &Key) -> Place {
        let known = self.known();
        let bucket = Places::bucket_of(key);
        let mut sets = known.places.iter().flat_map(|places| places.sets(bucket)).map(names);
        let first = Copies::of(sets.next().unwrap_or_default());
        let copies = sets.fold(first, Copies::and);
        let after = known.places.as_ref().map(|places| names(places.after(bucket))).unwrap_or_default();
        let down: Vec<_> = copies.all().into_iter().filter(|name| self.fleet.is_down(name)).collect();
        // Those that are down are spared the question, as long as enough others seem to be up.
        let spared = if copies.are_enough(|name| !down.contains(name)) { down } else { Vec::new() };
        Place { copies, after, spared, epoch: known.layouts.epoch() }
    }

    /// What a replica has of this key, and whether that counts towards a quorum.
    pub(super) async fn read(
        &self,
        from: &ReplicaName,
        key: &Key,
        place: &Place,
    ) -> Result<(Option<Object>, bool), NoAnswer> {
        let lanes = self.lanes(from)?;
        let ask = Ask { key: key.clone(), epoch: Some(place.epoch) };
        match self.noted(from, lanes.reads.ask(ask).await)? {
            Had::Copy { object, counts } => Ok((object, counts)),
            Had::Behind(layouts) => Err(self.behind(&layouts)),
        }
    }

    /// Lets a replica store a state. A refusal is a failure that is certain.
    pub(super) async fn merge(&self, to: &ReplicaName, merge: Merge, place: &Place) -> Result<(), NoAnswer> {
        let lanes = self.lanes(to)?;
        let merge = Merge { epoch: Some(place.epoch), ..merge };
        match self.noted(to, lanes.merges.ask(merge).await)? {
            Merged::Stored => Ok(()),
            Merged::Behind(layouts) => Err(self.behind(&layouts)),
            Merged::Refused(why) => {
                tracing::warn!(%to, why, "a cart replica refuses a state");
                let problem = Box::new(Problem::definite(422, "refused", why));
                Err(CallError::Refused { to: to.clone(), problem }.into())
            }
        }
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn behind(&self, layouts: &Layouts) -> NoAnswer {
        self.learn(layouts);
        NoAnswer::Behind
    }

    /// Learns the layouts that a replica knows.
    fn learn(&self, layouts: &Layouts) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut joined = known.layouts.clone();
        if joined.join(layouts) {
            tracing::info!(epoch = %joined.epoch(), "learnt who holds what in the cart tier");
            *known = Arc::new(Known::of(joined));
        }
    }

    /// What all replicas that answer list at this address, each by key.
    ///
    /// `None` where they are too few to have seen, of every key, each write that met its quorum.
    pub(super) async fn listed(&self, path: &str) -> Option<Vec<Vec<Key>>> {
        let asked = self.fleet.members().iter().map(async |member| {
            let answer = self.caller.get::<Listed>(member, path, DEADLINE).await;
            answer
                .inspect_err(|error| tracing::debug!(%error, "a cart replica does not list"))
                .ok()
                .map(|listed| (&member.name, listed))
        });
        let answers: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
        for (_, listed) in &answers {
            self.learn(&listed.layouts);
        }
        let known = self.known();
        let epoch = known.layouts.epoch();
        let whole = |listed: &Listed| listed.whole && listed.layouts.epoch() == epoch;
        let counts = |name: &ReplicaName| answers.iter().any(|(of, listed)| *of == name && whole(listed));
        // A write meets its quorum under every layout that is alive, so it is seen by a quorum under the first.
        let holders = |bucket| known.places.iter().flat_map(move |places| places.sets(bucket)).next().map(names);
        let covered = |bucket| Copies::of(holders(bucket).unwrap_or_default()).are_enough(counts);
        Places::buckets().all(covered).then(|| answers.into_iter().map(|(_, listed)| listed.keys).collect())
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
