//! The ledger's verdict, and its checks in the order a reader needs them: what is broken first.

use super::words;
use crate::outcome::{Audit, Check};

/// What the checks come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every check held.
    Holds,
    /// Some did not.
    Broken,
    /// There was none; nothing may be concluded.
    Unchecked,
}

impl Verdict {
    /// The verdict on `audit`.
    pub(super) fn of(audit: &Audit) -> Self {
        match audit.holds() {
            _ if audit.checks.is_empty() => Self::Unchecked,
            true => Self::Holds,
            false => Self::Broken,
        }
    }

    /// In a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "BROKEN",
            Self::Unchecked => "not checked",
        }
    }

    /// The name of the style.
    pub(super) fn style(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "broken",
            Self::Unchecked => "unchecked",
        }
    }
}

/// How one check came out, in a word.
pub(super) fn word(check: &Check) -> &'static str {
    if check.held { Verdict::Holds.word() } else { Verdict::Broken.word() }
}

/// The verdict as a sentence.
pub(super) fn sentence(audit: &Audit) -> String {
    let all = audit.checks.len();
    let held = audit.checks.iter().filter(|check| check.held).count();
    match Verdict::of(audit) {
        Verdict::Holds if all == 1 => "The ledger holds: its one check held.".to_owned(),
        Verdict::Holds => format!("The ledger holds: all {all} checks held."),
        Verdict::Broken => format!("The ledger is BROKEN: {} of {all} checks did not hold.", all - held),
        Verdict::Unchecked => "The ledger was not checked.".to_owned(),
    }
}

/// What was bought, as a sentence.
pub(super) fn purchases(audit: &Audit) -> String {
    let orders = words::counted(audit.orders, "order", "orders");
    let units = words::counted(audit.units, "unit", "units");
    let copies = match audit.orders {
        0 => String::new(),
        orders => format!(", {} on two disks when told", words::percent(audit.replicated, orders)),
    };
    match audit.unsure {
        0 => format!("{orders} confirmed, {units}{copies}; the fate of every purchase is known."),
        unsure => format!(
            "{orders} confirmed, {units}{copies}; of {} nobody knows whether it happened.",
            words::counted(unsure, "purchase", "purchases")
        ),
    }
}

/// The checks, those that did not hold first.
pub(super) fn ordered(audit: &Audit) -> Vec<&Check> {
    let mut checks: Vec<&Check> = audit.checks.iter().collect();
    checks.sort_by_key(|check| check.held);
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{broken, failover};

    #[test]
    fn no_check_is_no_verdict() {
        assert_eq!(Verdict::of(&Audit::default()), Verdict::Unchecked);
        assert_eq!(Verdict::of(&failover().audit), Verdict::Holds);
    }

    #[test]
    fn what_is_broken_comes_first_and_the_rest_keeps_its_order() {
        let audit = broken().audit;
        let held: Vec<bool> = ordered(&audit).iter().map(|check| check.held).collect();
        assert_eq!(held, [false, true, true, true]);
        assert_eq!(ordered(&audit)[1].says, audit.checks[0].says);
        assert_eq!(sentence(&audit), "The ledger is BROKEN: 1 of 4 checks did not hold.");
    }

    #[test]
    fn purchases_that_may_have_happened_are_named() {
        let mut audit = failover().audit;
        assert!(purchases(&audit).contains("of 2 purchases nobody knows"));
        audit.unsure = 0;
        assert!(!purchases(&audit).contains("nobody"));
    }
}
