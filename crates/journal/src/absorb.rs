//! What a receiver does with a run of entries: takes the new ones, or says why it can't.

use crate::{Entry, Hash, Head, Run};

/// The judgement on a run that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absorbed {
    /// The entries that are new here, in order; none when all were known. Repetition is harmless.
    New(Vec<Entry>),
    /// The run begins after the end of what is held here: ask for what lies between.
    Gap,
    /// This replica holds another entry under this number: the actor was written twice and must be frozen.
    Fork {
        /// The last number at which the two histories were compared and differed.
        seq: u64,
    },
    /// The bodies do not lead from the first hash to the last: damaged, nothing of it is taken.
    Corrupt,
}

/// Compares `run` with what is held of that actor's journal, which goes as far as `mine`.
///
/// `held` is the hash held here at `run.head.seq`, for a run that ends within what is known already; `None` where that
/// number lies beyond `mine` or the entry was pruned.
pub fn absorb(run: &Run, mine: Head, held: Option<Hash>) -> Absorbed {
    let mut chain = Vec::with_capacity(run.bodies.len());
    let mut end = run.after;
    for body in &run.bodies {
        end = end.next(body);
        chain.push(end);
    }
    // Beyond the last number there is no next one, whatever the hashes say.
    let counted = u64::try_from(run.bodies.len()).ok().and_then(|count| run.after.seq.checked_add(count));
    if end != run.head || counted != Some(end.seq) {
        return Absorbed::Corrupt;
    }
    // A run of nothing proves nothing.
    if run.bodies.is_empty() {
        return Absorbed::New(Vec::new());
    }
    if run.after.seq > mine.seq {
        return Absorbed::Gap;
    }
    if run.head.seq < mine.seq {
        return match held {
            Some(hash) if hash != run.head.hash => Absorbed::Fork { seq: run.head.seq },
            _ => Absorbed::New(Vec::new()),
        };
    }
    let known = usize::try_from(mine.seq - run.after.seq).unwrap_or(usize::MAX);
    let same_place = if known == 0 { run.after } else { chain[known - 1] };
    if same_place.hash != mine.hash {
        return Absorbed::Fork { seq: mine.seq };
    }
    let entries = chain.into_iter().zip(&run.bodies).skip(known);
    Absorbed::New(entries.map(|(head, body)| Entry { actor: run.actor, head, body: body.clone() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ActorId, Body};
    use proptest::prelude::*;

    const ACTOR: ActorId = ActorId::from_bits(7);

    fn bodies(values: impl IntoIterator<Item = u64>) -> Vec<Body> {
        values.into_iter().map(|value| Body::write(&value).expect("a number is JSON")).collect()
    }

    /// The heads of a journal: the one before the first entry, then one an entry.
    fn heads(bodies: &[Body]) -> Vec<Head> {
        let mut heads = vec![Head::genesis(ACTOR)];
        for body in bodies {
            heads.push(heads[heads.len() - 1].next(body));
        }
        heads
    }

    fn run(bodies: &[Body], from: usize, to: usize) -> Run {
        Run::following(ACTOR, heads(bodies)[from], bodies[from..to].to_vec())
    }

    proptest! {
        #[test]
        fn a_receiver_holds_a_prefix_of_the_journal_whatever_arrives_in_whatever_order(
            length in 1_usize..12,
            arrivals in prop::collection::vec((0_usize..12, 0_usize..12), 0..40),
        ) {
            let journal = bodies(0..length as u64);
            let heads = heads(&journal);
            let mut held: Vec<Entry> = Vec::new();
            for (a, b) in arrivals {
                let (from, to) = (a.min(b).min(length), a.max(b).min(length));
                let mine = heads[held.len()];
                match absorb(&run(&journal, from, to), mine, (to < held.len()).then(|| heads[to].hash)) {
                    Absorbed::New(entries) => {
                        prop_assert_eq!(entries.len(), if from == to { 0 } else { to.saturating_sub(held.len()) });
                        held.extend(entries);
                    }
                    Absorbed::Gap => prop_assert!(from > held.len() && from < to),
                    other => prop_assert!(false, "{:?}", other),
                }
                for (index, entry) in held.iter().enumerate() {
                    prop_assert_eq!(&entry.body, &journal[index]);
                    prop_assert_eq!(entry.head, heads[index + 1]);
                }
            }
        }

        #[test]
        fn a_journal_written_twice_is_noticed_wherever_the_histories_part(
            length in 1_usize..10, parts in 0..10_u64, held in 0_usize..11, from in 0_usize..11,
        ) {
            let parts = parts.min(length as u64 - 1);
            let ours = bodies(0..length as u64);
            let theirs = bodies((0..length as u64).map(|n| if n == parts { 99 } else { n }));
            let (held, from) = (held.min(length), from.min(length));
            let verdict = absorb(&run(&theirs, from, length), heads(&ours)[held], (length < held).then(|| heads(&ours)[length].hash));
            if from == length {
                prop_assert_eq!(verdict, Absorbed::New(Vec::new()), "a run of nothing proves nothing");
            } else if from > held {
                prop_assert_eq!(verdict, Absorbed::Gap);
            } else if held as u64 > parts {
                prop_assert_eq!(verdict, Absorbed::Fork { seq: held as u64 });
            } else {
                prop_assert!(matches!(verdict, Absorbed::New(_)));
            }
        }
    }

    #[test]
    fn an_old_run_of_another_history_is_a_fork() {
        let (ours, theirs) = (bodies([1, 2, 3]), bodies([1, 9]));
        let verdict = absorb(&run(&theirs, 0, 2), heads(&ours)[3], Some(heads(&ours)[2].hash));
        assert_eq!(verdict, Absorbed::Fork { seq: 2 });
    }

    #[test]
    fn a_run_that_was_damaged_on_its_way_is_not_taken() {
        let journal = bodies([1, 2, 3]);
        let mut damaged = run(&journal, 0, 3);
        damaged.bodies[1] = bodies([7]).remove(0);
        assert_eq!(absorb(&damaged, Head::genesis(ACTOR), None), Absorbed::Corrupt);
        let mut shortened = run(&journal, 0, 3);
        shortened.bodies.pop();
        assert_eq!(absorb(&shortened, Head::genesis(ACTOR), None), Absorbed::Corrupt);
    }

    #[test]
    fn a_run_that_counts_past_the_last_number_is_not_taken() {
        let last = Head { seq: u64::MAX, ..Head::genesis(ACTOR) };
        let beyond = Run::following(ACTOR, last, bodies([1]));
        assert_eq!(absorb(&beyond, Head::genesis(ACTOR), None), Absorbed::Corrupt);
    }

    #[test]
    fn an_entry_of_one_actor_does_not_fit_into_the_journal_of_another() {
        let other = Head::genesis(ActorId::from_bits(8));
        assert_eq!(absorb(&run(&bodies([1]), 0, 1), other, None), Absorbed::Fork { seq: 0 });
    }
}
