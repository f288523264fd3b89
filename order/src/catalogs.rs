//! Asking the catalog tier to sell: the home of the basket first, the others when it does not answer.
//!
//! The same question may be asked anywhere and any number of times: the order's id is in it.

use cluster::{Member, ReplicaName};
use serve::{CallError, Caller, Fleet, Lane, LaneLimits};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use wire::home;
use wire::sale::{Refused, Reserve, Reserved};

/// How long a catalog may take that decides from one commit.
const FAST: Duration = Duration::from_secs(1);
/// How long it may take when it has to ask others.
const ALONE: Duration = Duration::from_millis(2200);
/// How long a purchase waits for the replica that holds the units: a supervisor starts a dead one again within a second.
const PATIENCE: Duration = Duration::from_millis(3200);
/// How long it waits when no catalog replica is up at all: the caller, who may ask two order replicas, is told so
/// within a second.
const NOBODY: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_millis(100);

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

    /// Sells if some catalog can decide it alone; [`Refused::AskAlone`] otherwise.
    pub(crate) async fn sell(&self, wish: &Reserve) -> Result<Reserved, Refused> {
        let mut doubt = Doubt::default();
        let sold = self.sell_at_some(wish, &mut doubt).await;
        doubt.over(sold)
    }

    async fn sell_at_some(&self, wish: &Reserve, doubt: &mut Doubt) -> Result<Reserved, Refused> {
        let mut why = nobody();
        for attempt in 0..2 {
            for catalog in self.ranked(wish) {
                let Some(lane) = self.lanes.get(&catalog.name) else { continue };
                match lane.ask(wish.clone()).await {
                    Ok(Err(not_now @ Refused::NotNow { .. })) => why = not_now,
                    Ok(answer) => return answer,
                    Err(error) => self.failed(&catalog, &error, doubt),
                }
            }
            if attempt == 0 && !self.fleet.until_any_ready(NOBODY).await {
                break;
            }
        }
        Err(why)
    }

    /// Sells with whatever help it takes, waiting for the replica that holds the units if need be.
    pub(crate) async fn sell_alone(&self, wish: &Reserve) -> Result<Reserved, Refused> {
        let mut doubt = Doubt::default();
        let sold = self.sell_patiently(wish, &mut doubt).await;
        doubt.over(sold)
    }

    async fn sell_patiently(&self, wish: &Reserve, doubt: &mut Doubt) -> Result<Reserved, Refused> {
        let began = Instant::now();
        loop {
            let mut why = nobody();
            for catalog in self.ranked(wish) {
                let answer: Result<Result<Reserved, Refused>, _> =
                    self.caller.post(&catalog, "/internal/reserve/alone", wish, ALONE).await;
                match answer {
                    Ok(Err(away @ (Refused::HeldElsewhere { .. } | Refused::NotNow { .. }))) => why = away,
                    Ok(answer) => return answer,
                    Err(error) => self.failed(&catalog, &error, doubt),
                }
            }
            let left = PATIENCE.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(why);
            }
            match &why {
                Refused::HeldElsewhere { holder, .. } => {
                    // A holder that is no member any more will not come back in time.
                    let Ok(holder) = holder.parse::<ReplicaName>() else { return Err(why) };
                    self.fleet.until_ready(&holder, left).await;
                }
                _ => {
                    if !self.fleet.until_any_ready(NOBODY.min(left)).await {
                        return Err(why);
                    }
                }
            }
            tokio::time::sleep(PAUSE.min(left)).await;
        }
    }

    /// Notes that a catalog did not answer, and whether it may have sold all the same.
    fn failed(&self, catalog: &Member, error: &CallError, doubt: &mut Doubt) {
        self.fleet.failed(&catalog.name, error);
        tracing::info!(catalog = %catalog.name, %error, "a catalog replica did not answer; asking the next");
        if !error.definite() {
            doubt.0 = Some(error.to_string());
        }
    }
}

/// A catalog that broke off while it was asked may have sold: until somebody shows the sale, nobody may say that it did
/// not happen.
#[derive(Default)]
struct Doubt(Option<String>);

impl Doubt {
    fn over(self, sold: Result<Reserved, Refused>) -> Result<Reserved, Refused> {
        match (sold, self.0) {
            // The first was seen, the second is asked again anyway, the third is true whatever happened.
            (sold @ (Ok(_) | Err(Refused::AskAlone { .. } | Refused::OtherBasket { .. })), _) | (sold, None) => sold,
            (Err(_), Some(why)) => Err(Refused::Unsure { why }),
        }
    }
}

fn nobody() -> Refused {
    Refused::NotNow { status: 503, why: "no catalog replica answers; nothing was bought; try again in a moment".into() }
}
