//! Parts of a report for those who write another one: the look, the charts as pieces of a page, dates, and the keeping
//! of files.

use super::chart::{self, Chart, Columns};
use super::date::Moment;
use crate::outcome::Outcome;
use askama::Template;

pub use super::chart::Bar;
pub use super::files::keep;

/// The look of reports, to be put between `<style>` and `</style>`.
pub const STYLE: &str = include_str!("../../templates/report/style.css");

/// A chart as a piece of a page.
#[derive(Template)]
#[template(path = "report/chart.html")]
struct Drawn<'a> {
    chart: &'a Chart,
    id: &'a str,
}

fn drawn(chart: &Chart, id: &str) -> String {
    // The writer is a string, which takes everything.
    Drawn { chart, id }.render().unwrap_or_default()
}

/// Answers and failures a second over time, with the run's faults as flags; nothing where the run has no timeline.
///
/// `id` names the chart in its page.
pub fn rate(outcome: &Outcome, id: &str) -> Option<String> {
    Columns::of(outcome).map(|columns| drawn(&chart::rate(outcome, &columns), id))
}

/// What lasted how long in a run of so many seconds, a lane for each who it happened to; `meanings` are the styles that
/// the bars may have, rearmost first, and what they mean.
///
/// `id` names the chart in its page.
pub fn lanes(title: &str, bars: &[Bar], meanings: &[(&'static str, &'static str)], seconds: f64, id: &str) -> String {
    drawn(&chart::lanes(title, bars, meanings, seconds), id)
}

/// A moment in Unix milliseconds, for people and as the `datetime` of `<time>`.
pub fn date(ms: u64) -> (String, String) {
    let Moment { shown, machine } = Moment::of(ms);
    (shown, machine)
}
