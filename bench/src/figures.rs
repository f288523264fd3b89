//! What a part found, and whether it is what was aimed at.
//!
//! A figure is a value a round. Where it has a reference, each round's value is set against the reference's of the same
//! round, and the median of these ratios is what counts: absolute values say more of the machine than of the shop.

use crate::stats::{median, ratios};
use serde::{Deserialize, Serialize};

/// One part's figures, as they are kept in the JSON file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The part's name, also that of its table.
    pub(crate) name: String,
    /// The machine they were measured on.
    pub(crate) machine: String,
    /// How many rounds.
    pub(crate) rounds: u32,
    /// How long each measurement took, in seconds.
    pub(crate) seconds: u64,
    /// What was measured.
    pub(crate) figures: Vec<Figure>,
}

/// One thing that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What, as a person would say it.
    pub(crate) what: String,
    /// What its values are.
    pub(crate) unit: Unit,
    /// A value a round.
    pub(crate) shop: Vec<f64>,
    /// What it is measured against.
    pub(crate) reference: Option<Reference>,
    /// What was aimed at: of the ratio where there is a reference, else of the value.
    pub(crate) goal: Option<Goal>,
}

/// What stands beside a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reference {
    /// What was measured: `bare handler`.
    pub(crate) name: String,
    /// A value a round.
    pub(crate) values: Vec<f64>,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// So many a second.
    PerSecond,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Mebibytes.
    Mebibytes,
    /// A number of things.
    Count,
    /// A part of the whole.
    Share,
}

/// What was aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// From the one to the other.
    Within(f64, f64),
}

impl Figure {
    /// A figure that stands alone.
    pub(crate) fn alone(what: impl Into<String>, unit: Unit, shop: Vec<f64>) -> Self {
        Self { what: what.into(), unit, shop, reference: None, goal: None }
    }

    /// A figure beside its reference.
    pub(crate) fn beside(
        what: impl Into<String>,
        unit: Unit,
        shop: Vec<f64>,
        name: impl Into<String>,
        values: Vec<f64>,
    ) -> Self {
        let reference = Some(Reference { name: name.into(), values });
        Self { what: what.into(), unit, shop, reference, goal: None }
    }

    /// The same with something to aim at.
    pub(crate) fn aims(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    /// The ratios of the rounds, where there is a reference; else the values.
    pub(crate) fn judged(&self) -> Vec<f64> {
        match &self.reference {
            Some(reference) => ratios(&self.shop, &reference.values),
            None => self.shop.clone(),
        }
    }

    /// Whether the goal was reached; `None` where there is none, or nothing was measured.
    pub(crate) fn reached(&self) -> Option<bool> {
        let found = median(&self.judged())?;
        Some(match self.goal? {
            Goal::AtLeast(least) => found >= least,
            Goal::AtMost(most) => found <= most,
            Goal::Within(least, most) => (least..=most).contains(&found),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_of_the_median_ratio_where_there_is_a_reference_and_of_the_value_where_there_is_none() {
        let rate = Figure::beside("x", Unit::PerSecond, vec![96.0, 10.0, 99.0], "y", vec![100.0; 3]);
        assert_eq!(rate.clone().aims(Goal::AtLeast(0.95)).reached(), Some(true));
        assert_eq!(rate.aims(Goal::AtLeast(0.97)).reached(), Some(false));
        let wait = Figure::alone("x", Unit::Milliseconds, vec![4.0, 6.0, 5.0]);
        assert_eq!(wait.clone().aims(Goal::AtMost(5.0)).reached(), Some(true));
        assert_eq!(wait.clone().aims(Goal::Within(5.5, 9.0)).reached(), Some(false));
        assert_eq!(wait.reached(), None, "no goal, nothing reached");
    }

    #[test]
    fn a_figure_that_was_never_measured_reaches_nothing() {
        let nothing = Figure::alone("x", Unit::Count, Vec::new()).aims(Goal::AtMost(0.0));
        assert_eq!(nothing.reached(), None);
    }
}
