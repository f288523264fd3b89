//! Sends what is owed to replicas that were away when it was written.

use super::{DEADLINE, NotHealed, PORTION, Peers};
use cluster::ReplicaName;
use quorum::Due;
use std::time::Duration;
use tokio::task::JoinSet;
use wire::cart::{Key, Merged};

/// How often it is looked whom to send to.
const EVERY: Duration = Duration::from_millis(100);

/// Works for as long as the process does. Each replica is sent to by itself: one that is slow keeps no other waiting.
pub(crate) async fn deliver(peers: Peers) {
    let mut sending = JoinSet::new();
    loop {
        tokio::time::sleep(EVERY).await;
        while sending.try_join_next().is_some() {}
        let ready = |name: &String| name.parse::<ReplicaName>().is_ok_and(|name| peers.fleet.is_ready(&name));
        let due = {
            let mut owed = peers.tier.objects.owed();
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            metrics::gauge!("cart_hints").set(owed.len() as f64);
            owed.due(ready, PORTION)
        };
        for due in due {
            let peers = peers.clone();
            sending.spawn(async move {
                match send(&peers, &due).await {
                    Ok(()) => peers.tier.objects.owed().delivered(&due),
                    Err(error) => {
                        tracing::debug!(to = due.to, %error, "what is owed could not be sent; later");
                        peers.tier.objects.owed().failed(&due.to);
                    }
                }
            });
        }
    }
}

/// Sends the present states of these keys.
async fn send(peers: &Peers, due: &Due<String, Key>) -> Result<(), NotHealed> {
    let Some(to) = peers.member(&due.to) else { return Ok(()) };
    let merges = peers.states(due.keys.iter().map(|(key, _)| key.clone()).collect()).await?;
    let answers: Vec<Merged> = peers.caller.post(to, "/internal/objects/merge", &merges, DEADLINE).await?;
    for (merge, answer) in merges.iter().zip(&answers) {
        if let Merged::Refused(why) = answer {
            tracing::warn!(to = due.to, key = %merge.key, why, "an object is refused that is held here");
        }
    }
    Ok(())
}
