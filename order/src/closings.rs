//! Catalog actors that are being retired: their sales that are not known here yet are not taken any more.
//!
//! Who retires an actor asks every order replica for its last sales, and makes those its own. An answer of that actor
//! that is still on its way into an order would come too late for that, and its units would be sold again. So the answer
//! is refused; its buyer asks again and is sold from somebody who is there. The same holds for one that was retired and
//! goes on, as soon as a catalog tells. Kept in memory only: with the process an answer on its way is gone too.

use journal::{ActorId, Head, Retired};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{RwLock, RwLockReadGuard};
use wire::sale::SaleRef;

/// After this long an actor that no catalog knows as retired is open again: whoever closed it has given up.
const PATIENCE: Duration = Duration::from_mins(1);

type Closed = BTreeMap<ActorId, (u64, Instant)>;

/// The actors whose sales are not taken any more. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closings(Arc<RwLock<Closed>>);

/// Held while a sale is written down, so that a closing waits for it.
pub(crate) struct Writing<'a>(RwLockReadGuard<'a, Closed>);

impl Closings {
    /// Sales of `actor` after entry `after` are refused from now on. Returns when none is being written any more.
    pub(crate) async fn close(&self, actor: ActorId, after: u64) {
        let mut closed = self.0.write().await;
        // Asked again, by whom more is known: what any catalog holds is not late.
        let before = closed.get(&actor).map_or(0, |(before, _)| *before);
        closed.insert(actor, (after.max(before), Instant::now()));
    }

    /// Sales of `actor` are taken again.
    pub(crate) async fn reopen(&self, actor: ActorId) {
        self.0.write().await.remove(&actor);
    }

    /// A catalog knows these as `retired`: their sales are not taken any more. Those are taken again that were closed a
    /// while ago and are not among them.
    pub(crate) async fn hears_of(&self, retired: &Retired) {
        let is_known = |closed: &Closed| {
            let known = |(actor, end): (&ActorId, &Head)| closed.get(actor).is_some_and(|(after, _)| *after == end.seq);
            retired.iter().all(known) && closed.len() == retired.len()
        };
        if is_known(&*self.0.read().await) {
            return;
        }
        let mut closed = self.0.write().await;
        closed.retain(|actor, (_, since)| retired.contains_key(actor) || since.elapsed() < PATIENCE);
        closed.extend(retired.iter().map(|(actor, end)| (*actor, (end.seq, Instant::now()))));
    }

    /// A sale is about to be written down.
    pub(crate) async fn writing(&self) -> Writing<'_> {
        Writing(self.0.read().await)
    }
}

impl Writing<'_> {
    /// Whether this sale, unless it is known already, comes too late.
    pub(crate) fn too_late(&self, at: SaleRef) -> bool {
        self.0.get(&at.actor).is_some_and(|(after, _)| at.seq > *after)
    }
}

#[cfg(test)]
mod tests {
    use super::Closings;
    use journal::{ActorId, Head, Retired};
    use wire::sale::SaleRef;

    const ACTOR: ActorId = ActorId::from_bits(1);

    #[tokio::test]
    async fn a_sale_after_the_end_comes_too_late_until_the_actor_is_open_again() {
        let closings = Closings::default();
        let late = async |seq| closings.writing().await.too_late(SaleRef { actor: ACTOR, seq });
        assert!(!late(8).await);
        closings.close(ACTOR, 7).await;
        assert_eq!((late(7).await, late(8).await), (false, true));
        closings.hears_of(&Retired::default()).await;
        assert!(late(8).await, "not given up yet");
        closings.reopen(ACTOR).await;
        assert!(!late(8).await);
        closings.hears_of(&Retired::from([(ACTOR, Head { seq: 7, ..Head::genesis(ACTOR) })])).await;
        assert_eq!((late(7).await, late(8).await), (false, true));
    }

    #[tokio::test]
    async fn a_closing_waits_for_the_sale_that_is_being_written() {
        let closings = Closings::default();
        let writing = closings.writing().await;
        let closing = closings.close(ACTOR, 7);
        tokio::pin!(closing);
        assert!(futures::poll!(&mut closing).is_pending());
        drop(writing);
        closing.await;
    }
}
