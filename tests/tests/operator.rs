//! `./runme.sh`, as an operator uses it: up, status, down, and replicas that come back by themselves.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;
use tests::{Answer, Builder, Cluster, Ports, awaits, programs, repository};

/// A shop that `runme.sh` runs; it is taken down at the end, whatever happens.
struct Site {
    directory: TempDir,
    ports: Ports,
}

/// What a command printed, and how it ended.
struct Said {
    code: Option<i32>,
    text: String,
}

impl Site {
    fn new() -> Self {
        Self::of(&Cluster::builder())
    }

    fn of(replicas: &Builder) -> Self {
        let site =
            Self { directory: TempDir::with_prefix("bookend-runme-").expect("a directory"), ports: Ports::take() };
        fs::write(site.config(), replicas.env_cfg(&site.ports)).expect("env.cfg can be written");
        site
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("env.cfg")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Runs `./runme.sh` with these arguments, with more in its environment.
    fn runs(&self, arguments: &[&str], more: &[(&str, &str)]) -> Said {
        let mut command = Command::new(repository().join("runme.sh"));
        command.args(arguments).env("ENV_CFG", self.config()).env("DATA_DIR", self.data()).env("BIN_DIR", programs());
        command.env_remove("SUPERVISE").envs(more.iter().copied());
        let Output { status, stdout, stderr } = command.output().expect("runme.sh can be run");
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        Said { code: status.code(), text }
    }

    /// Runs a subcommand of `catalog`.
    fn catalog(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(programs().join("catalog"));
        command.args(arguments).env("ENV_CFG", self.config()).env("DATA_DIR", self.data());
        let Output { status, stdout, stderr } = command.output().expect("catalog can be run");
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        Said { code: status.code(), text }
    }

    fn pid(&self, name: &str) -> Option<u32> {
        fs::read_to_string(self.data().join("run").join(format!("{name}.pid"))).ok()?.trim().parse().ok()
    }

    fn kills(&self, name: &str) -> u32 {
        let pid = self.pid(name).expect("it runs");
        let killed = Command::new("kill").arg("-9").arg(pid.to_string()).status().expect("`kill` can be run");
        assert!(killed.success());
        pid
    }

    /// The nth replica in the order of `env.cfg`: catalogs, orders, frontend.
    fn url(&self, nth: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports.port(nth))
    }

    async fn get(&self, nth: usize, path: &str) -> Answer {
        Answer::to(reqwest::Client::builder().no_proxy().build().expect("a client").get(self.url(nth, path))).await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let said = self.runs(&["down"], &[]);
        if std::thread::panicking() {
            eprintln!("{}", said.text);
        }
    }
}

impl Said {
    #[track_caller]
    fn ended_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        self
    }

    #[track_caller]
    fn says(&self, times: usize, words: &str) -> &Self {
        assert_eq!(self.text.matches(words).count(), times, "{words:?} in: {}", self.text);
        self
    }
}

const FRONTEND: usize = 4;
const NAMES: [&str; 5] = ["catalogA", "catalogB", "orderA", "orderB", "frontend"];

#[tokio::test]
async fn up_and_down_can_be_said_twice_and_the_data_survives_both() {
    let site = Site::new();
    site.runs(&["status"], &[]).ended_with(1).says(5, "stopped");
    site.runs(&["up"], &[]).ended_with(0).says(5, "started (pid").says(1, "All 5 replicas are ready");
    let pids = NAMES.map(|name| site.pid(name));
    site.runs(&["up"], &[]).ended_with(0).says(5, "already running");
    assert_eq!(NAMES.map(|name| site.pid(name)), pids, "nothing was started twice");
    site.runs(&["status"], &[]).ended_with(0).says(5, " ready").says(0, "unsupervised");

    let bought = site.get(FRONTEND, "/buy?id=1").await;
    let number = bought.has_status(200).integer("/order/id");
    site.runs(&["down"], &[]).ended_with(0).says(5, "stopped");
    site.runs(&["down"], &[]).ended_with(0).says(1, "Nothing is running.");
    assert_eq!(site.get(FRONTEND, "/healthz").await.status, 0, "nobody answers any more");

    site.runs(&["up"], &[]).ended_with(0).says(5, "started (pid").says(0, "opening stock");
    for order in [2, 3] {
        site.get(order, &format!("/orders/{number}")).await.has_status(200);
    }
    let left = site.get(FRONTEND, "/lookup?id=1").await;
    assert_eq!(left.integer("/item/0/count"), 14, "{left}");
}

