//! Compares the buckets that two replicas share, and fetches what the other has and this one has not, or not alike.
//!
//! Each replica only fetches: what the other lacks it fetches itself. So a replica that lost its disk is filled by this
//! alone.

use super::{DEADLINE, NotHealed, PORTION, Peers, merges};
use crate::{digests, store};
use cluster::Member;
use crdt::Object;
use quorum::lacking;
use std::time::Duration;
use wire::cart::{BucketDigests, ObjectDigests};

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
            Err(error) => tracing::debug!(with = %with.name, %error, "could not compare; later"),
        }
    }
}

/// One comparison of everything that both hold. How many objects were fetched.
///
/// # Errors
/// [`NotHealed`]; what was fetched before is kept.
pub(crate) async fn compare_once(peers: &Peers, with: &Member) -> Result<usize, NotHealed> {
    let tier = &peers.tier;
    let mine = tier.objects.digests().of(|bucket| tier.places.share(bucket, tier.me.as_str(), with.name.as_str()));
    let path = format!("/internal/digests?with={}&root={}", tier.me, digests::root(&mine));
    let theirs: BucketDigests = peers.caller.get(with, &path, DEADLINE).await?;
    let mut fetched = 0;
    for bucket in lacking(&mine, &theirs) {
        if tier.places.share(bucket, tier.me.as_str(), with.name.as_str()) {
            fetched += fetch_bucket(peers, with, bucket).await?;
        }
    }
    Ok(fetched)
}

async fn fetch_bucket(peers: &Peers, with: &Member, bucket: u16) -> Result<usize, NotHealed> {
    let theirs: ObjectDigests = peers.caller.get(with, &format!("/internal/digests/{bucket}"), DEADLINE).await?;
    let mine = peers.tier.objects.readers().read(move |objects| store::bucket(objects, bucket)).await?;
    let wanted = lacking(&mine, &theirs);
    for keys in wanted.chunks(PORTION) {
        let found: Vec<Option<Object>> = peers.caller.post(with, "/internal/objects/read", keys, DEADLINE).await?;
        peers.tier.objects.merge(merges(keys, found)).await?;
    }
    Ok(wanted.len())
}
