//! Asking the order tier: the order's home first, the others with the same purchase when it does not answer.
//!
//! The waiting around `orders::buying`'s decisions. Which order a key means is `checkout.rs`' business.

mod listing;

use crate::replicas::{Replicas, timed_out};
use cluster::{Member, ReplicaName, Tier};
use orders::buying::{Buying, How, Step};
use serve::{CallError, Caller, Fleet};
use std::time::{Duration, Instant};
use wire::order::{Outcome, Purchase, Receipt};
use wire::{Fulfilment, OperatorName, OrderId, OrderNumber, Problem};

pub use listing::OrdersPart;
pub use orders::buying::NoReceipt;

/// How long an order replica may take when it need not ask others.
const FAST: Duration = Duration::from_millis(1_500);
/// How long it may take when it has to: it answers within four seconds.
const ALONE: Duration = Duration::from_millis(4_500);
/// How long a look at an order may take.
const LOOK: Duration = Duration::from_millis(400);
/// How often a purchase under way looks whether its replica still answers probes.
const GLANCE: Duration = Duration::from_millis(100);

/// Why an order can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOrder {
    /// No order replica that answers knows it.
    #[error("no such order")]
    Unknown,
    /// No order replica answers.
    #[error("no order replica answers")]
    Unreachable,
}

impl From<NoOrder> for Problem {
    fn from(why: NoOrder) -> Self {
        match why {
            NoOrder::Unknown => Self::definite(
                404,
                "no-such-order",
                "There is no order under this link. If you have bought a moment ago, try again in a few seconds.",
            ),
            NoOrder::Unreachable => Self::definite(
                503,
                "order-out-of-reach",
                "Orders can't be shown at the moment. Yours is safe; try again in a moment.",
            ),
        }
    }
}

/// The order replicas.
pub struct Orders {
    replicas: Replicas<Purchase, Outcome>,
}

