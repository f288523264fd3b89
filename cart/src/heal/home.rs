//! Brings home what lies here and belongs elsewhere: kept for replicas that were away, or left by a change of layout.
//!
//! An object is forgotten here only when every replica that should have it has said that it is on its disk.

use super::{DEADLINE, NotHealed, PORTION, Peers};
use crate::standing::Standing;
use crate::store;
use futures::future::try_join_all;
use std::time::Duration;
use wire::cart::{Digest, Forget, Key, Merged};

/// The time from one look to the next.
const EVERY: Duration = Duration::from_secs(1);

/// Works for as long as the process does.
pub(crate) async fn bring_home(peers: Peers) {
    loop {
        tokio::time::sleep(EVERY).await;
        let tier = &peers.tier;
        let Some(standing) = tier.objects.standing() else { continue };
        let here = tier.objects.digests().counts().into_keys();
        for bucket in here.filter(|bucket| !standing.places().holds(*bucket, tier.me.name.as_str())) {
            if let Err(error) = bring(&peers, &standing, bucket).await {
                tracing::debug!(bucket, %error, "objects could not be brought home; later");
            }
        }
    }
}

async fn bring(peers: &Peers, standing: &Standing, bucket: u16) -> Result<(), NotHealed> {
    let tier = &peers.tier;
    let holders = standing.places().holders(bucket).into_iter().map(|holder| peers.member(holder));
    // A holder that is not in env.cfg can't say that it has it, nor can one that is down.
    let Some(holders) = holders.collect::<Option<Vec<_>>>() else { return Ok(()) };
    if holders.iter().any(|holder| peers.fleet.is_down(&holder.name)) {
        return Ok(());
    }
    let states = tier.objects.readers().read(move |objects| store::bucket(objects, bucket)).await?;
    let keys: Vec<Key> = states.into_keys().collect();
    for keys in keys.chunks(PORTION) {
        let merges = peers.states(keys.to_vec()).await?;
        let sent = holders
            .iter()
            .map(|to| peers.caller.post::<_, Vec<Merged>>(to, "/internal/objects/merge", &merges, DEADLINE));
        let answers = try_join_all(sent).await?;
        let everywhere = |at: usize| answers.iter().all(|merged| merged.get(at) == Some(&Merged::Stored));
        // What was sent, not what is here by now: an object that changed meanwhile stays until the next round.
        let home = merges.iter().enumerate().filter(|(at, _)| everywhere(*at));
        let home = home.map(|(_, merge)| Forget { key: merge.key.clone(), digest: Digest(merge.object.digest()) });
        let home: Vec<_> = home.collect();
        tracing::info!(bucket, objects = home.len(), "brought objects home");
        tier.objects.forget(home, Some(standing.epoch())).await?;
    }
    Ok(())
}
