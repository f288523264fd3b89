//! A shop of this run: its own ports, data and stock, started and stopped by `runme.sh` as any other.

mod metrics;
mod opening;

use crate::error::{BenchError, While};
use crate::floor::client;
use client::Faults;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Titles in the shop.
pub(crate) const TITLES: u32 = 10_000;
/// Units of each: more than any run sells.
const UNITS: u64 = 1_000_000;
/// A frontend that is started by this run, beside the shop's own.
const SECOND: &str = "frontendB";

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The repository, with `runme.sh`.
    pub(crate) repository: PathBuf,
    /// The shop's programs.
    pub(crate) programs: PathBuf,
    /// Where data of this run go: on the disk that is measured.
    pub(crate) scratch: PathBuf,
}

/// A running shop. Dropping it stops it and removes its data.
pub(crate) struct Shop {
    place: Place,
    http: reqwest::Client,
    ports: BTreeMap<&'static str, u16>,
    // Dropped after `drop` has stopped the shop.
    directory: TempDir,
}

/// What a replica with a journal says of itself.
pub(crate) struct State {
    /// Whether it takes traffic.
    pub(crate) ready: bool,
    /// How long its process has been running.
    pub(crate) up_for: Duration,
    /// How far it holds each journal of its tier.
    pub(crate) heads: BTreeMap<String, u64>,
    /// How far the search index of a catalog is: `5000 titles` where it can be asked.
    pub(crate) search: Option<String>,
}

/// A second frontend over the same catalogs and orders. Dropping it ends it.
pub(crate) struct SecondFrontend {
    origin: String,
    process: Child,
}

impl Shop {
    /// Opens a shop with two catalogs, two order replicas and a frontend, and waits until all are ready.
    pub(crate) async fn open(place: &Place) -> Result<Self, BenchError> {
        Self::open_with(place, &[]).await
    }

