//! The report of a run: a page for people and a JSON file for programs, in the look of the load client's.
//!
//! Everything is drawn from an [`Outcome`] and from nothing else.

use crate::error::{ChaosError, While as _};
use crate::fault::{Fault, Replica};
use crate::inject::{Deed, Outcome as Became};
use crate::outcome::Outcome;
use askama::Template;
use client::outcome::{Audit, Load, Outcome as Drawn};
use client::report::part::{self, Bar};
use std::path::{Path, PathBuf};

/// What bars mean, the rearmost first.
const MEANINGS: [(&str, &str); 3] =
    [("away", "not ready"), ("link", "trouble on a link"), ("process", "done to a process or its data")];

#[derive(Template)]
#[template(path = "chaos.html")]
struct Page<'a> {
    outcome: &'a Outcome,
    look: &'static str,
    /// For people, and for machines.
    began: (String, String),
    lasted: String,
    minutes: String,
    sentence: String,
    promise: String,
    figures: Vec<Figure>,
    charts: Vec<String>,
    deeds: Vec<Row>,
}

struct Figure {
    name: &'static str,
    value: String,
    note: String,
}

struct Row {
    from: String,
    to: String,
    fault: String,
    result: String,
    style: &'static str,
}

/// Writes `chaos.html` and `chaos.json` to `directory`; returned is where the page is.
///
/// # Errors
/// A file can't be written.
pub(crate) fn write(directory: &Path, outcome: &Outcome) -> Result<PathBuf, ChaosError> {
    let page = render(outcome).during("drawing the report")?;
    part::keep(directory, "chaos", outcome, &page).map(|written| written.page).during("writing the report")
}

fn render(outcome: &Outcome) -> Result<String, askama::Error> {
    let page = Page {
        outcome,
        look: part::STYLE,
        began: part::date(outcome.began_ms),
        lasted: seconds(outcome.seconds),
        minutes: format!("{:.3}", outcome.planned_s / 60.0).trim_end_matches('0').trim_end_matches('.').to_owned(),
        sentence: sentence(outcome),
        promise: promise(outcome),
        figures: figures(outcome),
        charts: charts(outcome),
        deeds: outcome.deeds.iter().map(row).collect(),
    };
    page.render()
}

fn sentence(outcome: &Outcome) -> String {
    let broken = outcome.verdict.checks.iter().filter(|check| !check.held).count();
    match broken {
        0 => format!("The shop kept its word under {} faults.", outcome.deeds.len()),
        1 => "The shop did not keep its word in one point.".to_owned(),
        many => format!("The shop did not keep its word in {many} points."),
    }
}

fn promise(Outcome { tally, lists, .. }: &Outcome) -> String {
    format!(
        "{} questions by customers and the operator: {} purchases confirmed, {} looks, {} deliveries; {} were told no, \
         {} not now, {} got no answer. {} questions about lists: {} writes, {} looks; {} were told no, {} do not know.",
        tally.asked,
        tally.bought,
        tally.looked_up,
        tally.delivered,
        tally.refused,
        tally.not_now,
        tally.silent,
        lists.asked,
        lists.stored,
        lists.shown,
        lists.refused,
        lists.unknown
    )
}

fn figures(outcome: &Outcome) -> Vec<Figure> {
    let Outcome { tally, agreement, .. } = outcome;
    let silent = outcome.timeline.iter().filter(|second| second.answered == 0).count();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = tally.bought as f64 / outcome.seconds.max(1.0);
    let agreed = agreement.agreed_ms.map(|agreed| agreed.saturating_sub(agreement.mended_ms));
    vec![
        Figure { name: "bought a second", value: format!("{rate:.0}"), note: format!("{} in all", tally.bought) },
        Figure { name: "failed", value: tally.failed().to_string(), note: format!("of {} questions", tally.asked) },
        Figure {
            name: "seconds without a sale",
            value: silent.to_string(),
            note: format!("of {}", outcome.timeline.len()),
        },
        Figure {
            name: "all equal after",
            value: agreed.map_or("never".to_owned(), |ms| format!("{ms} ms")),
            note: "since everything was mended".to_owned(),
        },
    ]
}

fn charts(outcome: &Outcome) -> Vec<String> {
    let drawn = Drawn {
        scenario: "chaos".to_owned(),
        target: String::new(),
        load: Load::Clients(crate::customer::CUSTOMERS),
        seed: outcome.seed,
        began_ms: outcome.began_ms,
        seconds: outcome.seconds,
        series: Vec::new(),
        timeline: outcome.timeline.clone(),
        faults: Vec::new(),
        findings: Vec::new(),
        audit: Audit::default(),
    };
    let bars = bars(outcome);
    let lanes = (!bars.is_empty())
        .then(|| part::lanes("Faults, and who was away", &bars, &MEANINGS, outcome.seconds.max(1.0), "lanes"));
    part::rate(&drawn, "rate").into_iter().chain(lanes).collect()
}

/// Replicas first, in their order, then links in the order in which they first had trouble.
fn bars(outcome: &Outcome) -> Vec<Bar> {
    let mut bars = Vec::new();
    for replica in Replica::ALL {
        let away = outcome.absences.iter().filter(|absence| absence.replica == replica);
        bars.extend(away.map(|absence| {
            let (from, to) = (s(absence.from_ms), s(absence.to_ms));
            Bar { lane: replica.to_string(), style: "away", from, to, says: format!("{replica} is not ready") }
        }));
        let done = outcome.deeds.iter().filter(|deed| deed.spell.fault.replica() == Some(replica));
        bars.extend(done.filter(|deed| !is_skipped(deed)).map(|deed| {
            let (from, to) = (s(deed.spell.from_ms), s(deed.spell.to_ms));
            Bar { lane: replica.to_string(), style: "process", from, to, says: deed.spell.fault.to_string() }
        }));
    }
    for deed in &outcome.deeds {
        if let Fault::Links { links, trouble } = &deed.spell.fault {
            let (from, to) = (s(deed.spell.from_ms), s(deed.spell.to_ms));
            let bar = |says: String, lane: String| Bar { lane, style: "link", from, to, says };
            bars.extend(links.iter().map(|link| bar(format!("{link}: {trouble}"), link.to_string())));
        }
    }
    bars
}

fn is_skipped(deed: &Deed) -> bool {
    matches!(deed.result, Became::Skipped(_))
}

fn row(deed: &Deed) -> Row {
    let (result, style) = match &deed.result {
        Became::Done => (String::new(), ""),
        Became::Skipped(why) => (format!("skipped: {why}"), "skipped"),
        Became::Failed(why) => (format!("did not go as it should: {why}"), "skipped"),
        Became::Noticed(words) => (words.clone(), "holds"),
        Became::Unnoticed(words) => (words.clone(), "broken"),
    };
    let (from, to) = (seconds(s(deed.spell.from_ms)), seconds(s(deed.spell.to_ms)));
    Row { from, to, fault: deed.spell.fault.to_string(), result, style }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "a run is far shorter than 2^52 milliseconds")]
fn s(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests;
