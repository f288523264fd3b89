//! Selling and adjusting where this replica alone can't decide: gather units, or send the sale to who holds them.
//!
//! The waiting around the decisions of `stock::help`.

use crate::peers::Peers;
use journal::ActorId;
use replica::WriteError;
use serve::Flights;
use std::time::Instant;
use stock::command::{Command, Lack, NotSold, TransferAnswer};
use stock::help::{Ask, Gathered, Gathering, Helped, Sent, Step};
use stock::{NotAdjusted, NotAdvanced, TransferMode};
use wire::fulfilment::{DECIDED_ELSEWHERE, TakeOn};
use wire::sale::{Refused, Reserve, Reserved};
use wire::{Cause, ItemId, OrderId, Problem, Standing, Way};

/// How often an adjustment is tried again when units moved away between two looks.
const TRIES: u32 = 6;

/// Sells and adjusts with the help of the peers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Till {
    pub(crate) peers: Peers,
    /// Two equal questions at once take turns, and the second finds the answer of the first.
    flights: Flights<OrderId>,
    /// One at a time fetches units of a book: the others find what it brought, or that there is nothing left.
    gathering: Flights<ItemId>,
}

impl Till {
    /// A till with nothing under way.
    pub(crate) fn new(peers: Peers) -> Self {
        Self { peers, flights: Flights::default(), gathering: Flights::default() }
    }

    /// Sells what can be decided here at once; anything else is to be asked for alone.
    pub(crate) async fn sell(&self, wish: Reserve) -> Result<Reserved, Refused> {
        let item = wish.basket.first();
        if self.flights.is_under_way(&wish.order) {
            // The same order is being sold with the help of others: a second sale here would have to be taken back.
            return Err(Refused::AskAlone { item, unsure: false });
        }
        match self.ask(wish).await? {
            Ok(reserved) => Ok(reserved),
            Err(NotSold::Refused(refused)) => Err(refused),
            Err(NotSold::Short(lacks)) => {
                let item = lacks.first().map_or(item, |lack| lack.item);
                Err(Refused::AskAlone { item, unsure: false })
            }
        }
    }

    /// Sells with whatever help it takes.
    pub(crate) async fn sell_alone(&self, wish: Reserve) -> Result<Reserved, Refused> {
        self.flights.once(wish.order, self.sell_here_or_with_help(wish)).await
    }

    async fn sell_here_or_with_help(&self, wish: Reserve) -> Result<Reserved, Refused> {
        match self.ask(wish.clone()).await? {
            Ok(reserved) => Ok(reserved),
            Err(NotSold::Refused(refused)) => Err(refused),
            Err(NotSold::Short(_)) => self.gathering.once(wish.basket.first(), self.sell_with_help(wish)).await,
        }
    }

    async fn sell_with_help(&self, wish: Reserve) -> Result<Reserved, Refused> {
        let began = Instant::now();
        let mut helped = Helped::new(wish);
        let mut step = Step::Decide;
        loop {
            step = match step {
                Step::Decide => {
                    let decided = self.ask(helped.wish().clone()).await;
                    helped.decided(decided.unwrap_or_else(|refused| Err(NotSold::Refused(refused))), began.elapsed())
                }
                Step::Ask { from, request } => {
                    let answer = self.ask_holder(from, request).await;
                    helped.answered(from, answer)
                }
                Step::Send(holder) => {
                    let (sent, seen) = self.send(helped.wish(), holder).await;
                    helped.sent(holder, sent, seen)
                }
                Step::Done(sold) => return sold.map(|reserved| *reserved),
                Step::Away { item, holder } => {
                    return Err(Refused::HeldElsewhere { item, holder: self.peers.name_of(holder).await });
                }
            };
        }
    }

    async fn ask(&self, wish: Reserve) -> Result<Result<Reserved, NotSold>, Refused> {
        let refuse = |error: WriteError| Refused::NotNow { status: error.problem().status, why: error.to_string() };
        self.peers.replica.ask(Command::Sell(wish)).await.map(stock::command::Reply::sold).map_err(refuse)
    }

