//! Medians, percentiles and ratios.

/// The middle one of `values`, or the mean of the two in the middle; `None` where there are none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper)) }
}

/// The smallest of `values` that at least `percent` of them do not exceed; `None` where there are none.
pub(crate) fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// The ratios of the rounds: each figure of the shop by the reference's of the same round.
pub(crate) fn ratios(shop: &[f64], reference: &[f64]) -> Vec<f64> {
    shop.iter().zip(reference).filter(|(_, by)| **by > 0.0).map(|(figure, by)| figure / by).collect()
}

/// A count as a floating-point number.
#[expect(clippy::cast_precision_loss, reason = "nothing counted here comes near 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-9)
    }

    #[test]
    fn the_median_does_not_care_about_order_or_about_one_wild_round() {
        assert!(close(median(&[3.0, 1.0, 900.0, 2.0, 4.0]), 3.0));
        assert!(close(median(&[4.0, 1.0]), 2.5));
        assert!(median(&[]).is_none());
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert!(close(percentile(&values, 99), 198.0));
        assert!(close(percentile(&values, 50), 100.0));
        assert!(close(percentile(&[7.0], 99), 7.0));
        assert!(percentile(&[], 50).is_none());
    }

    #[test]
    fn each_round_is_compared_with_the_reference_of_the_same_round() {
        let found = ratios(&[10.0, 30.0, 5.0], &[5.0, 10.0, 0.0]);
        assert_eq!(found.len(), 2, "a reference that measured nothing is no reference");
        assert!(close(found.first().copied(), 2.0) && close(found.last().copied(), 3.0));
    }
}
