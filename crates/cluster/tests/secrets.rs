//! The id and the token of a cluster: made once, kept, and refused when they cannot be trusted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use cluster::{ClusterId, Secrets, SecretsError};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o7777
}

fn file_names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("the directory is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_first_start_makes_both_files_and_later_ones_read_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("new/data");
    let first = Secrets::open(&data).expect("made");
    let again = Secrets::open(&data).expect("read");
    assert_eq!(first.cluster, again.cluster);
    assert_eq!(first.token.expose(), again.token.expose());
    assert_eq!(first.token.expose().len(), 64);
    assert_eq!(file_names(&data), ["cluster.id", "cluster.token"]);
    assert_eq!(mode(&data.join("cluster.token")), 0o600);
}

#[test]
fn two_clusters_share_neither_id_nor_token() {
    let (one, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (one, other) = (Secrets::open(one.path()).expect("made"), Secrets::open(other.path()).expect("made"));
    assert_ne!(one.cluster, other.cluster);
    assert_ne!(one.token.expose(), other.token.expose());
}

#[test]
fn eight_processes_that_start_at_once_agree() {
    for _ in 0..50 {
        let dir = tempfile::tempdir().expect("a directory");
        let start = Barrier::new(8);
        let all: Vec<Secrets> = thread::scope(|scope| {
            let openers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        Secrets::open(dir.path()).expect("made or read")
                    })
                })
                .collect();
            openers.into_iter().map(|opener| opener.join().expect("no panic")).collect()
        });
        for secrets in &all {
            assert_eq!(secrets.cluster, all[0].cluster);
            assert_eq!(secrets.token.expose(), all[0].token.expose());
        }
        assert_eq!(file_names(dir.path()), ["cluster.id", "cluster.token"]);
    }
}

#[test]
fn a_token_that_others_may_read_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    Secrets::open(dir.path()).expect("made");
    let token = dir.path().join("cluster.token");
    for others in [0o640, 0o604, 0o620, 0o602, 0o644, 0o666] {
        fs::set_permissions(&token, fs::Permissions::from_mode(others)).expect("changed");
        let refusal = Secrets::open(dir.path()).expect_err("others may read it");
        assert!(matches!(&refusal, SecretsError::Exposed { path, mode } if *path == token && *mode == others));
        assert!(refusal.to_string().contains(&format!("(mode {others:04o}): run `chmod 600`")), "{refusal}");
    }
    for own in [0o600, 0o400] {
        fs::set_permissions(&token, fs::Permissions::from_mode(own)).expect("changed");
        Secrets::open(dir.path()).expect("only the owner may read it");
    }
}

#[test]
fn a_file_that_holds_something_else_is_refused_and_left_alone() {
    let digits = "0123456789abcdef";
    for text in
        ["", "\n", "no hex digits, no hex digits, no", &digits.repeat(5), "0123\n", "+123456789abcdef0123456789abcdef"]
    {
        let dir = tempfile::tempdir().expect("a directory");
        Secrets::open(dir.path()).expect("made");
        let (id, token) = (dir.path().join("cluster.id"), dir.path().join("cluster.token"));

        let good = fs::read(&token).expect("read");
        fs::write(&token, text).expect("written");
        let refusal = Secrets::open(dir.path()).expect_err("not a token");
        assert!(matches!(&refusal, SecretsError::MalformedToken { path } if *path == token), "{text:?}: {refusal}");
        assert_eq!(fs::read_to_string(&token).expect("read"), text);
        fs::write(&token, good).expect("written");

        fs::write(&id, text).expect("written");
        let refusal = Secrets::open(dir.path()).expect_err("not an id");
        assert!(matches!(&refusal, SecretsError::MalformedId { path } if *path == id), "{text:?}: {refusal}");
        assert_eq!(fs::read_to_string(&id).expect("read"), text);
    }
}

#[test]
fn a_half_written_draft_of_a_crashed_process_is_not_read() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("cluster.token.00ff00ff00ff00ff.draft"), "0123").expect("written");
    let secrets = Secrets::open(dir.path()).expect("made");
    assert_eq!(secrets.token.expose().len(), 64);
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named_with_the_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    fs::write(&file, "in the way").expect("written");
    let refusal = Secrets::open(&file.join("data")).expect_err("a file is in the way");
    assert!(matches!(refusal, SecretsError::Io { doing: "create", .. }));
    assert!(refusal.to_string().starts_with(&format!("cannot create {}: ", file.join("data").display())), "{refusal}");
}

#[test]
fn a_token_does_not_show_itself_when_printed_for_debugging() {
    let dir = tempfile::tempdir().expect("a directory");
    let secrets = Secrets::open(dir.path()).expect("made");
    assert_eq!(format!("{:?}", secrets.token), "Token(…)");
    assert!(!format!("{secrets:?}").contains(secrets.token.expose()));
}

#[test]
fn a_cluster_id_reads_back_as_it_was_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let id = Secrets::open(dir.path()).expect("made").cluster;
    assert_eq!(id.to_string().parse(), Ok(id));
    let small: ClusterId = "0000000000000000000000000000000f".parse().expect("an id");
    assert_eq!(small.to_string(), "0000000000000000000000000000000f");
    assert!("f".parse::<ClusterId>().is_err());
}
