//! Who is there, who is gone, and what was last heard of them: the asking around before a retirement.

use super::{refused, starting, unreadable};
use crate::peers::Peers;
use crate::store;
use cluster::{Member, ReplicaName};
use journal::{ActorId, Head};
use replica::{HeadsReport, Published};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use wire::Problem;
use wire::evidence::{LastSales, WhichSales};
use wire::retirement::{Stranded, Wanted};
use wire::sale::PlacedSale;

/// How long one may take to answer.
const DEADLINE: Duration = Duration::from_millis(600);
/// How long an order replica may take for one page of its orders.
const PAGE: Duration = Duration::from_secs(5);
/// How often a replica that is to be retired is asked whether it is there: one that crashed is back within a second.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(400);

/// Who of the tier answered, and how far they are.
#[derive(Default)]
pub(super) struct Answers {
    /// Who is written as now, and by which replica.
    living: BTreeMap<ActorId, String>,
    reports: Vec<HeadsReport>,
}

impl Answers {
    /// Reads the journal of everyone who is there; only those that are `wanted` may be missing.
    pub(super) async fn of_everyone(peers: &Peers, wanted: &Wanted) -> Result<Self, Problem> {
        let mut answers = Self::default();
        let me = peers.replica.published().me.ok_or_else(starting)?;
        answers.living.insert(me, peers.me.name.to_string());
        for peer in peers.fleet.members() {
            let missing_is_fine = wanted.replicas.contains(peer.name.as_str());
            match read(peers, peer, if missing_is_fine { TRIES } else { 1 }).await {
                Ok(report) => {
                    // Both say so before either asks: at most one of two that begin at once goes on.
                    let under_way = peers.caller.get::<bool>(peer, "/internal/retire/turn", DEADLINE).await;
                    if under_way.map_err(|why| missing(peer, &why.to_string()))? {
                        return Err(refused(format!("another retirement is under way at {}; wait for it", peer.name)));
                    }
                    let actor = report.me.ok_or_else(|| missing(peer, "it is finding out who it is"))?;
                    answers.living.insert(actor, peer.name.to_string());
                    answers.reports.push(report);
                }
                Err(_) if missing_is_fine => (),
                Err(why) => return Err(missing(peer, &why)),
            }
        }
        Ok(answers)
    }
}

