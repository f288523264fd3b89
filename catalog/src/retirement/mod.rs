//! Taking over from actors that will never write again: a disk that is gone, a replica that was taken away.
//!
//! Everyone is read and asked first, and nothing is written where a unit is not accounted for ([`mod@plan`]). Then their
//! journals are ended, the sales that only orders name are adopted, and what is left is inherited: in this order, since
//! what nobody has inherited yet nobody can sell. A step that was done changes nothing when it is done again, so a
//! retirement that was broken off is run again.

mod gone;
mod plan;

pub(crate) use gone::named;

use crate::peers::Peers;
use crate::store;
use cluster::Member;
use gone::{Answers, Gone};
use journal::{ActorId, Head};
use plan::{Known, plan};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stock::KnownSale;
use stock::command::{Command, Reply};
use tokio::sync::Mutex;
use wire::retirement::{Done, Ended, Stranded, Wanted, taker};
use wire::sale::PlacedSale;
use wire::{Cause, OperatorName, Problem, Way};

/// How long one call takes over, after everyone was asked; whoever wants it calls again until all is done, and can show
/// how far it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// Books inherited in one commit.
const BOOKS: u32 = 500;
/// Sales adopted in one commit.
const SALES: usize = 200;

/// Retires. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Retirements {
    peers: Peers,
    orders: Vec<Member>,
    /// One at a time.
    turn: Arc<Mutex<()>>,
}

impl Retirements {
    /// `orders` are the order replicas, which know the last sales.
    pub(crate) fn new(peers: Peers, orders: Vec<Member>) -> Self {
        Self { peers, orders, turn: Arc::default() }
    }

    /// Retires what nobody writes as any more of the replicas that are `wanted`, as far as it comes in two seconds.
    ///
    /// # Errors
    /// A problem that says why nothing was written, and what to do about it.
    pub(crate) async fn retire(&self, wanted: &Wanted) -> Result<Done, Problem> {
        let me = self.peers.me.name.as_str();
        let members = self.peers.fleet.members().iter().map(|peer| peer.name.as_str()).chain([me]);
        if let Some(taker) = taker(members, &wanted.replicas).filter(|taker| *taker != me) {
            let detail = format!("this is done at {taker}, so that nobody else does it at the same time");
            return Err(Problem::definite(409, "not-here", detail));
        }
        let Ok(_turn) = self.turn.try_lock() else {
            return Err(refused("another retirement is under way here; wait for it"));
        };
        let answers = Answers::of_everyone(&self.peers, wanted).await?;
        let gone = Gone::find(&self.peers, &answers, wanted).await?;
        if gone.group.contains(&self.peers.replica.published().me.ok_or_else(starting)?) {
            return Err(refused("nobody is left to take over: start another catalog replica first"));
        }
        let known = self.last_sales(&gone, false).await?;
        let planned = self.planned(&gone, &known).await?;
        if wanted.dry_run || gone.group.is_empty() {
            return Ok(planned);
        }
        let mut done = Done { actors: planned.actors, ..Done::default() };
        let last = self.last_and_no_later(&gone).await?;
        self.take_over(&gone, last, &wanted.by, &mut done).await?;
        Ok(done)
    }

    /// The last sales once more, when no answer of those who are gone is on its way into an order any more.
    async fn last_and_no_later(&self, gone: &Gone) -> Result<Vec<PlacedSale>, Problem> {
        let last = async {
            let last = self.last_sales(gone, true).await?;
            self.planned(gone, &last).await.map(|_| last)
        };
        match last.await {
            Ok(last) => Ok(last),
            Err(problem) => {
                self.reopen(gone).await;
                Err(problem)
            }
        }
    }

    /// Whether a retirement is under way here.
    pub(crate) fn are_under_way(&self) -> bool {
        self.turn.try_lock().is_err()
    }

    /// Titles and units of everyone who may never write again.
    ///
    /// # Errors
    /// Where the data can't be read.
    pub(crate) async fn stranded(&self) -> Result<Vec<Stranded>, Problem> {
        gone::stranded(&self.peers).await
    }

    async fn planned(&self, gone: &Gone, last: &[PlacedSale]) -> Result<Done, Problem> {
        let me = self.peers.replica.published().me.ok_or_else(starting)?;
        let everyone: BTreeSet<ActorId> = gone.ends.keys().copied().collect();
        let items: BTreeSet<_> = last.iter().flat_map(|placed| &placed.sale.lines).map(|line| line.item).collect();
        let look = move |books: &rusqlite::Connection| {
            Ok((store::rights(books, &everyone)?, store::units_of(books, &items, me)?))
        };
        let (rights, own) = self.peers.replica.readers().read(look).await.map_err(|error| unreadable(&error))?;
        let known = Known { group: &gone.group, rights: &rights, sales: last, own: &own };
        let plan = plan(&known).map_err(|why| refused(format!("nothing was taken over: {why}")))?;
        let end = |actor: &ActorId| Ended {
            actor: *actor,
            replica: gone.replica_of(*actor),
            end: gone.ends.get(actor).map_or(0, |end| end.seq),
        };
        let actors = gone.group.iter().map(end).collect();
        Ok(Done { actors, titles: plan.titles, units: plan.units, sales: plan.sales, ..Done::default() })
    }

