//! One batch of a replica with a journal: what arrived is folded, what was asked is decided, entries are written.
//!
//! Pure. A tier says what its entries mean ([`Machine`]); a driver loads what the batch touches, calls [`decide`], and
//! stores what comes out in one transaction. Nothing may be seen by anyone before the transaction is on disk and the
//! witness with it: that is the driver's promise, since nothing here can wait.

use crate::{ActorId, Body, Draft, Entry, Head, Held, Operation, Witness};
use std::marker::PhantomData;

/// An entry, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived<O> {
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number.
    pub seq: u64,
    /// What it says.
    pub op: O,
}

/// The working set of one batch of a tier: what its entries mean and what its commands lead to. Waits for nothing.
pub trait Machine {
    /// What a journal entry of this tier says.
    type Op: Operation + Send + Sync;
    /// What may be asked.
    type Command: Send + 'static;
    /// What is answered. An answer leaves only after the batch is on disk.
    type Reply: Send + 'static;

    /// Folds entries, in order.
    fn absorb(&mut self, arrived: Vec<Arrived<Self::Op>>, pen: &mut Pen<Self::Op>);

    /// Decides one command; entries written with the pen are part of the batch.
    fn decide(&mut self, command: Self::Command, pen: &mut Pen<Self::Op>) -> Self::Reply;
}

/// Writes entries into the own journal.
#[derive(Debug)]
pub struct Pen<O> {
    actor: ActorId,
    head: Head,
    written: Vec<Entry>,
    retired: Vec<(ActorId, Head)>,
    op: PhantomData<fn(O)>,
}

impl<O: Operation> Pen<O> {
    /// A pen that goes on after `head`.
    fn new(actor: ActorId, head: Head) -> Self {
        Self { actor, head, written: Vec::new(), retired: Vec::new(), op: PhantomData }
    }

    /// Writes one entry; returns its number.
    pub fn write(&mut self, op: &O) -> u64 {
        let body = Body::write(op).expect("an operation has string keys only, so it has a JSON form");
        self.head = self.head.next(&body);
        self.written.push(Entry { actor: self.actor, head: self.head, body });
        self.retired.extend(op.retires());
        self.head.seq
    }

    /// Who writes.
    pub fn actor(&self) -> ActorId {
        self.actor
    }
}

/// What a batch came to, to be stored before anyone hears of it.
#[derive(Debug)]
pub struct Decided<R> {
    /// The answers, in the order of the commands.
    pub replies: Vec<R>,
    /// The entries to be appended, those of others first.
    pub entries: Vec<Entry>,
    /// How many of them, at the end, are the own ones.
    pub own: usize,
    /// What is held afterwards.
    pub held: Held,
    /// What the witness must say before anyone sees an own entry; `None` where none was written.
    pub witness: Option<Witness>,
}

/// Decides one batch of a replica whose actor has not ended: what arrived first, then the commands in their order.
///
/// A journal without an entry is opened first, with `opening`, so that everyone knows which replica it is of.
pub fn decide<M: Machine>(
    machine: &mut M,
    draft: Draft<M::Op>,
    opening: impl FnOnce() -> M::Op,
    commands: Vec<M::Command>,
) -> Decided<M::Reply> {
    let me = draft.me();
    let Draft { mut held, mut entries, arrived, .. } = draft;
    let head = held.head(me);
    let mut pen = Pen::new(me, head);
    machine.absorb(arrived, &mut pen);
    if head.seq == 0 {
        let op = opening();
        let seq = pen.write(&op);
        machine.absorb(vec![Arrived { actor: me, seq, op }], &mut pen);
    }
    let replies = commands.into_iter().map(|command| machine.decide(command, &mut pen)).collect();
    let own = pen.written.len();
    let witness = pen.written.last().map(|entry| Witness { actor: me, head: entry.head });
    if own > 0 {
        held.heads.insert(me, pen.head);
    }
    for (actor, end) in pen.retired {
        held.retire(actor, end);
    }
    entries.extend(pen.written);
    Decided { replies, entries, own, held, witness }
}