async fn read(peers: &Peers, peer: &Member, most: u32) -> Result<HeadsReport, String> {
    let mut attempt = 1;
    loop {
        let report: Result<HeadsReport, _> = peers.caller.get(peer, "/internal/journal/heads", DEADLINE).await;
        match report {
            Ok(report) => {
                peers.links.catch_up_with(peer).await.map_err(|error| error.to_string())?;
                return Ok(report);
            }
            Err(error) if attempt >= most => return Err(error.to_string()),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
        attempt += 1;
    }
}

fn missing(peer: &Member, why: &str) -> Problem {
    let detail = format!(
        "{} may hold the last entries of what is to be retired, and could not be read: {why}. Start it, or retire it in \
         the same call",
        peer.name
    );
    Problem::definite(503, "member-missing", detail)
}

/// Who is gone.
pub(super) struct Gone {
    /// Those that are to be retired.
    pub(super) group: BTreeSet<ActorId>,
    /// Where the journal of everyone ends that nobody writes as, and of the group.
    pub(super) ends: BTreeMap<ActorId, Head>,
    incarnations: BTreeMap<ActorId, String>,
}

impl Gone {
    pub(super) async fn find(peers: &Peers, answers: &Answers, wanted: &Wanted) -> Result<Self, Problem> {
        let incarnations = peers.replica.readers().read(store::incarnations).await;
        let incarnations = incarnations.map_err(|error| unreadable(&error))?;
        let of_wanted = |actor: &&ActorId| incarnations.get(actor).is_some_and(|name| wanted.replicas.contains(name));
        for name in &wanted.replicas {
            if !incarnations.values().any(|known| known == name) {
                return Err(Problem::definite(404, "never-there", format!("no replica {name} was ever in this shop")));
            }
        }
        let dead =
            |actor: &&ActorId| wanted.although_it_answers && of_wanted(actor) || !answers.living.contains_key(actor);
        let published = peers.replica.published();
        let end =
            |actor: &ActorId| published.held.retired.get(actor).copied().unwrap_or_else(|| published.held.head(*actor));
        let ends: BTreeMap<_, _> = incarnations.keys().filter(dead).map(|actor| (*actor, end(actor))).collect();
        let group: BTreeSet<ActorId> = ends.keys().filter(of_wanted).copied().collect();
        let gone = Self { group, ends, incarnations };
        gone.has_one_history(&published, answers)?;
        gone.is_somebody(answers, wanted)?;
        Ok(gone)
    }

    pub(super) fn replica_of(&self, actor: ActorId) -> String {
        self.incarnations.get(&actor).cloned().unwrap_or_default()
    }

    /// A journal with two histories ends differently here and there, and then nobody can tell what is left.
    fn has_one_history(&self, published: &Published, answers: &Answers) -> Result<(), Problem> {
        for actor in &self.group {
            let frozen = |held: &journal::Held| held.frozen.contains_key(actor) && !held.retired.contains_key(actor);
            let told = answers.reports.iter().any(|report| frozen(&report.held));
            let forked = frozen(&published.held) || told;
            let mine = published.held.head(*actor);
            let differs = |report: &HeadsReport| report.held.heads.get(actor).is_some_and(|head| *head != mine);
            if forked && answers.reports.iter().any(differs) {
                let why = "has two histories, and the catalogs do not all hold the same one: count its books anew";
                return Err(refused(format!("the journal of actor {actor} ({}) {why}", self.replica_of(*actor))));
            }
        }
        Ok(())
    }

    /// A replica that runs and has never been anybody else is not gone.
    fn is_somebody(&self, answers: &Answers, wanted: &Wanted) -> Result<(), Problem> {
        for name in &wanted.replicas {
            let runs = answers.living.iter().find(|(_, living)| *living == name);
            let was_another = self.group.iter().any(|actor| self.replica_of(*actor) == *name);
            if let (Some((actor, _)), false) = (runs, was_another) {
                let detail = format!(
                    "{name} answers, as actor {actor}, and was never anybody else: nothing of it is lost. To take it away, \
                     stop it first"
                );
                return Err(Problem::definite(409, "it-answers", detail));
            }
        }
        Ok(())
    }
}

/// The sales of `actor` after its `end` that the orders at `order` name.
pub(super) async fn last_sales(
    peers: &Peers,
    order: &Member,
    actor: ActorId,
    end: Head,
    close: bool,
) -> Result<Vec<PlacedSale>, Problem> {
    let mut sales = Vec::new();
    let mut from = Some(0);
    while let Some(row) = from {
        let which = WhichSales { actor, after: end.seq, from: row, close };
        let page: Result<LastSales, _> = peers.caller.post(order, "/internal/evidence/sales", &which, PAGE).await;
        let page = page.map_err(|error| {
            let detail = format!("{} may know last sales that nobody else does: {error}. Start it first", order.name);
            Problem::definite(503, "order-missing", detail)
        })?;
        sales.extend(page.sales);
        from = page.next;
    }
    Ok(sales)
}

/// The order replica takes sales of `actor` again.
pub(super) async fn reopen(peers: &Peers, order: &Member, actor: ActorId) {
    let done: Result<(), _> = peers.caller.post(order, "/internal/evidence/reopen", &actor, DEADLINE).await;
    if let Err(error) = done {
        tracing::warn!(order = %order.name, %error, "it was not told to take sales again; it does so by itself in a minute");
    }
}

/// Titles and units of everyone who is not known to be written as now.
pub(super) async fn stranded(peers: &Peers) -> Result<Vec<Stranded>, Problem> {
    let me = peers.replica.published().me.ok_or_else(starting)?;
    let mut living = BTreeSet::from([me]);
    for peer in peers.fleet.members() {
        if let Ok(report) = read(peers, peer, 1).await {
            living.extend(report.me);
        }
    }
    let look = move |books: &rusqlite::Connection| {
        let gone = store::incarnations(books)?.into_iter().filter(|(actor, _)| !living.contains(actor));
        gone.map(|(actor, replica)| Ok((actor, replica, store::left(books, actor)?))).collect()
    };
    let gone: Result<Vec<_>, _> = peers.replica.readers().read(look).await;
    let held = &peers.replica.published().held;
    let row = |(actor, replica, (titles, units)): (ActorId, String, _)| {
        let end = held.end(actor).unwrap_or_default();
        Stranded { actor, replica, end, titles, units }
    };
    Ok(gone.map_err(|error| unreadable(&error))?.into_iter().map(row).collect())
}

/// The replicas of these names; used where a name need not be in env.cfg any more.
///
/// # Errors
/// What is wrong with the first that is none of a catalog.
pub(crate) fn named(names: &[String]) -> Result<BTreeSet<String>, String> {
    let name = |name: &String| {
        let parsed: Result<ReplicaName, _> = name.parse();
        let parsed = parsed.map_err(|error: cluster::NotAReplica| error.to_string())?;
        if parsed.tier() == cluster::Tier::Catalog {
            Ok(parsed.to_string())
        } else {
            Err(format!("{name} is no catalog replica: only catalogs hold units"))
        }
    };
    names.iter().map(name).collect()
}
