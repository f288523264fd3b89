//! The page says what was found, and asks nobody for anything.

use super::{render, write};
use crate::closing::Agreement;
use crate::fault::{Fault, Link, Replica, Spell, Trouble};
use crate::inject::{Deed, Outcome as Became};
use crate::judge::{Count, Verdict};
use crate::outcome::{Absence, ListTally, Outcome, Tally};
use client::outcome::{Check, Second};

fn outcome() -> Outcome {
    let cut = Fault::Links { links: vec![Link::between(Replica::OrderA, Replica::CatalogB)], trouble: Trouble::Cut };
    let deed = |fault, from_ms, to_ms, result| Deed { spell: Spell { fault, from_ms, to_ms }, result };
    Outcome {
        seed: 77,
        began_ms: 1_764_000_000_000,
        planned_s: 30.0,
        seconds: 30.0,
        broken_off: false,
        timeline: (0..30).map(|at| Second { at, answered: 100, ..Second::default() }).collect(),
        deeds: vec![
            deed(cut, 3_000, 6_000, Became::Done),
            deed(Fault::Clock(Replica::OrderB), 8_000, 9_000, Became::Skipped("<no> library".to_owned())),
        ],
        absences: vec![Absence { replica: Replica::CatalogA, from_ms: 4_000, to_ms: 5_000 }],
        tally: Tally { asked: 3_100, bought: 3_000, ..Tally::default() },
        lists: ListTally { asked: 900, stored: 410, shown: 488, ..ListTally::default() },
        agreement: Agreement { mended_ms: 31_000, agreed_ms: Some(31_400), differs: String::new() },
        verdict: Verdict {
            checks: vec![Check { says: "nothing is oversold".to_owned(), held: true, detail: "all".to_owned() }],
            counts: vec![Count { says: "units stranded".to_owned(), count: 12 }],
        },
    }
}

#[test]
fn the_page_shows_verdict_faults_and_numbers_and_loads_nothing() {
    let page = render(&outcome()).expect("it renders");
    for words in [
        "kept its word under 2 faults",
        "orderA → catalogB: cut",
        "units stranded",
        "410 writes",
        "400 ms",
        "--minutes 0.5",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.contains("skipped: &#60;no&#62; library"), "what comes from outside is escaped");
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("<script"), "one file");
}

#[test]
fn a_breach_is_the_first_thing_that_is_seen() {
    let mut outcome = outcome();
    outcome.verdict.checks[0].held = false;
    let page = render(&outcome).expect("it renders");
    assert!(page.contains("did not keep its word in one point") && page.contains("verdict broken"));
}

#[test]
fn the_figures_read_back() {
    let directory = tempfile::tempdir().expect("a directory");
    write(directory.path(), &outcome()).expect("written");
    let json = std::fs::read(directory.path().join("chaos.json")).expect("there");
    assert_eq!(serde_json::from_slice::<Outcome>(&json).expect("reads"), outcome());
}
