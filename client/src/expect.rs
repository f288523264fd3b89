//! What a run must reach for its exit status to be zero: `p99<50ms`, `buy:failed<1`, `per-second>1000`. Pure.

use crate::outcome::{Outcome, Series};
use crate::report;
use std::fmt;
use std::str::FromStr;

/// One expectation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expectation {
    /// As it was written.
    text: String,
    /// The kind of request; all together where none is named.
    kind: Option<String>,
    figure: Figure,
    below: bool,
    /// Microseconds of a latency, else a plain number.
    bound: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    P50,
    P90,
    P99,
    P999,
    Max,
    PerSecond,
    Answered,
    Failed,
}

/// The names of figures, as they are written.
const FIGURES: [(&str, Figure); 8] = [
    ("p50", Figure::P50),
    ("p90", Figure::P90),
    ("p99", Figure::P99),
    ("p99.9", Figure::P999),
    ("max", Figure::Max),
    ("per-second", Figure::PerSecond),
    ("answered", Figure::Answered),
    ("failed", Figure::Failed),
];

/// Microseconds in a unit of time, the longer names first.
const UNITS: [(&str, f64); 3] = [("us", 1.0), ("ms", 1e3), ("s", 1e6)];

impl Figure {
    fn is_latency(self) -> bool {
        !matches!(self, Self::PerSecond | Self::Answered | Self::Failed)
    }

    fn of(self, series: &Series) -> f64 {
        use report::words::float;
        let latency = series.latency;
        match self {
            Self::P50 => float(latency.p50),
            Self::P90 => float(latency.p90),
            Self::P99 => float(latency.p99),
            Self::P999 => float(latency.p999),
            Self::Max => float(latency.max),
            Self::PerSecond => series.per_second,
            Self::Answered => float(series.answered),
            Self::Failed => float(series.failed),
        }
    }
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = "write [KIND:]FIGURE<VALUE or >VALUE, such as p99<50ms or buy:failed<1; figures are p50, p90, p99, \
                    p99.9, max (with us, ms or s), per-second, answered, failed";
        let at = text.find(['<', '>']).ok_or(help)?;
        let (left, right) = (text[..at].trim(), text[at + 1..].trim());
        let (kind, figure) = match left.rsplit_once(':') {
            Some((kind, figure)) => (Some(kind.trim().to_owned()), figure.trim()),
            None => (None, left),
        };
        let figure = FIGURES.iter().find(|(name, _)| *name == figure).map(|(_, figure)| *figure).ok_or(help)?;
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        let bound = if figure.is_latency() {
            let with_unit = |(unit, us): &(&str, f64)| Some(number(right.strip_suffix(unit)?)? * us);
            UNITS.iter().find_map(with_unit).ok_or("a latency needs a unit: us, ms or s")?
        } else {
            number(right).ok_or(help)?
        };
        Ok(Self { text: text.to_owned(), kind, figure, below: text[at..].starts_with('<'), bound })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.text)
    }
}

impl Expectation {
    /// Why the outcome is not as expected; `None` where it is.
    pub(crate) fn missed(&self, outcome: &Outcome) -> Option<String> {
        let series = match &self.kind {
            None => report::together(outcome),
            Some(kind) => match outcome.series.iter().find(|series| series.name == *kind) {
                Some(series) => series.clone(),
                None => return Some(format!("{self}: nothing of that kind was asked")),
            },
        };
        if self.figure.is_latency() && series.answered == 0 {
            return Some(format!("{self}: nothing was answered"));
        }
        let found = self.figure.of(&series);
        let met = if self.below { found < self.bound } else { found > self.bound };
        let shown = if self.figure.is_latency() { format!("{:.3} ms", found / 1e3) } else { format!("{found:.1}") };
        (!met).then(|| format!("{self}: it was {shown}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{failover, silence};

    fn missed(text: &str, outcome: &Outcome) -> Option<String> {
        text.parse::<Expectation>().unwrap_or_else(|why| panic!("{text}: {why}")).missed(outcome)
    }

    #[test]
    fn what_is_met_is_silent_and_what_is_missed_says_what_it_was() {
        let outcome = failover();
        for text in ["max<1000s", "lookup:failed<1", "buy:p50>1us", "failed<15", "answered > 100000"] {
            assert_eq!(missed(text, &outcome), None, "{text}");
        }
        assert_eq!(missed("buy:failed<1", &outcome).as_deref(), Some("buy:failed<1: it was 13.0"));
        assert!(missed("p50<1us", &outcome).is_some_and(|why| why.contains(" ms")));
    }

    #[test]
    fn a_latency_of_nothing_is_not_below_anything() {
        assert!(missed("p99<50ms", &silence()).is_some());
        assert!(missed("refund:p99<50ms", &silence()).is_some_and(|why| why.contains("nothing of that kind")));
    }

    #[test]
    fn what_is_no_expectation_is_told_how_to_write_one() {
        for text in ["", "p99", "p99=5ms", "p98<5ms", "p99<5", "p99<fast", "failed<-1", "failed<5ms", "p99<NaNms"] {
            assert!(text.parse::<Expectation>().is_err(), "{text:?}");
        }
    }
}
