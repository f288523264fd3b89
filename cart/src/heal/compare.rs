//! Compares the buckets that two replicas share, and fetches what the other has and this one has not, or not alike.
//!
//! Each replica only fetches: what the other lacks it fetches itself. So a replica that lost its disk is filled by this
//! alone.

use super::{DEADLINE, NotHealed, PORTION, Peers, layouts, merges};
use crate::{digests, store};
use cluster::Member;
use quorum::lacking;
use std::time::Duration;
use wire::cart::{Ask, BucketDigests, Had, Merged, ObjectDigests};

/// The time from one comparison to the next.
const EVERY: Duration = Duration::from_secs(1);

/// Compares with one peer for as long as the process works.
pub(crate) async fn compare(peers: Peers, with: Member) {
    loop {
        tokio::time::sleep(EVERY).await;
        if peers.fleet.is_down(&with.name) {
            continue;
        }
        match compare_once(&peers, &with).await {
            Ok(0) => (),
            Ok(fetched) => tracing::info!(from = %with.name, fetched, "objects were not alike"),
            Err(error @ NotHealed::Refused { .. }) => tracing::warn!(with = %with.name, %error, "can't become equal"),
            Err(error) => tracing::debug!(with = %with.name, %error, "could not compare; later"),
        }
    }
}

/// One comparison of everything that both hold, under the layouts that both know then. How many objects were fetched.
///
/// # Errors
/// [`NotHealed`]; what was fetched before is kept.
async fn compare_once(peers: &Peers, with: &Member) -> Result<usize, NotHealed> {
    let Some((standing, whole)) = layouts::exchange(peers, with).await? else { return Ok(0) };
    let tier = &peers.tier;
    let shared = |bucket| standing.places().share(bucket, tier.me.name.as_str(), with.name.as_str());
    let mine = tier.objects.digests().of(shared);
    let path = format!("/internal/digests?with={}&root={}", tier.me.name, digests::root(&mine));
    let theirs: BucketDigests = peers.caller.get(with, &path, DEADLINE).await?;
    let mut fetched = 0;
    for bucket in lacking(&mine, &theirs) {
        if shared(bucket) {
            fetched += fetch_bucket(peers, with, bucket).await?;
        }
    }
    peers.compared.note(standing.epoch(), &with.name, whole);
    Ok(fetched)
}

async fn fetch_bucket(peers: &Peers, with: &Member, bucket: u16) -> Result<usize, NotHealed> {
    let theirs: ObjectDigests = peers.caller.get(with, &format!("/internal/digests/{bucket}"), DEADLINE).await?;
    let mine = peers.tier.objects.readers().read(move |objects| store::bucket(objects, bucket)).await?;
    let wanted = lacking(&mine, &theirs);
    for keys in wanted.chunks(PORTION) {
        let asks: Vec<Ask> = keys.iter().map(|key| Ask { key: key.clone(), epoch: None }).collect();
        let had: Vec<Had> = peers.caller.post(with, "/internal/objects/read", &asks, DEADLINE).await?;
        let found = had.into_iter().map(|had| match had {
            Had::Copy { object, .. } => object,
            // Nobody says that to a replica.
            Had::Behind(_) => None,
        });
        let merges = merges(keys, found.collect());
        let outcomes = peers.tier.objects.merge(merges.clone()).await?;
        for (merge, outcome) in merges.iter().zip(&outcomes) {
            if let Merged::Refused(why) = outcome {
                return Err(NotHealed::Refused { key: merge.key.clone(), why: why.clone() });
            }
        }
    }
    Ok(wanted.len())
}
