//! Who holds what: the heads that every member last reported.
//!
//! A matrix clock. What it says is a little old: it tells how long to wait for copies and what to push next; nothing that
//! must be safe is decided by it.

use crate::{ActorId, Heads};
use std::collections::BTreeMap;

/// The heads that the peers of one replica reported, by the peer's name.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    reported: BTreeMap<String, BTreeMap<ActorId, u64>>,
}

impl Reach {
    /// Notes what `peer` reported; only its last report counts, since it may have come back with less.
    pub fn report(&mut self, peer: &str, heads: &Heads) {
        let held = heads.iter().map(|(actor, head)| (*actor, head.seq)).collect();
        self.reported.insert(peer.to_owned(), held);
    }

    /// How far `peer` is known to hold the journal of `actor`.
    pub fn held_by(&self, peer: &str, actor: ActorId) -> u64 {
        self.reported.get(peer).and_then(|heads| heads.get(&actor)).copied().unwrap_or(0)
    }

    /// How many of `peers` are known to hold entry `seq` of `actor`.
    pub fn copies<'a>(&self, peers: impl Iterator<Item = &'a str>, actor: ActorId, seq: u64) -> usize {
        peers.filter(|peer| self.held_by(peer, actor) >= seq).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Head};

    #[test]
    fn a_peer_holds_what_it_last_reported_even_where_that_is_less_than_before() {
        let actor = ActorId::from_bits(1);
        let one = Head::genesis(actor).next(&Body::write(&1).expect("a number is JSON"));
        let two = one.next(&Body::write(&2).expect("a number is JSON"));
        let mut reach = Reach::default();
        reach.report("orderB", &Heads::from([(actor, two)]));
        assert_eq!(reach.copies(["orderB", "orderC"].into_iter(), actor, 2), 1);
        reach.report("orderB", &Heads::from([(actor, one)]));
        assert_eq!(reach.held_by("orderB", actor), 1);
        assert_eq!(reach.copies(["orderB"].into_iter(), actor, 2), 0);
    }
}
