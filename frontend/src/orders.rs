//! Asking the order tier: the order's home first, the others with the same purchase when it does not answer.
//!
//! A purchase is the same question however often and wherever it is asked, because the order's id is in it. So a
//! failure here never means giving up early and never means buying twice. Which order a key means is `checkout.rs`'
//! business.

use crate::replicas::{Replicas, timed_out};
use cluster::{Member, ReplicaName, Tier};
use serve::{CallError, Caller, Fleet};
use std::time::{Duration, Instant};
use wire::order::{Outcome, Purchase, Receipt};
use wire::sale::Refused;
use wire::{OrderId, Problem};

/// How long an order replica may take when it need not ask others.
const FAST: Duration = Duration::from_millis(1_500);
/// How long it may take when it has to: it answers within four seconds.
const ALONE: Duration = Duration::from_millis(4_500);
/// How long a look at an order may take.
const LOOK: Duration = Duration::from_millis(400);
/// How often a purchase under way looks whether its replica still answers probes.
const GLANCE: Duration = Duration::from_millis(100);
/// When none is ready, a purchase waits for one until this long after it began.
const PATIENCE: Duration = Duration::from_millis(800);

/// Why there is no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReceipt {
    /// The shop said no, and nothing has happened.
    #[error("{0:?}")]
    Refused(Refused),
    /// No order replica could be asked: nothing has happened.
    #[error("no order replica answers: {0}")]
    Unreachable(String),
    /// An order replica was asked and did not answer: it may have happened. Ask again with the same key.
    #[error("an order replica did not answer: {0}")]
    Uncertain(String),
}

impl From<&NoReceipt> for Problem {
    fn from(why: &NoReceipt) -> Self {
        match why {
            // To a customer a full disk (507) is "not now" like everything else.
            NoReceipt::Refused(refused) => {
                let problem = refused.problem();
                Self { status: problem.status.min(503), ..problem }
            }
            NoReceipt::Unreachable(_) => Self::definite(
                503,
                "no-order-replica",
                "Checkout is paused: nothing was bought. Try again in a moment, with the same Idempotency-Key.",
            ),
            NoReceipt::Uncertain(_) => Self::uncertain(
                503,
                "no-answer",
                "No answer came in time, so the purchase may have gone through. Ask again with the same \
                 Idempotency-Key: it will be bought once, whatever happened.",
            ),
        }
    }
}

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
        let mut failures = Failures::default();
        for round in 0..2 {
            let mut candidates = self.fleet().ready();
            wire::home::rank(purchase.order.0.as_bytes(), &mut candidates, |member| member.name.as_str());
            for member in candidates {
                if failures.any() && !self.replicas.may_retry() {
                    return Err(failures.worst());
                }
                match self.while_up(&member, self.buy_at(&member, purchase)).await {
                    Ok(Ok(receipt)) => return Ok(receipt),
                    Ok(Err(Refused::Unsure { why })) => failures.uncertain = Some(why),
                    Ok(Err(refused)) if elsewhere_may_help(&refused) => failures.refused = Some(refused),
                    Ok(Err(refused)) => return Err(NoReceipt::Refused(refused)),
                    Err(error) => {
                        self.fleet().failed(&member.name, &error);
                        tracing::warn!(replica = %member.name, order = %purchase.order, %error, "an order replica did not answer");
                        let again = error.worth_another_replica();
                        failures.add(&error);
                        if !again {
                            return Err(failures.worst());
                        }
                    }
                }
            }
            // A refusal is an answer: who said it will say it again. Only silence is worth another round.
            let left = PATIENCE.saturating_sub(began.elapsed());
            if round > 0
                || failures.refused.is_some()
                || failures.uncertain.is_some()
                || !self.fleet().until_any_ready(left).await
            {
                break;
            }
        }
        Err(failures.worst())
    }

    /// One replica's answer: the fast one, or the patient one when it can't be decided without asking others.
    async fn buy_at(&self, member: &Member, purchase: &Purchase) -> Result<Outcome, CallError> {
        let mut outcome = self.replicas.ask(member, purchase.clone()).await?;
        self.replicas.answered(&member.name);
        if let Err(Refused::AskAlone { .. }) = outcome {
            outcome = self.replicas.caller().post(member, "/internal/orders/alone", purchase, ALONE).await?;
        }
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
                silent_for = if self.fleet().is_ready(&member.name) { 0 } else { silent_for + 1 };
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
        let mut candidates = self.fleet().ready();
        wire::home::rank(order.0.as_bytes(), &mut candidates, |member| member.name.as_str());
        if candidates.is_empty() && self.fleet().until_any_ready(LOOK).await {
            candidates = self.fleet().ready();
        }
        let mut why = NoOrder::Unreachable;
        for member in candidates {
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

/// Whether another order replica may be able to do what this one could not.
fn elsewhere_may_help(refused: &Refused) -> bool {
    match refused {
        // It may reach a catalog that this one does not, or have room on its disk.
        Refused::HeldElsewhere { .. } | Refused::AskAlone { .. } | Refused::NotNow { .. } | Refused::Unsure { .. } => {
            true
        }
        Refused::NoSuchItem { .. }
        | Refused::SoldOut { .. }
        | Refused::NotEnough { .. }
        | Refused::OtherBasket { .. } => false,
    }
}

/// What went wrong so far with one purchase.
#[derive(Default)]
struct Failures {
    unreachable: Option<String>,
    uncertain: Option<String>,
    refused: Option<Refused>,
}

impl Failures {
    fn add(&mut self, error: &CallError) {
        let slot = if error.definite() { &mut self.unreachable } else { &mut self.uncertain };
        *slot = Some(error.to_string());
    }

    fn any(&self) -> bool {
        self.unreachable.is_some() || self.uncertain.is_some() || self.refused.is_some()
    }

    /// What the buyer is told: doubt first, because only the same key is safe after it.
    fn worst(self) -> NoReceipt {
        match self {
            Self { uncertain: Some(why), .. } => NoReceipt::Uncertain(why),
            Self { refused: Some(refused), .. } => NoReceipt::Refused(refused),
            Self { unreachable, .. } => NoReceipt::Unreachable(unreachable.unwrap_or_else(|| "none is ready".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ItemId;

    #[test]
    fn a_buyer_hears_of_the_doubt_before_anything_else() {
        let to: ReplicaName = "orderA".parse().expect("a name");
        let mut failures = Failures { refused: Some(Refused::AskAlone { item: ItemId(1) }), ..Failures::default() };
        failures.add(&CallError::Unreachable { to: to.clone(), why: "refused".into() });
        failures.add(&CallError::TimedOut { to, after_ms: 1500 });
        let problem = Problem::from(&failures.worst());
        assert_eq!((problem.status, problem.definite), (503, false));
        assert!(problem.detail.contains("same Idempotency-Key"));
        let problem = Problem::from(&Failures::default().worst());
        assert_eq!((problem.status, problem.definite), (503, true));
    }
}
