//! The arrows between the crates, and what the pure ones may not know. Cargo reads the manifests.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tests::repository;

const TIERS: [&str; 4] = ["catalog", "order", "cart", "frontend"];
const PURE: [&str; 7] = ["crdt", "journal", "orders", "placement", "quorum", "stock", "wire"];

/// A crate of this workspace: where it is, and what it needs when it is not being tested.
struct Crate {
    directory: PathBuf,
    needs: BTreeSet<String>,
}

fn crates() -> BTreeMap<String, Crate> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]).current_dir(repository());
    let output = command.output().expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    packages
        .iter()
        .map(|package| {
            let needs = package["dependencies"].as_array().expect("a list");
            let needs = needs.iter().filter(|need| need["kind"] != "dev").map(|need| text(&need["name"])).collect();
            let manifest = PathBuf::from(text(&package["manifest_path"]));
            let directory = manifest.parent().expect("a manifest is in a directory").to_owned();
            (text(&package["name"]), Crate { directory, needs })
        })
        .collect()
}

/// The sources under a crate's `src`, with their text.
fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![directory.join("src")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("the directory can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source can be read");
                found.push((path, text));
            }
        }
    }
    found
}

#[test]
fn no_tier_depends_on_a_tier_and_no_idea_on_a_process() {
    for (name, member) in crates() {
        if name == "tests" {
            continue;
        }
        let tiers: Vec<_> = TIERS.iter().filter(|tier| member.needs.contains(**tier)).collect();
        assert!(tiers.is_empty(), "{name} depends on {tiers:?}");
        assert!(!member.needs.contains("tests"), "{name} depends on the tests");
    }
}

#[test]
fn every_tier_and_every_idea_is_there() {
    let names: BTreeSet<String> = crates().into_keys().collect();
    for name in TIERS.iter().chain(&PURE).chain(&["cluster", "membership", "serve", "tests"]) {
        assert!(names.contains(*name), "{name} is not in {names:?}");
    }
}

#[test]
fn the_pure_crates_know_no_runtime_database_web_or_random_source() {
    const FORBIDDEN: [&str; 8] = ["tokio", "rusqlite", "actix-web", "reqwest", "getrandom", "rand", "serve", "replica"];
    let crates = crates();
    for name in PURE {
        let needs = &crates[name].needs;
        let wrong: Vec<_> = FORBIDDEN.iter().filter(|other| needs.contains(**other)).collect();
        assert!(wrong.is_empty(), "{name} depends on {wrong:?}");
    }
}

#[test]
fn the_pure_crates_read_no_clock_disk_socket_or_random_number() {
    const FORBIDDEN: [&str; 11] = [
        "SystemTime",
        "Instant",
        "std::net",
        "std::fs",
        "std::io",
        "std::env",
        "std::thread",
        "std::process",
        "new_v4",
        "now_v7",
        "thread_rng",
    ];
    let crates = crates();
    for name in PURE {
        for (path, text) in sources(&crates[name].directory) {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let wrong: Vec<_> = FORBIDDEN.iter().filter(|word| line.contains(**word)).collect();
                assert!(wrong.is_empty(), "{} uses {wrong:?}: {line}", path.display());
            }
        }
    }
}

#[test]
fn what_judges_and_plans_chaos_touches_nothing_but_its_arguments() {
    const PURE: [&str; 8] =
        ["fault.rs", "lists.rs", "path.rs", "path/", "schedule.rs", "schedule/", "judge.rs", "judge/"];
    const FORBIDDEN: [&str; 7] = ["Instant", "std::fs", "std::net", "std::process", "tokio", "reqwest", "rand::random"];
    let source = crates()["chaos"].directory.join("src");
    let pure = |path: &Path| PURE.iter().any(|name| path.to_string_lossy().starts_with(name));
    let mut seen = 0;
    for (path, text) in sources(&crates()["chaos"].directory) {
        if pure(path.strip_prefix(&source).expect("under src")) {
            seen += 1;
            let wrong: Vec<_> = FORBIDDEN.iter().filter(|word| text.contains(**word)).collect();
            assert!(wrong.is_empty(), "{} uses {wrong:?}", path.display());
        }
    }
    assert!(seen >= 18, "{seen} files");
}

#[test]
fn what_decides_about_a_checkout_touches_nothing_but_its_arguments() {
    const FORBIDDEN: [&str; 6] = ["async", "Instant", "clock", "Objects", "tokio", "new_v4"];
    let source = crates()["frontend"].directory.join("src/cart");
    for file in ["till.rs", "purchase.rs"] {
        let text = fs::read_to_string(source.join(file)).expect("a source can be read");
        let wrong: Vec<_> = FORBIDDEN.iter().filter(|word| text.contains(**word)).collect();
        assert!(wrong.is_empty(), "{file} uses {wrong:?}");
    }
}

