//! Roll forward: an order appears here though its buyer got no answer.
//!
//! The sale is the commit. When an order replica dies between the catalog's commit and its own, the sale stands in a
//! catalog's journal and no order here knows of it. Each order replica compares the catalogs' sales with its orders
//! and makes those that are missing; the row is the same whoever makes it.

use crate::checkout::Checkout;
use crate::machine::Command;
use crate::store;
use cluster::Member;
use journal::ActorId;
use replica::HeadsReport;
use serde::Deserialize;
use serve::CallError;
use std::collections::BTreeMap;
use std::time::Duration;
use wire::OrderId;
use wire::sale::PlacedSale;

const DEADLINE: Duration = Duration::from_secs(2);
/// Between two looks. What one look lists the next one compares, so that a purchase under way has time to arrive by
/// itself.
const EVERY: Duration = Duration::from_secs(1);
/// The most sales read in one call.
const MOST: usize = 500;

/// Where a sale stands, as a catalog lists it.
#[derive(Clone, Copy, Deserialize)]
struct Listed {
    seq: u64,
    order: OrderId,
}

/// What is known of the catalogs' sales.
#[derive(Default)]
struct Progress {
    compared: BTreeMap<ActorId, u64>,
    listed: BTreeMap<ActorId, Vec<Listed>>,
}

/// Rolls forward for as long as the process lives.
pub(crate) async fn roll_forward(checkout: Checkout) {
    let compared = checkout.replica.readers().read(store::compared).await;
    let mut progress = Progress { compared: compared.unwrap_or_default(), ..Progress::default() };
    loop {
        tokio::time::sleep(EVERY).await;
        for catalog in checkout.catalogs.ready() {
            if let Err(error) = progress.step(&checkout, &catalog).await {
                tracing::debug!(catalog = %catalog.name, %error, "a catalog's sales could not be compared; later");
            }
        }
    }
}

impl Progress {
    /// Compares what was listed before, then lists what is new at `catalog`.
    async fn step(&mut self, checkout: &Checkout, catalog: &Member) -> Result<(), CallError> {
        let caller = checkout.catalogs.caller();
        let heads: HeadsReport = caller.get(catalog, "/internal/journal/heads", DEADLINE).await?;
        for (actor, head) in heads.heads {
            if let Some(listed) = self.listed.remove(&actor) {
                self.compare(checkout, catalog, actor, &listed).await?;
            }
            let after = self.compared.get(&actor).copied().unwrap_or(0);
            if head.seq > after {
                let path = format!("/internal/sales?actor={actor}&after={after}");
                let listed: Vec<Listed> = caller.get(catalog, &path, DEADLINE).await?;
                if !listed.is_empty() {
                    self.listed.insert(actor, listed);
                }
            }
        }
        Ok(())
    }

    async fn compare(
        &mut self,
        checkout: &Checkout,
        catalog: &Member,
        actor: ActorId,
        listed: &[Listed],
    ) -> Result<(), CallError> {
        // By number, as they were listed.
        let (Some(first), Some(last)) = (listed.first(), listed.last()) else { return Ok(()) };
        let (first, last) = (first.seq, last.seq);
        let seen = checkout.replica.readers().read(move |sales| store::seen(sales, actor, first, last)).await;
        let Ok(seen) = seen else { return Ok(()) };
        let missing: Vec<OrderId> =
            listed.iter().filter(|sale| !seen.contains(&sale.seq)).map(|sale| sale.order).collect();
        for orders in missing.chunks(MOST) {
            let sales: Vec<PlacedSale> =
                checkout.catalogs.caller().post(catalog, "/internal/sales/read", orders, DEADLINE).await?;
            tracing::info!(sales = sales.len(), "orders rolled forward from the catalog's sales");
            let placed = sales.into_iter().map(|placed| checkout.replica.ask(Command::Place { placed, told: false }));
            if futures::future::join_all(placed).await.iter().any(Result::is_err) {
                return Ok(());
            }
        }
        self.compared.insert(actor, last);
        // Lost with a crash, it is compared again: nothing is decided by it.
        drop(checkout.replica.ask(Command::Compared(actor, last)).await);
        Ok(())
    }
}
