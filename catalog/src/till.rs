//! Selling and adjusting where this replica alone can't decide: gather units, or send the sale to who holds them.
//!
//! The waiting around `stock`'s decisions. Whatever breaks here leaves units where some journal says they are.

use crate::command::{Command, Holder, Lack, NotSold, TransferAnswer};
use crate::peers::Peers;
use cluster::Member;
use replica::WriteError;
use serve::Flights;
use std::time::{Duration, Instant};
use stock::{NotAdjusted, TransferMode};
use wire::sale::{Refused, Reserve, Reserved};
use wire::{ItemId, OrderId, Problem};

/// How long a sale may take that needs others.
const PATIENCE: Duration = Duration::from_millis(1800);
/// How often a sale is tried again when units moved away between two looks.
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

/// What one round of gathering came to.
enum Round {
    /// Units may have arrived: decide again.
    Again,
    /// Sold by the holder.
    Sold(Box<Reserved>),
    /// The holder does not answer.
    Away { item: ItemId, holder: String },
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
            return Err(Refused::AskAlone { item });
        }
        match self.ask(wish).await? {
            Ok(reserved) => Ok(reserved),
            Err(NotSold::Refused(refused)) => Err(refused),
            Err(NotSold::Short(lacks)) => Err(Refused::AskAlone { item: lacks.first().map_or(item, |lack| lack.item) }),
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
        for _ in 0..TRIES {
            let lacks = match self.ask(wish.clone()).await? {
                Ok(reserved) => return Ok(reserved),
                Err(NotSold::Refused(refused)) => return Err(refused),
                Err(NotSold::Short(lacks)) => lacks,
            };
            if began.elapsed() > PATIENCE {
                break;
            }
            match self.round(&wish, &lacks).await {
                Round::Again => (),
                Round::Sold(reserved) => return Ok(*reserved),
                Round::Away { item, holder } => return Err(Refused::HeldElsewhere { item, holder }),
            }
        }
        Err(Refused::NotNow {
            status: 503,
            why: "the last units are moving between replicas; try again in a moment".into(),
        })
    }

    async fn ask(&self, wish: Reserve) -> Result<Result<Reserved, NotSold>, Refused> {
        let refuse = |error: WriteError| Refused::NotNow { status: error.problem().status, why: error.to_string() };
        self.peers.replica.ask(Command::Sell(wish)).await.map(crate::command::Reply::sold).map_err(refuse)
    }

    async fn round(&self, wish: &Reserve, lacks: &[Lack]) -> Round {
        let single = wish.basket.lines().len() == 1;
        for lack in lacks {
            let mode = if single { TransferMode::Sale } else { TransferMode::Gather };
            match self.gather(lack, mode).await {
                Gathered::Some => (),
                Gathered::SendTheSale(holder) => return self.send(wish, &holder).await,
                Gathered::Away(holder) => return Round::Away { item: lack.item, holder },
            }
        }
        Round::Again
    }

    /// Sends the sale to the replica that has the units; afterwards reads its journal, so that the same question here
    /// is answered from it.
    async fn send(&self, wish: &Reserve, holder: &Member) -> Round {
        let sent: Result<Vec<Result<Reserved, Refused>>, _> =
            self.peers.post(holder, "/internal/reserve", &[wish]).await;
        let seen = self.peers.links.catch_up_with(holder).await;
        match (sent.ok().and_then(|mut answers| answers.pop()), seen) {
            (Some(Ok(reserved)), _) => Round::Sold(Box::new(reserved)),
            // It was sold or moved meanwhile: what is known now decides.
            (Some(Err(_)), _) | (None, Ok(())) => Round::Again,
            (None, Err(_)) => Round::Away { item: wish.basket.first(), holder: holder.name.to_string() },
        }
    }

    /// Asks the holders, the richest first, for what is missing of one book.
    async fn gather(&self, lack: &Lack, mode: TransferMode) -> Gathered {
        let mut missing = lack.wanted.saturating_sub(lack.held);
        let mut away = None;
        for holder in &lack.holders {
            if missing == 0 {
                break;
            }
            let Some(giver) = self.peers.that_is(holder.actor).await else {
                away = away.or(Some(holder.actor));
                continue;
            };
            let units = holder.units.min(missing);
            // A part of what is missing is no use to the sale at the holder: take it to the last unit.
            let mode = if units < lack.wanted { TransferMode::Gather } else { mode };
            match self.peers.ask_holder(&giver, lack.item, *holder, units, mode).await {
                Ok(TransferAnswer::Given) => missing -= units,
                Ok(TransferAnswer::SendTheSale) => return Gathered::SendTheSale(giver),
                Ok(TransferAnswer::Few) => return Gathered::Some,
                Err(_) => away = away.or(Some(holder.actor)),
            }
        }
        match away {
            Some(actor) if missing > 0 => Gathered::Away(self.peers.name_of(actor).await),
            _ => Gathered::Some,
        }
    }

    /// Adds or takes away units, gathering from others what is missing here.
    ///
    /// # Errors
    /// A problem that says why nothing changed.
    pub(crate) async fn adjust(&self, item: ItemId, delta: i64, reference: String) -> Result<(), Problem> {
        self.adjust_with_help(|| Command::Adjust { item, delta, reference: reference.clone() }).await
    }

    /// Makes the number of units in the shop `count`. Runs at the book's home, after reading everyone's journal: a
    /// member that can't be asked may have sold some of them.
    ///
    /// # Errors
    /// A problem that says why nothing changed.
    pub(crate) async fn take_stock(&self, item: ItemId, count: u64, force: bool) -> Result<(), Problem> {
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
        self.adjust_with_help(|| Command::TakeStock { item, count, reference: reference.clone() }).await
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
            if let Gathered::Away(holder) = self.gather(&lack, TransferMode::Gather).await {
                let refused = Refused::HeldElsewhere { item, holder };
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
        let others =
            books.iter().flat_map(|book| book.accounts.iter().map(move |(actor, account)| (book, *actor, account)));
        let holder = |(book, actor, account): (&stock::Book, _, &stock::Account)| Holder {
            actor,
            units: account.units(),
            given: me.map_or(0, |me| book.given(actor, me)),
        };
        let mut holders: Vec<_> =
            others.map(holder).filter(|holder| Some(holder.actor) != me && holder.units > 0).collect();
        holders.sort_by_key(|holder| std::cmp::Reverse(holder.units));
        Ok(Lack { item, held, wanted, holders })
    }
}

/// What asking the holders came to.
enum Gathered {
    /// Whatever was given has been read; decide again.
    Some,
    /// This replica holds too few to part with.
    SendTheSale(Member),
    /// The replica of this name holds units and does not answer.
    Away(String),
}
