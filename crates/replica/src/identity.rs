//! Starting: open the data, find out who this is, and let the writer begin.

use crate::http::{Evidence, HeadsReport};
use crate::replica::{Peers, Published, Replica};
use crate::{Database, Journalled, OpenError, Room, Stored, store, witness::WitnessFile, writer::Writer};
use cluster::{Member, Paths};
use futures::future::join_all;
use journal::{ActorId, Claim, Recall, Tail, Verdict, Witness, judge, recall};
use rusqlite::Connection;
use serve::command_line::Place;
use serve::{Caller, Readiness};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How many pieces of work may wait for the writer.
const QUEUE: usize = 16_384;
/// How many of its own entries a replica keeps in memory for its peers: more than one that keeps up ever lacks.
const TAIL: usize = 4096;
/// How long a replica whose files do not prove who it is waits for everyone to answer.
const PATIENCE: Duration = Duration::from_secs(15);
const DEADLINE: Duration = Duration::from_millis(800);
/// Whoever gives evidence first finishes what is under way to it, and some of that may be waiting for this replica.
const EVIDENCE_DEADLINE: Duration = Duration::from_secs(7);

/// What a replica needs to start.
pub struct Setup {
    pub(crate) member: Member,
    /// The other replicas of the tier: they know this replica's journal.
    pub(crate) peers: Vec<Member>,
    /// Replicas of another tier that can tell which of this replica's entries they have seen.
    evidence: Vec<Member>,
    paths: Paths,
    pub(crate) data: Journalled,
    room: Option<Room>,
}

impl Setup {
    /// The replica at `place`, whose `data` are these and may grow into this `room`; as large as the disk allows
    /// where nothing is said.
    pub fn new(place: &Place, data: Journalled, room: Option<Room>) -> Self {
        let Place { roster, paths, member, .. } = place;
        let evidence = data.evidence.map(|tier| roster.of(tier).cloned().collect());
        Self {
            member: member.clone(),
            peers: roster.peers_of(&member.name).into_iter().cloned().collect(),
            evidence: evidence.unwrap_or_default(),
            paths: paths.clone(),
            data,
            room,
        }
    }
}

/// The thread of the writer; to be waited for after [`Replica::stop`], so that everything accepted is on disk.
pub struct WriterThread(std::thread::JoinHandle<()>);

impl WriterThread {
    /// Waits until the writer has finished.
    pub async fn finished(self) {
        // A writer that panicked has said so in the log; there is nothing left to wait for.
        drop(tokio::task::spawn_blocking(move || self.0.join()).await);
    }
}

/// Held by a writer's thread. A process whose writer has broken down must not go on saying that it is ready: it ends, and
/// the supervisor starts it again.
#[derive(Debug)]
pub struct EndWithTheWriter;

impl Drop for EndWithTheWriter {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the writer broke down; this process ends");
            std::process::exit(1);
        }
    }
}

/// What the files say when the process starts.
struct Files {
    database: Connection,
    witness: WitnessFile,
    tail: Arc<Mutex<Option<Tail>>>,
    actor: Option<ActorId>,
    recall: Recall,
}

impl<M: Stored> Replica<M> {
    /// Opens the data and starts the writer on a thread of its own.
    ///
    /// Returns at once, also where the others have to be asked who this is: meanwhile `readiness` says so, heads can be
    /// asked for (two replicas may be asking each other), and commands wait.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn start(
        setup: Setup,
        tables: M,
        caller: Caller,
        readiness: Readiness,
    ) -> Result<(Self, WriterThread), OpenError> {
        readiness.hold("identity", "finding out whether the data is the latest");
        let directory = setup.paths.replica_dir(&setup.member.name);
        let database = Database::open(&directory, setup.data.kind.file, setup.data.kind.tables)?;
        let broken = |error| OpenError::Database(directory.join(setup.data.kind.file), error);
        setup.room.map_or(Ok(()), |room| room.limit(&database.writer)).map_err(broken)?;
        let held = store::held(&database.writer).map_err(broken)?;
        let actor = store::identity(&database.writer).map_err(broken)?;
        let path = setup.paths.witness(&setup.member.name);
        let unwitnessed = |error| OpenError::Directory(path.clone(), error);
        let (mut witness, last) = WitnessFile::open(&path).map_err(unwitnessed)?;
        let at_witness = match last {
            Some(last) => store::hash_at(&database.writer, last.actor, last.head.seq).map_err(broken)?,
            None => None,
        };
        let data = actor.map(|actor| (actor, held.head(actor)));
        let recall = recall(data, last, at_witness, actor.is_some_and(|actor| held.has_ended(actor)));
        if let (Recall::Same, Some((actor, head))) = (recall, data) {
            // The process may have died between the last commit and its witness, and from now on everyone may see it.
            witness.write(&Witness { actor, head }).map_err(unwitnessed)?;
        }
        let (published, follow) = watch::channel(Arc::new(Published { me: None, held }));
        let (queue, work) = mpsc::channel(QUEUE);
        let tail = Arc::new(Mutex::new(None));
        let replica = Self {
            queue,
            published: follow,
            readers: database.readers,
            tail: tail.clone(),
            peers: Arc::new(Mutex::new(Peers::default())),
            reached: watch::channel(()).0,
        };
        tokio::spawn(stop_taking_traffic_at_the_end(replica.follow(), readiness.clone()));
        let files = Files { database: database.writer, witness, tail, actor, recall };
        let lock = database.lock;
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own, since it waits for the disk.
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || {
            let _guard = EndWithTheWriter;
            let writer = runtime.block_on(identify(files, &setup, tables, &caller, published));
            tracing::info!(actor = %writer.me, ?recall, "this replica knows who it is");
            readiness.release("identity");
            writer.run(work);
            // Not a moment earlier: the next process may open the data now.
            drop(lock);
        });
        let thread = thread.map_err(|error| OpenError::Directory(directory, error))?;
        Ok((replica, WriterThread(thread)))
    }
}

