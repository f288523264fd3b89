//! Scales: where a value stands on an axis, and which round values are written beside it.

use super::{Share, Tick};
use crate::report::words;

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// Durations in microseconds, a decade as wide as the next. It begins and ends at round values and has a decade at
    /// least, so that a single value has an axis too.
    pub(super) fn durations(least: u64, most: u64) -> Self {
        let (least, most) = (words::float(least.max(1)), words::float(most.max(1)));
        let begin = |value: f64| ladder(0).take_while(|step| *step <= value).last().unwrap_or(1.0);
        let low = begin(least);
        let high = ladder(0).find(|step| *step >= most).unwrap_or(most);
        if high < low * 10.0 {
            let low = begin((low - 1.0).max(1.0));
            return Self { low, high: low * 10.0, logarithmic: true };
        }
        Self { low, high, logarithmic: true }
    }

    /// Amounts from nothing to a round value that is at least `most`, and its step: about `count` of them.
    pub(super) fn amounts(most: f64, count: f64) -> (Self, f64) {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let step = ladder(-3).find(|step| step * count >= most).unwrap_or(most);
        (Self { low: 0.0, high: (most / step).ceil() * step, logarithmic: false }, step)
    }

    /// Exactly from nothing to `end`.
    pub(super) fn upto(end: f64) -> Self {
        Self { low: 0.0, high: end, logarithmic: false }
    }

    /// Where `value` stands, from 0 to 1; what lies outside stands at the edge.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// Edges of `count` parts that are equally wide, from the low end to the high one.
    pub(super) fn edges(&self, count: u32) -> impl Iterator<Item = f64> {
        let Self { low, high, .. } = *self;
        (0..=count).map(move |edge| low * (high / low).powf(f64::from(edge) / f64::from(count)))
    }

    /// The ticks of durations: 1, 2 and 5 of each decade. Where these are more than `room` only whole decades are
    /// labelled, and of very many decades every third: the units.
    pub(super) fn duration_ticks(&self, room: usize) -> Vec<Tick> {
        let every = if self.high / self.low > 1e7 { 3 } else { 1 };
        let inside = |at: f64| at >= self.low && at <= self.high;
        let count = ladder(0).filter(|at| inside(*at)).count();
        let decades = (0..20).map(|decade: u32| (decade, 10_u64.saturating_pow(decade)));
        let steps = decades.flat_map(|(decade, unit)| [1, 2, 5].map(|by| (decade, by, unit.saturating_mul(by))));
        steps
            .filter(|(_, _, at)| inside(words::float(*at)))
            .map(|(decade, by, at)| {
                let whole = by == 1 && decade % every == 0;
                Tick {
                    at: Share(self.place(words::float(at))),
                    label: if count <= room || whole { words::round_duration(at) } else { String::new() },
                    fine: !whole && count > 5,
                }
            })
            .collect()
    }

    /// Ticks a `step` apart, each labelled by `label`; every second one can go without.
    pub(super) fn ticks(&self, step: f64, label: impl Fn(f64) -> String) -> Vec<Tick> {
        let multiples = (0..100_u32).map(|by| f64::from(by) * step);
        // Half a thousandth of a step is a rounding error.
        let inside = multiples.take_while(|at| *at <= self.high + step * 5e-4);
        let tick = |(index, at)| Tick { at: Share(self.place(at)), label: label(at), fine: index % 2 == 1 };
        inside.enumerate().map(tick).collect()
    }

    /// The ticks of a run's time: round seconds, minutes or hours.
    pub(super) fn time_ticks(&self) -> Vec<Tick> {
        let (unit, name) = match self.high {
            short if short <= 300.0 => (1.0, "s"),
            medium if medium <= 18_000.0 => (60.0, "min"),
            _ => (3_600.0, "h"),
        };
        let (_, step) = Self::amounts(self.high / unit, 8.0);
        self.ticks(step * unit, |at| format!("{} {name}", plain(at / unit)))
    }
}

/// A tick's number without needless decimals: `0`, `0.5`, `2,000`.
pub(super) fn plain(value: f64) -> String {
    let rounded = format!("{value:.3}");
    match rounded.trim_end_matches('0').trim_end_matches('.') {
        small if value < 1000.0 => small.to_owned(),
        _ => words::figure(value),
    }
}

/// The ticks of a vertical axis: what was counted from the bottom is counted from the top.
pub(super) fn upright(mut ticks: Vec<Tick>) -> Vec<Tick> {
    for tick in &mut ticks {
        tick.at = Share(1.0 - tick.at.0);
    }
    ticks
}

/// 1, 2, 5, 10, 20, 50 and so on, from the power of ten given.
fn ladder(from: i32) -> impl Iterator<Item = f64> {
    (from..21).flat_map(|power| [1.0, 2.0, 5.0].map(|by| by * 10_f64.powi(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn ticks_are_round_numbers_that_cover_the_range() {
        for (most, expected) in [
            (0.83, vec!["0", "0.2", "0.4", "0.6", "0.8", "1"]),
            (7.0, vec!["0", "2", "4", "6", "8"]),
            (1_994.0, vec!["0", "500", "1,000", "1,500", "2,000"]),
            (0.0, vec!["0", "0.2", "0.4", "0.6", "0.8", "1"]),
            (f64::NAN, vec!["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ] {
            let (scale, step) = Scale::amounts(most, 5.0);
            assert_eq!(labels(&scale.ticks(step, plain)), expected, "{most}");
            assert!(most.is_nan() || most <= scale.high);
        }
    }

    #[test]
    fn an_axis_of_durations_covers_what_was_measured() {
        for (least, most) in [(1, 1), (0, 0), (830, 1_204_000), (500, 500), (7, u64::MAX), (u64::MAX, u64::MAX)] {
            let scale = Scale::durations(least, most);
            let ticks = scale.duration_ticks(8);
            assert!(scale.low <= words::float(least.max(1)) && words::float(most) <= scale.high, "{least} {most}");
            assert!(scale.high / scale.low >= 9.0, "{least} {most}");
            assert!(labels(&ticks).len() >= 2 && labels(&ticks).len() <= 9, "{least} {most}: {:?}", labels(&ticks));
        }
        assert_eq!(labels(&Scale::durations(830, 4_100).duration_ticks(8)), ["500 µs", "1 ms", "2 ms", "5 ms"]);
        let wide = Scale::durations(90, 2_000_000).duration_ticks(8);
        assert_eq!(labels(&wide), ["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]);
    }

    #[test]
    fn each_decade_is_as_wide_as_the_next() {
        let scale = Scale::durations(100, 10_000);
        for (value, place) in [(100.0, 0.0), (1_000.0, 0.5), (10_000.0, 1.0), (1.0, 0.0), (1e9, 1.0)] {
            assert!((scale.place(value) - place).abs() < 1e-9, "{value}");
        }
        assert_eq!(scale.edges(4).count(), 5);
    }

    #[test]
    fn the_time_of_a_run_is_told_in_the_unit_that_suits_it() {
        for (seconds, first, last) in [
            (1.0, "0 s", "1 s"),
            (12.4, "0 s", "12 s"),
            (60.0, "0 s", "60 s"),
            (3_700.0, "0 min", "60 min"),
            (90_000.0, "0 h", "25 h"),
        ] {
            let ticks = Scale::upto(seconds).time_ticks();
            let labels = labels(&ticks);
            assert_eq!((labels.first(), labels.last()), (Some(&first), Some(&last)));
            assert!(labels.len() <= 9);
        }
    }
}