    /// The sales that orders name and no catalog holds, of all that are gone, those already adopted left out.
    async fn last_sales(&self, gone: &Gone, close: bool) -> Result<Vec<PlacedSale>, Problem> {
        let mut found = std::collections::BTreeMap::new();
        for (actor, end) in &gone.ends {
            for order in &self.orders {
                let close = close && gone.group.contains(actor);
                for placed in gone::last_sales(&self.peers, order, *actor, *end, close).await? {
                    found.entry(placed.sale.order).or_insert(placed);
                }
            }
        }
        let orders: Vec<_> = found.keys().copied().collect();
        let known = self.peers.replica.readers().read(move |sales| store::sales(sales, &orders)).await;
        for sale in known.map_err(|error| unreadable(&error))?.into_iter().filter(|sale| sale.live) {
            found.remove(&sale.sale.order);
        }
        Ok(found.into_values().collect())
    }

    async fn take_over(
        &self,
        gone: &Gone,
        last: Vec<PlacedSale>,
        by: &OperatorName,
        done: &mut Done,
    ) -> Result<(), Problem> {
        let began = Instant::now();
        let cause = Cause { by: by.clone(), way: Way::Retirement };
        for (actor, end) in gone.ends.iter().filter(|(actor, _)| gone.group.contains(actor)) {
            self.end(*actor, *end, &cause).await?;
        }
        let from: Vec<ActorId> = gone.group.iter().copied().collect();
        let last: Vec<PlacedSale> = last.into_iter().filter(|placed| gone.group.contains(&placed.at.actor)).collect();
        for sales in last.chunks(SALES) {
            if began.elapsed() > PATIENCE && done.sales > 0 {
                done.unfinished = true;
                return Ok(());
            }
            done.sales += self.ask(Command::Adopt { from: from.clone(), sales: sales.to_vec() }).await?;
        }
        for from in from {
            let mut after = None;
            loop {
                let look = move |books: &rusqlite::Connection| store::items_left(books, from, after, BOOKS);
                let items = self.peers.replica.readers().read(look).await.map_err(|error| unreadable(&error))?;
                let Some(last) = items.last().copied() else { break };
                if began.elapsed() > PATIENCE && done.titles > 0 {
                    done.unfinished = true;
                    return Ok(());
                }
                after = Some(last);
                done.titles += items.len() as u64;
                done.units += self.ask(Command::Inherit { from, items }).await?;
            }
            done.twice += self.give_back(from, &cause).await?;
        }
        Ok(())
    }

    /// Brings the units of those sales back that `actor` should have taken back itself. Nobody else can: a sale is its
    /// writer's. So they come into the shop once more, under a name that is used once.
    async fn give_back(&self, actor: ActorId, cause: &Cause) -> Result<u64, Problem> {
        let look = move |sales: &rusqlite::Connection| store::sales(sales, &store::sold_twice(sales, actor)?);
        let sales = self.peers.replica.readers().read(look).await.map_err(|error| unreadable(&error))?;
        let of_it = sales.into_iter().filter(|known| known.at.actor == actor && known.live);
        let mut sold = 0;
        for KnownSale { sale, .. } in of_it {
            for line in &sale.lines {
                let (item, delta) = (line.item, i64::from(line.quantity.units()));
                let reference = format!("sold-twice-{}-{item}-{actor}", sale.order);
                let adjust = Command::Adjust { item, delta, reference }.caused(cause.clone());
                let adjusted = self.peers.replica.ask(adjust).await.map(Reply::adjusted);
                let adjusted = adjusted.map_err(|error| error.problem())?;
                adjusted.map_err(|why| refused(format!("broken off: {why}; run it again, what was done stays")))?;
            }
            sold += 1;
        }
        Ok(sold)
    }

    /// Ends a journal, unless that was done.
    async fn end(&self, actor: ActorId, end: Head, cause: &Cause) -> Result<(), Problem> {
        if self.peers.replica.published().held.retired.contains_key(&actor) {
            return Ok(());
        }
        self.ask(Command::Retire { actor, end }.caused(cause.clone())).await.map(drop)
    }

    async fn ask(&self, command: Command) -> Result<u64, Problem> {
        let answer = self.peers.replica.ask(command).await.map(Reply::taken_over).map_err(|error| error.problem())?;
        answer.map_err(|why| refused(format!("broken off: {why}; run it again, what was done stays")))
    }

    /// Nothing was written: the order replicas take the sales of these actors again. One that does not hear of it does so
    /// by itself after a minute.
    async fn reopen(&self, gone: &Gone) {
        for actor in gone.group.iter().filter(|actor| !self.peers.replica.published().held.retired.contains_key(actor))
        {
            for order in &self.orders {
                gone::reopen(&self.peers, order, *actor).await;
            }
        }
    }
}

fn refused(why: impl Into<String>) -> Problem {
    Problem::definite(409, "not-retired", why)
}

fn starting() -> Problem {
    Problem::definite(503, "starting", "this replica is finding out who it is; try again in a moment")
}

fn unreadable(error: &rusqlite::Error) -> Problem {
    tracing::error!(%error, "the catalog can't be read");
    Problem::definite(503, "unreadable", "this replica can't read its data; try again")
}
