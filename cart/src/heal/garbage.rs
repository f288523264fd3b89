//! Forgets carts that have shown nothing for long: what is left of them is only what was removed.
//!
//! That knowledge is what keeps a removed item from coming back with an old state, so it goes only when no old state can be
//! anywhere: every holder has just said that it has the same state, and every other replica of the tier that it has the same
//! or none. A replica that does not answer keeps everything as it is. One replica does it for each bucket, the first of its holders.
//!
//! A state that somebody read is written again within a minute or not at all (`frontend/src/objects.rs`): much less than
//! what `serve --forget-after` allows.

use super::{DEADLINE, NotHealed, PORTION, Peers};
use crate::standing::Standing;
use crate::store;
use futures::future::try_join_all;
use serve::clock;
use std::time::Duration;
use wire::cart::{Ask, Digest, Forget, Had, Key, Places};

/// The longest time from one look to the next.
const EVERY: Duration = Duration::from_secs(30);

/// Works for as long as the process does; `after` is how long a cart has to have been empty.
pub(crate) async fn forget_empty(peers: Peers, after: Duration) {
    loop {
        tokio::time::sleep(after.min(EVERY)).await;
        let standing = peers.tier.objects.standing();
        // While the layout changes there is enough to do.
        let Some(standing) = standing.filter(|standing| standing.layouts().next().is_none() && standing.is_whole())
        else {
            continue;
        };
        match forget_once(&peers, &standing, after).await {
            Ok(0) => (),
            Ok(carts) => tracing::info!(carts, "forgot carts that were empty for long"),
            Err(error) => tracing::debug!(%error, "nothing is forgotten as long as not everybody agrees"),
        }
    }
}

async fn forget_once(peers: &Peers, standing: &Standing, after: Duration) -> Result<usize, NotHealed> {
    let before_ms = clock::now_ms().saturating_sub(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    let look = move |objects: &_| store::empty_since(objects, before_ms);
    let empty = peers.tier.objects.readers().read(look).await?;
    let is_mine = |key: &Key| {
        let first = standing.places().sets(Places::bucket_of(key)).next().and_then(<[String]>::first);
        first.is_some_and(|first| first == peers.tier.me.name.as_str())
    };
    let mine: Vec<Forget> = empty.into_iter().filter(|forget| is_mine(&forget.key)).collect();
    let mut forgotten = 0;
    for candidates in mine.chunks(PORTION) {
        let agreed = agreed(peers, standing, candidates).await?;
        forgotten += agreed.len();
        let others = peers.fleet.members().iter();
        let told = others.map(|to| peers.caller.post::<_, ()>(to, "/internal/objects/forget", &agreed, DEADLINE));
        try_join_all(told).await?;
        peers.tier.objects.forget(agreed, None).await?;
    }
    Ok(forgotten)
}

/// Those of which everybody has this state, or does not hold them and has none.
async fn agreed(peers: &Peers, standing: &Standing, candidates: &[Forget]) -> Result<Vec<Forget>, NotHealed> {
    let asks: Vec<Ask> = candidates.iter().map(|forget| Ask { key: forget.key.clone(), epoch: None }).collect();
    let others = peers.fleet.members();
    let asked =
        others.iter().map(|other| peers.caller.post::<_, Vec<Had>>(other, "/internal/objects/read", &asks, DEADLINE));
    let answers = try_join_all(asked).await?;
    let agrees = |at: usize, forget: &Forget| {
        others.iter().zip(&answers).all(|(other, had)| match had.get(at) {
            Some(Had::Copy { object: Some(object), .. }) => Digest(object.digest()) == forget.digest,
            Some(Had::Copy { object: None, .. }) => {
                !standing.places().holds(Places::bucket_of(&forget.key), other.name.as_str())
            }
            Some(Had::Behind(_)) | None => false,
        })
    };
    let same = candidates.iter().enumerate().filter(|(at, forget)| agrees(*at, forget));
    Ok(same.map(|(_, forget)| forget.clone()).collect())
}
