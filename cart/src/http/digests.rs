//! What replicas compare: the digests of the buckets that both hold, then of one bucket's objects.

use super::{Tier, unreadable};
use crate::{digests, store};
use actix_web::web::{Data, Json, Path};
use cluster::ReplicaName;
use serde::Deserialize;
use serve::{Insider, Refusal, input};
use wire::Problem;
use wire::cart::{BucketDigests, Digest, ObjectDigests};

/// Who compares, and what it has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Compare {
    /// The replica that asks.
    with: String,
    /// The root of its digests.
    root: Digest,
}

/// The digests of the buckets that both hold; none where all of them are alike.
pub(super) async fn buckets(
    _: Insider,
    tier: Data<Tier>,
    compare: input::Query<Compare>,
) -> Result<Json<BucketDigests>, Refusal> {
    let Compare { with, root } = compare.into_inner();
    let with: ReplicaName =
        with.parse().map_err(|error: cluster::NotAReplica| Problem::invalid("with", error.to_string()))?;
    let standing = tier.standing()?;
    let shared = |bucket| standing.places().share(bucket, tier.me.name.as_str(), with.as_str());
    let mine = tier.objects.digests().of(shared);
    Ok(Json(if digests::root(&mine) == root { BucketDigests::new() } else { mine }))
}

/// The digests of one bucket's objects.
pub(super) async fn bucket(_: Insider, tier: Data<Tier>, bucket: Path<u16>) -> Result<Json<ObjectDigests>, Refusal> {
    let bucket = bucket.into_inner();
    let found = tier.objects.readers().read(move |objects| store::bucket(objects, bucket)).await;
    Ok(Json(found.map_err(|error| unreadable(&error))?))
}
