//! A purchase: known already, or sold by a catalog, then kept here and copied to the peers.

use crate::catalogs::Catalogs;
use crate::closings::Closings;
use crate::machine::Orders;
use crate::store;
use futures::future::join_all;
use orders::selling::Help;
use orders::{Command, Kept, Way, way};
use replica::{Links, Replica, WriteError};
use serve::Flights;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use wire::fulfilment::{Fulfilment, TakeOn};
use wire::order::{OrderState, Outcome, Purchase, Receipt};
use wire::sale::{PlacedSale, Refused, Reserved, SaleRef};
use wire::{Doubt, OperatorName, OrderId, Problem, Standing};

/// How long an answer waits for the copies at the peers; a peer that is down is not waited for.
const COPIES: Duration = Duration::from_millis(250);

/// How long after a full disk nothing is sold here; the next purchase then tries again.
const FULL: Duration = Duration::from_secs(1);

/// Buys. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Checkout {
    pub(crate) replica: Replica<Orders>,
    pub(crate) links: Links<Orders>,
    pub(crate) catalogs: Catalogs,
    /// Whose sales are not taken any more.
    pub(crate) closings: Closings,
    /// A repetition waits here for the answer of the first.
    flights: Flights<OrderId>,
    /// When the disk was last found to be full.
    full_at: Arc<Mutex<Option<Instant>>>,
}

impl Checkout {
    pub(crate) fn new(replica: Replica<Orders>, links: Links<Orders>, catalogs: Catalogs) -> Self {
        let (closings, flights) = (Closings::default(), Flights::default());
        Self { replica, links, catalogs, closings, flights, full_at: Arc::default() }
    }

    /// Buys what some catalog can decide from one commit; [`Refused::AskAlone`] for the rest. The outcomes are in the
    /// order of the purchases.
    pub(crate) async fn buy(&self, purchases: Vec<Purchase>) -> Vec<Outcome> {
        let ids: Vec<OrderId> = purchases.iter().map(|purchase| purchase.order).collect();
        // One look for all. An order that is kept a moment later is sold before, as far as the catalogs are concerned,
        // and the same sale is the same order.
        let kept = self.kept(&ids).await;
        let buy = |purchase: Purchase| {
            let kept = kept.as_ref().map(|kept| kept.get(&purchase.order).cloned()).map_err(Clone::clone);
            async move {
                if self.flights.is_under_way(&purchase.order) {
                    // Whoever works on it may have to wait for others, and a batch must not wait with it.
                    return Err(Refused::AskAlone { item: purchase.basket.first(), unsure: false });
                }
                self.flights.once(purchase.order, self.bought(purchase, kept?, Help::None)).await
            }
        };
        join_all(purchases.into_iter().map(buy)).await
    }

    /// Buys with whatever help it takes.
    pub(crate) async fn buy_alone(&self, purchase: Purchase) -> Outcome {
        let order = purchase.order;
        let bought = async {
            let kept = self.kept(&[order]).await?.remove(&order);
            self.bought(purchase, kept, Help::Any).await
        };
        self.flights.once(order, bought).await
    }

    /// Buys as a caller would who asks again, alone, where that is needed.
    pub(crate) async fn buy_patiently(&self, purchase: Purchase) -> Outcome {
        let mut doubt = Doubt::default();
        match self.buy(vec![purchase.clone()]).await.pop() {
            Some(Err(Refused::AskAlone { unsure: true, .. })) => doubt.note("a catalog replica did not answer".into()),
            Some(Err(Refused::AskAlone { .. })) | None => (),
            Some(outcome) => return outcome,
        }
        doubt.over(self.buy_alone(purchase).await)
    }

    async fn bought(&self, purchase: Purchase, kept: Option<Kept>, help: Help) -> Outcome {
        let wish = match way(purchase, kept) {
            Way::Refuse(refused) => return Err(refused),
            Way::Show(kept) => return Ok(self.receipt(*kept, Vec::new()).await),
            Way::Tell(placed) => return Ok(self.receipt(self.keep(*placed).await?, Vec::new()).await),
            Way::Sell(wish) => wish,
        };
        if self.is_full() {
            let why = "the disk of this order replica is full; nothing was bought".into();
            return Err(Refused::NotNow { status: 507, why });
        }
        let Reserved { sale, at, items } = self.catalogs.sell(&wish, help).await?;
        let kept = self.keep(PlacedSale { sale, at }).await?;
        Ok(self.receipt(kept, items).await)
    }

