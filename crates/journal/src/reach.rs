//! Who holds what: the heads that every member last reported.
//!
//! A matrix clock. What it says is always a little old and never too much: a member holds at least what it reported.

use crate::{ActorId, Heads};
use std::collections::BTreeMap;

/// The heads that the peers of one replica reported, by the peer's name.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    reported: BTreeMap<String, BTreeMap<ActorId, u64>>,
}

impl Reach {
    /// Notes what `peer` reported. An older report that arrives late takes nothing back.
    pub fn report(&mut self, peer: &str, heads: &Heads) {
        let known = self.reported.entry(peer.to_owned()).or_default();
        for (actor, head) in heads {
            let seq = known.entry(*actor).or_default();
            *seq = head.seq.max(*seq);
        }
    }

    /// How far `peer` is known to hold the journal of `actor`.
    pub fn held_by(&self, peer: &str, actor: ActorId) -> u64 {
        self.reported.get(peer).and_then(|heads| heads.get(&actor)).copied().unwrap_or(0)
    }

    /// How many of `peers` are known to hold entry `seq` of `actor`.
    pub fn copies<'a>(&self, peers: impl Iterator<Item = &'a str>, actor: ActorId, seq: u64) -> usize {
        peers.filter(|peer| self.held_by(peer, actor) >= seq).count()
    }

    /// Forgets what `peer` reported: it came back as somebody else, perhaps with less.
    pub fn forget(&mut self, peer: &str) {
        self.reported.remove(peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Head};

    #[test]
    fn a_late_report_takes_nothing_back_and_a_forgotten_peer_holds_nothing() {
        let actor = ActorId::from_bits(1);
        let one = Head::genesis(actor).next(&Body::write(&1).expect("a number is JSON"));
        let two = one.next(&Body::write(&2).expect("a number is JSON"));
        let mut reach = Reach::default();
        reach.report("orderB", &Heads::from([(actor, two)]));
        reach.report("orderB", &Heads::from([(actor, one)]));
        assert_eq!(reach.held_by("orderB", actor), 2);
        assert_eq!(reach.copies(["orderB", "orderC"].into_iter(), actor, 2), 1);
        reach.forget("orderB");
        assert_eq!(reach.held_by("orderB", actor), 0);
    }
}
