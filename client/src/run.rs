//! One run, from its plan to its outcome.

use crate::drive::Floor;
use crate::error::ClientError;
use crate::outcome::{Audit, Check, Load, Outcome};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::script::Crowd;
use crate::shop::{Connection, Shop};
use crate::wares::{Wares, stock};
use crate::{audit, experiment, faults};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use wire::ItemId;
use wire::v1::Book;

/// Runs `plan` to its end, or until it is `interrupted`, and looks whether the shop kept its word.
///
/// # Errors
/// When the shop can't be found or lists no books, or the faults of the plan can't be brought about. Requests that fail
/// are no errors, they are counted.
pub async fn run(
    plan: &Plan,
    progress: Progress,
    interrupted: impl Future<Output = ()>,
) -> Result<Outcome, ClientError> {
    if let Some(faults) = &plan.faults {
        faults.check().await?;
    }
    let shop = Arc::new(Shop::at(&plan.target).await?);
    progress.says("listing what there is");
    let mut books = Connection::new(&shop).books(plan.titles).await?;
    let before = stock(&books);
    if let Some(topic) = &plan.topic {
        books.retain(|book| book.topic.as_deref() == Some(topic));
    }
    let wares = Wares::of(&books, plan.seed).ok_or_else(|| ClientError::new("the shop has no such books"))?;
    let crowd = crowd(plan, &wares, &books)?;
    let began_ms = now_ms() + u64::try_from(plan.warm_up.as_millis()).unwrap_or(u64::MAX);
    let floor = Arc::new(Floor::new(shop, wares, crowd, plan.warm_up, plan.span));
    let customers = async {
        match plan.load {
            Load::Clients(clients) if plan.scenario.is_experiment() => {
                experiment::goes(&floor, plan.scenario, clients).await;
            }
            load => floor.fills(load).await,
        }
    };
    let faults = async {
        match &plan.faults {
            Some(faults) => faults.happen(&floor).await,
            None => Ok(Vec::new()),
        }
    };
    let stopped = async {
        tokio::select! {
            () = interrupted => floor.stop(),
            () = tokio::time::sleep_until(floor.ends.into()) => {}
        }
        Instant::now()
    };
    let ((), faults, (), ended) = tokio::join!(customers, faults, progress.follow(&floor), stopped);
    let faults = faults?;
    progress.says("asking whether the shop kept its word");
    let audit = audit::audit(&floor, &before, plan.titles).await.unwrap_or_else(|why| unaudited(&why));
    let counted = ended.saturating_duration_since(floor.starts).min(plan.span);
    let recorder = floor.recorder();
    let (series, timeline) = (recorder.series(counted), recorder.timeline());
    let mut findings = experiment::findings(&series);
    findings.extend(faults::findings(&faults, &timeline));
    Ok(Outcome {
        scenario: plan.scenario.to_string(),
        target: plan.target.clone(),
        load: plan.load,
        seed: plan.seed,
        began_ms,
        seconds: counted.as_secs_f64(),
        series,
        timeline,
        faults,
        findings,
        audit,
    })
}

/// Unix milliseconds, to write down when a run began.
pub fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// A shop that can't be asked any more has not kept its word, as far as anybody knows.
fn unaudited(why: &ClientError) -> Audit {
    let says = "the shop can be asked what is left after the run".to_owned();
    Audit { checks: vec![Check { says, held: false, detail: why.to_string() }], ..Audit::default() }
}

/// The customers of the plan, with the title and the topic they want.
fn crowd(plan: &Plan, wares: &Wares, books: &[Book]) -> Result<Crowd, ClientError> {
    let title = match plan.title {
        Some(id) => {
            books.iter().find(|book| book.id.0 == id).map(|book| (book.id, book.topic.clone())).ok_or_else(|| {
                ClientError::new(format!("title {id}: it is not among the first {} titles of the shop", plan.titles))
            })?
        }
        None => (wares.fullest().id, wares.fullest().topic.as_deref().map(str::to_owned)),
    };
    let (title, topic): (ItemId, Option<String>) = title;
    let topic = plan.topic.clone().or(topic).unwrap_or_default();
    Ok(Crowd::new(plan.scenario, title, topic.into(), plan.seed, rand::random()))
}
