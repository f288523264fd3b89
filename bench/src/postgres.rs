//! The reference for a sale on two machines: PostgreSQL with one synchronous standby, on this disk.
//!
//! A commit returns when it is on disk at both, as an order with `copies: 2` does. Everything speaks over a Unix socket
//! in a directory of this run, which is faster than TCP and needs no port. What is bought is in `pgbench`.

mod install;
mod pgbench;

pub(crate) use install::Install;
pub(crate) use pgbench::{Rate, Sale};

use crate::error::{BenchError, While};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long the standby may take to become synchronous.
const SYNC_WITHIN: Duration = Duration::from_secs(30);
const DATABASE: &str = "postgres";
/// They only tell the two sockets of one directory apart.
const PRIMARY_PORT: u16 = 5432;
const STANDBY_PORT: u16 = 5433;

/// Durability as the shop's; the rest is what a machine of this size is usually given, so that no checkpoint falls into
/// a measurement.
const SETTINGS: &str = "
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
fsync = on
full_page_writes = on
synchronous_commit = on
synchronous_standby_names = '*'
wal_level = replica
max_wal_senders = 4
wal_keep_size = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
jit = off
";

/// A primary and its standby. Dropping it stops both.
pub(crate) struct Postgres {
    install: Install,
    // Dropped after `drop` has stopped the servers.
    data: TempDir,
    sockets: TempDir,
}

impl Postgres {
    /// Makes both under `directory`, with `titles` books, and waits until commits wait for the standby.
    pub(crate) async fn start(install: Install, directory: &Path, titles: u32) -> Result<Self, BenchError> {
        let made = |prefix: &str, at: &Path| {
            let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(at).during("making a directory")?;
            install.owns(directory.path()).map(|()| directory)
        };
        let data = made("postgres-", directory)?;
        // The path of a socket may have about a hundred characters: the directory of the data is too deep for some.
        let sockets = made("bookend-", &std::env::temp_dir())?;
        let pair = Self { install, data, sockets };
        pair.start_primary().await?;
        pair.start_standby().await?;
        pair.await_sync().await?;
        pair.sql(&pgbench::tables(titles)).await?;
        Ok(pair)
    }

    /// What it sells a second to `clients` clients that buy one of `titles` titles for `span`.
    pub(crate) async fn sells(
        &self,
        sale: Sale,
        titles: u32,
        clients: u32,
        span: Duration,
    ) -> Result<Rate, BenchError> {
        let script = self.sockets.path().join("sale.sql");
        tokio::fs::write(&script, sale.script(titles)).await.during("writing the script of pgbench")?;
        self.install.owns(&script)?;
        let (threads, span) = (clients.min(2).to_string(), span.as_secs().max(1).to_string());
        let (clients, script) = (clients.to_string(), script.to_string_lossy().into_owned());
        let arguments = ["-n", "-M", "prepared", "-f", &script, "-c", &clients, "-j", &threads, "-T", &span, DATABASE];
        let output = self.at(PRIMARY_PORT, "pgbench", &arguments).await?;
        pgbench::parse(&output)
    }

    /// Stops both in order.
    pub(crate) fn stop(self) {
        drop(self);
    }

    async fn start_primary(&self) -> Result<(), BenchError> {
        let primary = self.text("primary");
        self.install
            .run("initdb", &["-D", &primary, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"])
            .await?;
        let sockets = format!("unix_socket_directories = '{}'\n", self.sockets.path().display());
        let config = self.data.path().join("primary/postgresql.auto.conf");
        tokio::fs::write(&config, format!("{SETTINGS}{sockets}")).await.during("writing PostgreSQL's settings")?;
        self.launch("primary", PRIMARY_PORT)
    }

    async fn start_standby(&self) -> Result<(), BenchError> {
        let standby = self.text("standby");
        self.at(PRIMARY_PORT, "pg_basebackup", &["-D", &standby, "-R", "-X", "stream", "-c", "fast", "-N"]).await?;
        self.launch("standby", STANDBY_PORT)
    }

    fn launch(&self, name: &str, port: u16) -> Result<(), BenchError> {
        self.install.start(&self.path(name), &self.path(&format!("{name}.log")), port)
    }

    async fn await_sync(&self) -> Result<(), BenchError> {
        let began = Instant::now();
        while self.sql("select count(*) from pg_stat_replication where sync_state = 'sync'").await?.trim() != "1" {
            if began.elapsed() > SYNC_WITHIN {
                return Err(BenchError::new("PostgreSQL's standby did not become synchronous"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn sql(&self, text: &str) -> Result<String, BenchError> {
        self.at(PRIMARY_PORT, "psql", &["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text, DATABASE]).await
    }

    async fn at(&self, port: u16, program: &str, arguments: &[&str]) -> Result<String, BenchError> {
        let (host, port) = (self.sockets.path().to_string_lossy(), port.to_string());
        self.install.run(program, &[&["-h", &host, "-p", &port, "-U", "postgres"], arguments].concat()).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The primary first: it waits until the standby has what it wrote.
        for name in ["primary", "standby"] {
            if self.path(name).join("postmaster.pid").exists() {
                self.install.stop(&self.path(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_sale_is_one_order_and_one_unit_less_at_a_synchronous_pair() {
        let Some(install) = Install::find() else {
            eprintln!("PostgreSQL is not installed: nothing to test");
            return;
        };
        let directory = tempfile::tempdir().expect("a directory");
        // The user `postgres` has to be able to go through it.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(directory.path(), open).expect("our own directory");
        let pair = Postgres::start(install, directory.path(), 10).await.expect("starts");
        for sale in [Sale::Statement, Sale::Transaction] {
            let before = pair.sql("select count(*) from orders").await.expect("counts");
            let rate = pair.sells(sale, 10, 2, Duration::from_secs(1)).await.expect("sells");
            assert!(rate.per_second > 0.0 && rate.mean_ms > 0.0);
            let after = pair.sql("select count(*) from orders").await.expect("counts");
            assert_ne!(before, after, "{sale:?}");
        }
        let difference = "select (select count(*) from orders) - (select sum(1000000000 - units) from stock)";
        assert_eq!(pair.sql(difference).await.expect("counts").trim(), "0");
        let data = pair.path("primary").join("postmaster.pid");
        pair.stop();
        assert!(!data.exists(), "the primary has stopped");
    }
}
