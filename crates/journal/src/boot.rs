//! Who am I? What a replica may believe of its own data when it starts.
//!
//! A database that was rolled back (an old backup, a snapshot, a disk that lied) would write entries a second time
//! under numbers that others hold already, and sell again what it had sold. The *witness*, a small file outside the
//! data directory that is synced before anything leaves the process, tells; where it is missing, everyone is asked; and
//! where that leaves a doubt, the replica goes on as a new actor that owns nothing.

use crate::{ActorId, Hash, Head};
use serde::{Deserialize, Serialize};

/// The last entry this replica has let anyone see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Who wrote it.
    pub actor: ActorId,
    /// How far its journal went.
    pub head: Head,
}

/// What the replica's own files say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    /// The data is at least as new as everything that was seen outside: go on, without asking anyone.
    Same,
    /// There is no witness of it: ask every member.
    Ask,
    /// There is nothing to go on with, or what there is is older than what was seen: a new actor.
    New,
}

/// Judges the files: `data` is the actor in the database with its head, `at_witness` the hash the database holds at the
/// witness's number, `ended` whether the actor is known to have been written twice, or retired.
pub fn recall(
    data: Option<(ActorId, Head)>,
    witness: Option<Witness>,
    at_witness: Option<Hash>,
    ended: bool,
) -> Recall {
    match (data, witness) {
        (None, _) => Recall::New,
        (Some(_), _) if ended => Recall::New,
        // A witness decides alone, whether or not anybody remembers: what it names was seen outside, and where it names
        // another actor, this one's time is over.
        (Some((actor, head)), Some(witness)) => {
            let holds = head.seq >= witness.head.seq && at_witness == Some(witness.head.hash);
            if witness.actor == actor && holds { Recall::Same } else { Recall::New }
        }
        (Some(_), None) => Recall::Ask,
    }
}

/// What one member says it has seen of the asking actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The highest number it knows of; 0 when it never heard of the actor.
    pub seq: u64,
    /// Whether the hash it holds there is the one held here; `true` for evidence that carries no hash (an order).
    pub agrees: bool,
}

impl Claim {
    /// What a peer's report says of the asking actor: `theirs` is how far it holds that journal, `mine` the hash held here
    /// at that number, `ended` whether it believes that the actor writes no more.
    pub fn of(theirs: Option<Head>, mine: Option<Hash>, ended: bool) -> Self {
        match theirs {
            None => Self { seq: 0, agrees: !ended },
            Some(theirs) => Self { seq: theirs.seq, agrees: mine == Some(theirs.hash) && !ended },
        }
    }
}

/// The judgement after everyone was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has seen anything that is not held here.
    Same,
    /// Somebody did not answer, or has seen more, or something else: a new actor.
    New,
}

/// Judges the answers; `None` is a member that did not answer.
///
/// With `mine` being how far this replica holds its own journal.
pub fn judge(mine: Head, answers: &[Option<Claim>]) -> Verdict {
    let believed = answers.iter().all(|answer| answer.is_some_and(|claim| claim.seq <= mine.seq && claim.agrees));
    if believed { Verdict::Same } else { Verdict::New }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;

    const ACTOR: ActorId = ActorId::from_bits(1);

    fn head(seq: u64) -> Head {
        (0..seq).fold(Head::genesis(ACTOR), |head, n| head.next(&Body::write(&n).expect("a number is JSON")))
    }

    fn witness(seq: u64) -> Witness {
        Witness { actor: ACTOR, head: head(seq) }
    }

    #[test]
    fn data_as_new_as_the_witness_or_newer_is_believed_without_asking() {
        assert_eq!(recall(Some((ACTOR, head(5))), Some(witness(5)), Some(head(5).hash), false), Recall::Same);
        assert_eq!(recall(Some((ACTOR, head(6))), Some(witness(5)), Some(head(5).hash), false), Recall::Same);
    }

    #[test]
    fn data_older_than_its_witness_or_of_another_history_or_actor_is_never_believed() {
        assert_eq!(recall(Some((ACTOR, head(4))), Some(witness(5)), None, false), Recall::New);
        assert_eq!(recall(Some((ACTOR, head(5))), Some(witness(5)), Some(head(3).hash), false), Recall::New);
        let other = Some(Witness { actor: ActorId::from_bits(2), head: head(5) });
        assert_eq!(recall(Some((ACTOR, head(5))), other, Some(head(5).hash), false), Recall::New);
    }

    #[test]
    fn data_without_a_witness_has_to_be_vouched_for_by_everyone() {
        assert_eq!(recall(Some((ACTOR, head(5))), None, None, false), Recall::Ask);
    }

    #[test]
    fn no_data_or_a_frozen_actor_is_a_new_actor_whatever_the_witness_says() {
        assert_eq!(recall(None, Some(witness(5)), None, false), Recall::New);
        assert_eq!(recall(Some((ACTOR, head(5))), Some(witness(5)), Some(head(5).hash), true), Recall::New);
    }

    #[test]
    fn one_member_that_is_silent_or_knows_more_is_enough_to_be_new() {
        let known = |seq| Some(Claim { seq, agrees: true });
        assert_eq!(judge(head(5), &[known(5), known(0)]), Verdict::Same);
        assert_eq!(judge(head(5), &[known(5), None]), Verdict::New);
        assert_eq!(judge(head(5), &[known(6), known(5)]), Verdict::New);
        assert_eq!(judge(head(5), &[Some(Claim { seq: 4, agrees: false })]), Verdict::New);
    }
}
