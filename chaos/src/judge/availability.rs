//! Availability: in every second in which a buyer could have got through, one did.
//!
//! A second is judged if one and the same chain of a frontend, an order replica and a catalog with units was up and
//! connected all through it (`path.rs` has what that allows for coming back). In it at least one purchase must have been
//! confirmed. Seconds in which this machine stood still are not judged, and counted.

use super::{Case, Verdict};
use crate::inject::Outcome;
use crate::ledger::Answer;
use crate::path::seconds_with_a_path;

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let done = case.deeds.iter().filter(|deed| !matches!(deed.result, Outcome::Skipped(_)));
    let spells: Vec<_> = done.map(|deed| deed.spell.clone()).collect();
    let path = seconds_with_a_path(&spells, case.seconds);
    let mut bought = vec![0_u32; case.seconds];
    for entry in case.entries.iter().filter(|entry| matches!(entry.answer, Answer::Bought { .. })) {
        let second = usize::try_from(entry.answered_ms() / 1000).unwrap_or(usize::MAX);
        if let Some(bought) = bought.get_mut(second) {
            *bought += 1;
        }
    }
    let judged: Vec<usize> =
        (0..case.seconds).filter(|second| path[*second] && !case.stalled.contains(second)).collect();
    let silent: Vec<String> = judged
        .iter()
        .filter(|second| bought[**second] == 0)
        .map(|second| format!("nobody bought anything in second {second}, though there was a path"))
        .collect();
    let looked = format!("{} of {} seconds had a path", judged.len(), case.seconds);
    verdict.check("somebody buys in every second in which there is a path", &silent, looked);
    let without = path.iter().filter(|there| !**there).count();
    verdict.count("seconds without any path from a buyer to a catalog with units", without as u64);
    let sold_all_the_same = (0..case.seconds).filter(|second| !path[*second] && bought[*second] > 0).count();
    verdict.count("of these, seconds in which somebody bought all the same", sold_all_the_same as u64);
    verdict.count("seconds that are not judged because this machine stood still", case.stalled.len() as u64);
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, Replica, Spell};
    use crate::inject::{Deed, Outcome};
    use crate::judge::testing::{Story, breaks, holds};

    const SOMEBODY: &str = "somebody buys in every second in which there is a path";

    fn pause(replica: Replica, from_ms: u64, to_ms: u64) -> Deed {
        Deed { spell: Spell { fault: Fault::Pause(replica), from_ms, to_ms }, result: Outcome::Done }
    }

    #[test]
    fn a_second_without_a_purchase_is_found_out_where_there_was_a_path() {
        let mut case = Story::of(100, |story| story.sells(1, 80)).case();
        holds(&case);
        case.entries.retain(|entry| entry.answered_ms() / 1000 != 4);
        breaks(&case, SOMEBODY, "in second 4,");
        case.deeds = vec![pause(Replica::OrderA, 3_000, 6_000)];
        breaks(&case, SOMEBODY, "in second 4,");
        case.deeds
            .push(Deed { result: Outcome::Skipped("not here".to_owned()), ..pause(Replica::OrderB, 3_500, 5_500) });
        breaks(&case, SOMEBODY, "in second 4,");
        case.deeds[1].result = Outcome::Done;
        assert!(crate::judge::judge(&case).checks.iter().any(|check| check.says == SOMEBODY && check.held));
    }

    #[test]
    fn a_second_in_which_the_machine_stood_still_is_not_judged() {
        let mut case = Story::of(100, |story| story.sells(1, 20)).case();
        case.seconds += 1;
        breaks(&case, SOMEBODY, "nobody bought anything in second");
        case.stalled.insert(case.seconds - 1);
        holds(&case);
    }
}
