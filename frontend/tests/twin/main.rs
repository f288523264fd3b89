//! The browsers' twin of `crates/crdt` (`static/crdt.js`), held to the vectors of that crate: in node, where there is one.
//! And the edits of lists (`static/lines.js`), held to those that `lists/edit.rs` is held to.
//!
//! A real browser plays the same vectors in the tests of the whole shop.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use tempfile::TempDir;

const TWIN: &str = include_str!("../../static/crdt.js");
const CHECK: &str = include_str!("vectors.mjs");

const LINES: &str = include_str!("../../static/lines.js");
const SAY: &str = include_str!("../../static/say.js");
const EDITS: &str = include_str!("edits.json");

/// Plays the edits: says where the list shows something else, a line each. A page is as much as `say.js` asks for.
const EDITING: &str = "
globalThis.document = { documentElement: { lang: 'en' }, querySelector: () => null };
const { edits } = await import('./lines.js');
const { empty, lines } = await import('./crdt.js');
const fs = await import('node:fs');
const steps = JSON.parse(fs.readFileSync('./edits.json', 'utf8')).steps;
const sorted = (value) => value && typeof value === 'object'
  ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
const state = empty();
steps.forEach(({ do: form, then }, at) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(form)) data.set(name, value);
  edits[form.do](state, '80000000000000000000000000000001', data, at + 1);
  const [is, should] = [Object.fromEntries(lines(state)), then].map((value) => JSON.stringify(sorted(value)));
  console.log(is === should ? 'same' : `step ${at + 1}: ${is} instead of ${should}`);
});
";

/// Mistakes that nearly look right, each in the place of what is right.
const MUTANTS: [(&str, &str); 5] = [
    ("entry.n > seen(state.vv, actor)", "true"),
    ("if (since > known) throw new Gap(actor, since, known);", ""),
    ("Math.max(stamp, before ? before[1].stamp + 1 : 0)", "stamp"),
    ("if (below) state.items.delete(id);", ""),
    ("item && winner(item, name)?.[0] === actor", "true"),
];

/// What is asked of node: the number of steps, and then where the twin differs, a line each.
const SCRIPT: &str = "
import * as crdt from './crdt.mjs';
import { check } from './vectors.mjs';
import fs from 'node:fs';
const directory = process.argv[2] + '/';
const names = fs.readdirSync(directory).filter((name) => name.endsWith('.json'));
const files = Object.fromEntries(names.map((name) => [name, JSON.parse(fs.readFileSync(directory + name, 'utf8'))]));
const { steps, wrong } = check(crdt, files);
console.log([steps, ...wrong].join('\\n'));
";

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/crdt/tests/vectors")
}

/// Whether there is a node; a line says so where not. `REQUIRE_NODE=1` makes that a failure.
fn has_node() -> bool {
    let there = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(env::var_os("REQUIRE_NODE").is_none_or(|value| value != "1"), "REQUIRE_NODE=1, and node is missing");
        eprintln!("SKIPPED: node is missing, which plays the vectors with the browsers' twin (Debian, Ubuntu: nodejs)");
    }
    there
}

/// Plays the vectors with this twin: how many steps there were, and where it differs.
fn played(twin: &str) -> (u32, Vec<String>) {
    let directory = TempDir::with_prefix("bookend-twin-").expect("a directory");
    for (name, text) in [("crdt.mjs", twin), ("vectors.mjs", CHECK), ("run.mjs", SCRIPT)] {
        fs::write(directory.path().join(name), text).expect("a file can be written");
    }
    let output = Command::new("node").arg(directory.path().join("run.mjs")).arg(vectors()).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let mut lines = said.lines().map(str::to_owned);
    let steps = lines.next().and_then(|steps| steps.parse().ok()).expect("the number of steps");
    (steps, lines.collect())
}

#[test]
fn the_twin_does_what_the_crate_does_in_every_step_of_every_vector() {
    if !has_node() {
        return;
    }
    let (steps, wrong) = played(TWIN);
    println!("{steps} steps");
    assert!(steps > 600, "{steps} steps");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn forms_do_to_a_browsers_copy_of_a_list_what_they_do_to_the_list() {
    if !has_node() {
        return;
    }
    let directory = TempDir::with_prefix("bookend-twin-").expect("a directory");
    let modules = [("crdt.js", TWIN), ("say.js", SAY), ("lines.js", LINES), ("run.js", EDITING)];
    for (name, text) in modules.into_iter().chain([("edits.json", EDITS), ("package.json", r#"{"type":"module"}"#)]) {
        fs::write(directory.path().join(name), text).expect("a file can be written");
    }
    let output = Command::new("node").arg("run.js").current_dir(directory.path()).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.lines().count() > 8 && said.lines().all(|line| line == "same"), "{said}");
}

#[test]
fn a_twin_that_is_wrong_on_purpose_is_noticed() {
    if !has_node() {
        return;
    }
    for (right, wrong) in MUTANTS {
        assert_eq!(TWIN.matches(right).count(), 1, "{right} is not in the twin");
        let (_, differences) = played(&TWIN.replace(right, wrong));
        assert!(!differences.is_empty(), "nobody notices {wrong:?} in the place of {right:?}");
    }
}
