//! Many askers, one question: whoever asks what somebody is asking already waits for the same answer.
//!
//! The question runs as a task of its own: an asker who goes away does not take the answer from the others.

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// An answer that many wait for; `None` only when asking panicked or the process ends.
pub type Flight<T> = Shared<BoxFuture<'static, Option<T>>>;

type UnderWay<K, T> = Mutex<HashMap<K, Flight<T>>>;

/// The questions under way, by what they ask for.
pub struct Flights<K, T> {
    under_way: Arc<UnderWay<K, T>>,
}

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

/// Takes the question off the list however its task ends.
struct Landing<K: Hash + Eq, T> {
    under_way: Arc<UnderWay<K, T>>,
    key: K,
}

impl<K: Hash + Eq, T> Drop for Landing<K, T> {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl<K, T> Flights<K, T>
where
    K: Clone + Eq + Hash + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// The answer to `key`: of the question under way, or else of `ask`.
    ///
    /// The question is asked whether or not the flight is awaited.
    pub fn ask<F>(&self, key: K, ask: impl FnOnce() -> F) -> Flight<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (answer, flight) = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(flight) = under_way.get(&key) {
                return flight.clone();
            }
            let (answer, awaited) = oneshot::channel();
            let flight = awaited.map(Result::ok).boxed().shared();
            under_way.insert(key.clone(), flight.clone());
            (answer, flight)
        };
        // Not under the lock: a runtime that is stopping drops the task at once, and its landing takes the lock.
        let landing = Landing { under_way: Arc::clone(&self.under_way), key };
        let question = ask();
        tokio::spawn(async move {
            let said = question.await;
            // The list first: whoever hears this answer and asks again means the next one.
            drop(landing);
            // Nobody may be waiting any more.
            let _ = answer.send(said);
        });
        flight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn a_hundred_askers_ask_once_and_the_next_asks_again() {
        let flights: Flights<u32, usize> = Flights::default();
        let (asked, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let question = || {
            let (asked, go) = (Arc::clone(&asked), Arc::clone(&go));
            async move {
                go.notified().await;
                asked.fetch_add(1, Ordering::SeqCst) + 1
            }
        };
        let waiting: Vec<_> = (0..100).map(|_| flights.ask(1, question)).collect();
        go.notify_one();
        for answer in waiting {
            assert_eq!(answer.await, Some(1));
        }
        go.notify_one();
        assert_eq!(flights.ask(1, question).await, Some(2));
    }

    #[tokio::test]
    async fn an_asker_who_goes_away_does_not_take_the_answer_along() {
        let flights: Flights<u32, u32> = Flights::default();
        let go = Arc::new(Notify::new());
        let waits = Arc::clone(&go);
        let gone = flights.ask(1, || async move {
            waits.notified().await;
            7
        });
        let stays = flights.ask(1, || async { unreachable!("it is being asked already") });
        drop(gone);
        go.notify_one();
        assert_eq!(stays.await, Some(7));
    }
}
