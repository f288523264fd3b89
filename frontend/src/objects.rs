//! The gateway to the cart tier: reads and writes objects on the replicas that hold them.
//!
//! The waiting around `quorum`'s decisions. There is no other coordinator: a gateway knows the places, asks the replicas
//! itself, and writes under dots of its own. What an object means is `lists.rs`' business.

mod actor;
mod listing;
mod replicas;

use actor::Actors;
use cluster::ReplicaName;
use crdt::{Actor, Object};
use futures::stream::{FuturesUnordered, StreamExt as _};
use quorum::{Copies, Found, Join, NotStored, Read, ReadStep, Write, WriteStep, Written};
use serve::{Flights, clock};
use std::sync::Arc;
use tokio::sync::oneshot;
use wire::Problem;
use wire::cart::{Key, Merge};

pub use listing::{Listing, Page};
pub use replicas::Replicas;

/// Why an object can't be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCopies {
    /// The shop has no cart replicas.
    #[error("this shop has no carts")]
    None,
    /// No replica answers: nothing has happened.
    #[error("no cart replica answers")]
    Unreachable,
    /// Replicas were asked to write and did not say that they have: it may have happened.
    #[error("no cart replica said that it has stored it")]
    Uncertain,
}

impl From<NoCopies> for Problem {
    fn from(why: NoCopies) -> Self {
        match why {
            NoCopies::None => Self::definite(404, "no-carts", "This shop has no carts and no lists."),
            NoCopies::Unreachable => Self::definite(
                503,
                "no-cart-replica",
                "Carts and lists don't answer at the moment: nothing was changed. Try again in a moment.",
            ),
            NoCopies::Uncertain => Self::uncertain(
                503,
                "no-answer",
                "No answer came in time, so the change may have been made. Look before you try again.",
            ),
        }
    }
}

/// An object that was read.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As those who answered know it; `None` where none of them has one.
    pub object: Option<Object>,
    /// Whether enough answered to have seen every write that met its quorum.
    pub quorum: bool,
}

/// An object that was changed.
#[derive(Clone, Debug)]
pub struct Changed {
    /// As it is now, as far as this gateway knows.
    pub object: Object,
    /// On how many replicas it is, so far.
    pub acks: usize,
    /// Whether they are enough for every read that meets its quorum to see it.
    pub quorum: bool,
}

/// Who writes, and when: what an edit needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// Under whose dots.
    pub actor: Actor,
    /// The stamp of fields, in Unix milliseconds; an edit that must be later than another one takes a later stamp.
    pub stamp: u64,
}

/// What copies hold.
#[derive(Clone, Debug, PartialEq)]
struct Copy(Object);

impl Join for Copy {
    fn join(&mut self, other: &Self) {
        if let Err(error) = self.0.merge(&other.0) {
            // Kinds of keys have one type each, and replicas refuse another one.
            tracing::error!(%error, "two replicas have objects of different types under one key");
        }
    }
}

/// The objects of the shop, as one gateway reaches them. Clones share everything.
#[derive(Clone)]
pub struct Objects {
    replicas: Arc<Replicas>,
    /// Edits of one key wait for each other: each takes a fresh dot of this gateway.
    turns: Flights<Key>,
    actors: Arc<Actors>,
}

impl Objects {
    /// The gateway to these replicas.
    pub fn new(replicas: Replicas) -> Self {
        Self { replicas: Arc::new(replicas), turns: Flights::default(), actors: Arc::default() }
    }

    /// The object of this key, `None` where nobody who answers has one. Replicas that differ are repaired.
    ///
    /// # Errors
    /// [`NoCopies`], where nobody answers.
    pub async fn read(&self, key: &Key) -> Result<Option<Object>, NoCopies> {
        Ok(self.see(key).await?.object)
    }

    /// The same, and whether a quorum answered: for what must not be decided from an old copy.
    ///
    /// # Errors
    /// [`NoCopies`], where nobody answers.
    pub async fn see(&self, key: &Key) -> Result<Seen, NoCopies> {
        let Found { value, quorum, .. } = self.found(key).await?;
        Ok(Seen { object: value.map(|Copy(object)| object), quorum })
    }

    /// Changes the object of this key; `empty` is what it begins as.
    ///
    /// # Errors
    /// What `edit` says, or [`NoCopies`].
    pub async fn change<E: From<NoCopies>>(
        &self,
        key: &Key,
        empty: impl FnOnce() -> Object,
        edit: impl FnOnce(&mut Object, Author) -> Result<(), E>,
    ) -> Result<Changed, E> {
        let change = async {
            let found = self.found(key).await?;
            let mut object = found.value.map_or_else(empty, |Copy(object)| object);
            let author = Author { actor: self.actors.who_writes(key, &object), stamp: clock::now_ms() };
            edit(&mut object, author)?;
            self.actors.wrote(key, author.actor, &object);
            let written = self.write(key, &object).await;
            match written {
                Ok(Written { acks, quorum }) => Ok(Changed { object, acks, quorum }),
                Err(NotStored { definite: true }) => Err(NoCopies::Unreachable.into()),
                Err(NotStored { definite: false }) => Err(NoCopies::Uncertain.into()),
            }
        };
        self.turns.once(key.clone(), change).await
    }

