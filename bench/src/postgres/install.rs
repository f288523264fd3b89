//! PostgreSQL's programs: where they are, and as whom they run.
//!
//! They refuse to run as root; then they run as the user `postgres`, whom the package brings.

use crate::error::{BenchError, While};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Debian's place of all versions.
const DEBIAN: &str = "/usr/lib/postgresql";
const NEEDED: [&str; 5] = ["initdb", "pg_ctl", "pg_basebackup", "pgbench", "psql"];
const SERVICE_USER: &str = "postgres";

/// An installed PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct Install {
    programs: PathBuf,
    /// User and group to become, when this process is root's.
    run_as: Option<(u32, u32)>,
}

impl Install {
    /// Looks for the programs: Debian's versions from the newest on, then PATH.
    pub(crate) fn find() -> Option<Self> {
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
        let debian = versions.into_iter().map(|path| path.join("bin"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places: Vec<PathBuf> = debian.chain(std::env::split_paths(&path)).collect();
        let programs = places.into_iter().find(|place| NEEDED.iter().all(|name| place.join(name).is_file()))?;
        let run_as =
            if id(&["-u"])? == 0 { Some((id(&["-u", SERVICE_USER])?, id(&["-g", SERVICE_USER])?)) } else { None };
        Some(Self { programs, run_as })
    }

    /// Gives `path` to whoever PostgreSQL runs as.
    pub(super) fn owns(&self, path: &Path) -> Result<(), BenchError> {
        let Some((user, group)) = self.run_as else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(user), Some(group)).during("giving a directory to PostgreSQL's user")
    }

    /// Runs one program to its end and returns what it printed.
    pub(super) async fn run(&self, program: &str, arguments: &[&str]) -> Result<String, BenchError> {
        let mut command = tokio::process::Command::from(self.command(program, arguments));
        let output = command.kill_on_drop(true).output().await.during(program)?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(self.failed(program, String::from_utf8_lossy(&output.stderr).trim()))
        }
    }

    /// Starts the server of these data, and waits until it answers. It can't be interrupted: a server that is half
    /// started would be left behind.
    pub(super) fn start(&self, data: &Path, log: &Path, port: u16) -> Result<(), BenchError> {
        let (data, log_path, port) = (data.to_string_lossy(), log.to_string_lossy(), format!("-p {port}"));
        let arguments = ["start", "-w", "-t", "60", "-s", "-D", &data, "-l", &log_path, "-o", &port];
        let mut command = self.command("pg_ctl", &arguments);
        // The server would keep a pipe open for as long as it lives.
        let status = tokio::task::block_in_place(|| command.stdout(Stdio::null()).stderr(Stdio::null()).status());
        if status.during("pg_ctl")?.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        Err(self.failed("pg_ctl", said.trim()))
    }

    /// Stops the server of these data; there is nobody left to tell when that fails.
    pub(super) fn stop(&self, data: &Path) {
        let data = data.to_string_lossy();
        let mut command = self.command("pg_ctl", &["stop", "-m", "fast", "-w", "-t", "30", "-s", "-D", &data]);
        if !command.status().is_ok_and(|status| status.success()) {
            eprintln!("PostgreSQL in {data} did not stop: stop it with pg_ctl stop -D");
        }
    }

    fn failed(&self, program: &str, why: &str) -> BenchError {
        let user = if self.run_as.is_some() { ", as the user postgres," } else { "" };
        BenchError::new(format!("PostgreSQL's {program}{user} failed: {why}"))
    }

    fn command(&self, program: &str, arguments: &[&str]) -> std::process::Command {
        let program = self.programs.join(program);
        let mut command = match self.run_as {
            None => std::process::Command::new(program),
            Some((user, group)) => {
                let mut command = std::process::Command::new("setpriv");
                command
                    .args([format!("--reuid={user}"), format!("--regid={group}")])
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
        };
        // The settings of the user's own PostgreSQL are not for this one.
        for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE", "PGPASSFILE"] {
            command.env_remove(name);
        }
        command.args(arguments).stdin(Stdio::null()).current_dir("/").process_group(0);
        command
    }
}

fn version(path: &Path) -> u32 {
    path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()).unwrap_or(0)
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = std::process::Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
