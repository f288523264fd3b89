//! The gateway to the cart tier: reads and writes objects on the replicas that hold them.
//!
//! The waiting around `quorum`'s decisions. There is no other coordinator: a gateway knows the places, asks the replicas
//! itself, and writes under dots of its own. What an object means is `lists.rs`' and `cart.rs`' business.

mod actor;
mod layout;
mod listing;
mod replicas;

use actor::Actors;
use cluster::ReplicaName;
use crdt::{Actor, CounterMap, Object};
use futures::stream::{FuturesUnordered, StreamExt as _};
use quorum::{Found, Join, NotStored, Read, ReadStep, Write, WriteStep, Written};
use replicas::NoAnswer;
use serve::{Fleet, Flights, clock};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wire::Problem;
use wire::cart::{Key, Merge};

pub use listing::{Listing, Page};
pub use replicas::Replicas;

/// How old what was read may be when it is written again. A process that was held up for longer might bring back what
/// everybody has forgotten meanwhile.
const FRESH: Duration = Duration::from_mins(1);

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

/// A map of counters in which nothing is, as carts and lists begin.
pub(crate) fn empty_map() -> Object {
    Object::Counters(CounterMap::new())
}

/// What carts, lists and accounts are; replicas refuse another type under their keys.
///
/// # Errors
/// [`NoCopies`] where a replica has another one all the same.
pub(crate) fn counters(object: &mut Object) -> Result<&mut CounterMap, NoCopies> {
    match object {
        Object::Counters(map) => Ok(map),
        Object::Elements(_) => Err(NoCopies::Unreachable),
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

    /// Whether the shop does without a cart tier.
    pub fn is_none(&self) -> bool {
        self.replicas.is_empty()
    }

    /// The cart replicas, as they are seen; empty where the shop has none.
    pub fn fleet(&self) -> &Fleet {
        self.replicas.fleet()
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

    /// The object as a quorum knows it: every write that met its quorum is in it.
    ///
    /// # Errors
    /// [`NoCopies`], also where too few answer.
    pub async fn certain(&self, key: &Key) -> Result<Option<Object>, NoCopies> {
        let seen = self.see(key).await?;
        if seen.quorum { Ok(seen.object) } else { Err(NoCopies::Unreachable) }
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
            let began = Instant::now();
            let found = self.found(key).await?;
            let mut object = found.value.map_or_else(empty, |Copy(object)| object);
            let author = Author { actor: self.actors.who_writes(key, &object), stamp: clock::now_ms() };
            edit(&mut object, author)?;
            if began.elapsed() > FRESH {
                return Err(NoCopies::Unreachable.into());
            }
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

/// As often is it asked again, each time under later layouts: a change of layout is three steps.
const TRIES: usize = 4;

/// The layouts by which it was asked are not the latest; the latest are known now.
struct Behind;

async fn read_to_the_end(replicas: Arc<Replicas>, key: Key, tell: oneshot::Sender<Found<Copy>>) {
    let mut tell = Some(tell);
    for _ in 0..TRIES {
        if read_once(&replicas, &key, &mut tell).await.is_ok() {
            return;
        }
    }
}

async fn read_once(
    replicas: &Replicas,
    key: &Key,
    tell: &mut Option<oneshot::Sender<Found<Copy>>>,
) -> Result<(), Behind> {
    let place = &replicas.place(key);
    let (mut read, mut steps) = Read::begin(place.copies.clone(), place.after.clone());
    let ask = |replica: ReplicaName| async move { (replicas.read(&replica, key, place).await, replica) };
    let (mut asked, mut held, mut spared) = (FuturesUnordered::new(), Vec::new(), place.spared.clone());
    loop {
        for step in steps {
            match step {
                ReadStep::Ask(replica) if spared.contains(&replica) => held.push(replica),
                ReadStep::Ask(replica) => asked.push(ask(replica)),
                ReadStep::Tell(found) => {
                    // A reader who has gone away misses nothing.
                    let _ = tell.take().map(|tell| tell.send(found));
                }
                // Comparing will, once it is back.
                ReadStep::Repair(replica, _) if spared.contains(&replica) => (),
                ReadStep::Repair(replica, Copy(object)) => {
                    let repair = Merge::of(key.clone(), object);
                    if let Err(error) = replicas.merge(&replica, repair, place).await {
                        tracing::debug!(%replica, %error, "a copy could not be repaired; comparing will");
                    }
                }
            }
        }
        steps = match asked.next().await {
            Some((Ok((copy, true)), replica)) => read.answered(&replica, copy.map(Copy)),
            Some((Ok((copy, false)), replica)) => read.answered_in_part(&replica, copy.map(Copy)),
            // Who has been told already needs no other answer.
            Some((Err(NoAnswer::Behind), _)) if tell.is_some() => return Err(Behind),
            Some((Err(error), replica)) => {
                tracing::debug!(%replica, %error, "a cart replica did not answer");
                // What was known of those who were spared may be old, and now each of them counts.
                spared.clear();
                asked.extend(held.drain(..).map(ask));
                read.failed(&replica)
            }
            // The others were not enough.
            None if tell.is_some() && !held.is_empty() => {
                spared.clear();
                asked.extend(held.drain(..).map(ask));
                Vec::new()
            }
            None => match held.pop() {
                Some(replica) => read.failed(&replica),
                None => return Ok(()),
            },
        };
    }
}

async fn write_to_the_end(replicas: Arc<Replicas>, merge: Merge, tell: oneshot::Sender<Result<Written, NotStored>>) {
    let mut tell = Some(tell);
    for _ in 0..TRIES {
        // Whatever was stored meanwhile is stored once, however often it is sent.
        if write_once(&replicas, &merge, &mut tell).await.is_ok() {
            return;
        }
    }
}

async fn write_once(
    replicas: &Replicas,
    merge: &Merge,
    tell: &mut Option<oneshot::Sender<Result<Written, NotStored>>>,
) -> Result<(), Behind> {
    let place = &replicas.place(&merge.key);
    let (mut write, mut steps) = Write::begin(place.copies.clone(), place.after.clone());
    let send = |(to, keeps_for): (ReplicaName, Option<ReplicaName>)| {
        let owed = keeps_for.iter().map(ToString::to_string).collect();
        let merge = Merge { owed, ..merge.clone() };
        async move { (replicas.merge(&to, merge, place).await, to) }
    };
    let (mut under_way, mut held, mut hints) = (FuturesUnordered::new(), Vec::new(), Vec::new());
    loop {
        for step in steps {
            match step {
                WriteStep::Send { to, keeps_for } if place.spared.contains(&to) => held.push((to, keeps_for)),
                WriteStep::Send { to, keeps_for } => under_way.push(send((to, keeps_for))),
                WriteStep::Hint { at, missing } => hints.push((at, missing)),
                WriteStep::Tell(written) => {
                    let _ = tell.take().map(|tell| tell.send(written));
                }
            }
        }
        steps = match under_way.next().await {
            Some((Ok(()), replica)) => write.stored(&replica),
            Some((Err(NoAnswer::Behind), _)) if tell.is_some() => return Err(Behind),
            Some((Err(error), replica)) => {
                tracing::debug!(%replica, %error, "a cart replica did not store it");
                under_way.extend(held.drain(..).map(send));
                write.failed(&replica, error.definite())
            }
            None if tell.is_some() && !held.is_empty() => {
                under_way.extend(held.drain(..).map(send));
                Vec::new()
            }
            None => match held.pop() {
                // Nothing was sent to it.
                Some((replica, _)) => write.failed(&replica, true),
                None => break,
            },
        };
    }
    for (at, missing) in hints {
        let hint = Merge { owed: vec![missing.to_string()], ..merge.clone() };
        if let Err(error) = replicas.merge(&at, hint, place).await {
            tracing::debug!(%at, %error, "a hint could not be left; comparing will find it");
        }
    }
    Ok(())
}