    async fn found(&self, key: &Key) -> Result<Found<Copy>, NoCopies> {
        if self.replicas.is_empty() {
            return Err(NoCopies::None);
        }
        let (tell, told) = oneshot::channel();
        // A task of its own: it goes on to repair after the reader has been told.
        tokio::spawn(read_to_the_end(Arc::clone(&self.replicas), key.clone(), tell));
        match told.await {
            Ok(found) if found.answers > 0 => Ok(found),
            _ => Err(NoCopies::Unreachable),
        }
    }

    async fn write(&self, key: &Key, object: &Object) -> Result<Written, NotStored> {
        let (tell, told) = oneshot::channel();
        let merge = Merge::of(key.clone(), object.clone());
        // A task of its own: the slower replicas get their copy too, and those that fail a hint.
        tokio::spawn(write_to_the_end(Arc::clone(&self.replicas), merge, tell));
        told.await.unwrap_or(Err(NotStored { definite: false }))
    }
}

async fn read_to_the_end(replicas: Arc<Replicas>, key: Key, tell: oneshot::Sender<Found<Copy>>) {
    let mut tell = Some(tell);
    let holders = replicas.holders(&key);
    let spared = replicas.spared(&holders);
    let (mut read, mut steps) = Read::begin(Copies::of(holders), replicas.after(&key));
    let ask = |replica: ReplicaName| {
        let (replicas, key) = (&replicas, &key);
        async move { (replicas.read(&replica, key).await, replica) }
    };
    let (mut asked, mut held) = (FuturesUnordered::new(), Vec::new());
    loop {
        for step in steps {
            match step {
                ReadStep::Ask(replica) if spared.has(&replica) => held.push(replica),
                ReadStep::Ask(replica) => asked.push(ask(replica)),
                ReadStep::Tell(found) => {
                    // A reader who has gone away misses nothing.
                    let _ = tell.take().map(|tell| tell.send(found));
                }
                ReadStep::Repair(replica, Copy(object)) => {
                    if let Err(error) = replicas.merge(&replica, Merge::of(key.clone(), object)).await {
                        tracing::debug!(%replica, %error, "a copy could not be repaired; comparing will");
                    }
                }
            }
        }
        steps = match (asked.next().await, &tell) {
            (Some((Ok(copy), replica)), _) => read.answered(&replica, copy.map(Copy)),
            (Some((Err(error), replica)), _) => {
                tracing::debug!(%replica, %error, "a cart replica did not answer");
                // What was known of those who were spared may be old, and now each of them counts.
                asked.extend(held.drain(..).map(ask));
                read.failed(&replica)
            }
            // The others were not enough.
            (None, Some(_)) if !held.is_empty() => {
                asked.extend(held.drain(..).map(ask));
                Vec::new()
            }
            (None, _) => match held.pop() {
                Some(replica) => read.failed(&replica),
                None => return,
            },
        };
    }
}

async fn write_to_the_end(replicas: Arc<Replicas>, merge: Merge, tell: oneshot::Sender<Result<Written, NotStored>>) {
    let mut tell = Some(tell);
    let holders = replicas.holders(&merge.key);
    let spared = replicas.spared(&holders);
    let (mut write, mut steps) = Write::begin(Copies::of(holders), replicas.after(&merge.key));
    let send = |(to, keeps_for): (ReplicaName, Option<ReplicaName>)| {
        let owed = keeps_for.iter().map(ToString::to_string).collect();
        let (replicas, merge) = (&replicas, Merge { owed, ..merge.clone() });
        async move { (replicas.merge(&to, merge).await, to) }
    };
    let (mut under_way, mut held) = (FuturesUnordered::new(), Vec::new());
    let mut hints = Vec::new();
    loop {
        for step in steps {
            match step {
                WriteStep::Send { to, keeps_for } if spared.has(&to) => held.push((to, keeps_for)),
                WriteStep::Send { to, keeps_for } => under_way.push(send((to, keeps_for))),
                WriteStep::Hint { at, missing } => hints.push((at, missing)),
                WriteStep::Tell(written) => {
                    let _ = tell.take().map(|tell| tell.send(written));
                }
            }
        }
        steps = match (under_way.next().await, &tell) {
            (Some((Ok(()), replica)), _) => write.stored(&replica),
            (Some((Err(error), replica)), _) => {
                tracing::debug!(%replica, %error, "a cart replica did not store it");
                under_way.extend(held.drain(..).map(send));
                write.failed(&replica, error.definite())
            }
            (None, Some(_)) if !held.is_empty() => {
                under_way.extend(held.drain(..).map(send));
                Vec::new()
            }
            (None, _) => match held.pop() {
                // Nothing was sent to it.
                Some((replica, _)) => write.failed(&replica, true),
                None => break,
            },
        };
    }
    for (at, missing) in hints {
        let hint = Merge { owed: vec![missing.to_string()], ..merge.clone() };
        if let Err(error) = replicas.merge(&at, hint).await {
            tracing::debug!(%at, %error, "a hint could not be left; comparing will find it");
        }
    }
}
