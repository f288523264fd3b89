//! A real ZooKeeper of a test: started on a free port in a directory of its own, stopped and killed, never left behind.
//!
//! It is known by its program and its port only; whoever wants to look into its tree brings a client.

use crate::process::Process;
use crate::{Ports, awaits};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Until it serves; a Java program takes its time on a busy machine.
const SERVES_WITHIN: Duration = Duration::from_secs(40);
/// How long it may take to say that it serves.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// One server, standing alone.
#[derive(Debug)]
pub struct ZooKeeper {
    process: Process,
    directory: TempDir,
    ports: Ports,
}

impl ZooKeeper {
    /// Starts one and waits until it serves; `None`, and a line on stderr, where none is installed.
    ///
    /// # Panics
    /// When one that is installed does not serve.
    pub async fn start() -> Option<Self> {
        let directory = TempDir::with_prefix("bookend-zookeeper-").expect("a directory");
        let mut command = match program(directory.path()) {
            Ok(command) => command,
            Err(missing) => {
                eprintln!("SKIPPED: {missing} (Debian, Ubuntu: apt-get install zookeeper)");
                return None;
            }
        };
        let ports = Ports::take();
        fs::write(directory.path().join("zoo.cfg"), config(directory.path(), ports.port(0))).expect("it is written");
        let process = started(&mut command, directory.path());
        let server = Self { process, directory, ports };
        server.serves().await;
        Some(server)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on its port and its data, and waits until it serves.
    ///
    /// # Panics
    /// When it does not.
    pub async fn restart(&mut self) {
        self.process.kill();
        let mut command = program(self.directory.path()).expect("it was started before");
        self.process = started(&mut command, self.directory.path());
        self.serves().await;
    }

    /// The process hangs: its connections stay open, and nothing is answered.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// It goes on as if no time had passed.
    pub fn resume(&self) {
        self.process.signal("CONT");
    }

    /// Where it listens: `127.0.0.1:2181`.
    pub fn address(&self) -> String {
        self.socket().to_string()
    }

    fn socket(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.port(0)).into()
    }

    async fn serves(&self) {
        awaits(SERVES_WITHIN, "ZooKeeper serves", async || {
            let socket = self.socket();
            let said = tokio::task::spawn_blocking(move || status(socket)).await.expect("asking does not panic");
            let log = || fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            if said.contains("Mode: standalone") {
                Ok(())
            } else {
                Err(format!("it says {said:?}; its log:\n{}", log()))
            }
        })
        .await;
    }
}

/// What it says of itself; nothing where it does not answer.
fn status(socket: SocketAddr) -> String {
    let asked = || {
        let mut connection = TcpStream::connect_timeout(&socket, ANSWERS_WITHIN)?;
        connection.set_read_timeout(Some(ANSWERS_WITHIN))?;
        connection.write_all(b"srvr")?;
        let mut said = String::new();
        connection.read_to_string(&mut said).map(|_| said)
    };
    asked().unwrap_or_default()
}

fn started(command: &mut Command, directory: &Path) -> Process {
    Process::start(command, &directory.join("log")).unwrap_or_else(|error| panic!("{command:?} can't start: {error}"))
}

fn config(directory: &Path, port: u16) -> String {
    let data = directory.join("data");
    fs::create_dir_all(&data).expect("a directory");
    format!(
        "tickTime=250\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n\
         minSessionTimeout=500\nmaxSessionTimeout=60000\nmaxClientCnxns=0\n4lw.commands.whitelist=srvr\n",
        data.display()
    )
}

/// How to start it in the foreground, so that our child is the server and nothing else.
fn program(directory: &Path) -> Result<Command, &'static str> {
    const JAR: &str = "/usr/share/java/zookeeper.jar";
    const SMALL: [&str; 3] = ["-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    if !in_path("java") {
        return Err("java is missing, which runs ZooKeeper");
    }
    let mut command = if Path::new("/usr/share/zookeeper").is_dir() && Path::new(JAR).is_file() {
        // Debian's script would log into the directories of the system.
        let mut command = Command::new("java");
        command.args(SMALL).args(["-cp", JAR, "-Dzookeeper.jmx.log4j.disable=true"]);
        command.arg("org.apache.zookeeper.server.quorum.QuorumPeerMain");
        command
    } else if in_path("zkServer.sh") {
        let mut command = Command::new("zkServer.sh");
        command.env("SERVER_JVMFLAGS", SMALL.join(" ")).env("ZOO_LOG_DIR", directory).env("JMXDISABLE", "true");
        command.arg("start-foreground");
        command
    } else {
        return Err("zookeeper is missing: neither /usr/share/zookeeper nor zkServer.sh is there");
    };
    command.arg(directory.join("zoo.cfg")).current_dir(directory);
    Ok(command)
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