#[test]
fn what_an_operator_is_told_about_replicas_that_come_and_go_follows_from_what_was_seen() {
    const FORBIDDEN: [&str; 6] = ["async", "Instant", "clock", "Caller", "tokio", "tracing"];
    let source = crates()["frontend"].directory.join("src/desk");
    for file in ["plan.rs", "plan/joining.rs", "plan/leaving.rs"] {
        let text = fs::read_to_string(source.join(file)).expect("a source can be read");
        let wrong: Vec<_> = FORBIDDEN.iter().filter(|word| text.contains(**word)).collect();
        assert!(wrong.is_empty(), "{file} uses {wrong:?}");
    }
}

#[test]
fn what_decides_about_membership_touches_nothing_but_its_arguments() {
    const PURE: [&str; 5] = ["supervisor.rs", "listing.rs", "node.rs", "pace.rs", "view.rs"];
    const FORBIDDEN: [&str; 7] =
        ["Instant", "std::fs", "std::thread", "tokio", "zookeeper_client", "getrandom", "tracing"];
    let source = crates()["membership"].directory.join("src");
    for file in PURE {
        let text = fs::read_to_string(source.join(file)).expect("a source can be read");
        let wrong: Vec<_> = FORBIDDEN.iter().filter(|word| text.contains(**word)).collect();
        assert!(wrong.is_empty(), "{file} uses {wrong:?}");
    }
}

#[test]
fn only_the_membership_speaks_with_zookeeper_and_knows_no_server() {
    let crates = crates();
    let speakers = crates.iter().filter(|(_, member)| member.needs.contains("zookeeper-client"));
    assert_eq!(speakers.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["membership"]);
    // Whom to ask is found by asking: docs/decisions/0007.
    assert!(!crates["frontend"].needs.contains("membership"), "a frontend depends on the membership");
    for wrong in ["serve", "replica", "actix-web"] {
        assert!(!crates["membership"].needs.contains(wrong), "membership depends on {wrong}");
    }
}

#[test]
fn the_frontend_keeps_no_data_and_speaks_no_sql() {
    let needs = &crates()["frontend"].needs;
    for wrong in ["rusqlite", "replica", "stock"] {
        assert!(!needs.contains(wrong), "the frontend depends on {wrong}");
    }
}

#[test]
fn only_search_knows_its_engine_and_it_knows_no_shop() {
    let crates = crates();
    let users = crates.iter().filter(|(_, member)| member.needs.contains("tantivy"));
    assert_eq!(users.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["search"]);
    for wrong in ["tokio", "actix-web", "serve", "replica", "stock", "journal", "rusqlite"] {
        assert!(!crates["search"].needs.contains(wrong), "search depends on {wrong}");
    }
    // What people type, what it means and what comes first touch nothing but their arguments.
    for file in ["text", "query", "document", "rank", "spelling", "facets", "ask", "cursor", "oracle"] {
        let text = fs::read_to_string(crates["search"].directory.join(format!("src/{file}.rs"))).expect("a source");
        let wrong: Vec<_> = ["tantivy", "std::fs", "std::thread", "Instant", "Mutex"]
            .into_iter()
            .filter(|word| text.contains(word))
            .collect();
        assert!(wrong.is_empty(), "{file}.rs uses {wrong:?}");
    }
    assert!(!crates["frontend"].needs.contains("search"), "a frontend asks a catalog");
}

#[test]
fn the_time_of_day_is_read_in_one_place() {
    let readers: Vec<PathBuf> = crates()
        .into_iter()
        .filter(|(name, _)| name != "tests")
        .flat_map(|(_, member)| sources(&member.directory))
        .filter(|(_, text)| text.contains("SystemTime") || text.contains("now_utc("))
        .map(|(path, _)| path.strip_prefix(repository()).expect("in the repository").to_owned())
        .collect();
    // The second only writes down when a run began.
    let readers: BTreeSet<PathBuf> = readers.into_iter().collect();
    assert_eq!(readers, ["client/src/run.rs", "crates/serve/src/clock.rs"].map(PathBuf::from).into());
}

#[test]
fn no_crate_or_file_has_a_name_that_says_nothing() {
    const EMPTY: [&str; 6] = ["common", "util", "utils", "helper", "helpers", "manager"];
    for (name, member) in crates() {
        assert!(!EMPTY.contains(&name.as_str()), "the crate {name}: what is missing has a name");
        for (path, _) in sources(&member.directory) {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            assert!(!EMPTY.contains(&stem), "{}: what is missing has a name", path.display());
        }
    }
}

#[test]
fn every_source_says_first_why_it_exists() {
    for (_, member) in crates() {
        for (path, text) in sources(&member.directory) {
            assert!(text.starts_with("//! "), "{} does not begin with a header", path.display());
        }
    }
}

#[test]
fn every_crate_follows_the_lints_of_the_workspace() {
    for (name, member) in crates() {
        let manifest = fs::read_to_string(member.directory.join("Cargo.toml")).expect("a manifest can be read");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has lints of its own");
        let allows = sources(&member.directory).into_iter().filter(|(_, text)| text.contains("#[allow("));
        let allows: Vec<_> = allows.map(|(path, _)| path).collect();
        assert!(allows.is_empty(), "write #[expect(…, reason = \"…\")] instead: {allows:?}");
    }
}
