//! How far a command has got, for whoever waits for it: a bar on a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

/// From when on, and how often, a line is written where there is no terminal.
const PACE: Duration = Duration::from_secs(2);

pub(crate) struct Progress {
    what: &'static str,
    unit: &'static str,
    /// None where nobody looks at a bar.
    bar: Option<ProgressBar>,
    length: u64,
    done: u64,
    told: Instant,
    pace: Duration,
}

impl Progress {
    /// Something that takes `length` units.
    pub(crate) fn new(what: &'static str, unit: &'static str, length: u64) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let template = format!("{{msg}} [{{bar:30}}] {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left");
            let style = ProgressStyle::with_template(&template);
            ProgressBar::new(length)
                .with_message(what)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { what, unit, bar, length, done: 0, told: Instant::now(), pace: PACE }
    }

    /// So many units are done in all.
    pub(crate) fn set(&mut self, done: u64) {
        self.done = done;
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None if self.told.elapsed() >= self.pace => {
                eprintln!("{}: {done} of {} {}", self.what, self.length, self.unit);
                self.told = Instant::now();
                // A file that somebody reads tomorrow needs fewer lines the longer it takes.
                self.pace = (self.pace * 2).min(Duration::from_mins(1));
            }
            None => (),
        }
    }

    /// So many more units are done.
    pub(crate) fn add(&mut self, more: u64) {
        self.set(self.done + more);
    }

    /// It is over, and no bar is left behind.
    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
