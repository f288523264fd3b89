//! A replica with a journal: it commits, dies, starts, pushes and catches up, as `crates/replica` does.

use super::executor::{Node, Turns};
use super::network::{Answer, Answers, Ask, Silence};
use super::world::World;
use crate::catalog::Fault;
use crate::disk::{Command, Committed, Disk, Reply, Tables};
use journal::{ActorId, Claim, Held, Reach, Recall, Run, Verdict, Witness, judge, recall};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// The most entries in one message: few, so that gaps and long ways back happen.
const MOST: usize = 5;
const DEADLINE: Duration = Duration::from_millis(600);
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at the peers.
const EVERY: Duration = Duration::from_secs(1);
/// Between two pushes.
const PACE: Duration = Duration::from_millis(10);

/// How far a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is none.
    Down,
    /// It finds out who it is.
    Asking,
    /// It works.
    Up,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotWritten {
    /// The disk is full.
    Full,
    /// The actor has ended.
    Ended(String),
}

/// One replica.
pub(super) struct Replica<M: Tables> {
    /// Its node.
    pub(super) node: Node,
    /// Its name.
    pub(super) name: &'static str,
    /// What its entries mean.
    pub(super) machine: M,
    /// Its data.
    pub(super) disk: RefCell<Disk<M>>,
    /// Its witness file.
    pub(super) witness: Cell<Option<Witness>>,
    /// A copy of its data, set aside.
    pub(super) saved: RefCell<Option<Disk<M>>>,
    /// How far its process is.
    pub(super) phase: Cell<Phase>,
    /// Whether its disk is full.
    pub(super) full: Cell<bool>,
    /// How far its clock is off, in milliseconds.
    pub(super) skew_ms: Cell<i64>,
    /// What this process knows of its peers. Lost with it.
    reach: RefCell<Reach>,
    actors: RefCell<BTreeMap<Node, ActorId>>,
    /// The last commit that may be shown: whatever is on disk after it has no witness yet.
    shown: RefCell<Held>,
    /// Questions about one order take turns.
    pub(super) orders: RefCell<Turns<wire::OrderId>>,
    /// So do those who fetch units of one book.
    pub(super) books: RefCell<Turns<wire::ItemId>>,
}