impl Orders {
    /// Starts to watch the order replicas, on the runtime of the caller.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn watch(caller: &Caller, members: Vec<Member>) -> Self {
        Self { replicas: Replicas::watch(Tier::Order, caller, members, "/internal/orders", FAST) }
    }

    /// Who there is and who answers.
    pub fn fleet(&self) -> &Fleet {
        self.replicas.fleet()
    }

    /// The replica that answered last.
    pub fn answered_last(&self) -> Option<ReplicaName> {
        self.replicas.answered_last()
    }

    /// Buys; asking again with the same purchase gives the same answer.
    ///
    /// # Errors
    /// [`NoReceipt`] says whether it may have happened all the same.
    pub async fn buy(&self, purchase: &Purchase) -> Result<Receipt, NoReceipt> {
        let began = Instant::now();
        self.replicas.first_try();
        let (mut buying, mut step) = Buying::begin(self.ranked(purchase.order.0.as_bytes()));
        loop {
            step = match step {
                Step::Ask { again: true, .. } if !self.replicas.may_retry() => buying.give_up(),
                Step::Ask { replica, how, .. } => {
                    match self.while_up(&replica, self.buy_at(&replica, purchase, how)).await {
                        Ok(outcome) => buying.answered(outcome, began.elapsed()),
                        Err(error) => {
                            self.fleet().failed(&replica.name, &error);
                            tracing::warn!(replica = %replica.name, order = %purchase.order, %error, "an order replica did not answer");
                            let elsewhere = error.worth_another_replica();
                            buying.unanswered(error.definite(), elsewhere, error.to_string(), began.elapsed())
                        }
                    }
                }
                Step::Wait(most) => {
                    let came = self.fleet().until_any_ready(most).await;
                    buying.waited(came, self.ranked(purchase.order.0.as_bytes()), began.elapsed())
                }
                Step::Done(receipt) => return receipt.map(|receipt| *receipt),
            };
        }
    }

    /// The replicas that may be asked, the order's home first.
    fn ranked(&self, key: &[u8]) -> Vec<Member> {
        let mut candidates = self.fleet().ready();
        wire::home::rank(key, &mut candidates, |member| member.name.as_str());
        candidates
    }

    /// Those that are not among these.
    fn others(&self, members: &[Member]) -> Vec<Member> {
        let is_other = |one: &&Member| members.iter().all(|member| member.name != one.name);
        self.fleet().members().iter().filter(is_other).cloned().collect()
    }

    async fn buy_at(&self, member: &Member, purchase: &Purchase, how: How) -> Result<Outcome, CallError> {
        let outcome = match how {
            How::Quickly => self.replicas.ask(member, purchase.clone()).await?,
            How::Alone => self.replicas.caller().post(member, "/internal/orders/alone", purchase, ALONE).await?,
        };
        self.replicas.answered(&member.name);
        Ok(outcome)
    }

    /// `call`, given up when the replica has gone silent meanwhile: a paused process keeps its connections open, and its
    /// probes notice that long before the deadline of a purchase.
    async fn while_up(
        &self,
        member: &Member,
        call: impl Future<Output = Result<Outcome, CallError>>,
    ) -> Result<Outcome, CallError> {
        let began = Instant::now();
        let silent = async {
            let mut silent_for = 0;
            while silent_for < 2 {
                tokio::time::sleep(GLANCE).await;
                silent_for = if self.fleet().is_down(&member.name) { silent_for + 1 } else { 0 };
            }
        };
        tokio::select! {
            biased;
            outcome = call => outcome,
            () = silent => Err(timed_out(member, began.elapsed())),
        }
    }

    /// The order of this id, as some replica has it.
    ///
    /// # Errors
    /// [`NoOrder`].
    pub async fn order(&self, order: OrderId) -> Result<Receipt, NoOrder> {
        self.named(&order.to_string(), order.0.as_bytes()).await
    }

    /// The order of this number, for operators: a number is no secret.
    ///
    /// # Errors
    /// [`NoOrder`].
    pub async fn numbered(&self, number: OrderNumber) -> Result<Receipt, NoOrder> {
        self.named(&number.to_string(), &number.0.to_be_bytes()).await
    }

    /// Takes an order one step on its way; asking again for the same step changes nothing.
    ///
    /// # Errors
    /// The order tier's own, or that nobody answered.
    pub async fn take_on(&self, number: OrderNumber, to: Fulfilment, by: &OperatorName) -> Result<Receipt, Problem> {
        let (path, step) = (format!("/internal/orders/{number}/step"), serde_json::json!({ "to": to, "by": by }));
        let mut why = Problem::from(NoOrder::Unreachable);
        for member in self.ranked(&number.0.to_be_bytes()) {
            match self.replicas.caller().post(&member, &path, &step, ALONE).await {
                Ok(receipt) => {
                    self.replicas.answered(&member.name);
                    return Ok(receipt);
                }
                Err(CallError::Refused { problem, .. }) if problem.status == 404 => why = NoOrder::Unknown.into(),
                Err(CallError::Refused { problem, .. }) => return Err(*problem),
                Err(error) => {
                    self.fleet().failed(&member.name, &error);
                    tracing::warn!(replica = %member.name, %number, %error, "an order replica did not answer");
                    if !error.definite() {
                        let detail =
                            "No answer came in time. Look at the order again: what was asked for may have happened.";
                        why = Problem::uncertain(503, "no-answer", detail);
                    }
                }
            }
        }
        Err(why)
    }

    async fn named(&self, order: &str, key: &[u8]) -> Result<Receipt, NoOrder> {
        let mut candidates = self.ranked(key);
        if candidates.is_empty() && self.fleet().until_any_ready(LOOK).await {
            candidates = self.ranked(key);
        }
        // Those that are thought down are asked too where no other answers: what is known of them may be old.
        let (others, ready) = (self.others(&candidates), candidates.len());
        let mut why = NoOrder::Unreachable;
        for (place, member) in candidates.into_iter().chain(others).enumerate() {
            if place >= ready && why == NoOrder::Unknown {
                break;
            }
            match self.replicas.caller().get(&member, &format!("/internal/orders/{order}"), LOOK).await {
                Ok(receipt) => {
                    self.replicas.answered(&member.name);
                    return Ok(receipt);
                }
                // It may be on its way from the replica that took it.
                Err(CallError::Refused { problem, .. }) if problem.status == 404 => {
                    self.replicas.answered(&member.name);
                    why = NoOrder::Unknown;
                }
                Err(error) => {
                    self.fleet().failed(&member.name, &error);
                    tracing::warn!(replica = %member.name, %order, %error, "an order replica did not answer");
                }
            }
        }
        Err(why)
    }
}