#[tokio::test]
async fn a_killed_replica_is_started_again_by_itself_within_a_second() {
    let site = Site::new();
    site.runs(&["up"], &[]).ended_with(0);
    for (nth, name) in NAMES.iter().enumerate() {
        let killed = site.kills(name);
        awaits(Duration::from_secs(1), &format!("{name} runs again"), async || match site.pid(name) {
            Some(pid) if pid != killed && site.get(nth, "/healthz").await.status == 200 => Ok(()),
            pid => Err(format!("its process is {pid:?}, killed was {killed}")),
        })
        .await;
    }
    awaits(Duration::from_secs(10), "everything is ready", async || {
        let status = site.runs(&["status"], &[]);
        if status.code == Some(0) { Ok(()) } else { Err(status.text) }
    })
    .await;
    site.get(FRONTEND, "/buy?id=1").await.has_status(200);
}

#[tokio::test]
async fn without_supervision_a_killed_replica_stays_dead_until_the_next_up() {
    let site = Site::new();
    let alone = [("SUPERVISE", "off")];
    site.runs(&["up"], &alone).ended_with(0);
    site.runs(&["status"], &[]).ended_with(0).says(5, "unsupervised");
    site.kills("orderB");
    awaits(Duration::from_secs(5), "the status says so", async || {
        let status = site.runs(&["status"], &[]);
        if status.code == Some(1) && status.text.contains("stopped") { Ok(()) } else { Err(status.text) }
    })
    .await;
    site.get(FRONTEND, "/buy?id=1").await.has_status(200);
    site.runs(&["up"], &alone).ended_with(0).says(4, "already running").says(1, "started (pid");
    site.runs(&["status"], &[]).ended_with(0);
    let logs = site.runs(&["logs", "orderB"], &[]);
    assert!(logs.ended_with(0).text.contains("listening"), "{}", logs.text);
}

