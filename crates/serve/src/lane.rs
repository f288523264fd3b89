//! Many small questions to one replica, few calls.
//!
//! While earlier calls run, questions queue; as soon as one of the few slots is free, everything queued leaves as one
//! JSON array in one POST. There is no timer: a lonely question leaves at once, and the busier the lane the larger its
//! batches, which is what lets the other side commit a whole batch with one write to its disk. The answer is an array
//! of the same length in the same order. Choosing the replica and trying another one is the asker's business.

use crate::caller::{CallError, Caller};
use crate::request_id::{self, RequestId};
use cluster::Member;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How much a lane carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    /// Questions in one call at most.
    pub batch: usize,
    /// Calls under way at once.
    pub in_flight: usize,
    /// Questions that wait for a call; one more is [`CallError::Busy`].
    pub queue: usize,
    /// How long a question waits for its call to begin, and how long the call may then take.
    pub deadline: Duration,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self { batch: 512, in_flight: 2, queue: 4096, deadline: Duration::from_secs(2) }
    }
}

/// A queue of questions `Q` to one replica, answered by `A`. Clones feed the same queue.
pub struct Lane<Q, A> {
    to: Member,
    deadline: Duration,
    queue: mpsc::Sender<Asked<Q, A>>,
}

/// A question that waits for a call, and where its answer goes.
struct Asked<Q, A> {
    question: Q,
    answer: oneshot::Sender<Result<A, CallError>>,
    /// Set by whoever comes first: the call that takes the question along, or the asker who gives up before that.
    taken: Arc<AtomicBool>,
    request_id: Option<RequestId>,
}

/// What every batch of one lane has in common.
struct Track {
    caller: Caller,
    to: Member,
    path: String,
    limits: LaneLimits,
}

impl<Q, A> Lane<Q, A>
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    /// A lane to `path` of `to`. Its one task runs on the runtime of the caller and ends with the last clone.
    ///
    /// A limit of 0 counts as 1.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(caller: Caller, to: Member, path: impl Into<String>, limits: LaneLimits) -> Self {
        let (queue, waiting) = mpsc::channel(limits.queue.max(1));
        let track = Arc::new(Track { caller, to: to.clone(), path: path.into(), limits });
        tokio::spawn(dispatch(track, waiting));
        Self { to, deadline: limits.deadline, queue }
    }

    /// Asks, and waits for the answer: twice the deadline at most, once in the queue and once under way.
    ///
    /// Dropping the future gives up; a question that still waits is then not sent.
    ///
    /// # Errors
    /// [`CallError::Busy`] when the queue is full, or when no call began within the deadline: it was not sent.
    /// Otherwise whatever happened to the call that took the question along.
    pub async fn ask(&self, question: Q) -> Result<A, CallError> {
        let (answer, mut answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let asked = Asked { question, answer, taken: Arc::clone(&taken), request_id: request_id::current() };
        // Full, or the lane's runtime is gone: either way nothing was sent.
        self.queue.try_send(asked).map_err(|_| self.busy())?;

        let outcome = match tokio::time::timeout(self.deadline, &mut answered).await {
            Ok(outcome) => outcome,
            Err(_) if taken.swap(true, Ordering::AcqRel) => answered.await,
            Err(_) => return Err(self.busy()),
        };
        let gone = || CallError::Broken { to: self.to.name.clone(), why: "the process is stopping".into() };
        outcome.unwrap_or_else(|_| Err(gone()))
    }

    fn busy(&self) -> CallError {
        CallError::Busy { to: self.to.name.clone() }
    }
}

/// Takes a free slot, then whatever is queued, then sends both on their way.
async fn dispatch<Q, A>(track: Arc<Track>, mut waiting: mpsc::Receiver<Asked<Q, A>>)
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(track.limits.in_flight.max(1)));
    loop {
        // First the slot, then the questions: those that come while all slots are taken go along.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let mut batch = Vec::new();
        if waiting.recv_many(&mut batch, track.limits.batch.max(1)).await == 0 {
            return;
        }
        batch.retain(|asked| !asked.answer.is_closed() && !asked.taken.swap(true, Ordering::AcqRel));
        if !batch.is_empty() {
            tokio::spawn(carry(Arc::clone(&track), batch, slot));
        }
    }
}