    /// Sends the sale to the replica that writes as `holder`; afterwards reads its journal, so that the same question
    /// here is answered from it.
    async fn send(&self, wish: &Reserve, holder: ActorId) -> (Sent, bool) {
        let Some(member) = self.peers.that_is(holder).await else { return (Sent::Unsent, false) };
        let sent: Result<Vec<Result<Reserved, Refused>>, _> =
            self.peers.post(&member, "/internal/reserve", &[wish]).await;
        let seen = self.peers.links.catch_up_with(&member).await.is_ok();
        let sent = match sent {
            Ok(mut answers) => {
                answers.pop().map_or(Sent::Silent(format!("{} answered nothing", member.name)), |answer| {
                    Sent::Answered(answer.map(Box::new))
                })
            }
            Err(error) if error.definite() => Sent::Unsent,
            Err(error) => Sent::Silent(error.to_string()),
        };
        (sent, seen)
    }

    /// Asks the replica that writes as `from` for units; `None` where it does not answer.
    async fn ask_holder(&self, from: ActorId, request: Ask) -> Option<TransferAnswer> {
        let giver = self.peers.that_is(from).await?;
        let Some(to) = self.peers.replica.published().me else { return Some(TransferAnswer::Few) };
        self.peers.ask_for(&giver, &[request.by(to)]).await.ok()?.first().copied()
    }

    /// Asks the holders, the richest first, for what is missing of one book.
    async fn gather(&self, lack: &Lack) -> Gathered {
        let (mut gathering, mut step) = Gathering::begin(lack, TransferMode::Gather);
        while let Gathered::Ask { from, item, units, mode } = step {
            let request = Ask { item, at_least: from.given + units, mode };
            step = gathering.answered(from.actor, self.ask_holder(from.actor, request).await);
        }
        step
    }

    /// Adds or takes away units for this `cause`, gathering from others what is missing here.
    ///
    /// # Errors
    /// A problem that says why nothing changed.
    pub(crate) async fn adjust(
        &self,
        item: ItemId,
        delta: i64,
        reference: String,
        cause: &Cause,
    ) -> Result<(), Problem> {
        let adjust = || Command::Adjust { item, delta, reference: reference.clone() }.caused(cause.clone());
        self.adjust_with_help(adjust).await
    }

    /// Makes the number of units in the shop `count`. Runs at the book's home, after reading everyone's journal: a
    /// member that can't be asked may have sold some of them.
    ///
    /// # Errors
    /// A problem that says why nothing changed.
    pub(crate) async fn take_stock(&self, item: ItemId, count: u64, force: bool, cause: &Cause) -> Result<(), Problem> {
        for peer in self.peers.fleet.members() {
            let asked = self.peers.links.catch_up_with(peer).await;
            if asked.is_err() && !force {
                let detail = format!(
                    "{} does not answer, and it may have sold some of these units; try again when it is up, or use \
                     delta, or force=true to count without it",
                    peer.name
                );
                return Err(Problem::definite(503, "member-missing", detail));
            }
        }
        let reference = format!("count-{}", uuid::Uuid::new_v4());
        let take = || Command::TakeStock { item, count, reference: reference.clone() }.caused(cause.clone());
        self.adjust_with_help(take).await
    }

