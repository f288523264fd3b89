//! The end of a journal in memory: what a peer that keeps up may still lack.

use crate::{ActorId, Entry, Head, Run};
use std::collections::VecDeque;

/// The last entries of one actor, at most so many.
#[derive(Debug)]
pub struct Tail {
    actor: ActorId,
    before: Head,
    entries: VecDeque<Entry>,
    most: usize,
}

impl Tail {
    /// An empty tail of the journal that goes as far as `head`; it will hold at most `most` entries.
    pub fn new(actor: ActorId, head: Head, most: usize) -> Self {
        Self { actor, before: head, entries: VecDeque::new(), most }
    }

    /// Adds entries that follow those before.
    pub fn extend(&mut self, written: impl IntoIterator<Item = Entry>) {
        self.entries.extend(written);
        while self.entries.len() > self.most {
            let forgotten = self.entries.pop_front();
            self.before = forgotten.map_or(self.before, |entry| entry.head);
        }
    }

    /// At most `most` entries after number `seq`; `None` where nothing follows, or more was forgotten than that.
    pub fn after(&self, seq: u64, most: usize) -> Option<Run> {
        let skipped = usize::try_from(seq.checked_sub(self.before.seq)?).ok()?;
        let after = match skipped {
            0 => self.before,
            held => self.entries.get(held - 1)?.head,
        };
        let entries = self.entries.range(skipped..).take(most);
        let head = entries.clone().next_back()?.head;
        Some(Run { actor: self.actor, after, bodies: entries.map(|entry| entry.body.clone()).collect(), head })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Absorbed, Body, absorb};

    const ACTOR: ActorId = ActorId::from_bits(7);

    fn entries(numbers: std::ops::RangeInclusive<u64>) -> Vec<Entry> {
        let body = |n| Body::write(&n).expect("numbers have a JSON form");
        let Absorbed::New(all) = absorb(
            &Run::following(ACTOR, Head::genesis(ACTOR), (1..=*numbers.end()).map(body).collect()),
            Head::genesis(ACTOR),
            None,
        ) else {
            panic!("a journal from its beginning is new");
        };
        all.into_iter().filter(|entry| numbers.contains(&entry.head.seq)).collect()
    }

    #[test]
    fn a_tail_sends_what_a_peer_lacks_as_a_run_that_can_be_absorbed() {
        let all = entries(1..=5);
        let mut tail = Tail::new(ACTOR, Head::genesis(ACTOR), 100);
        tail.extend(all.clone());
        for held in 0..5 {
            let run = tail.after(held, 100).expect("something follows");
            let mine = all
                .get(usize::try_from(held).unwrap_or(0).wrapping_sub(1))
                .map_or(Head::genesis(ACTOR), |entry| entry.head);
            let lacking = all.iter().filter(|entry| entry.head.seq > held).cloned().collect();
            assert_eq!(absorb(&run, mine, None), Absorbed::New(lacking), "from {held}");
        }
        assert_eq!(tail.after(5, 100), None);
        assert_eq!(tail.after(9, 100), None, "a peer that claims more than there is gets nothing");
    }

    #[test]
    fn a_run_has_no_more_entries_than_asked_for() {
        let mut tail = Tail::new(ACTOR, Head::genesis(ACTOR), 100);
        tail.extend(entries(1..=5));
        assert_eq!(tail.after(1, 2).map(|run| (run.after.seq, run.head.seq, run.bodies.len())), Some((1, 3, 2)));
    }

    #[test]
    fn what_was_forgotten_is_not_sent_and_what_follows_it_is() {
        let mut tail = Tail::new(ACTOR, Head::genesis(ACTOR), 2);
        tail.extend(entries(1..=5));
        assert_eq!(tail.after(2, 100), None);
        assert_eq!(tail.after(3, 100).map(|run| (run.after.seq, run.head.seq)), Some((3, 5)));
    }
}
