//! How a replica hears of layouts: from whoever knows one, and where nobody does, the first one is made.
//!
//! What is exchanged only grows, and each comparison begins with it. Nothing here decides what a layout means.

use super::{DEADLINE, NotHealed, Peers};
use crate::standing::{News, Standing};
use cluster::{Member, ReplicaName};
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wire::cart::{Epoch, Known, Layout, Layouts};

/// Between two looks whether anything is lacking still, or anybody knows of a layout.
const EVERY: Duration = Duration::from_millis(200);

/// Whom this replica has compared with to the end, and under which layouts; of each, whether it lacked nothing of what was
/// there before the change that is under way. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compared(Arc<Mutex<(Epoch, BTreeMap<String, bool>)>>);

impl Compared {
    /// A comparison with `peer`, which was whole or not, under the layouts of this epoch is over.
    pub(super) fn note(&self, epoch: Epoch, peer: &ReplicaName, whole: bool) {
        let mut compared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if compared.0 != epoch {
            *compared = (epoch, BTreeMap::new());
        }
        *compared.1.entry(peer.to_string()).or_default() |= whole;
    }

    fn under(&self, epoch: Epoch) -> BTreeMap<String, bool> {
        let compared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if compared.0 == epoch { compared.1.clone() } else { BTreeMap::new() }
    }
}

/// Asks another replica what it knows, and tells it what this one does.
async fn ask(peers: &Peers, with: &Member) -> Result<Known, NotHealed> {
    let known = peers.tier.known(peers.tier.objects.standing().as_deref());
    Ok(peers.caller.post(with, "/internal/layouts", &known, DEADLINE).await?)
}

/// Both replicas know the same layouts afterwards; `None` while neither knows any. Also whether the other one lacked nothing
/// of what was there before the change that is under way.
pub(super) async fn exchange(peers: &Peers, with: &Member) -> Result<Option<(Arc<Standing>, bool)>, NotHealed> {
    let Known { layouts, whole, .. } = ask(peers, with).await?;
    let standing = match layouts {
        Some(theirs) => peers.tier.objects.learn(News::Heard(theirs)).await??,
        None => peers.tier.objects.standing(),
    };
    Ok(standing.map(|standing| {
        let whole = whole >= standing.layouts().now().version;
        (standing, whole)
    }))
}

/// Waits until this replica knows of a layout. Where more than half of `members`, which are all of the tier, know of none,
/// the shop is new and they are its first one; they all make the same.
pub(crate) async fn find(peers: &Peers, members: &[Member]) {
    let first = Layout::first(members.iter().map(|member| (member.name.to_string(), member.ip.to_string())));
    while peers.tier.objects.standing().is_none() {
        let others = members.iter().filter(|member| member.name != peers.tier.me.name);
        let answers = join_all(others.map(|other| ask(peers, other))).await;
        let (mut births, mut heard) = (BTreeSet::from([peers.tier.me.birth.clone()]), Vec::new());
        for Known { layouts, birth, .. } in answers.into_iter().flatten() {
            match layouts {
                Some(layouts) => heard.push(layouts),
                None => drop(births.insert(birth)),
            }
        }
        if heard.is_empty() && births.len() > members.len() / 2 {
            tracing::info!(members = members.len(), "the first layout: everyone in env.cfg");
            heard.push(Layouts::first(first.clone(), births));
        }
        for layouts in heard {
            match peers.tier.objects.learn(News::Heard(layouts)).await {
                Ok(Ok(_)) => (),
                Ok(Err(error)) => tracing::error!(%error, "a layout that can't be taken"),
                Err(error) => tracing::warn!(%error, "a layout could not be written; again"),
            }
        }
        if peers.tier.objects.standing().is_none() {
            tokio::time::sleep(EVERY).await;
        }
    }
}

/// Notes that nothing is lacking as soon as that is so, for as long as the process works.
pub(crate) async fn keep_up(peers: Peers) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(standing) = peers.tier.objects.standing().filter(|standing| !standing.is_whole()) else { continue };
        let epoch = standing.epoch();
        let heard = peers.compared.under(epoch);
        if standing.lacks_nothing(peers.tier.me.name.as_str(), &heard) {
            match peers.tier.objects.learn(News::Whole(epoch)).await {
                Ok(_) => tracing::info!(%epoch, "nothing is lacking here"),
                Err(error) => tracing::warn!(%error, "could not note that nothing is lacking; again"),
            }
        }
    }
}
