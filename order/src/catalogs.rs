//! Asking the catalog tier to sell: the home of the basket first, the others when it does not answer.
//!
//! The waiting around `orders::selling`'s decisions.

use cluster::{Member, ReplicaName};
use orders::selling::{Help, Selling, Step, Wait};
use serve::{CallError, Caller, Fleet, Lane, LaneLimits};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use wire::fulfilment::{DECIDED_ELSEWHERE, TakeOn};
use wire::home;
use wire::sale::{Refused, Reserve, Reserved};
use wire::{Problem, Standing};

/// How long a catalog may take that decides from one commit.
const FAST: Duration = Duration::from_secs(1);
/// How long it may take when it has to ask others.
const ALONE: Duration = Duration::from_millis(2200);

/// The catalog replicas. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Catalogs {
    fleet: Fleet,
    caller: Caller,
    lanes: BTreeMap<ReplicaName, Lane<Reserve, Result<Reserved, Refused>>>,
}

impl Catalogs {
    pub(crate) fn new(caller: Caller, members: Vec<Member>) -> Self {
        let limits = LaneLimits { deadline: FAST, ..LaneLimits::default() };
        let lane = |member: &Member| {
            (member.name.clone(), Lane::new(caller.clone(), member.clone(), "/internal/reserve", limits))
        };
        let lanes = members.iter().map(lane).collect();
        Self { fleet: Fleet::watch(caller.clone(), members), caller, lanes }
    }

    /// The replicas that are up.
    pub(crate) fn ready(&self) -> Vec<Member> {
        self.fleet.ready()
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    fn ranked(&self, wish: &Reserve) -> Vec<Member> {
        let mut members = self.fleet.ready();
        home::rank(&wish.basket.first().key(), &mut members, |member| member.name.as_str());
        members
    }

    /// Sells, with as much help as it may take.
    pub(crate) async fn sell(&self, wish: &Reserve, help: Help) -> Result<Reserved, Refused> {
        let began = Instant::now();
        let (mut selling, mut step) = Selling::begin(help, self.ranked(wish));
        loop {
            step = match step {
                Step::Ask(catalog) => match self.ask(&catalog, wish, help).await {
                    Ok(answer) => selling.answered(answer, began.elapsed()),
                    Err(error) => {
                        self.fleet.failed(&catalog.name, &error);
                        tracing::info!(catalog = %catalog.name, %error, "a catalog replica did not answer; asking the next");
                        selling.unanswered(error.definite(), error.to_string(), began.elapsed())
                    }
                },
                Step::Wait(wait) => match self.wait(&wait).await {
                    Some(came) => selling.waited(came, self.ranked(wish), began.elapsed()),
                    None => selling.give_up(),
                },
                Step::Done(sold) => return sold,
            };
        }
    }

    /// Takes an order one step on, by asking one replica after the other which of them decides.
    ///
    /// # Errors
    /// What the one that decides said, or that it does not answer.
    pub(crate) async fn take_on(&self, asked: TakeOn) -> Result<Standing, Problem> {
        let mut why = Problem::definite(503, "no-catalog-replica", "no catalog replica answers; try again in a moment");
        for catalog in self.fleet.ready() {
            match self.caller.post(&catalog, "/internal/orders/take-on", &asked, ALONE).await {
                Ok(standing) => return Ok(standing),
                Err(CallError::Refused { problem, .. }) if problem.kind == DECIDED_ELSEWHERE => {
                    let detail = format!("{}; it does not answer now, try again when it is up", problem.detail);
                    why = Problem::definite(503, DECIDED_ELSEWHERE, detail);
                }
                // One that has not heard of the sale yet.
                Err(CallError::Refused { problem, .. }) if problem.status == 404 => (),
                Err(CallError::Refused { problem, .. }) => return Err(*problem),
                Err(error) => {
                    self.fleet.failed(&catalog.name, &error);
                    tracing::warn!(catalog = %catalog.name, %error, "a catalog replica did not answer for an order");
                    let detail = format!("{} did not answer; look at the order again in a moment", catalog.name);
                    why = Problem { definite: error.definite(), ..Problem::uncertain(503, "no-answer", detail) };
                }
            }
        }
        Err(why)
    }

    async fn ask(&self, catalog: &Member, wish: &Reserve, help: Help) -> Result<Result<Reserved, Refused>, CallError> {
        match (help, self.lanes.get(&catalog.name)) {
            (Help::None, Some(lane)) => lane.ask(wish.clone()).await,
            _ => self.caller.post(catalog, "/internal/reserve/alone", wish, ALONE).await,
        }
    }

    /// Whether somebody came; `None` where the holder is no member any more, and will not come back in time.
    async fn wait(&self, wait: &Wait) -> Option<bool> {
        let came = match &wait.holder {
            Some(holder) => self.fleet.until_ready(&holder.parse::<ReplicaName>().ok()?, wait.most).await,
            None => self.fleet.until_any_ready(wait.most).await,
        };
        tokio::time::sleep(wait.pause).await;
        Some(came)
    }
}
