//! A running shop: its replicas, and what can happen to them.
//!
//! What customers and the operator do with it is in `customer` and `operator`, what must be true of it in `audit`.

use crate::process::{Process, tail};
use crate::{Answer, Builder, Customer, Operator, Ports, awaits, binary};
use ::cluster::{Member, Paths, ReplicaName, Roster, Secrets, Tier};
use reqwest::{Client, Method, RequestBuilder};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// Until every replica is ready, on a busy machine, with binaries that are not optimised.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// Until a replica that was told to stop has finished what it accepted.
const STOPS_WITHIN: Duration = Duration::from_secs(15);
/// A request that takes longer has failed: nothing in the shop may take that long.
const PATIENCE: Duration = Duration::from_secs(15);

/// A shop of real processes with data, ports and secrets of its own. Whatever it started ends with it.
#[derive(Debug)]
pub struct Cluster {
    // Before the directory: fields are dropped in this order, and nobody may write where nothing is any more.
    processes: Mutex<BTreeMap<String, Process>>,
    roster: Roster,
    paths: Paths,
    secrets: Secrets,
    config: PathBuf,
    seed: PathBuf,
    http: Client,
    _directory: TempDir,
    ports: Ports,
}

impl Cluster {
    /// Two catalogs, two order replicas, one frontend, the usual opening stock, all ready.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A shop that differs from the usual one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(directory: TempDir, ports: Ports, config: PathBuf, seed: PathBuf) -> Self {
        let roster = Roster::load(&config).expect("the harness writes a correct env.cfg");
        let paths = Paths::new(directory.path().join("data"));
        fs::create_dir_all(paths.logs()).expect("the data directory can be made");
        let secrets = Secrets::open(paths.root()).expect("the data directory takes its secrets");
        let processes = Mutex::default();
        Self { processes, roster, paths, secrets, config, seed, http: client(), _directory: directory, ports }
    }

    // ---- who and where

    /// The members, as `env.cfg` names them.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Where the files lie.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The secrets of this shop.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The file with the opening stock.
    pub fn seed(&self) -> &Path {
        &self.seed
    }

    /// The names of a tier's replicas.
    pub fn names(&self, tier: Tier) -> Vec<&str> {
        self.roster.of(tier).map(|member| member.name.as_str()).collect()
    }

    /// The directory of a replica's database.
    pub fn data_of(&self, name: &str) -> PathBuf {
        self.paths.replica_dir(&self.member(name).name)
    }

    /// The address of a replica, without a slash at the end.
    pub fn url(&self, name: &str) -> String {
        self.member(name).url()
    }

    fn member(&self, name: &str) -> &Member {
        self.roster.member(name).unwrap_or_else(|| panic!("{name} is not in this shop's env.cfg"))
    }

    /// Puts more replicas into `env.cfg`; whoever runs has not read that.
    ///
    /// # Panics
    /// When the file can't be written.
    pub fn env_cfg_gains(&mut self, names: &[&str]) {
        let mut text = fs::read_to_string(&self.config).expect("env.cfg is there");
        for (index, name) in (self.roster.members().len()..).zip(names) {
            let port = self.ports.port(index);
            writeln!(text, "{name}_ip=127.0.0.1\n{name}_port={port}").expect("a text takes everything");
        }
        fs::write(&self.config, text).expect("env.cfg can be written");
        self.roster = Roster::load(&self.config).expect("the harness writes a correct env.cfg");
    }

    // ---- what happens to replicas

    /// `kill -9`.
    pub async fn kill(&self, name: &str) {
        let mut process = self.take(name);
        tokio::task::spawn_blocking(move || process.kill()).await.expect("killing does not panic");
    }

    /// Asks a replica to stop (SIGTERM) and waits until it has finished what it accepted.
    pub async fn stop(&self, name: &str) {
        let mut process = self.take(name);
        process.signal("TERM");
        let status = awaits(STOPS_WITHIN, &format!("{name} stops"), async || {
            process.ended().ok_or_else(|| format!("it runs on\n{}", self.tail_of(name)))
        })
        .await;
        assert!(status.success(), "{name} did not stop well: {status}\n{}", self.tail_of(name));
    }

    /// SIGSTOP: it is there, accepts connections, and says nothing.
    pub fn pause(&self, name: &str) {
        self.with(name, |process| process.signal("STOP"));
    }

    /// SIGCONT.
    pub fn resume(&self, name: &str) {
        self.with(name, |process| process.signal("CONT"));
    }

    /// Starts a replica without waiting for it: `<tier> serve --name <name>`.
    pub fn launch(&self, name: &str) {
        self.launch_with(name, &[]);
    }

    /// The same with further arguments, such as `--most-data-mib 1`.
    pub fn launch_with(&self, name: &str, arguments: &[&str]) {
        let member = self.member(name);
        let mut command = std::process::Command::new(binary(member.tier));
        command.args(["serve", "--name", name]).args(arguments);
        command.env("ENV_CFG", &self.config).env("DATA_DIR", self.paths.root()).env_remove("MOST_DATA_MIB");
        let process = Process::start(&mut command, &self.log_of(&member.name)).expect("a program that is there starts");
        let before = self.processes().insert(name.to_owned(), process);
        assert!(before.is_none(), "{name} is running already");
    }

    /// Starts a replica that does not run, and waits until it is ready.
    pub async fn restart(&self, name: &str) {
        self.launch(name);
        self.is_ready(name).await;
    }

    /// `kill -9`, and back after `outage`, as a supervisor does it.
    pub async fn crashes(&self, name: &str, outage: Duration) {
        self.kill(name).await;
        // Not a wait for something: the outage is what happens.
        tokio::time::sleep(outage).await;
        self.restart(name).await;
    }

    /// Starts everything that does not run, and waits until all of it is ready.
    pub async fn opens(&self) {
        for member in self.roster.members() {
            if !self.processes().contains_key(member.name.as_str()) {
                self.launch(member.name.as_str());
            }
        }
        for member in self.roster.members() {
            self.is_ready(member.name.as_str()).await;
        }
        self.agrees_within(READY_WITHIN).await;
    }

    /// Stops everything in order: whoever asks before whoever is asked.
    pub async fn closes(&self) {
        for tier in Tier::START_ORDER.into_iter().rev() {
            for name in self.running(tier) {
                self.stop(&name).await;
            }
        }
    }

    /// `kill -9` of everything at one moment, as when the machine loses its power.
    pub async fn loses_power(&self) {
        let mut all = std::mem::take(&mut *self.processes());
        // Signals first, so that nobody sees the others die.
        for process in all.values() {
            process.signal("KILL");
        }
        tokio::task::spawn_blocking(move || all.values_mut().for_each(Process::kill)).await.expect("no panic");
    }

    /// Loses the data of a replica that does not run.
    pub fn wipe(&self, name: &str) {
        assert!(!self.processes().contains_key(name), "{name} is running");
        fs::remove_dir_all(self.data_of(name)).expect("its data can be removed");
    }

    /// Waits until a replica may take traffic.
    pub async fn is_ready(&self, name: &str) {
        awaits(READY_WITHIN, &format!("{name} is ready"), async || {
            if let Some(status) = self.with(name, Process::ended) {
                panic!("{name} ended with {status} instead of serving\n{}", self.tail_of(name));
            }
            let answer = self.get(name, "/readyz").await;
            if answer.status == 200 { Ok(()) } else { Err(format!("{answer}\n{}", self.tail_of(name))) }
        })
        .await;
    }

    /// The process id of a running replica.
    pub fn pid(&self, name: &str) -> u32 {
        self.with(name, |process| process.id())
    }

    /// Runs a subcommand of a tier's program for this shop, such as `catalog export`, to its end.
    pub async fn command(&self, tier: &str, arguments: &[&str]) -> Output {
        self.command_at(&self.config, tier, arguments).await
    }

    /// The same with another `env.cfg` over the same data.
    pub async fn command_at(&self, config: &Path, tier: &str, arguments: &[&str]) -> Output {
        let tier = Tier::START_ORDER.into_iter().find(|known| known.as_str() == tier).expect("the name of a tier");
        let mut command = tokio::process::Command::new(binary(tier));
        command.args(arguments).env("ENV_CFG", config).env("DATA_DIR", self.paths.root()).kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_mins(1), command.output());
        output.await.expect("a subcommand ends within a minute").expect("a program that is there starts")
    }

    // ---- asking replicas

    /// A customer with a fresh browser, at the first frontend.
    pub fn customer(&self) -> Customer {
        self.customer_at("frontend")
    }

    /// A customer with a fresh browser, at this frontend.
    pub fn customer_at(&self, name: &str) -> Customer {
        Customer::new(self.http.clone(), self.url(name))
    }

    /// Whoever has the cluster's token.
    pub fn operator(&self) -> Operator<'_> {
        Operator::new(self)
    }

    /// A request to a replica by somebody without credentials.
    pub fn request(&self, method: Method, name: &str, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url(name)))
    }

    /// Asks as somebody without credentials.
    pub async fn get(&self, name: &str, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, name, path)).await
    }

    /// What a replica last wrote into its log.
    pub fn tail_of(&self, name: &str) -> String {
        tail(&self.log_of(&self.member(name).name))
    }

    fn log_of(&self, name: &ReplicaName) -> PathBuf {
        self.paths.logs().join(format!("{name}.log"))
    }

    fn running(&self, tier: Tier) -> Vec<String> {
        let processes = self.processes();
        self.names(tier).into_iter().filter(|name| processes.contains_key(*name)).map(str::to_owned).collect()
    }

    fn take(&self, name: &str) -> Process {
        self.processes().remove(name).unwrap_or_else(|| panic!("{name} is not running"))
    }

    fn with<T>(&self, name: &str, use_it: impl FnOnce(&mut Process) -> T) -> T {
        use_it(self.processes().get_mut(name).unwrap_or_else(|| panic!("{name} is not running")))
    }

    fn processes(&self) -> MutexGuard<'_, BTreeMap<String, Process>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for member in self.roster.members() {
                eprint!("{}", tail(&self.log_of(&member.name)));
            }
        }
    }
}

/// A client that keeps connections and follows nothing by itself.
fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .tcp_nodelay(true)
        .http1_only()
        .build()
        .expect("a client without TLS needs nothing from its surroundings")
}