#[tokio::test]
async fn what_keeps_the_shop_from_starting_is_told_in_a_sentence_and_nothing_is_left_running() {
    let site = Site::new();
    let busy = TcpListener::bind(("127.0.0.1", site.ports.port(1))).expect("the port is free");
    site.runs(&["up"], &[]).ended_with(1).says(1, &format!("Port {}", site.ports.port(1))).says(0, "started");
    drop(busy);
    let good = fs::read_to_string(site.config()).expect("it is there");
    fs::write(site.config(), good.replace("orderB_port=", "orderB_prt=")).expect("it can be written");
    let wrong = site.runs(&["up"], &[]);
    assert!(wrong.ended_with(2).text.contains("orderB_prt"), "{}", wrong.text);
    site.runs(&["nonsense"], &[]).ended_with(2).says(1, "Unknown command: nonsense");
    site.runs(&["up"], &[("BIN_DIR", "/no/such/directory")]).ended_with(1).says(1, "/no/such/directory");
    fs::write(site.config(), good).expect("it can be written");
    site.runs(&["status"], &[]).ended_with(1).says(5, "stopped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reload_restarts_one_after_the_other_who_has_not_read_env_cfg_and_starts_what_is_new_while_the_shop_sells() {
    let site = Site::new();
    site.runs(&["up"], &[]).ended_with(0);
    site.runs(&["reload"], &[]).ended_with(0).says(0, "restarted").says(5, "already running");
    let before = NAMES.map(|name| site.pid(name));
    let mut config = fs::read_to_string(site.config()).expect("it is there");
    for (name, nth) in [("catalogC", 5), ("orderC", 6)] {
        let port = site.ports.port(nth);
        writeln!(config, "{name}_ip=127.0.0.1\n{name}_port={port}").expect("a text takes everything");
    }
    fs::write(site.config(), config).expect("it can be written");
    let over = std::sync::atomic::AtomicBool::new(false);
    let buying = async {
        let mut bought = 0;
        while !over.load(std::sync::atomic::Ordering::Relaxed) {
            let answer = site.get(FRONTEND, &format!("/buy?id={}", 1 + bought % 7)).await;
            // The opening stock is small: "no longer present" is an answer too.
            assert!([200, 404].contains(&answer.status), "{answer}");
            bought += 1;
        }
        bought
    };
    let (bought, said) = std::thread::scope(|scope| {
        let runtime = tokio::runtime::Handle::current();
        let buyer = scope.spawn(move || runtime.block_on(buying));
        let said = tokio::task::block_in_place(|| site.runs(&["reload"], &[]));
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        (buyer.join().expect("nobody was refused"), said)
    });
    said.ended_with(0).says(4, "restarted (pid").says(2, " started (pid").says(1, "is the only frontend");
    assert!(bought > 0, "somebody bought meanwhile");
    let after = NAMES.map(|name| site.pid(name));
    let same: Vec<_> =
        NAMES.iter().zip(before.iter().zip(&after)).filter(|(_, (a, b))| a == b).map(|(n, _)| *n).collect();
    assert_eq!(same, ["frontend"]);
    site.runs(&["status"], &[]).ended_with(0).says(7, " ready");
    site.runs(&["reload", "frontend"], &[]).ended_with(0).says(1, "restarted (pid");
    site.runs(&["reload", "catalogQ"], &[]).ended_with(2).says(1, "has no catalogQ");
    site.runs(&["reload"], &[]).ended_with(0).says(0, "restarted (pid");
    site.runs(&["down", "orderC"], &[]).ended_with(0).says(1, "stopped");
    site.runs(&["down", "orderC"], &[]).ended_with(0).says(1, "orderC does not run");
    site.runs(&["status"], &[]).ended_with(1).says(6, " ready").says(1, "stopped");
}

#[tokio::test]
async fn a_catalog_is_taken_away_and_nothing_of_the_stock_goes_with_it() {
    let site = Site::of(&Cluster::builder().catalogs(3));
    let frontend = FRONTEND + 1;
    site.runs(&["up"], &[]).ended_with(0);
    site.get(frontend, "/buy?id=1").await.has_status(200);
    awaits(Duration::from_secs(30), "catalogC has its share", async || {
        let ready = site.get(2, "/readyz").await;
        if ready.integer("/detail/units_held") > 200 { Ok(()) } else { Err(ready.to_string()) }
    })
    .await;
    site.runs(&["down", "catalogC"], &[]).ended_with(0).says(1, "stopped");
    site.catalog(&["retire", "catalogC"]).ended_with(0).says(1, "took over");
    let config = fs::read_to_string(site.config()).expect("it is there");
    let without: Vec<&str> = config.lines().filter(|line| !line.starts_with("catalogC")).collect();
    fs::write(site.config(), without.join("\n")).expect("it can be written");
    site.runs(&["reload"], &[]).ended_with(0).says(4, "restarted (pid").says(1, "is the only frontend");
    site.runs(&["reload", "frontend"], &[]).ended_with(0).says(1, "restarted (pid");
    site.runs(&["status"], &[]).ended_with(0).says(5, " ready");
    let list = site.catalog(&["retire", "--list"]);
    list.ended_with(0).says(1, ": 0 units of 0 titles (it was retired at entry");
    let left = site.get(frontend, "/lookup?id=1").await.has_status(200).integer("/item/0/count");
    for _ in 0..left {
        site.get(frontend, "/buy?id=1").await.has_status(200);
    }
    site.get(frontend, "/buy?id=1").await.has_status(404);
}
