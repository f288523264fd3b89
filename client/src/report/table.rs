//! The report as plain text for the terminal, no wider than [`WIDTH`].

use super::rows::{self, COLUMNS, Row};
use super::{audit, words};
use crate::outcome::Outcome;

/// The width of the text, in letters.
const WIDTH: usize = 110;
/// The least a name gets, however long the figures beside it are.
const NAME: usize = 12;
/// The blanks between two columns.
const GAP: usize = 2;

/// The report as text: what ran, the verdict, a row for each series, then findings, faults, failures and the ledger.
pub fn table(outcome: &Outcome) -> String {
    let mut text = Text::default();
    text.paragraph("", &headline(outcome));
    text.paragraph("", &audit::sentence(&outcome.audit));
    text.heading("");
    text.rows(&rows::rows(outcome));
    if !outcome.findings.is_empty() {
        text.heading("Findings");
        for finding in &outcome.findings {
            text.paragraph(&format!("{:>10}  ", words::times(finding.ratio)), &finding.says);
        }
    }
    if !outcome.faults.is_empty() {
        text.heading("Faults");
        for fault in &outcome.faults {
            text.paragraph(&format!("{:>10}  ", words::seconds(fault.at)), &fault.what);
        }
    }
    if outcome.series.iter().any(|series| !series.failures.is_empty()) {
        text.heading("Failures");
        for series in &outcome.series {
            for (reason, count) in &series.failures {
                text.paragraph(&format!("{:>10}  ", words::whole(*count)), &format!("{}: {reason}", series.name));
            }
        }
    }
    text.heading("Ledger");
    text.paragraph("  ", &audit::purchases(&outcome.audit));
    for check in audit::ordered(&outcome.audit) {
        let says =
            if check.detail.is_empty() { check.says.clone() } else { format!("{} ({})", check.says, check.detail) };
        text.paragraph(&format!("{:>10}  ", audit::word(check)), &says);
    }
    text.0
}

/// What ran, in a line.
fn headline(outcome: &Outcome) -> String {
    let Outcome { scenario, target, load, seconds, seed, .. } = outcome;
    format!("{scenario}: {target}, {}, {}, seed {seed}", words::load(*load), words::seconds(*seconds))
}

/// Text that is being written.
#[derive(Default)]
struct Text(String);

impl Text {
    /// An empty line, and the heading of what follows, if it has one.
    fn heading(&mut self, heading: &str) {
        self.0.push('\n');
        if !heading.is_empty() {
            self.line(heading);
        }
    }

    /// `text` after `lead`, in as many lines as it needs, all of them indented alike.
    fn paragraph(&mut self, lead: &str, text: &str) {
        let indent = lead.chars().count();
        for (index, line) in wrapped(text, WIDTH - indent).iter().enumerate() {
            let lead = if index == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.line(&(lead + line));
        }
    }

    /// The rows, aligned: names to the left, figures to the right.
    fn rows(&mut self, rows: &[Row]) {
        let wide: Vec<usize> = (0..COLUMNS.len())
            .map(|at| rows.iter().map(|row| row.cells[at].chars().count()).fold(COLUMNS[at].len(), usize::max))
            .collect();
        let figures: usize = wide.iter().map(|wide| wide + GAP).sum();
        let longest = rows.iter().map(|row| row.name.chars().count()).fold(NAME, usize::max);
        let name = longest.min(WIDTH.saturating_sub(figures)).max(NAME);
        self.row(name, "", COLUMNS.iter().copied(), &wide);
        for row in rows {
            self.row(name, &row.name, row.cells.iter().map(String::as_str), &wide);
        }
    }

    /// One line of cells.
    fn row<'a>(&mut self, name: usize, first: &str, cells: impl Iterator<Item = &'a str>, wide: &[usize]) {
        let name = format!("{:name$}", words::clip(&harmless(first), name));
        let figures = cells.zip(wide).map(|(cell, wide)| format!("{cell:>width$}", width = wide + GAP));
        self.line(&(name + &figures.collect::<String>()));
    }

    /// One line.
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

