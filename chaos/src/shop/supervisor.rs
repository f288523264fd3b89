//! One replica as a process, and the task that starts it again when it dies, as `runme.sh` does.
//!
//! Faults hold a replica down, change the settings of its next start, or send it signals; this decides nothing else.

use crate::error::{ChaosError, While as _};
use crate::fault::Replica;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Before a dead replica is started again; doubles for one that dies soon.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Having lived this long, a replica starts again with the first pause.
const STEADY_AFTER: Duration = Duration::from_secs(10);
/// So long a replica may take to stop by itself.
const STOPS_WITHIN: Duration = Duration::from_secs(12);

/// How a replica is started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) log: PathBuf,
}

impl Program {
    /// `<tier> serve --name <replica>`, with these settings on top.
    pub(crate) fn command(&self, replica: Replica, settings: &[(String, String)]) -> Result<Command, ChaosError> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.during(format!("opening {}", self.log.display()))?;
        let errors = log.try_clone().during("opening a log")?;
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--name", replica.as_str()]).env("ENV_CFG", &self.config).env("DATA_DIR", &self.data);
        command.env_remove("MOST_DATA_MIB").env_remove("FRONTEND_CACHE").envs(settings.iter().cloned());
        command.stdin(Stdio::null()).stdout(log).stderr(errors).kill_on_drop(true);
        // Ctrl-C is for us, who end them in order.
        command.process_group(0);
        Ok(command)
    }
}

/// What is wanted of a replica.
#[derive(Clone, Debug, Default)]
struct Wanted {
    held: bool,
    ended: bool,
    settings: Vec<(String, String)>,
}

/// What its process does.
#[derive(Clone, Debug, Default)]
struct Seen {
    pid: Option<u32>,
    starts: u32,
    /// Why it is not started again.
    refused: Option<String>,
}

/// A replica and its supervisor. Dropping it ends both at once.
#[derive(Debug)]
pub(crate) struct Supervised {
    replica: Replica,
    wanted: watch::Sender<Wanted>,
    seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

impl Supervised {
    /// Starts the replica and watches over it.
    pub(crate) fn start(replica: Replica, program: Program) -> Self {
        let (wanted, orders) = watch::channel(Wanted::default());
        let (tell, seen) = watch::channel(Seen::default());
        let task = tokio::spawn(supervise(replica, program, orders, tell));
        Self { replica, wanted, seen, task }
    }

    /// Whether its process is there.
    pub(crate) fn is_running(&self) -> bool {
        self.seen.borrow().pid.is_some()
    }

    /// How often it was started.
    pub(crate) fn starts(&self) -> u32 {
        self.seen.borrow().starts
    }

    /// Why it is not started again, if so.
    pub(crate) fn refused(&self) -> Option<String> {
        self.seen.borrow().refused.clone()
    }

    /// Sends a signal by its name, such as `KILL`; a process that has just died does not mind.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.seen.borrow().pid;
        if let Some(pid) = pid {
            let mut kill = Command::new("kill");
            kill.arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null());
            if let Err(error) = kill.status().await {
                eprintln!("chaos: SIG{name} could not be sent to {}: {error}", self.replica);
            }
        }
    }

    /// Kills it and keeps it down until [`Self::release`].
    pub(crate) async fn hold(&self) {
        self.wanted.send_modify(|wanted| wanted.held = true);
        // A paused process dies all the same.
        self.signal("KILL").await;
        let mut seen = self.seen.clone();
        // Its supervisor lives as long as we do.
        drop(seen.wait_for(|seen| seen.pid.is_none()).await);
    }

    /// Lets it be started again, with these settings of its environment from now on.
    pub(crate) fn release(&self, settings: Vec<(String, String)>) {
        self.wanted.send_modify(|wanted| {
            wanted.held = false;
            wanted.settings = settings;
        });
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn end(mut self) {
        self.wanted.send_modify(|wanted| wanted.ended = true);
        drop((&mut self.task).await);
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // The child goes with its task.
        self.task.abort();
    }
}

async fn supervise(replica: Replica, program: Program, mut wanted: watch::Receiver<Wanted>, seen: watch::Sender<Seen>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Ok(now) = wanted.wait_for(|wanted| !wanted.held || wanted.ended).await.map(|now| now.clone()) else {
            return;
        };
        if now.ended {
            return;
        }
        let born = Instant::now();
        let child =
            program.command(replica, &now.settings).and_then(|mut command| command.spawn().during("starting it"));
        let mut child = match child {
            Ok(child) => child,
            Err(why) => return seen.send_modify(|seen| seen.refused = Some(why.to_string())),
        };
        seen.send_modify(|seen| {
            seen.pid = child.id();
            seen.starts += 1;
        });
        let status = tokio::select! {
            status = child.wait() => status,
            () = told_to_end(&mut wanted) => return stop(&mut child).await,
        };
        seen.send_modify(|seen| seen.pid = None);
        if status.is_ok_and(|status| status.code() == Some(2)) {
            let why = format!("it refused to run (exit status 2): see {}", program.log.display());
            return seen.send_modify(|seen| seen.refused = Some(why));
        }
        if wanted.borrow().held {
            continue;
        }
        if born.elapsed() >= STEADY_AFTER {
            pause = FIRST_PAUSE;
        }
        // Told to end, it need not wait.
        drop(tokio::time::timeout(pause, told_to_end(&mut wanted)).await);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn told_to_end(wanted: &mut watch::Receiver<Wanted>) {
    drop(wanted.wait_for(|wanted| wanted.ended).await);
}

async fn stop(child: &mut Child) {
    if let Some(pid) = child.id() {
        // One that is paused would not hear of it.
        for signal in ["-CONT", "-TERM"] {
            drop(Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status().await);
        }
    }
    if tokio::time::timeout(STOPS_WITHIN, child.wait()).await.is_err() {
        drop(child.kill().await);
    }
}
