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
use replica::Replica;
use serve::Caller;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
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
    // What was asked for in vain, and when it is asked for again: news must not make that sooner.
    let (mut in_vain, mut rest, mut due) = (BTreeSet::new(), REST.0, Instant::now());
    loop {
        news.borrow_and_update();
        let again = Instant::now() >= due;
        if again {
            in_vain.clear();
        }
        match mend_once(&peers.replica, &peers.caller, &ready(&peers), &in_vain).await {
            Ok(Mended { found, left }) => {
                in_vain.extend(left);
                if again {
                    rest = if found > 0 || in_vain.is_empty() { REST.0 } else { (rest * 2).min(REST.1) };
                    due = Instant::now() + rest;
                }
            }
            Err(why) => {
                tracing::warn!(why, "covers can't be looked after for now");
                tokio::time::sleep(REST.1).await;
            }
        }
        tokio::select! {
            changed = news.changed() => match changed {
                Ok(()) => tokio::time::sleep(PACE).await,
                Err(_) => return,
            },
            () = tokio::time::sleep_until(due.into()), if !in_vain.is_empty() => (),
        }
    }
}

fn ready(peers: &Peers) -> Vec<Member> {
    peers.fleet.members().iter().filter(|peer| !peers.fleet.is_down(&peer.name)).cloned().collect()
}

/// What became of the covers that were missing.
pub(crate) struct Mended {
    /// How many are here now.
    pub(crate) found: u64,
    /// Those that nobody who answered has.
    pub(crate) left: BTreeSet<Hash>,
}

/// Goes once through everything that is missing, but for what is in `unasked`.
///
/// # Errors
/// Why this replica can't read, or takes nothing on any more.
pub(crate) async fn mend_once(
    replica: &Replica<Catalog>,
    caller: &Caller,
    peers: &[Member],
    unasked: &BTreeSet<Hash>,
) -> Result<Mended, String> {
    let (mut mended, mut after) = (Mended { found: 0, left: BTreeSet::new() }, None);
    loop {
        let missing = replica.readers().read(move |data| store::missing_covers(data, after, PART)).await;
        let missing = missing.map_err(|error| error.to_string())?;
        let Some(last) = missing.last() else { break };
        after = Some(*last);
        for hash in missing.into_iter().filter(|hash| !unasked.contains(hash)) {
            if let Some(image) = ask(hash, caller, peers).await {
                drop(replica.ask(Command::Keep(image)).await.map_err(|error| error.to_string())?);
                mended.found += 1;
            } else {
                mended.left.insert(hash);
            }
        }
    }
    if mended.found > 0 || !mended.left.is_empty() {
        tracing::info!(found = mended.found, left = mended.left.len(), "covers that were missing here were asked for");
    }
    Ok(mended)
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
