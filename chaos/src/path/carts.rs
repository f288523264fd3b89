//! How many cart replicas a writer of lists could have reached over each frontend.

use super::{Picture, SECOND};
use crate::fault::{Caller, Link, Replica, Spell};
use std::collections::BTreeMap;

/// How many cart replicas were up and connected, for each frontend and each slot of the first `seconds` seconds; none
/// where the frontend itself was not in reach of customers.
pub(crate) fn carts_in_reach(spells: &[Spell], seconds: usize) -> BTreeMap<Replica, Vec<usize>> {
    let picture = Picture::of(spells, seconds);
    let reached = |frontend: Replica, slot: usize| {
        let open = picture.up(frontend, slot) && picture.whole(Link { from: Caller::Customers, to: frontend }, slot);
        let carts = Replica::CARTS
            .into_iter()
            .filter(|cart| open && picture.up(*cart, slot) && picture.whole(Link::between(frontend, *cart), slot));
        carts.count()
    };
    let row = |frontend| (frontend, (0..seconds * SECOND).map(|slot| reached(frontend, slot)).collect());
    Replica::FRONTENDS.map(row).into()
}

#[cfg(test)]
mod tests {
    use super::carts_in_reach;
    use crate::fault::{Caller, Fault, Link, Replica, Spell, Trouble};

    #[test]
    fn what_is_down_or_behind_a_broken_link_is_out_of_reach_until_it_had_the_time_to_come_back() {
        let cut = |links: &[Link]| Fault::Links { links: links.to_vec(), trouble: Trouble::Cut };
        let spell = |fault, from_s: u64, to_s: u64| Spell { fault, from_ms: from_s * 1000, to_ms: to_s * 1000 };
        let reach = carts_in_reach(
            &[
                spell(Fault::Kill(Replica::CartA), 2, 2),
                spell(cut(&[Link::between(Replica::Frontend, Replica::CartB)]), 4, 6),
                spell(cut(&[Link::between(Replica::CartB, Replica::CartC)]), 4, 6),
                spell(cut(&[Link { from: Caller::Customers, to: Replica::FrontendB }]), 8, 9),
            ],
            12,
        );
        let (one, other) = (&reach[&Replica::Frontend], &reach[&Replica::FrontendB]);
        assert_eq!((one[19], one[20], one[45], one[55], one[80]), (3, 2, 1, 2, 3));
        assert_eq!((other[45], other[55], other[85], other[110]), (2, 3, 0, 3));
    }
}
