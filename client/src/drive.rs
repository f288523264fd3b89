//! Lets customers loose: a closed loop, in which each asks again when it has its answer, and an open one, in which they
//! arrive at a constant rate however slow the shop is.
//!
//! Latencies of an open loop count from the planned arrival: a shop that hangs for a second is seen by all who would
//! have come in that second, and not only by the one who waited (Gil Tene's "coordinated omission").

use crate::ledger::Ledger;
use crate::outcome::Load;
use crate::question::{Answer, Failed, Question};
use crate::recorder::{Done, Recorder};
use crate::script::{Crowd, Customer};
use crate::shop::{Connection, PATIENCE, Shop};
use crate::wares::Wares;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

/// So many requests are under way at once in an open loop; whoever arrives then waits, on the clock.
const MOST_AT_ONCE: usize = 4096;

/// What all customers of a run share.
pub(crate) struct Floor {
    pub(crate) shop: Arc<Shop>,
    pub(crate) wares: Wares,
    pub(crate) crowd: Crowd,
    /// When it begins to count, and when it ends.
    pub(crate) starts: Instant,
    pub(crate) ends: Instant,
    recorder: Mutex<Recorder>,
    ledger: Mutex<Ledger>,
    customers: AtomicU64,
    stopped: watch::Sender<bool>,
}

/// A customer, and the connection it comes by.
pub(crate) struct Visitor {
    pub(crate) customer: Customer,
    pub(crate) connection: Connection,
}

impl Floor {
    pub(crate) fn new(shop: Arc<Shop>, wares: Wares, crowd: Crowd, warm_up: Duration, span: Duration) -> Self {
        let starts = Instant::now() + warm_up;
        Self {
            shop,
            wares,
            crowd,
            starts,
            ends: starts + span,
            recorder: Mutex::new(Recorder::new(span)),
            ledger: Mutex::default(),
            customers: AtomicU64::new(0),
            stopped: watch::Sender::new(false),
        }
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run before its time.
    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Whether nothing more is to be asked.
    pub(crate) fn is_over(&self) -> bool {
        self.is_stopped() || Instant::now() >= self.ends
    }

    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Waits for this moment, or until the run is ended before its time.
    pub(crate) async fn until(&self, moment: Instant) {
        let mut stopped = self.stopped.subscribe();
        let stop = stopped.wait_for(|stopped| *stopped);
        // Either is a reason to go on.
        drop(tokio::time::timeout_at(moment.into(), stop).await);
    }

    /// A new customer with a connection of its own.
    pub(crate) fn visitor(&self) -> Visitor {
        let number = self.customers.fetch_add(1, Ordering::Relaxed);
        Visitor { customer: self.crowd.customer(number), connection: Connection::new(&self.shop) }
    }

    /// Asks one question, and notes what was bought by it.
    pub(crate) async fn ask(&self, connection: &mut Connection, question: &Question) -> Answer {
        let answer = connection.ask(question).await;
        if let Question::Buy(purchase) = question {
            self.ledger().note(*purchase, &answer.said);
        }
        answer
    }

    /// Counts an answer that came just now to a question that was due at `due`.
    pub(crate) fn count(&self, name: &'static str, due: Instant, answer: &Answer) {
        let now = Instant::now();
        let failed = answer.said.as_ref().err().map(|failed| failed.why.as_str());
        let at = now.saturating_duration_since(self.starts);
        self.recorder().note(Done { name, at, took: now.saturating_duration_since(due), failed });
    }

    /// Lets customers come as `load` says, until the run is over.
    pub(crate) async fn fills(self: &Arc<Self>, load: Load) {
        match load {
            Load::Clients(clients) => self.closed_loop(clients).await,
            Load::Rate(rate) => self.open_loop(rate).await,
        }
    }

    async fn closed_loop(self: &Arc<Self>, clients: u32) {
        let mut customers = JoinSet::new();
        for _ in 0..clients {
            let (floor, mut visitor) = (Arc::clone(self), self.visitor());
            customers.spawn(async move {
                while !floor.is_over() {
                    let (question, due) = (visitor.customer.next(&floor.wares), Instant::now());
                    let answer = floor.ask(&mut visitor.connection, &question).await;
                    // What was asked before the end counts, also where it hangs on; only what ended in time makes the rate.
                    if Instant::now() >= floor.starts {
                        floor.count(question.kind(), due, &answer);
                    }
                    if answer.said.is_err() {
                        // A shop that refuses at once is not to be asked as fast as it can refuse.
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
            });
        }
        customers.join_all().await;
    }

    async fn open_loop(self: &Arc<Self>, rate: u32) {
        let mut arrivals = self.arrivals(rate);
        let idle: Arc<Mutex<Vec<Visitor>>> = Arc::default();
        let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
        let mut under_way = JoinSet::new();
        while let Some(due) = arrivals.recv().await {
            if self.is_stopped() {
                break;
            }
            if Instant::now() > self.ends + PATIENCE {
                // A shop that is so far behind is not asked for ever.
                self.count_unasked(due);
                continue;
            }
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
            let (floor, idle) = (Arc::clone(self), Arc::clone(&idle));
            let visitor = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut visitor = visitor.unwrap_or_else(|| self.visitor());
            under_way.spawn(async move {
                let question = visitor.customer.next(&floor.wares);
                let answer = floor.ask(&mut visitor.connection, &question).await;
                // What was planned for the time that counts, counts, however late it ends.
                if due >= floor.starts {
                    floor.count(question.kind(), due, &answer);
                }
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(visitor);
                drop(place);
            });
            while under_way.try_join_next().is_some() {}
        }
        under_way.join_all().await;
    }

    /// Counts somebody who went away without having asked.
    fn count_unasked(&self, due: Instant) {
        if due >= self.starts {
            let why = "never asked: too many were waiting before".to_owned();
            let answer = Answer { said: Err(Failed { why, definite: true }), cached: false };
            self.count("unasked", due, &answer);
        }
    }

    /// The planned arrivals, each as it is due. A thread of its own sleeps more exactly than a runtime's timer.
    fn arrivals(self: &Arc<Self>, rate: u32) -> mpsc::UnboundedReceiver<Instant> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let floor = Arc::clone(self);
        let begin = Instant::now();
        std::thread::spawn(move || {
            for number in 0_u64.. {
                let due = begin + Duration::from_nanos(number.saturating_mul(1_000_000_000) / u64::from(rate.max(1)));
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                if due >= floor.ends || floor.is_over() || sender.send(due).is_err() {
                    return;
                }
            }
        });
        receiver
    }
}