/// A replica whose journal was written by two processes, or that was retired, sells nothing more until it starts as
/// another actor.
async fn stop_taking_traffic_at_the_end(mut follow: watch::Receiver<Arc<Published>>, readiness: Readiness) {
    let end = |published: &Arc<Published>| published.me.and_then(|me| published.held.end(me));
    if let Ok(published) = follow.wait_for(|published| end(published).is_some()).await
        && let Some(why) = end(&published)
    {
        readiness.hold("ended", format!("{why}; see that no other process writes as it, then start this one again"));
    }
}

async fn identify<M: Stored>(
    mut files: Files,
    setup: &Setup,
    tables: M,
    caller: &Caller,
    published: watch::Sender<Arc<Published>>,
) -> Writer<M> {
    let known = published.borrow().clone();
    let same = match (files.recall, files.actor) {
        (Recall::Same, Some(_)) => true,
        (Recall::Ask, Some(actor)) => everyone_agrees(&files.database, setup, caller, actor, &known).await,
        _ => false,
    };
    let me = match files.actor {
        Some(actor) if same => actor,
        before => {
            if let Some(before) = before {
                tracing::warn!(%before, "the data may be older than what was seen outside: going on as a new actor");
            }
            let me = random_actor();
            if let Err(error) = store::become_actor(&files.database, me) {
                tracing::error!(%error, "can't write down who this replica is");
                std::process::exit(1);
            }
            me
        }
    };
    let head = known.held.head(me);
    if same
        && files.recall == Recall::Ask
        && let Err(error) = files.witness.write(&Witness { actor: me, head })
    {
        tracing::error!(%error, "can't write down who this replica is");
        std::process::exit(1);
    }
    if let Ok(mut tail) = files.tail.lock() {
        *tail = Some(Tail::new(me, head, TAIL));
    }
    let Files { database, witness, tail, .. } = files;
    Writer { tables, database, witness, tail, me, published }
}

fn random_actor() -> ActorId {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the operating system has random bits");
    ActorId::from_bits(u128::from_be_bytes(bits))
}

/// Asks everyone until all have answered; one that stays silent is a doubt, and a doubt means a new actor.
async fn everyone_agrees(
    database: &Connection,
    setup: &Setup,
    caller: &Caller,
    actor: ActorId,
    known: &Published,
) -> bool {
    tracing::warn!(%actor, "there is no witness of this data: asking everyone whether it is the latest");
    let mine = known.held.head(actor);
    let mut answers: BTreeMap<String, Claim> = BTreeMap::new();
    let began = Instant::now();
    let everyone = setup.peers.len() + setup.evidence.len();
    while answers.len() < everyone && began.elapsed() < PATIENCE {
        for peer in &setup.peers {
            if let Ok(report) = caller.get::<HeadsReport>(peer, "/internal/journal/heads", DEADLINE).await {
                let claim = claim(database, actor, &report);
                answers.insert(peer.name.to_string(), claim);
            }
        }
        let silent = setup.evidence.iter().filter(|member| !answers.contains_key(member.name.as_str()));
        let ask = |member| async move {
            let path = format!("/internal/evidence/{actor}");
            (member, caller.get::<Evidence>(member, &path, EVIDENCE_DEADLINE).await)
        };
        for (member, answer) in join_all(silent.map(ask).collect::<Vec<_>>()).await {
            if let Ok(evidence) = answer {
                answers.insert(member.name.to_string(), Claim { seq: evidence.seq, agrees: true });
            }
        }
        if answers.len() < everyone {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
    let members = setup.peers.iter().chain(&setup.evidence);
    let answers: Vec<_> = members.map(|member| answers.get(member.name.as_str()).copied()).collect();
    judge(mine, &answers) == Verdict::Same
}

fn claim(database: &Connection, actor: ActorId, report: &HeadsReport) -> Claim {
    let theirs = report.held.heads.get(&actor).copied();
    let mine = theirs.and_then(|theirs| store::hash_at(database, actor, theirs.seq).ok().flatten());
    Claim::of(theirs, mine, report.held.has_ended(actor))
}
