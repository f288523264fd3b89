//! Replicas converge: ten seconds after the last thing was mended all of a tier are equal.

use super::{Case, Verdict};

/// From the last heal until all must be equal, in milliseconds.
const WITHIN_MS: u64 = 10_000;

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let agreement = &case.closing.agreement;
    let took = agreement.agreed_ms.map(|agreed| agreed.saturating_sub(agreement.mended_ms));
    let late = match took {
        Some(took) if took <= WITHIN_MS => Vec::new(),
        Some(took) => vec![format!("they were equal after {took} ms")],
        None => vec![format!("they still differ: {}", agreement.differs)],
    };
    let looked = format!("they were equal after {} ms", took.unwrap_or(0));
    verdict.check("replicas are equal ten seconds after everything was mended", &late, looked);
}

#[cfg(test)]
mod tests {
    use crate::judge::testing::{Story, breaks, holds};

    const EQUAL: &str = "replicas are equal ten seconds after everything was mended";

    #[test]
    fn ten_seconds_are_in_time_and_more_are_not() {
        let mut case = Story::of(10, |story| story.sells(1, 1)).case();
        let mended = case.closing.agreement.mended_ms;
        case.closing.agreement.agreed_ms = Some(mended + 10_000);
        holds(&case);
        case.closing.agreement.agreed_ms = Some(mended + 10_001);
        breaks(&case, EQUAL, "after 10001 ms");
    }

    #[test]
    fn replicas_that_never_agree_are_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 1)).case();
        case.closing.agreement.agreed_ms = None;
        case.closing.agreement.differs = "1 only at orderA".to_owned();
        breaks(&case, EQUAL, "still differ: 1 only at orderA");
    }
}
