//! Layouts: shown to operators and changed by them, exchanged between replicas.

use super::Tier;
use crate::standing::{News, Standing};
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serve::{Insider, Operator, Refusal, input};
use std::sync::Arc;
use wire::Problem;
use wire::cart::{Held, Known, Stands, Wanted};

fn shown(standing: &Standing) -> Stands {
    Stands { layouts: standing.layouts().clone(), whole: standing.whole() }
}

/// `GET /layout`: where this replica stands.
pub(super) async fn show(_: Operator, tier: Data<Tier>) -> Result<HttpResponse, Refusal> {
    Ok(HttpResponse::Ok().json(shown(&*tier.standing()?)))
}

/// `PUT /layout`: another layout that comes. The other replicas hear of it when they next compare.
pub(super) async fn change(
    _: Operator,
    tier: Data<Tier>,
    wanted: input::Json<Wanted>,
) -> Result<Json<Stands>, Refusal> {
    tier.standing()?;
    let standing = learn(&tier, News::Change(wanted.into_inner())).await?;
    let standing = standing.map_or_else(|| tier.standing(), Ok)?;
    let layouts = standing.layouts();
    tracing::info!(epoch = %layouts.epoch(), by = %layouts.latest().by, "the layout changes");
    Ok(Json(shown(&standing)))
}

/// `GET /layout/objects`: how many objects lie here, by bucket.
pub(super) async fn objects(_: Operator, tier: Data<Tier>) -> Json<Held> {
    Json(tier.objects.digests().counts())
}

/// Learns what another replica knows, and says what this one does.
pub(super) async fn exchange(_: Insider, tier: Data<Tier>, known: input::Json<Known>) -> Result<Json<Known>, Refusal> {
    let standing = match known.into_inner().layouts {
        Some(theirs) => learn(&tier, News::Heard(theirs)).await?,
        None => tier.objects.standing(),
    };
    Ok(Json(tier.known(standing.as_deref())))
}

async fn learn(tier: &Tier, news: News) -> Result<Option<Arc<Standing>>, Problem> {
    let learnt = tier.objects.learn(news).await.map_err(|error| error.problem())?;
    learnt.map_err(|error| Problem::named(error.to_string()))
}