    /// Takes an order one step on. Whoever sold it decides; for a seller that is retired it is the order's home among the
    /// replicas, after it has read everyone's journal: a member that can't be asked may have decided before.
    ///
    /// # Errors
    /// A problem that says why nothing changed: [`DECIDED_ELSEWHERE`] where another replica is to be asked.
    pub(crate) async fn take_on(&self, asked: TakeOn) -> Result<Standing, Problem> {
        let seller = match self.try_to_take_on(&asked, None).await? {
            Ok(standing) => return Ok(standing),
            Err(seller) => seller,
        };
        if !self.peers.replica.published().held.retired.contains_key(&seller) {
            return Err(elsewhere(asked.order, &self.peers.name_of(seller).await));
        }
        let home = self.peers.home_of_key(asked.order.0.as_bytes());
        if home.name != self.peers.me.name {
            return Err(elsewhere(asked.order, home.name.as_str()));
        }
        for peer in self.peers.fleet.members() {
            if self.peers.links.catch_up_with(peer).await.is_err() {
                let detail = format!(
                    "order {} was sold by a replica that is retired, and {} does not answer, which may have decided \
                     about it; try again when it is up",
                    asked.order, peer.name
                );
                return Err(Problem::definite(503, "member-missing", detail));
            }
        }
        self.try_to_take_on(&asked, Some(seller)).await?.map_err(|_| elsewhere(asked.order, "another replica"))
    }

    /// How the order stands, or who decides.
    async fn try_to_take_on(
        &self,
        TakeOn { order, from, to, by }: &TakeOn,
        instead_of: Option<ActorId>,
    ) -> Result<Result<Standing, ActorId>, Problem> {
        let command = Command::Advance { order: *order, from: *from, to: *to, instead_of };
        let cause = Cause { by: by.clone(), way: Way::Order };
        let asked = self.peers.replica.ask(command.caused(cause)).await;
        match asked.map_err(|error| error.problem())?.advanced() {
            Ok(standing) => Ok(Ok(standing)),
            Err(NotAdvanced::DecidedBy(seller)) => Ok(Err(seller)),
            Err(error @ NotAdvanced::Unknown) => {
                Err(Problem::definite(404, "no-such-order", format!("order {order}: {error}")))
            }
            Err(error @ NotAdvanced::NoSuchStep { .. }) => {
                Err(Problem::definite(409, "no-such-step", error.to_string()).at("to"))
            }
        }
    }

    async fn adjust_with_help(&self, command: impl Fn() -> Command) -> Result<(), Problem> {
        for _ in 0..TRIES {
            let adjusted = self.peers.replica.ask(command()).await.map_err(|error| error.problem())?.adjusted();
            let (item, held, missing) = match adjusted {
                Ok(()) => return Ok(()),
                Err(NotAdjusted::Short { item, held, missing }) => (item, held, missing),
                Err(error @ NotAdjusted::NoSuchItem { .. }) => {
                    return Err(Problem::definite(404, "no-such-item", error.to_string()));
                }
                Err(error @ NotAdjusted::OtherUse) => {
                    return Err(Problem::definite(422, "other-use", error.to_string()).at("Idempotency-Key"));
                }
            };
            let lack = self.lack(item, held, held + missing).await?;
            let elsewhere: u64 = lack.holders.iter().map(|holder| holder.units).sum();
            if elsewhere < missing {
                let left = held + elsewhere;
                let detail =
                    format!("The item with id {item} has only {left} units left; they can't become fewer than none");
                return Err(Problem::definite(409, "not-enough", detail).at("delta"));
            }
            if let Gathered::Away(holder) = self.gather(&lack).await {
                let refused = Refused::HeldElsewhere { item, holder: self.peers.name_of(holder).await };
                return Err(refused.problem());
            }
        }
        Err(Problem::definite(503, "moving", "the units are moving between replicas; try again in a moment"))
    }

    async fn lack(&self, item: ItemId, held: u64, wanted: u64) -> Result<Lack, Problem> {
        let unreadable = |_| Problem::definite(503, "unreadable", "this replica can't read its data; try again");
        let books = self
            .peers
            .replica
            .readers()
            .read(move |books| crate::store::books(books, &[item]))
            .await
            .map_err(unreadable)?;
        let me = self.peers.replica.published().me;
        let holders = books.first().map_or_else(Vec::new, |book| book.holders(me));
        Ok(Lack { item, held, wanted, holders })
    }
}

/// Another replica decides about the order.
fn elsewhere(order: OrderId, who: &str) -> Problem {
    let detail = format!("order {order} was sold by {who}, which alone can take it on");
    Problem::definite(421, DECIDED_ELSEWHERE, detail)
}
