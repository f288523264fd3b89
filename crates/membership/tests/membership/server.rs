//! A real ZooKeeper of a test: started on a free port in a directory of its own, stopped and killed, never left behind.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{interval, timeout};
use zookeeper_client::Client;

/// How long anything is waited for that must happen. Nothing takes so long on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// The session that clients of these tests ask for. It is short, so that it can expire within a test.
pub(crate) const SESSION: Duration = Duration::from_secs(3);

/// A process that dies with its owner, also when a test panics.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?} can't be started: {error}")))
    }

    /// Sends a signal by its name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id();
        let sent = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status();
        assert!(sent.expect("`kill` can be run").success(), "SIG{name} could not be sent to process {id}");
    }

    /// `kill -9`, also of a process that is stopped, and waits for its end.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        self.0.wait().expect("a killed child ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One server, standing alone.
pub(crate) struct ZooKeeper {
    process: Process,
    directory: TempDir,
    port: u16,
}

impl ZooKeeper {
    /// Starts one and waits until it answers; `None`, and a line on stderr, where none is installed.
    pub(crate) async fn start() -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = match program(directory.path()) {
            Ok(command) => command,
            Err(missing) => {
                eprintln!("SKIPPED: {missing} (Debian, Ubuntu: apt-get install zookeeper)");
                return None;
            }
        };
        let port = free_port();
        fs::write(directory.path().join("zoo.cfg"), config(directory.path(), port)).expect("the file is written");
        let server = Self { process: Process::start(&mut command), directory, port };
        server.until_ready().await;
        Some(server)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on its port and its data, and waits until it answers.
    pub(crate) async fn restart(&mut self) {
        self.process.kill();
        self.process = Process::start(&mut program(self.directory.path()).expect("it was started before"));
        self.until_ready().await;
    }

    /// The process hangs: its connections stay open, and nothing is answered.
    pub(crate) fn pause(&self) {
        self.process.signal("STOP");
    }

    /// It goes on as if no time had passed.
    pub(crate) fn resume(&self) {
        self.process.signal("CONT");
    }

    /// Where it listens: `127.0.0.1:2181`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A session of somebody else, to look into the tree and to put things there.
    pub(crate) async fn stranger(&self) -> Client {
        let address = self.address();
        let connected = Client::connector().with_session_timeout(4 * SESSION).connect(&address);
        timeout(PATIENCE, connected).await.expect("in time").expect("a session")
    }

    async fn until_ready(&self) {
        let mut tries = interval(Duration::from_millis(50));
        let answered = timeout(PATIENCE, async {
            loop {
                tries.tick().await;
                let connector = Client::connector().with_session_timeout(SESSION).with_fail_eagerly();
                if connector.connect(&self.address()).await.is_ok() {
                    return;
                }
            }
        });
        assert!(answered.await.is_ok(), "ZooKeeper did not answer in time; its log:\n{}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

fn config(directory: &Path, port: u16) -> String {
    let data = directory.join("data");
    fs::create_dir_all(&data).expect("a directory");
    format!(
        "tickTime=250\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n\
         minSessionTimeout=500\nmaxSessionTimeout=60000\nmaxClientCnxns=0\n",
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
    let log = fs::OpenOptions::new().create(true).append(true).open(directory.join("log")).expect("a log");
    command.arg(directory.join("zoo.cfg")).current_dir(directory).stdin(Stdio::null());
    command.stdout(log.try_clone().expect("a log")).stderr(log);
    Ok(command)
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// A port on which nothing listens now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