async fn carry<Q, A>(track: Arc<Track>, batch: Vec<Asked<Q, A>>, slot: OwnedSemaphorePermit)
where
    Q: Serialize + Sync,
    A: DeserializeOwned,
{
    let id = batch_id(&batch);
    let (questions, answers): (Vec<Q>, Vec<_>) = batch.into_iter().map(|asked| (asked.question, asked.answer)).unzip();
    let outcome = request_id::on_behalf_of(id, track.call(&questions)).await;
    // Free before the askers are told: what they ask next may go at once.
    drop(slot);
    match outcome {
        Ok(said) => {
            for (answer, said) in answers.into_iter().zip(said) {
                // An asker who has gone away misses nothing.
                let _ = answer.send(Ok(said));
            }
        }
        Err(error) => {
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
        }
    }
}

impl Track {
    async fn call<Q: Serialize + Sync, A: DeserializeOwned>(&self, questions: &[Q]) -> Result<Vec<A>, CallError> {
        let asked = questions.len();
        metrics::histogram!("lane_batch_size", "to" => self.to.name.to_string(), "path" => self.path.clone())
            .record(u32::try_from(asked).unwrap_or(u32::MAX));
        let answers: Vec<A> = self.caller.post(&self.to, &self.path, questions, self.limits.deadline).await?;
        if answers.len() == asked {
            return Ok(answers);
        }
        Err(CallError::malformed(&self.to, &format!("{} answers to {asked} questions", answers.len())))
    }
}

/// A batch of one goes on under the id of its request. A larger one belongs to several: it gets an id of its own, and
/// the log says whose questions it carries.
fn batch_id<Q, A>(batch: &[Asked<Q, A>]) -> RequestId {
    if let [Asked { request_id: Some(only), .. }] = batch {
        return only.clone();
    }
    let id = RequestId::fresh();
    if tracing::enabled!(tracing::Level::DEBUG) {
        let carries: Vec<&str> =
            batch.iter().filter_map(|asked| asked.request_id.as_ref()).map(RequestId::as_str).collect();
        tracing::debug!(batch = %id, carries = carries.join(" "), "batch");
    }
    id
}

impl<Q, A> Clone for Lane<Q, A> {
    fn clone(&self) -> Self {
        Self { to: self.to.clone(), deadline: self.deadline, queue: self.queue.clone() }
    }
}

impl<Q, A> fmt::Debug for Lane<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("to", &self.to.name).field("queue", &self.queue).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Lane};
    use crate::caller::CallError;
    use cluster::{Member, ReplicaName};
    use std::net::Ipv4Addr;
    use std::sync::atomic::Ordering;
    use std::time::Duration;
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    const DEADLINE: Duration = Duration::from_millis(20);

    /// A lane without its dispatcher: the test takes the questions itself.
    fn lane() -> (Lane<u32, u32>, mpsc::Receiver<Asked<u32, u32>>) {
        let name: ReplicaName = "catalogA".parse().expect("a name");
        let (tier, letter) = (name.tier(), name.letter());
        let to = Member { name, tier, letter, ip: Ipv4Addr::LOCALHOST.into(), port: 1 };
        let (queue, waiting) = mpsc::channel(4);
        (Lane { to, deadline: DEADLINE, queue }, waiting)
    }

    #[tokio::test]
    async fn a_question_that_never_left_in_time_is_busy_and_does_not_leave_afterwards() {
        let (lane, mut waiting) = lane();
        let outcome = lane.ask(7).await;
        assert!(matches!(outcome, Err(CallError::Busy { .. })), "{outcome:?}");
        let asked = waiting.recv().await.expect("it is still in the queue");
        assert!(asked.taken.load(Ordering::Acquire), "and its asker has taken it back");
    }

    #[tokio::test]
    async fn a_question_that_left_is_waited_for_as_long_as_its_call_may_take() {
        let (lane, mut waiting) = lane();
        let mut asking = Box::pin(lane.ask(7));
        assert!(futures::poll!(&mut asking).is_pending());
        let asked = waiting.recv().await.expect("it is in the queue");
        asked.taken.store(true, Ordering::Release);
        assert!(timeout(DEADLINE * 5, &mut asking).await.is_err(), "no answer yet, and no verdict either");
        asked.answer.send(Ok(49)).expect("the asker still waits");
        assert_eq!(asking.await, Ok(49));
    }

    #[tokio::test]
    async fn a_call_that_vanishes_without_an_answer_may_have_happened() {
        let (lane, mut waiting) = lane();
        let mut asking = Box::pin(lane.ask(7));
        assert!(futures::poll!(&mut asking).is_pending());
        drop(waiting.recv().await);
        let outcome = asking.await;
        assert!(matches!(&outcome, Err(error @ CallError::Broken { .. }) if !error.definite()), "{outcome:?}");
    }
}