impl<M: Tables + 'static> Replica<M> {
    /// A replica without data, whose process does not run.
    pub(super) fn new(node: Node, name: &'static str, machine: M) -> Self {
        Self {
            node,
            name,
            machine,
            disk: RefCell::default(),
            witness: Cell::default(),
            saved: RefCell::default(),
            phase: Cell::new(Phase::Down),
            full: Cell::default(),
            skew_ms: Cell::default(),
            reach: RefCell::default(),
            actors: RefCell::default(),
            shown: RefCell::default(),
            orders: RefCell::default(),
            books: RefCell::default(),
        }
    }

    /// Who it writes as.
    pub(super) fn me(&self) -> Option<ActorId> {
        if self.phase.get() == Phase::Up { self.disk.borrow().identity } else { None }
    }

    /// What others may see of its journals.
    pub(super) fn shown(&self) -> Held {
        self.shown.borrow().clone()
    }

    /// Which peer writes as `actor`, where it has been heard of since the process started.
    pub(super) fn that_is(&self, actor: ActorId) -> Option<Node> {
        self.actors.borrow().iter().find(|(_, known)| **known == actor).map(|(node, _)| *node)
    }

    /// Who `peer` writes as.
    pub(super) fn actor_of(&self, peer: Node) -> Option<ActorId> {
        self.actors.borrow().get(&peer).copied()
    }

    /// How far `peer` is known to hold the journal of `actor`.
    pub(super) fn held_by(&self, peer: Node, actor: ActorId) -> u64 {
        self.reach.borrow().held_by(&peer.to_string(), actor)
    }

    fn now_ms(&self, world: &World) -> u64 {
        // The epoch is far enough from zero for a clock that goes an hour slow.
        let now = i64::try_from(world.executor.now().as_millis()).unwrap_or(i64::MAX);
        u64::try_from(10_000_000 + now + self.skew_ms.get()).unwrap_or(0)
    }

    /// Forgets what only the process knew.
    pub(super) fn die(&self) {
        self.phase.set(Phase::Down);
        self.reach.take();
        self.actors.take();
        self.orders.take();
        self.books.take();
    }

    /// Commits one batch. The process may die on the way, before, between and after what reaches the disk.
    ///
    /// # Errors
    /// [`NotWritten`]: then nothing of it was.
    pub(super) async fn commit(
        &self,
        world: &Rc<World>,
        runs: Vec<Run>,
        commands: Vec<Command<M>>,
    ) -> Result<Vec<Reply<M>>, NotWritten> {
        while self.phase.get() != Phase::Up {
            world.executor.sleep(PACE * 5).await;
        }
        self.write(world, &runs, commands).await
    }

    async fn write(
        &self,
        world: &Rc<World>,
        runs: &[Run],
        commands: Vec<Command<M>>,
    ) -> Result<Vec<Reply<M>>, NotWritten> {
        if self.full.get() {
            world.reach("a full disk refused a batch");
            return Err(NotWritten::Full);
        }
        let dies = world.dies();
        if dies == Some(Dies::Before) {
            self.crash(world, "before a commit").await;
        }
        let committed = self.disk.borrow_mut().commit(&self.machine, self.now_ms(world), runs, commands);
        let (replies, witness) = match committed {
            Ok(Committed::Done { replies, witness }) => (replies, witness),
            Ok(Committed::Ended(why)) => {
                self.show(world);
                world.reach("an actor ended while it was alive");
                // Its supervisor starts it again, as another.
                world.restart(self.node, Duration::from_millis(500));
                return Err(NotWritten::Ended(why));
            }
            Err(broken) => {
                world.breach(format!("{}: {broken}", self.name));
                return Err(NotWritten::Full);
            }
        };
        if let Some(witness) = witness {
            world.wrote(
                self.name,
                &self.disk.borrow().journals[&witness.actor],
                self.shown.borrow().head(witness.actor),
            );
            if dies == Some(Dies::BetweenCommitAndWitness) {
                self.crash(world, "between a commit and its witness").await;
            }
            self.witness.set(Some(witness));
        }
        self.show(world);
        if dies == Some(Dies::After) {
            self.crash(world, "after a commit, before its answer").await;
        }
        Ok(replies)
    }

    fn show(&self, world: &World) {
        let held = self.disk.borrow().held.clone();
        world.seen(self.disk.borrow().identity, &held);
        *self.shown.borrow_mut() = held;
    }

    /// Dies here: whoever waits hears nothing.
    async fn crash(&self, world: &Rc<World>, when: &'static str) {
        world.reach(when);
        world.say(self.name, || format!("dies {when}"));
        world.kill(self.node);
        std::future::pending::<()>().await;
    }

    /// Starts the process: finds out who it is, then works.
    pub(super) async fn start(self: Rc<Self>, world: Rc<World>) {
        self.phase.set(Phase::Asking);
        let (identity, held) = (self.disk.borrow().identity, self.disk.borrow().held.clone());
        let data = identity.map(|actor| (actor, held.head(actor)));
        let last = self.witness.get();
        let at_witness = last.and_then(|last| self.disk.borrow().hash_at(last.actor, last.head.seq));
        let recalled = recall(data, last, at_witness, identity.is_some_and(|actor| held.has_ended(actor)));
        let vouch = |replica: &Self| replica.witness.set(data.map(|(actor, head)| Witness { actor, head }));
        if recalled == Recall::Same && world.fault != Fault::NoWitnessAtStart {
            vouch(&self);
        }
        self.show(&world);
        let same = match (recalled, identity) {
            (Recall::Same, Some(_)) => true,
            (_, Some(_)) if world.fault == Fault::NoFence => true,
            (Recall::Ask, Some(actor)) => self.everyone_agrees(&world, actor).await,
            _ => false,
        };
        if same {
            if world.fault != Fault::NoWitnessAtStart {
                vouch(&self);
            }
            world.reach(if recalled == Recall::Same { "the same by its witness" } else { "the same by asking" });
        } else {
            let actor = world.new_actor();
            world.say(self.name, || format!("goes on as a new actor, {actor:?}; before {identity:?}"));
            if identity.is_some() {
                world.reach("a new actor after old data");
            }
            self.disk.borrow_mut().become_actor(actor);
            // Refused by a full disk, it is opened by the first batch that is not.
            drop(self.write(&world, &[], Vec::new()).await);
        }
        self.phase.set(Phase::Up);
        for peer in world.peers_of(self.node) {
            world.executor.spawn(self.node, self.clone().push(world.clone(), peer));
            world.executor.spawn(self.node, self.clone().catch_up(world.clone(), peer));
        }
    }

    async fn everyone_agrees(&self, world: &Rc<World>, actor: ActorId) -> bool {
        let began = world.executor.now();
        let peers = world.peers_of(self.node);
        let evidence = world.evidence_for(self.node);
        let mut claims: BTreeMap<Node, Claim> = BTreeMap::new();
        while claims.len() < peers.len() + evidence.len() && world.executor.now() < began + PATIENCE {
            for peer in &peers {
                if let Ok(Answer::Heads(_, held)) = world.call(self.node, *peer, Ask::Heads, DEADLINE).await {
                    let theirs = held.heads.get(&actor).copied();
                    let mine = theirs.and_then(|theirs| self.disk.borrow().hash_at(actor, theirs.seq));
                    claims.insert(*peer, Claim::of(theirs, mine, held.has_ended(actor)));
                }
            }
            for member in &evidence {
                if let Ok(Answer::Seen(seq)) = world.call(self.node, *member, Ask::Evidence(actor), DEADLINE).await {
                    claims.insert(*member, Claim { seq, agrees: true });
                }
            }
            world.executor.sleep(PACE * 25).await;
        }
        let claims: Vec<_> = peers.iter().chain(&evidence).map(|member| claims.get(member).copied()).collect();
        judge(self.disk.borrow().held.head(actor), &claims) == Verdict::Same
    }

    fn report(&self, peer: Node, me: Option<ActorId>, held: &Held) {
        self.reach.borrow_mut().report(&peer.to_string(), &held.heads);
        if let Some(me) = me {
            self.actors.borrow_mut().insert(peer, me);
        }
    }

    /// Reads whatever `peer` has and this replica has not, once.
    ///
    /// # Errors
    /// When not all of it could be read.
    pub(super) async fn catch_up_with(&self, world: &Rc<World>, peer: Node) -> Result<(), Silence> {
        let Answer::Heads(me, theirs) = world.call(self.node, peer, Ask::Heads, DEADLINE).await? else {
            return Err(Silence::Unknown);
        };
        self.report(peer, me, &theirs);
        loop {
            let before = self.shown();
            if !before.lacks(&theirs.heads) {
                return Ok(());
            }
            let Answer::Runs(runs) = world.call(self.node, peer, Ask::Pull(before.asks()), DEADLINE).await? else {
                return Err(Silence::Unknown);
            };
            if self.commit(world, runs, Vec::new()).await.is_err() || self.shown().heads == before.heads {
                return Err(Silence::Unknown);
            }
        }
    }

    async fn catch_up(self: Rc<Self>, world: Rc<World>, peer: Node) {
        loop {
            let pause = if self.catch_up_with(&world, peer).await.is_ok() { EVERY } else { EVERY / 5 };
            world.executor.sleep(pause).await;
        }
    }

    async fn push(self: Rc<Self>, world: Rc<World>, peer: Node) {
        loop {
            world.executor.sleep(PACE).await;
            let Some(me) = self.me() else { continue };
            let (held, mine) = (self.held_by(peer, me), self.shown());
            if held >= mine.head(me).seq || mine.has_ended(me) {
                continue;
            }
            let run = self.disk.borrow().run_after(me, held, MOST);
            let Some(run) = run else { continue };
            match world.call(self.node, peer, Ask::Push(vec![run]), DEADLINE).await {
                Ok(Answer::Heads(_, theirs)) => self.report(peer, None, &theirs),
                _ => world.executor.sleep(EVERY / 5).await,
            }
        }
    }

    /// What any replica with a journal answers; `None` where the question is the tier's.
    pub(super) async fn answer(&self, world: &Rc<World>, ask: &Ask) -> Option<Answer> {
        match ask {
            Ask::Ready => Some(Answer::Ready(
                self.phase.get() == Phase::Up && self.me().is_some_and(|me| !self.shown().has_ended(me)),
            )),
            Ask::Heads => Some(Answer::Heads(self.me(), self.shown())),
            Ask::Pull(asked) => {
                let runs = self.shown().heads.into_iter().filter_map(|(actor, head)| {
                    let held = asked.get(&actor).copied().unwrap_or(0);
                    let most = usize::try_from(head.seq.checked_sub(held)?).unwrap_or(0).min(MOST);
                    if most == 0 { None } else { self.disk.borrow().run_after(actor, held, most) }
                });
                Some(Answer::Runs(runs.collect()))
            }
            Ask::Push(runs) => {
                drop(self.commit(world, runs.clone(), Vec::new()).await);
                Some(Answer::Heads(None, self.shown()))
            }
            _ => None,
        }
    }
}

/// A replica of some tier: what it answers beyond what any replica with a journal does.
pub(super) trait Tier: 'static {
    /// Its tables.
    type Tables: Tables + 'static;

    /// Its data and its process.
    fn replica(&self) -> &Replica<Self::Tables>;

    /// Answers a question that is its tier's alone.
    async fn answer_of_its_own(&self, world: &Rc<World>, ask: Ask) -> Answer;
}

impl<T: Tier> Answers for T {
    fn answer(self: Rc<Self>, world: Rc<World>, ask: Ask) -> Pin<Box<dyn Future<Output = Answer>>> {
        Box::pin(async move {
            match self.replica().answer(&world, &ask).await {
                Some(answer) => answer,
                None => self.answer_of_its_own(&world, ask).await,
            }
        })
    }
}

/// Where in a commit a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dies {
    /// Nothing of the batch is on disk.
    Before,
    /// All of it is, and the witness does not know.
    BetweenCommitAndWitness,
    /// All of it is, and nobody was told.
    After,
}
