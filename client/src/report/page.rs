//! The report as a page: one file that asks nobody for anything, with what a reader wants to know first at the top.

use super::audit::{self, Verdict};
use super::chart::{self, Chart, Columns};
use super::date::Moment;
use super::rows::{self, COLUMNS, Row};
use super::words;
use crate::outcome::{Finding, Load, Outcome, Series};
use askama::Template;

/// The most faults, findings, reasons and checks that are listed; the JSON file has them all.
const MOST: usize = 50;
/// The most letters of a text from outside.
const LETTERS: usize = 200;

/// What the template needs; everything in it is ready to be shown, and the template escapes it.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    scenario: String,
    target: String,
    began: Moment,
    load: String,
    seconds: String,
    seed: u64,
    verdict: Verdict,
    sentence: String,
    purchases: String,
    figures: Vec<Figure>,
    findings: Vec<Line>,
    histograms: Vec<Chart>,
    timelines: Vec<Chart>,
    /// How many seconds a point of a timeline stands for.
    point: u32,
    columns: &'static [&'static str],
    rows: Vec<Row>,
    faults: Vec<Line>,
    failures: Vec<Line>,
    checks: Vec<Line>,
    /// Whether a list was cut short.
    cut: bool,
    json: &'a str,
}

/// A big figure.
struct Figure {
    /// What it is.
    name: &'static str,
    /// Its value.
    value: String,
    /// What puts it in its place.
    note: String,
    /// The name of the style.
    style: &'static str,
}

/// A line of a list: what it is about, its text and its detail.
struct Line {
    head: String,
    says: String,
    detail: String,
    style: &'static str,
}

impl Line {
    fn new(head: String, says: &str, detail: &str) -> Self {
        Self { head, says: words::clip(says, LETTERS), detail: words::clip(detail, LETTERS), style: "" }
    }
}

/// The page of `outcome`, which lies beside the file `json`.
///
/// # Errors
/// None that the page could cause: the writer is a string.
pub(super) fn render(outcome: &Outcome, json: &str) -> Result<String, askama::Error> {
    let all = rows::together(outcome);
    let columns = Columns::of(outcome);
    let timelines = columns
        .iter()
        .flat_map(|columns| chart::latency(outcome, columns).into_iter().chain([chart::rate(outcome, columns)]));
    let reasons: usize = outcome.series.iter().map(|series| series.failures.len()).sum();
    let longest =
        [outcome.faults.len(), outcome.findings.len(), reasons, outcome.audit.checks.len(), outcome.series.len()];
    let page = Page {
        scenario: words::clip(&outcome.scenario, LETTERS),
        target: words::clip(&outcome.target, LETTERS),
        began: Moment::of(outcome.began_ms),
        load: words::load(outcome.load),
        seconds: words::seconds(outcome.seconds),
        seed: outcome.seed,
        verdict: Verdict::of(&outcome.audit),
        sentence: audit::sentence(&outcome.audit),
        purchases: audit::purchases(&outcome.audit),
        figures: figures(outcome, &all),
        findings: outcome.findings.iter().take(MOST).map(finding).collect(),
        histograms: chart::histograms(outcome),
        timelines: timelines.collect(),
        point: columns.as_ref().map_or(1, |columns| columns.seconds),
        columns: &COLUMNS,
        rows: table(outcome),
        faults: faults(outcome),
        failures: failures(outcome),
        checks: checks(outcome),
        cut: longest.into_iter().any(|long| long > MOST),
        json,
    };
    page.render()
}

/// The figures one asks for first.
fn figures(outcome: &Outcome, all: &Series) -> Vec<Figure> {
    let asked = all.answered.saturating_add(all.failed);
    let note = match outcome.load {
        Load::Rate(wanted) => format!("of {} a second", words::counted(wanted.into(), "arrival", "arrivals")),
        Load::Clients(_) => words::counted(all.answered, "answer", "answers"),
    };
    let failed = if all.failed == 0 { "none" } else { "failed" };
    vec![
        Figure { name: "answers a second", value: words::figure(all.per_second), note, style: "" },
        Figure {
            name: "median (p50)",
            value: rows::took(all, all.latency.p50),
            note: format!("p90 {}", rows::took(all, all.latency.p90)),
            style: "",
        },
        Figure {
            name: "p99",
            value: rows::took(all, all.latency.p99),
            note: format!("longest {}", rows::took(all, all.latency.max)),
            style: "",
        },
        Figure {
            name: "failed",
            value: words::whole(all.failed),
            note: format!("{} of {}", words::percent(all.failed, asked), words::counted(asked, "request", "requests")),
            style: failed,
        },
    ]
}

fn finding(finding: &Finding) -> Line {
    Line::new(words::times(finding.ratio), &finding.says, "")
}

/// The rows of the table, their names at a bearable length, and the sum of all even where not all are shown.
fn table(outcome: &Outcome) -> Vec<Row> {
    let mut rows = rows::rows(outcome);
    let total = rows.pop_if(|row| row.total);
    rows.truncate(MOST);
    rows.extend(total);
    for row in &mut rows {
        row.name = words::clip(&row.name, LETTERS);
    }
    rows
}

fn faults(outcome: &Outcome) -> Vec<Line> {
    let faults = outcome.faults.iter().take(MOST);
    faults.map(|fault| Line::new(words::seconds(fault.at), &fault.what, "")).collect()
}

fn failures(outcome: &Outcome) -> Vec<Line> {
    let reasons = outcome.series.iter().flat_map(|series| series.failures.iter().map(move |reason| (series, reason)));
    let lines = reasons.map(|(series, (reason, count))| Line::new(words::whole(*count), reason, &series.name));
    lines.take(MOST).collect()
}

fn checks(outcome: &Outcome) -> Vec<Line> {
    let checks = audit::ordered(&outcome.audit).into_iter().take(MOST);
    let lines = checks.map(|check| Line {
        style: if check.held { Verdict::Holds } else { Verdict::Broken }.style(),
        ..Line::new(audit::word(check).to_owned(), &check.says, &check.detail)
    });
    lines.collect()
}

#[cfg(test)]
mod tests;
