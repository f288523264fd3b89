//! A shop of this run: its own ports, data and processes, with a link that can be troubled between any two of them.
//!
//! Each replica has an `env.cfg` of its own, in which its own address is the real one and everyone else's is that of a
//! proxy. What is done to the shop is `inject.rs`' business; how the replicas are looked at, `looks.rs`'.

pub(crate) mod files;
mod ports;
mod supervisor;

pub(crate) use supervisor::{Program, Supervised};

use crate::error::{ChaosError, While as _};
use crate::fault::{Caller, Link, Replica};
use crate::proxy::Proxies;
use cluster::{Paths, ReplicaName, Secrets};
use ports::Ports;
use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

/// Room for a small disk of a replica's own, where one can be had.
const DISK: &str = "size=96m";
/// A command of an operator ends within this time.
const COMMAND_WITHIN: Duration = Duration::from_mins(2);

/// A running shop. Dropping it ends its processes and removes its data.
pub(crate) struct Shop {
    replicas: BTreeMap<Replica, Supervised>,
    pub(crate) proxies: Proxies,
    ports: BTreeMap<Replica, u16>,
    pub(crate) secrets: Secrets,
    pub(crate) http: reqwest::Client,
    programs: PathBuf,
    logs: PathBuf,
    disk: Option<Disk>,
    spare: u16,
    directory: TempDir,
    _ports: Ports,
}

impl Shop {
    /// Opens a shop with this stock: two catalogs, two order replicas, three cart replicas and two frontends, none of which need be ready yet.
    pub(crate) async fn open(programs: &Path, logs: &Path, stock: &BTreeMap<u32, u64>) -> Result<Self, ChaosError> {
        for replica in Replica::ALL {
            let binary = programs.join(replica.program());
            if !binary.is_file() {
                return Err(ChaosError::new(format!("there is no {}: build it first", binary.display())));
            }
        }
        let directory = tempfile::Builder::new().prefix("bookend-chaos-").tempdir().during("making a directory")?;
        fs::create_dir_all(logs).during(format!("making {}", logs.display()))?;
        let all = Link::all();
        let taken = Ports::take(Replica::ALL.len() + all.len() + 1)?;
        let ports: BTreeMap<_, _> = Replica::ALL.into_iter().zip((0..).map(|index| taken.port(index))).collect();
        let begin = Replica::ALL.len();
        let links: BTreeMap<_, _> = all.iter().copied().zip((begin..).map(|index| taken.port(index))).collect();
        let spare = taken.port(begin + all.len());
        let routes: Vec<_> = links.iter().map(|(link, port)| (*link, *port, address(ports[&link.to]))).collect();
        let proxies = Proxies::open(&routes).await.during("listening for the links")?;
        let data = directory.path().join("data");
        fs::create_dir_all(&data).during("making the data directory")?;
        let secrets = Secrets::open(&data).during("making the secrets")?;
        let write =
            |name: &str, text: String| fs::write(directory.path().join(name), text).during(format!("writing {name}"));
        write("env.cfg", files::env_cfg("The shop as an operator on its machine sees it.", |replica| ports[&replica]))?;
        write("books.csv", files::books(stock))?;
        for replica in Replica::ALL {
            write(&format!("{replica}.cfg"), files::seen_by(replica, ports[&replica], &links))?;
        }
        let disk = Disk::under(&data.join(Replica::OrderB.as_str())).await;
        let mut shop = Self {
            replicas: BTreeMap::new(),
            proxies,
            ports,
            secrets,
            http: client()?,
            programs: programs.to_owned(),
            logs: logs.to_owned(),
            disk,
            spare,
            directory,
            _ports: taken,
        };
        shop.stocked().await?;
        for replica in Replica::ALL {
            shop.replicas.insert(replica, Supervised::start(replica, shop.program(replica)));
        }
        Ok(shop)
    }

    /// Takes in the opening stock.
    async fn stocked(&self) -> Result<(), ChaosError> {
        let csv = self.directory.path().join("books.csv");
        let init = self.command(Replica::CatalogA, &["init", "--seed", &csv.to_string_lossy()]).await?;
        if init.status.success() {
            return Ok(());
        }
        Err(ChaosError::new(format!("the opening stock: {}", String::from_utf8_lossy(&init.stderr).trim())))
    }

