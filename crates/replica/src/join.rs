//! Reading everything before the first customer: what a replica does that joins a shop.
//!
//! It could do the same while it starts; done before, the others are restarted for one that is ready at once. It serves
//! nobody meanwhile and asks for no units, so it can be stopped and run again.

use crate::{Links, NotRead, OpenError, Replica, Setup, Stored};
use cluster::Member;
use journal::Heads;
use serve::{Caller, Fleet, Readiness};
use std::time::Duration;

/// Between two words on how far it is.
const LOOK: Duration = Duration::from_secs(2);

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Entries held now.
    pub(crate) entries: u64,
    /// The peers that everything was read from.
    pub(crate) read: Vec<String>,
}

/// Why not everything could be read. What was read stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotJoined {
    /// The data can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nobody is there to be read from.
    #[error("no peer could be read: {0}")]
    Nobody(String),
}

impl From<NotJoined> for serve::command_line::Fatal {
    fn from(error: NotJoined) -> Self {
        match error {
            NotJoined::Open(error) => error.into(),
            error @ NotJoined::Nobody(_) => Self::Failed(error.to_string()),
        }
    }
}

/// Reads what the peers have; `progress` is told now and then how many entries are held.
///
/// # Errors
/// See [`NotJoined`].
pub(crate) async fn join<M: Stored>(
    setup: Setup,
    machine: M,
    caller: Caller,
    progress: impl Fn(u64),
) -> Result<Joined, NotJoined> {
    let (peers, pushes) = (setup.peers.clone(), setup.data.pushes);
    let readiness = Readiness::new(&setup.member.name);
    let (replica, writer) = Replica::start(setup, machine, caller.clone(), readiness)?;
    let links = Links::start(replica.clone(), caller.clone(), Fleet::watch(caller, peers.clone()), pushes);
    let held = || entries(&replica.published().held.heads);
    let reading = read_all(&links, &peers);
    tokio::pin!(reading);
    let read = loop {
        tokio::select! {
            read = &mut reading => break read,
            () = tokio::time::sleep(LOOK) => progress(held()),
        }
    };
    let joined = Joined { entries: held(), read: read.iter().flatten().cloned().collect() };
    replica.stop().await;
    writer.finished().await;
    if joined.read.is_empty() {
        let why: Vec<String> = read.into_iter().filter_map(|read| read.err().map(|error| error.to_string())).collect();
        return Err(NotJoined::Nobody(why.join("; ")));
    }
    Ok(joined)
}

async fn read_all<M: Stored>(links: &Links<M>, peers: &[Member]) -> Vec<Result<String, NotRead>> {
    let mut read = Vec::with_capacity(peers.len());
    for peer in peers {
        read.push(links.catch_up_with(peer).await.map(|()| peer.name.to_string()));
    }
    read
}

fn entries(heads: &Heads) -> u64 {
    heads.values().map(|head| head.seq).sum()
}
