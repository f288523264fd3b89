//! What a person sees while a run goes on: one line that changes on a terminal, plain lines elsewhere.

use crate::drive::Floor;
use crate::outcome::Second;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two plain lines, at least.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Whether a run is told about while it goes on; always on stderr, so that stdout is the report's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not at all.
    Silent,
    /// Second by second.
    Shown,
}

impl Progress {
    /// One line about what is being done.
    pub(crate) fn says(self, doing: &str) {
        if self == Self::Shown {
            eprintln!("{doing}");
        }
    }

    /// Tells about the run until it is over.
    pub(crate) async fn follow(self, floor: &Arc<Floor>) {
        if self == Self::Silent {
            return;
        }
        let terminal = std::io::stderr().is_terminal();
        let span = floor.ends.saturating_duration_since(floor.starts);
        let bar = if terminal { bar(span) } else { ProgressBar::hidden() };
        let mut told = Instant::now();
        if floor.starts > Instant::now() {
            bar.set_message("warming up");
            floor.until(floor.starts).await;
        }
        for at in 0_u32.. {
            // A little late, for the answers of the last moment.
            let next = floor.starts + Duration::from_secs(u64::from(at) + 1) + Duration::from_millis(20);
            if floor.is_over() || next > floor.ends + Duration::from_secs(1) {
                break;
            }
            floor.until(next).await;
            let line = line(floor.recorder().of_second(at));
            bar.set_position(u64::from(at) + 1);
            if !terminal && (at == 0 || told.elapsed() >= PLAIN_EVERY) {
                told = Instant::now();
                eprintln!("{:>4} s  {line}", at + 1);
            }
            bar.set_message(line);
        }
        bar.finish_and_clear();
    }
}

fn bar(span: Duration) -> ProgressBar {
    let style = ProgressStyle::with_template("{pos:>4}/{len} s {bar:20} {msg}");
    ProgressBar::new(span.as_secs()).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A second in a line.
fn line(second: Second) -> String {
    use crate::report::words::{duration, whole};
    let failed = if second.failed > 0 { format!("  {} FAILED", whole(second.failed)) } else { String::new() };
    format!("{:>8}/s  p50 {:>8}  p99 {:>8}{failed}", whole(second.answered), duration(second.p50), duration(second.p99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_one_line_that_names_failures_only_when_there_are_some() {
        let second = Second { at: 1, answered: 12_345, failed: 0, p50: 800, p99: 2_500, max: 9_000 };
        assert_eq!(line(second), "  12,345/s  p50   800 µs  p99  2.50 ms");
        assert!(line(Second { failed: 3, ..second }).ends_with("  3 FAILED"));
    }
}