    /// The same with these cart replicas.
    pub(crate) async fn open_with(place: &Place, carts: &[&'static str]) -> Result<Self, BenchError> {
        let directory = tempfile::Builder::new().prefix("shop-").tempdir_in(&place.scratch);
        let directory = directory.during("making the directory of the shop")?;
        let names: Vec<_> = opening::REPLICAS.iter().chain(carts).chain([&SECOND]).copied().collect();
        let free = opening::free_ports(names.len())?;
        let ports: BTreeMap<_, _> = names.into_iter().zip(free).collect();
        let write =
            |name: &str, text: String| std::fs::write(directory.path().join(name), text).during("writing a file");
        let shops = ports.iter().filter(|(name, _)| **name != SECOND);
        write("env.cfg", opening::config(shops.map(|(name, port)| (*name, *port))))?;
        write("second.cfg", opening::config(ports.iter().map(|(name, port)| (*name, *port))))?;
        write("books.csv", opening::csv(TITLES, UNITS))?;
        let shop = Self { place: place.clone(), http: client()?, ports, directory };
        shop.up().await?;
        Ok(shop)
    }

    /// Starts what does not run, and waits until all of it is ready.
    pub(crate) async fn up(&self) -> Result<(), BenchError> {
        let said = self.directory.path().join("up.log");
        let output = File::create(&said).during("making a log")?;
        let errors = output.try_clone().during("making a log")?;
        let mut up = Finishing(self.runme("up").stdout(output).stderr(errors).spawn().during("runme.sh up")?);
        let status = loop {
            match up.0.try_wait().during("runme.sh up")? {
                Some(status) => break status,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(said).unwrap_or_default();
        Err(BenchError::new(format!("the shop did not open: {}", said.trim())))
    }

    /// Stops everything in order.
    pub(crate) fn close(self) {
        drop(self);
    }

    /// Where customers go, without a slash at the end.
    pub(crate) fn origin(&self) -> String {
        self.origin_of("frontend")
    }

    /// The shop's directory of data.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts another frontend, with the cache in this mode.
    pub(crate) async fn second_frontend(&self, cache: &str) -> Result<SecondFrontend, BenchError> {
        let log = File::create(self.directory.path().join("second.log")).during("making a log")?;
        let mut command = Command::new(self.place.programs.join("frontend"));
        command
            .args(["serve", "--name", SECOND, "--cache", cache])
            .env("ENV_CFG", self.directory.path().join("second.cfg"))
            .env("DATA_DIR", self.data())
            .stdin(Stdio::null())
            .stdout(log.try_clone().during("making a log")?)
            .stderr(log)
            .kill_on_drop(true);
        let process = command.spawn().during("starting a second frontend")?;
        self.await_ready(SECOND, Duration::from_secs(20)).await?;
        Ok(SecondFrontend { origin: self.origin_of(SECOND), process })
    }

    /// What kills this replica; its supervisor starts it again.
    pub(crate) fn kills(&self, name: &str) -> Faults {
        Faults {
            runme: self.place.repository.join("runme.sh"),
            environment: self.environment().map(|(name, value)| (name.to_owned(), value.into())).into(),
            victims: vec![name.to_owned()],
        }
    }

    /// Stops a replica and its supervisor, and waits until it has stopped; [`Self::up`] brings it back.
    pub(crate) async fn stop(&self, name: &str) -> Result<(), BenchError> {
        self.signal("-TERM", &format!("{name}.supervisor.pid"))?;
        let began = Instant::now();
        while self.run_file(&format!("{name}.pid")).exists() {
            if began.elapsed() > Duration::from_secs(15) {
                return Err(BenchError::new(format!("{name} did not stop")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Memory of a replica that is in RAM, in MiB.
    pub(crate) fn memory(&self, name: &str) -> Result<f64, BenchError> {
        let pid = self.pid(&format!("{name}.pid"))?;
        let doing = format!("reading the memory of {name}");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).during(&doing)?;
        metrics::resident(&status).ok_or_else(|| BenchError::new("the system does not tell how much memory there is"))
    }

    /// Runs a command of the catalog tier to its end, as an operator does; what it reports goes to stderr.
    pub(crate) async fn catalog(&self, arguments: &[&OsStr]) -> Result<(), BenchError> {
        let mut command = Command::new(self.place.programs.join("catalog"));
        command.args(arguments).envs(self.environment()).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let status = command.status().await.during("running a command of the catalog tier")?;
        let said = || format!("catalog {} ended with {status}", arguments.first().unwrap_or(&OsStr::new("")).display());
        if status.success() { Ok(()) } else { Err(BenchError::new(said())) }
    }

    /// Sum and count of a replica's histogram, as its `/metrics` says now.
    pub(crate) async fn histogram(&self, replica: &str, name: &str) -> Result<metrics::Total, BenchError> {
        let text = self.text(replica, "/metrics").await?;
        Ok(metrics::total(&text, name))
    }

    /// What a replica says of itself; `None` while it does not answer.
    pub(crate) async fn state(&self, replica: &str) -> Option<State> {
        let text = self.text(replica, "/readyz").await.ok()?;
        let body: Value = serde_json::from_str(&text).ok()?;
        let detail = body.get("detail")?;
        Some(State {
            ready: body.get("ready")?.as_bool()?,
            up_for: Duration::from_millis(body.get("uptime_ms")?.as_u64()?),
            heads: serde_json::from_value(detail.get("heads")?.clone()).ok()?,
            search: detail.get("search").and_then(Value::as_str).map(str::to_owned),
        })
    }

    async fn await_ready(&self, name: &'static str, within: Duration) -> Result<(), BenchError> {
        let (began, url) = (Instant::now(), format!("{}/readyz", self.origin_of(name)));
        while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            if began.elapsed() > within {
                return Err(BenchError::new(format!("{name} did not become ready")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn text(&self, replica: &str, path: &str) -> Result<String, BenchError> {
        let doing = format!("asking {replica} for {path}");
        let answer = self.http.get(format!("{}{path}", self.origin_of(replica))).send().await.during(&doing)?;
        answer.text().await.during(&doing)
    }

    fn origin_of(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}", self.ports.get(name).copied().unwrap_or_default())
    }

    fn run_file(&self, name: &str) -> PathBuf {
        self.data().join("run").join(name)
    }

    fn pid(&self, file: &str) -> Result<u32, BenchError> {
        let path = self.run_file(file);
        let text = std::fs::read_to_string(&path).during(format!("reading {}", path.display()))?;
        text.trim().parse().during(format!("reading {}", path.display()))
    }

    fn signal(&self, signal: &str, file: &str) -> Result<(), BenchError> {
        let pid = self.pid(file)?.to_string();
        let status = std::process::Command::new("kill").args([signal, &pid]).status().during("kill")?;
        if status.success() { Ok(()) } else { Err(BenchError::new(format!("process {pid} of {file} is not there"))) }
    }

    /// What makes `runme.sh` one of this shop.
    fn environment(&self) -> [(&'static str, PathBuf); 4] {
        let directory = self.directory.path();
        [
            ("ENV_CFG", directory.join("env.cfg")),
            ("DATA_DIR", self.data()),
            ("SEED", directory.join("books.csv")),
            ("BIN_DIR", self.place.programs.clone()),
        ]
    }

    fn runme(&self, command: &str) -> std::process::Command {
        let mut runme = std::process::Command::new(self.place.repository.join("runme.sh"));
        runme.arg(command).stdin(Stdio::null()).current_dir(&self.place.repository).envs(self.environment());
        // Ctrl-C is for us: what is half started could not be found again to be stopped.
        runme.env_remove("SUPERVISE").env_remove("FRONTEND_CACHE").process_group(0);
        runme
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if !self.data().exists() {
            return;
        }
        let stopped = self.runme("down").stdout(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("The shop in {} did not stop well.", self.directory.path().display());
        }
    }
}

/// A `runme.sh` that is let finish, even when nobody waits for it any more.
struct Finishing(std::process::Child);

impl Drop for Finishing {
    fn drop(&mut self) {
        drop(self.0.wait());
    }
}

impl SecondFrontend {
    /// Where its customers go, without a slash at the end.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Ends it, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<(), BenchError> {
        self.process.kill().await.during("stopping the second frontend")
    }
}