    /// Takes an order one step on: whoever sold it decides, and the step is kept here and copied to the peers.
    ///
    /// # Errors
    /// A problem that says why, and whether it may have happened all the same.
    pub(crate) async fn take_on(&self, kept: Kept, to: Fulfilment, by: OperatorName) -> Result<Receipt, Problem> {
        let order = kept.order.id;
        let standing = self.catalogs.take_on(TakeOn { order, from: kept.order.fulfilment(), to, by }).await?;
        // It stands in the catalog's journal: this replica, or another one, hears of it later.
        let unsure = |why: String| Problem::uncertain(503, "not-kept", format!("{why}; look at the order again"));
        let kept = self.place(standing, false).await.map_err(|error| unsure(error.to_string()))?;
        let kept = kept.ok_or_else(|| unsure("the catalog replica that decided is being retired".into()))?;
        Ok(self.receipt(kept, Vec::new()).await)
    }

    /// Waits until every purchase that is under way now is kept or given up: a catalog's answer that is still under way
    /// names an entry that whoever asks for evidence may lack.
    ///
    /// # Errors
    /// [`WriteError`] where what was answered can't be written.
    pub(crate) async fn settled(&self) -> Result<(), WriteError> {
        self.flights.settled().await;
        self.replica.settled().await
    }

    /// Keeps the order of a sale that its buyer is about to be told.
    async fn keep(&self, placed: PlacedSale) -> Result<Kept, Refused> {
        // The sale is made: another order replica, or this one later, keeps the order of it.
        let unsure = |error: WriteError| {
            if error == WriteError::Full {
                *self.full_at() = Some(Instant::now());
            }
            Refused::Unsure { why: error.to_string() }
        };
        let kept = self.place(placed.into(), true).await.map_err(unsure)?;
        kept.ok_or_else(|| Refused::Unsure { why: "the catalog replica that sold it is being retired".into() })
    }

    /// Writes the order of a sale down, and its steps; `None` where one of them comes too late, since whoever made it is
    /// being retired.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn place(&self, standing: Standing, told: bool) -> Result<Option<Kept>, WriteError> {
        let writing = self.closings.writing().await;
        for at in standing.advances.iter().map(|step| step.at).chain([standing.placed.at]) {
            if writing.too_late(at) && !self.knows(at).await {
                return Ok(None);
            }
        }
        let kept = self.replica.ask(Command::Place { standing, told }).await?;
        Ok(Some(kept.unwrap_or_else(|| unreachable!("the writer answers a Place with the order"))))
    }

    async fn knows(&self, at: SaleRef) -> bool {
        let seen = self.replica.readers().read(move |sales| store::seen(sales, at.actor, at.seq, at.seq)).await;
        seen.is_ok_and(|seen| !seen.is_empty())
    }

    /// Whether there was no room a moment ago: then nothing is sold whose order could not be kept.
    fn is_full(&self) -> bool {
        self.full_at().is_some_and(|at| at.elapsed() < FULL)
    }

    fn full_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.full_at.lock().expect("nothing panics while it holds the lock")
    }

    async fn kept(&self, orders: &[OrderId]) -> Result<BTreeMap<OrderId, Kept>, Refused> {
        let orders = orders.to_vec();
        self.replica.readers().read(move |kept| store::kept(kept, &orders)).await.map_err(|error| {
            tracing::error!(%error, "the orders can't be read");
            Refused::NotNow { status: 503, why: "this order replica can't read its data; try again".into() }
        })
    }

    async fn receipt(&self, kept: Kept, items: Vec<wire::ItemState>) -> Receipt {
        let peers = self.links.keeping_up();
        let me = self.replica.published().me;
        // Only what was written here has to be pushed; an order that a peer wrote is there already.
        if let Some((actor, seq)) = kept.placed.iter().find(|(actor, _)| Some(*actor) == me) {
            let others: Vec<_> = peers.into_iter().filter(|peer| !self.has(peer, &kept)).collect();
            if !others.is_empty() {
                self.replica.copied(&others, *actor, *seq, COPIES).await;
            }
        }
        let (copies, state) = self.copies(&kept);
        Receipt { order: kept.order, copies, state, items }
    }

    /// On how many replicas an order is, this one included, and whether that is all of them.
    pub(crate) fn copies(&self, kept: &Kept) -> (usize, OrderState) {
        let peers = self.links.peers();
        let copies = 1 + peers.iter().filter(|peer| self.has(peer, kept)).count();
        (copies, if copies == 1 + peers.len() { OrderState::Settled } else { OrderState::Confirmed })
    }

    fn has(&self, peer: &str, kept: &Kept) -> bool {
        // Whoever wrote an entry has it, also before it says so.
        let writer = self.replica.actor_of(peer);
        kept.placed.iter().any(|(actor, seq)| writer == Some(*actor) || self.replica.held_by(peer, *actor) >= *seq)
    }
}
