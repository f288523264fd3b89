//! One flight per key: equal questions at once are worked on one after the other, and the later ones find the answer
//! of the first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

type Turns<K> = BTreeMap<K, Arc<tokio::sync::Mutex<()>>>;

/// The keys under way. Clones share them.
#[derive(Clone, Debug)]
pub struct Flights<K>(Arc<Mutex<Turns<K>>>);

impl<K> Default for Flights<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Ord + Clone> Flights<K> {
    /// Does `work` when nobody else works on `key`.
    pub async fn once<T>(&self, key: K, work: impl Future<Output = T>) -> T {
        let turn = self.turns().entry(key.clone()).or_default().clone();
        let _place = Place { flights: self, key };
        let _mine = turn.lock_owned().await;
        work.await
    }

    /// Whether somebody works on `key`, or waits to.
    pub fn is_under_way(&self, key: &K) -> bool {
        self.turns().contains_key(key)
    }

    /// Waits until everything that is under way now is done; what begins meanwhile is not waited for.
    pub async fn settled(&self) {
        let under_way: Vec<K> = self.turns().keys().cloned().collect();
        for key in under_way {
            // In turn: whoever holds the place, or waits for it already, is through before.
            self.once(key, std::future::ready(())).await;
        }
    }

    fn turns(&self) -> MutexGuard<'_, Turns<K>> {
        self.0.lock().expect("nothing panics while it holds the lock")
    }
}

/// One's place in the queue of a key; leaves no trace, also when its caller has gone away midway.
struct Place<'a, K: Ord + Clone> {
    flights: &'a Flights<K>,
    key: K,
}

impl<K: Ord + Clone> Drop for Place<'_, K> {
    fn drop(&mut self) {
        // Dropped after its turn: only the map's own handle is left when nobody else waits.
        let mut turns = self.flights.turns();
        if turns.get(&self.key).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn equal_keys_take_turns_and_leave_nothing_behind() {
        let flights = Flights::default();
        let at_once = AtomicUsize::new(0);
        let work = |key: u32| {
            flights.once(key, async {
                assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                tokio::task::yield_now().await;
                at_once.fetch_sub(1, Ordering::SeqCst);
            })
        };
        futures::future::join_all((0..20).map(|_| work(7))).await;
        assert!(!flights.is_under_way(&7));
    }

    #[tokio::test]
    async fn what_is_under_way_is_waited_for_and_what_begins_later_is_not() {
        let flights = Flights::default();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let first = tokio::spawn({
            let flights = flights.clone();
            async move { flights.once(1, ended).await }
        });
        while !flights.is_under_way(&1) {
            tokio::task::yield_now().await;
        }
        let settled = tokio::spawn({
            let flights = flights.clone();
            async move { flights.settled().await }
        });
        tokio::task::yield_now().await;
        let later = tokio::spawn({
            let flights = flights.clone();
            async move { flights.once(2, std::future::pending::<()>()).await }
        });
        tokio::task::yield_now().await;
        assert!(!settled.is_finished());
        end.send(()).expect("somebody waits");
        settled.await.expect("no panic");
        assert!(!flights.is_under_way(&1), "nothing is left behind");
        first.await.expect("no panic").expect("sent");
        later.abort();
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_lets_the_next_one_in() {
        let flights = Flights::default();
        let gone = tokio::time::timeout(std::time::Duration::ZERO, flights.once(1, std::future::pending::<()>())).await;
        assert!(gone.is_err());
        assert!(!flights.is_under_way(&1));
        assert_eq!(flights.once(1, async { 5 }).await, 5);
    }
}