    /// How a replica is started.
    pub(crate) fn program(&self, replica: Replica) -> Program {
        Program {
            binary: self.programs.join(replica.program()),
            config: self.directory.path().join(format!("{replica}.cfg")),
            data: self.directory.path().join("data"),
            log: self.logs.join(format!("{replica}.log")),
        }
    }

    /// A replica and its supervisor.
    pub(crate) fn replica(&self, replica: Replica) -> &Supervised {
        &self.replicas[&replica]
    }

    /// Where a replica is, without any link in between.
    pub(crate) fn url(&self, replica: Replica) -> String {
        format!("http://{}", address(self.ports[&replica]))
    }

    /// Where somebody from outside finds a replica: behind a link.
    pub(crate) fn behind(&self, from: Caller, to: Replica) -> String {
        format!("http://{}", address(self.proxies.port(Link { from, to }).unwrap_or_default()))
    }

    /// A port that nobody uses, for a process that should not be there.
    pub(crate) fn spare_port(&self) -> u16 {
        self.spare
    }

    /// The directory of the run, beside the data.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The data of the shop, or of a copy of it somewhere else.
    pub(crate) fn paths(&self) -> Paths {
        Paths::new(self.directory.path().join("data"))
    }

    /// The data of one replica.
    pub(crate) fn data_of(&self, replica: Replica) -> PathBuf {
        self.paths().replica_dir(&name(replica))
    }

    /// The small disk of `replica`, if it has one.
    pub(crate) fn disk_of(&self, replica: Replica) -> Option<&Disk> {
        self.disk.as_ref().filter(|_| replica == Replica::OrderB)
    }

    /// Runs a command of an operator about a replica to its end, such as `catalog check --name catalogA`.
    pub(crate) async fn command(&self, replica: Replica, arguments: &[&str]) -> Result<Output, ChaosError> {
        let mut command = Command::new(self.programs.join(replica.program()));
        command.args(arguments).args(["--name", replica.as_str()]).kill_on_drop(true);
        command
            .env("ENV_CFG", self.directory.path().join("env.cfg"))
            .env("DATA_DIR", self.directory.path().join("data"));
        let doing = format!("{} {}", replica.program(), arguments.join(" "));
        let ended = tokio::time::timeout(COMMAND_WITHIN, command.output()).await;
        ended.during(&doing)?.during(&doing)
    }

    /// Stops everything in order: whoever asks before whoever is asked.
    pub(crate) async fn close(mut self) {
        for replica in Replica::ALL.into_iter().rev() {
            if let Some(supervised) = self.replicas.remove(&replica) {
                supervised.end().await;
            }
        }
    }
}

/// The name of a replica as the cluster knows it.
pub(crate) fn name(replica: Replica) -> ReplicaName {
    replica.as_str().parse().expect("these names are those of env.cfg")
}

/// A small disk in memory under one replica's data, which can be filled.
#[derive(Debug)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one at `directory`, where this process may do so.
    async fn under(directory: &Path) -> Option<Self> {
        fs::create_dir_all(directory).ok()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", DISK, "bookend-chaos"]).arg(directory).kill_on_drop(true);
        let mounted = mount.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status().await;
        mounted.is_ok_and(|status| status.success()).then(|| Self(directory.to_owned()))
    }

    /// Writes into it until nothing more fits.
    pub(crate) fn fill(&self) -> std::io::Result<()> {
        use std::io::Write as _;
        let mut file = fs::File::create(self.filler())?;
        let block = vec![0_u8; 64 * 1024];
        for block in [block.as_slice(), &block[..4096]] {
            while file.write_all(block).is_ok() {}
        }
        Ok(())
    }

    /// Makes room again.
    pub(crate) fn free(&self) -> std::io::Result<()> {
        fs::remove_file(self.filler())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Processes that still end have their files open; one that stays is untidy, no more.
        drop(std::process::Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A client that keeps connections and follows nothing by itself.
pub(crate) fn client() -> Result<reqwest::Client, ChaosError> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).tcp_nodelay(true);
    client.connect_timeout(Duration::from_secs(1)).http1_only().build().during("making an HTTP client")
}
