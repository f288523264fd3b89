//! How a replica comes by the covers that it has read of and whose bytes it lacks: it asks the others, one after the other.
//!
//! A cover is believed by its hash, whoever brings it. What nobody who answers has is asked for again, ever more seldom:
//! whoever has it may be away.

use super::examined;
use crate::machine::Catalog;
use crate::peers::Peers;
use crate::store;
use cluster::Member;
use journal::Hash;
use replica::{Replica, WriteError};
use serve::Caller;
use std::time::Duration;
use stock::command::{Command, Image};

/// Covers that are looked up at once.
const PART: u32 = 64;
/// How long a peer may take for one.
const DEADLINE: Duration = Duration::from_secs(5);
/// After news, before what is missing is looked up: news come in crowds.
const PACE: Duration = Duration::from_millis(50);
/// The first and the longest rest while something is missing that nobody has.
const REST: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(1));

/// Keeps at it for as long as the replica runs.
pub(crate) async fn mend(peers: Peers) {
    let mut news = peers.replica.follow();
    let mut rest = REST.0;
    loop {
        news.borrow_and_update();
        let (found, left) = mend_once(&peers.replica, &peers.caller, &ready(&peers)).await.unwrap_or((0, 1));
        if left == 0 {
            rest = REST.0;
            if news.changed().await.is_err() {
                return;
            }
            tokio::time::sleep(PACE).await;
        } else {
            rest = if found > 0 { REST.0 } else { (rest * 2).min(REST.1) };
            tokio::select! {
                () = tokio::time::sleep(rest) => (),
                changed = news.changed() => match changed {
                    Ok(()) => tokio::time::sleep(REST.0).await,
                    Err(_) => return,
                },
            }
        }
    }
}

fn ready(peers: &Peers) -> Vec<Member> {
    peers.fleet.members().iter().filter(|peer| !peers.fleet.is_down(&peer.name)).cloned().collect()
}

/// Goes once through everything that is missing, and says how many covers were found and how many are left.
///
/// # Errors
/// When this replica can't read, or takes nothing on any more.
pub(crate) async fn mend_once(
    replica: &Replica<Catalog>,
    caller: &Caller,
    peers: &[Member],
) -> Result<(u64, u64), WriteError> {
    let (mut found, mut left, mut after) = (0, 0, None);
    loop {
        let missing = replica.readers().read(move |data| store::missing_covers(data, after, PART)).await;
        let missing = missing.map_err(|error| WriteError::of_disk(&error))?;
        let Some(last) = missing.last() else { break };
        after = Some(*last);
        for hash in missing {
            match ask(hash, caller, peers).await {
                Some(image) => {
                    drop(replica.ask(Command::Keep(image)).await?);
                    found += 1;
                }
                None => left += 1,
            }
        }
    }
    if found + left > 0 {
        tracing::info!(found, left, "covers that were missing here were asked for");
    }
    Ok((found, left))
}

async fn ask(hash: Hash, caller: &Caller, peers: &[Member]) -> Option<Image> {
    for peer in peers {
        match caller.get_bytes(peer, &format!("/internal/covers/{hash}"), DEADLINE).await {
            Ok(bytes) => {
                if let Some(image) = examined(bytes).ok().filter(|image| image.cover.hash == hash) {
                    return Some(image);
                }
                tracing::warn!(%hash, peer = %peer.name, "a peer has other bytes for this cover");
            }
            Err(error) => tracing::debug!(%hash, peer = %peer.name, %error, "a peer does not bring a cover"),
        }
    }
    None
}
