//! Roll forward: an order appears here though its buyer got no answer.
//!
//! The sale is the commit. When an order replica dies between the catalog's commit and its own, the sale stands in a
//! catalog's journal and no order here knows of it. Each order replica compares the catalogs' sales with its orders
//! and makes those that are missing; the row is the same whoever makes it. In the same way a step that an order has taken
//! is found.

use crate::checkout::Checkout;
use crate::store;
use cluster::Member;
use journal::ActorId;
use orders::{Command, Comparison};
use replica::HeadsReport;
use serve::CallError;
use std::time::Duration;
use wire::Standing;
use wire::sale::ListedSale;

const DEADLINE: Duration = Duration::from_secs(2);
/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// The most sales read in one call.
const MOST: usize = 500;

/// Rolls forward for as long as the process lives.
pub(crate) async fn roll_forward(checkout: Checkout) {
    let compared = checkout.replica.readers().read(store::compared).await;
    let mut comparison = Comparison::from(compared.unwrap_or_default());
    loop {
        tokio::time::sleep(EVERY).await;
        for catalog in checkout.catalogs.ready() {
            if let Err(error) = look(&mut comparison, &checkout, &catalog).await {
                tracing::debug!(catalog = %catalog.name, %error, "a catalog's sales could not be compared; later");
            }
        }
    }
}

/// Compares what was listed before, then lists what is new at `catalog`.
async fn look(comparison: &mut Comparison, checkout: &Checkout, catalog: &Member) -> Result<(), CallError> {
    let caller = checkout.catalogs.caller();
    let heads: HeadsReport = caller.get(catalog, "/internal/journal/heads", DEADLINE).await?;
    checkout.closings.hears_of(&heads.held.retired).await;
    for (actor, head) in heads.held.heads {
        if let Some(listed) = comparison.due(actor) {
            let retired = heads.held.retired.contains_key(&actor);
            compare(comparison, checkout, catalog, (actor, retired), &listed).await?;
        }
        if let Some(after) = comparison.list_after(actor, head.seq) {
            let path = format!("/internal/sales?actor={actor}&after={after}");
            comparison.list(actor, caller.get(catalog, &path, DEADLINE).await?);
        }
    }
    Ok(())
}

async fn compare(
    comparison: &mut Comparison,
    checkout: &Checkout,
    catalog: &Member,
    (actor, retired): (ActorId, bool),
    listed: &[ListedSale],
) -> Result<(), CallError> {
    // By number, as they were listed.
    let (Some(first), Some(last)) = (listed.first(), listed.last()) else { return Ok(()) };
    let (first, last) = (first.seq, last.seq);
    let seen = checkout.replica.readers().read(move |sales| store::seen(sales, actor, first, last)).await;
    let Ok(seen) = seen else { return Ok(()) };
    for orders in Comparison::missing(listed, &seen).chunks(MOST) {
        let sales: Vec<Standing> =
            checkout.catalogs.caller().post(catalog, "/internal/sales/read", orders, DEADLINE).await?;
        let placed = sales.into_iter().map(|standing| checkout.place(standing, false));
        let placed = futures::future::join_all(placed).await;
        let made = placed.iter().filter(|placed| matches!(placed, Ok(Some(_)))).count();
        if made > 0 {
            tracing::info!(orders = made, "orders rolled forward from the catalog's journals");
        }
        // A sale of a retired actor after its end comes too late for ever; one of an actor that is only being retired does
        // not, so it is compared again.
        let too_late = |placed: &Result<Option<_>, _>| matches!(placed, Ok(None)) && retired;
        if !placed.iter().all(|placed| matches!(placed, Ok(Some(_))) || too_late(placed)) {
            return Ok(());
        }
    }
    comparison.done(actor, last);
    // Lost with a crash, it is compared again: nothing is decided by it.
    drop(checkout.replica.ask(Command::Compared(actor, last)).await);
    Ok(())
}
