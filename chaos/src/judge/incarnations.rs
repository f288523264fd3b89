//! Who writes as whom: a replica stays who it is unless its data were lost, data are worked on by one process, and a copy
//! that writes too is noticed.

use super::{Case, Verdict};
use crate::closing::OrderOp;
use crate::fault::{Fault, Replica};
use crate::inject::{Deed, Outcome};
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use stock::Op;

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let born = born(case);
    let mut strangers = Vec::new();
    for replica in Replica::KEEPERS {
        let lost = |deed: &&Deed| deed.spell.fault.ends_an_incarnation() && deed.spell.fault.replica() == Some(replica);
        let losses = case.deeds.iter().filter(lost).count();
        let lives = born.get(replica.as_str()).map_or(0, BTreeSet::len);
        if lives > losses + 1 {
            strangers.push(format!("{replica} was {lives} actors, and lost its data {losses} times"));
        }
    }
    let incarnations: usize = born.values().map(BTreeSet::len).sum();
    let looked = format!("{incarnations} incarnations of {} replicas", born.len());
    verdict.check("a replica stays who it is unless it lost data", &strangers, looked);
    let of = |wanted: fn(&Fault) -> bool| case.deeds.iter().filter(move |deed| wanted(&deed.spell.fault));
    let unnoticed = |wanted: fn(&Fault) -> bool| -> (Vec<String>, usize) {
        let words = of(wanted).filter_map(|deed| match &deed.result {
            Outcome::Unnoticed(words) => Some(words.clone()),
            _ => None,
        });
        (words.collect(), of(wanted).filter(|deed| matches!(deed.result, Outcome::Noticed(_))).count())
    };
    let (twice, refused) = unnoticed(|fault| matches!(fault, Fault::Twice(_)));
    verdict.check("a second process on the same data refuses to run", &twice, format!("{refused} refused"));
    let (copied, frozen) = unnoticed(|fault| matches!(fault, Fault::Copied(_)));
    verdict.check("a copy that writes as the same actor is noticed and stopped", &copied, format!("{frozen} noticed"));
}

/// The actors that each replica has been, as far as anybody knows.
fn born(case: &Case) -> BTreeMap<&str, BTreeSet<ActorId>> {
    let mut born: BTreeMap<&str, BTreeSet<ActorId>> = BTreeMap::new();
    for entry in case.closing.catalogs.iter().flat_map(|view| &view.journal) {
        if let Op::Open { replica } = &entry.body {
            born.entry(replica).or_default().insert(entry.actor);
        }
    }
    for entry in case.closing.orders.iter().flat_map(|view| &view.journal) {
        if let OrderOp::Open { replica } = &entry.body {
            born.entry(replica).or_default().insert(entry.actor);
        }
    }
    born
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::closing::Entry;
    use crate::fault::Spell;
    use crate::judge::testing::{Story, breaks, holds};

    fn deed(fault: Fault, result: Outcome) -> Deed {
        Deed { spell: Spell { fault, from_ms: 0, to_ms: 0 }, result }
    }

    #[test]
    fn a_new_actor_is_as_it_should_be_after_a_loss_and_a_breach_without_one() {
        let mut case = Story::of(100, |story| story.sells(1, 30)).case();
        let body = Op::Open { replica: "catalogB".to_owned() };
        case.closing.catalogs[0].journal.push(Entry { actor: ActorId::from_bits(99), seq: 1, body });
        breaks(
            &case,
            "a replica stays who it is unless it lost data",
            "catalogB was 2 actors, and lost its data 0 times",
        );
        case.deeds.push(deed(Fault::OldData { replica: Replica::CatalogB, age_ms: 1 }, Outcome::Done));
        holds(&case);
    }

    #[test]
    fn what_should_have_been_refused_or_noticed_and_was_not_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 1)).case();
        case.deeds.push(deed(Fault::Twice(Replica::OrderA), Outcome::Unnoticed("it runs".to_owned())));
        breaks(&case, "a second process on the same data refuses to run", "it runs");
        case.deeds[0] = deed(Fault::Copied(Replica::OrderA), Outcome::Unnoticed("not frozen".to_owned()));
        breaks(&case, "a copy that writes as the same actor is noticed and stopped", "not frozen");
        case.deeds[0].result = Outcome::Noticed("frozen".to_owned());
        case.deeds[0].spell.to_ms = 0;
        holds(&case);
    }
}