/// `text` without anything that would steer a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// `text` in lines of at most `width`, broken between words, or within one that is longer than a line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in harmless(text).split_whitespace() {
        let mut letters: Vec<char> = word.chars().collect();
        let blank = usize::from(room < width);
        if letters.len() + blank <= room {
            room -= letters.len() + blank;
            let line = lines.last_mut().expect("there is always a line");
            line.extend([' '].iter().take(blank).chain(&letters));
            continue;
        }
        if room == width {
            lines.pop();
        }
        while letters.len() > width {
            let rest = letters.split_off(width);
            lines.push(letters.into_iter().collect());
            letters = rest;
        }
        room = width - letters.len();
        lines.push(letters.into_iter().collect());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{broken, check, emptiness, failover, fault, series, silence};

    fn widest(text: &str) -> usize {
        text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
    }

    #[test]
    fn the_table_says_what_ran_and_what_came_of_it() {
        let text = table(&failover());
        let first = text.lines().next().expect("a headline");
        assert_eq!(first, "failover: http://127.0.0.1:8010, 32 clients, closed loop, 60 s, seed 20251121");
        for part in ["71,403", "40.4×", "catalogA killed", "buy: no answer within 2 s", "holds  no title"] {
            assert!(text.contains(part), "{part} is missing:\n{text}");
        }
    }

    #[test]
    fn the_figures_of_a_column_end_at_the_same_place() {
        let text = table(&failover());
        let rows: Vec<&str> = text.lines().skip_while(|line| !line.contains("p99.9")).take(5).collect();
        let ends: Vec<usize> = rows.iter().map(|row| row.chars().count()).collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{text}");
    }

    #[test]
    fn a_broken_check_is_the_first_thing_one_sees() {
        let text = table(&broken());
        assert_eq!(text.lines().nth(1), Some("The ledger is BROKEN: 1 of 4 checks did not hold."));
        let checks = text.lines().skip_while(|line| *line != "Ledger");
        let first_check =
            checks.skip(1).find(|line| line.contains("holds  ") || line.contains("BROKEN  ")).expect("one");
        assert_eq!(first_check, "    BROKEN  nothing was sold that nobody had (title 5: 3 sold, 2 in stock)");
    }

    #[test]
    fn a_run_without_a_single_answer_still_has_a_table() {
        let text = table(&silence());
        assert!(text.contains("connection refused") && text.contains("The ledger was not checked."), "{text}");
        assert!(!text.contains("NaN") && !text.contains("µs"), "{text}");
        assert!(table(&emptiness()).contains("per second"));
    }

    #[test]
    fn nothing_is_too_wide_however_long_its_name() {
        let mut outcome = failover();
        outcome.target = format!("http://{}", "t".repeat(300));
        outcome.series.push(series(&"n".repeat(300), 123_456_789_012, 5, 9_000, &[(&"why ".repeat(90), 5)]));
        outcome.faults.push(fault(59.0, &"w".repeat(300)));
        outcome.audit.checks.push(check(&"says ".repeat(60), true, &"d".repeat(300)));
        let text = table(&outcome);
        assert!(widest(&text) <= WIDTH, "{}:\n{text}", widest(&text));
        assert!(text.contains(&"d".repeat(90)), "long words are broken, not lost");
    }

    #[test]
    fn no_answer_can_steer_the_terminal() {
        let mut outcome = failover();
        outcome.series[0].name = "\u{1b}[2Jlookup".to_owned();
        outcome.series[0].failures = vec![("\u{1b}]0;mine\u{7}\r\nreason".to_owned(), 1)];
        outcome.target = "\u{9b}31mshop".to_owned();
        assert!(!table(&outcome).chars().any(|letter| letter.is_control() && letter != '\n'));
    }

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrapped("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("", 3), [""]);
    }
}
