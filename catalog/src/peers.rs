//! The other catalog replicas, as seen from one of them: who can be asked for units, and the asking.

use crate::machine::Catalog;
use crate::store;
use cluster::Member;
use journal::ActorId;
use replica::{Links, NotRead, Replica};
use serde::{Serialize, de::DeserializeOwned};
use serve::{CallError, Caller, Fleet};
use std::collections::BTreeMap;
use std::time::Duration;
use stock::TransferRequest;
use stock::command::TransferAnswer;
use wire::{ItemId, home};

/// How long a peer may take to answer.
pub(crate) const DEADLINE: Duration = Duration::from_millis(600);

/// The tier around this replica. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Peers {
    pub(crate) me: Member,
    pub(crate) replica: Replica<Catalog>,
    pub(crate) links: Links<Catalog>,
    pub(crate) fleet: Fleet,
    pub(crate) caller: Caller,
}

impl Peers {
    /// The peer that writes as `actor`, unless it is down.
    ///
    /// Who a peer is has to be heard from itself: where that has not happened yet, it is asked.
    pub(crate) async fn that_is(&self, actor: ActorId) -> Option<Member> {
        let up = self.fleet.members().iter().filter(|peer| !self.fleet.is_down(&peer.name));
        for peer in up.clone().filter(|peer| self.replica.actor_of(peer.name.as_str()).is_none()) {
            if let Err(error) = self.links.catch_up_with(peer).await {
                tracing::debug!(peer = %peer.name, %error, "a peer could not be asked who it is");
            }
        }
        up.into_iter().find(|peer| self.replica.actor_of(peer.name.as_str()) == Some(actor)).cloned()
    }

    /// What to call `actor` in front of people: the replica that writes as it, or that did and came back as another.
    ///
    /// Only the first is the name of a replica, so that nobody waits for one that will not come.
    pub(crate) async fn name_of(&self, actor: ActorId) -> String {
        let incarnations = self.replica.readers().read(store::incarnations).await.unwrap_or_default();
        let Some(name) = incarnations.get(&actor) else { return format!("actor {actor}") };
        match self.replica.actor_of(name) {
            Some(now) if now != actor => format!("the lost data of {name}"),
            _ if *name == self.me.name.as_str() => format!("the lost data of {name}"),
            _ => name.clone(),
        }
    }

    /// The replica that is asked first for `item`, of all that are in env.cfg, up or not.
    pub(crate) fn home_of(&self, item: ItemId) -> Member {
        self.home_of_key(&item.key())
    }

    /// The home of a key among all replicas that are in env.cfg, up or not.
    pub(crate) fn home_of_key(&self, key: &[u8]) -> Member {
        let mut members = self.fleet.members().to_vec();
        members.push(self.me.clone());
        home::rank(key, &mut members, |member| member.name.as_str());
        members.swap_remove(0)
    }

    /// The others that can give units now, by who they write as.
    pub(crate) fn others(&self) -> BTreeMap<ActorId, Member> {
        let ready = self.fleet.members().iter().filter(|peer| self.fleet.is_ready(&peer.name));
        ready.filter_map(|peer| Some((self.replica.actor_of(peer.name.as_str())?, peer.clone()))).collect()
    }

    /// Asks the peers for units, in one call, and reads the entries that credit them.
    ///
    /// # Errors
    /// When the peer does not answer; some of it may have been given all the same, and shows when its journal is read.
    pub(crate) async fn ask_for(
        &self,
        giver: &Member,
        requests: &[TransferRequest],
    ) -> Result<Vec<TransferAnswer>, NotRead> {
        let answers: Vec<TransferAnswer> = self.post(giver, "/internal/transfers", requests).await?;
        if answers.contains(&TransferAnswer::Given) || answers.contains(&TransferAnswer::Few) {
            self.links.catch_up_with(giver).await?;
        }
        Ok(answers)
    }

    /// Posts to a peer, and notes whether it answers.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub(crate) async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        to: &Member,
        path: &str,
        body: &B,
    ) -> Result<T, CallError> {
        let answer = self.caller.post(to, path, body, DEADLINE).await;
        if let Err(error) = &answer {
            self.fleet.failed(&to.name, error);
        }
        answer
    }
}
