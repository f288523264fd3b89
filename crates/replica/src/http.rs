//! What replicas of one tier ask each other: how far they are, what is missing, and "take this".

use crate::{Replica, Stored, store};
use actix_web::web::{Data, Json, ServiceConfig};
use actix_web::{HttpResponse, web};
use journal::{ActorId, Heads, Held, Run};
use serde::{Deserialize, Serialize};
use serve::{Everyday, Insider, Refusal, input};
use std::collections::BTreeMap;
use wire::Problem;
use wire::classic::Nothing;

/// The most entries in one answer.
pub(crate) const MOST_ENTRIES: u32 = 2000;
/// The largest body taken from a peer: that many entries with room to spare.
const MOST_BYTES: usize = 16 << 20;

/// How far a replica is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeadsReport {
    /// Who it writes as; unknown while it finds out.
    pub me: Option<ActorId>,
    /// What it holds of all journals.
    #[serde(flatten)]
    pub held: Held,
}

/// The highest entry of an actor that somebody of another tier has seen.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// Its number; 0 where none was seen.
    pub seq: u64,
}

/// "What do you have beyond this?"
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pull {
    /// Per actor, the number of the last entry the asker holds.
    pub(crate) held: BTreeMap<ActorId, u64>,
}

/// "Take this."
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Push {
    /// Entries, in runs.
    pub(crate) runs: Vec<Run>,
}

/// The answer to a push: the classic success, and how far the receiver is now.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pushed {
    /// Always empty.
    pub item: Nothing,
    /// Always empty.
    pub message: Nothing,
    /// `Success`.
    pub status: String,
    /// 201.
    pub validation_code: u16,
    /// How far the receiver holds each journal, this push included.
    pub heads: Heads,
}

/// The routes of a replica with a journal. `push_paths` are where peers push to; the first is the one used here.
pub fn routes<M: Stored>(config: &mut ServiceConfig, push_paths: &[&str]) {
    config.route("/internal/journal/heads", web::get().to(heads::<M>));
    config.route("/internal/journal/pull", web::post().to(pull::<M>));
    for path in push_paths {
        let resource = web::resource(*path).app_data(web::PayloadConfig::new(MOST_BYTES)).app_data(Everyday);
        config.service(resource.route(web::put().to(push::<M>)));
    }
}

async fn heads<M: Stored>(_: Insider, replica: Data<Replica<M>>) -> Json<HeadsReport> {
    let published = replica.published();
    Json(HeadsReport { me: published.me, held: published.held.clone() })
}

async fn pull<M: Stored>(
    _: Insider,
    replica: Data<Replica<M>>,
    pull: input::Json<Pull>,
) -> Result<Json<Vec<Run>>, Refusal> {
    let published = replica.published();
    let mut runs = Vec::new();
    let mut room = MOST_ENTRIES;
    for (actor, head) in &published.held.heads {
        let held = pull.0.held.get(actor).copied().unwrap_or(0);
        if room == 0 || head.seq <= held {
            continue;
        }
        let (actor, upto) = (*actor, head.seq);
        let run = replica.readers().read(move |journal| store::run_after(journal, actor, held, upto, room)).await;
        if let Some(run) = run.map_err(|error| unreadable(&error))? {
            room = room.saturating_sub(u32::try_from(run.bodies.len()).unwrap_or(u32::MAX));
            runs.push(run);
        }
    }
    Ok(Json(runs))
}

async fn push<M: Stored>(
    _: Insider,
    replica: Data<Replica<M>>,
    push: input::Json<Push>,
) -> Result<HttpResponse, Refusal> {
    replica.absorb(push.into_inner().runs).await.map_err(|error| Refusal(error.problem()))?;
    let heads = replica.published().held.heads.clone();
    let (item, message, status) = (Nothing {}, Nothing {}, "Success".to_owned());
    Ok(HttpResponse::Created().json(Pushed { item, message, status, validation_code: 201, heads }))
}

fn unreadable(error: &rusqlite::Error) -> Refusal {
    tracing::error!(%error, "the journal can't be read");
    Refusal(Problem::definite(503, "unreadable", "this replica can't read its journal; try again"))
}
