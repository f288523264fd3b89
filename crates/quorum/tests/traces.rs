//! The named cases of reading and writing, each a file: what was heard, then what follows from it.
//!
//! Above the line `---` stand the replicas and what they say; below it what the machines do, written anew with
//! `UPDATE_TRACES=1`. A value is a set of letters, joined by union.

use quorum::{Copies, Join, Read, ReadStep, Write, WriteStep};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[derive(Clone, Debug, PartialEq)]
struct Letters(BTreeSet<char>);

impl Join for Letters {
    fn join(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }
}

impl Letters {
    fn read(text: &str) -> Option<Self> {
        (text != "nothing").then(|| Self(text.chars().collect()))
    }

    fn shown(value: Option<&Self>) -> String {
        value.map_or("nothing".to_owned(), |letters| letters.0.iter().collect())
    }
}

enum Machine {
    Idle,
    Read(Read<String, Letters>),
    Write(Write<String>),
}

struct Stage {
    copies: Option<Copies<String>>,
    spare: Vec<String>,
    machine: Machine,
    out: String,
}

impl Stage {
    fn obey(&mut self, line: &str) {
        writeln!(self.out, "{line}").expect("a text takes lines");
        let words: Vec<&str> = line.split_whitespace().collect();
        let names = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        match words.as_slice() {
            ["replicas", replicas @ ..] => self.copies = Some(Copies::of(names(replicas))),
            ["and", replicas @ ..] => self.copies = self.copies.take().map(|copies| copies.and(names(replicas))),
            ["spare", replicas @ ..] => self.spare = names(replicas),
            ["read"] => {
                let (read, steps) = Read::begin(self.copies.clone().expect("replicas come first"), self.spare.clone());
                self.machine = Machine::Read(read);
                self.read_steps(steps);
            }
            ["write"] => {
                let (write, steps) =
                    Write::begin(self.copies.clone().expect("replicas come first"), self.spare.clone());
                self.machine = Machine::Write(write);
                self.write_steps(steps);
            }
            [replica, what @ ..] => self.heard(&(*replica).to_owned(), what),
            [] => panic!("an empty line"),
        }
    }

    fn heard(&mut self, replica: &String, what: &[&str]) {
        match (&mut self.machine, what) {
            (Machine::Read(read), ["has", copy]) => {
                let steps = read.answered(replica, Letters::read(copy));
                self.read_steps(steps);
            }
            (Machine::Read(read), ["is", "being", "filled,", "and", "has", copy]) => {
                let steps = read.answered_in_part(replica, Letters::read(copy));
                self.read_steps(steps);
            }
            (Machine::Read(read), ["is", "silent"]) => {
                let steps = read.failed(replica);
                self.read_steps(steps);
            }
            (Machine::Write(write), ["stores"]) => {
                let steps = write.stored(replica);
                self.write_steps(steps);
            }
            (Machine::Write(write), ["is", how @ ("silent" | "gone")]) => {
                let steps = write.failed(replica, *how == "gone");
                self.write_steps(steps);
            }
            _ => panic!("{replica} {what:?} makes no sense here"),
        }
    }

    fn read_steps(&mut self, steps: Vec<ReadStep<String, Letters>>) {
        for step in steps {
            let step = match step {
                ReadStep::Ask(replica) => format!("ask {replica}"),
                ReadStep::Tell(found) => {
                    let quorum = if found.quorum { "a quorum" } else { "no quorum" };
                    format!("tell {}, {} answers, {quorum}", Letters::shown(found.value.as_ref()), found.answers)
                }
                ReadStep::Repair(replica, value) => format!("repair {replica} with {}", Letters::shown(Some(&value))),
            };
            writeln!(self.out, "  {step}").expect("a text takes lines");
        }
    }

    fn write_steps(&mut self, steps: Vec<WriteStep<String>>) {
        for step in steps {
            let step = match step {
                WriteStep::Send { to, keeps_for: None } => format!("send to {to}"),
                WriteStep::Send { to, keeps_for: Some(missing) } => {
                    format!("send to {to}, which keeps it for {missing}")
                }
                WriteStep::Hint { at, missing } => format!("{at} keeps a hint for {missing}"),
                WriteStep::Tell(Ok(written)) => {
                    let quorum = if written.quorum { "a quorum" } else { "no quorum" };
                    format!("tell stored, {} acks, {quorum}", written.acks)
                }
                WriteStep::Tell(Err(not)) if not.definite => "tell that it is not stored".to_owned(),
                WriteStep::Tell(Err(_)) => "tell that it may be stored".to_owned(),
            };
            writeln!(self.out, "  {step}").expect("a text takes lines");
        }
    }
}

fn played(commands: &str) -> String {
    let mut stage = Stage { copies: None, spare: Vec::new(), machine: Machine::Idle, out: String::new() };
    for line in commands.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        stage.obey(line);
    }
    stage.out
}

#[test]
fn every_trace_leads_to_what_stands_below_it() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut traces = 0;
    for entry in fs::read_dir(directory).expect("the traces are there") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a trace is a text");
        let (commands, expected) = text.split_once("---\n").unwrap_or((&text, ""));
        let out = played(commands);
        if std::env::var_os("UPDATE_TRACES").is_some() {
            fs::write(&path, format!("{commands}---\n{out}")).expect("a trace can be written");
        } else {
            assert_eq!(out, expected, "{}", path.display());
        }
        traces += 1;
    }
    assert!(traces >= 10, "{traces}");
}
