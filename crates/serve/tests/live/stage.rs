//! Starts servers for the tests and stands in for replicas that misbehave.

use actix_web::web::ServiceConfig;
use cluster::{Member, Secrets};
use serve::{Bound, Caller, Limits, Readiness, ServeError, Server, Stopper};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longer than anything here takes on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The secrets of a new cluster.
pub(crate) fn secrets() -> Secrets {
    let dir = tempfile::tempdir().unwrap();
    Secrets::open(dir.path()).unwrap()
}

/// A member that listens on this machine; port 0 for one that the system chooses.
pub(crate) fn member(name: &str, port: u16) -> Member {
    let name: cluster::ReplicaName = name.parse().unwrap();
    let (tier, letter) = (name.tier(), name.letter());
    Member { name, tier, letter, ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port }
}

/// A caller of that cluster.
pub(crate) fn caller(secrets: &Secrets) -> Caller {
    Caller::new(secrets, &"orderA".parse().unwrap())
}

/// A server under way.
pub(crate) struct Running {
    pub(crate) member: Member,
    pub(crate) readiness: Readiness,
    pub(crate) stopper: Stopper,
    pub(crate) ended: JoinHandle<Result<(), ServeError>>,
}

/// Binds a server without letting it answer yet.
pub(crate) fn bind<F>(member: &Member, secrets: &Secrets, configure: F) -> Result<(Bound, Readiness), ServeError>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    bind_within(Limits { workers: 2, ..Limits::default() }, member, secrets, configure)
}

fn bind_within<F>(
    limits: Limits,
    member: &Member,
    secrets: &Secrets,
    configure: F,
) -> Result<(Bound, Readiness), ServeError>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let readiness = Readiness::new(&member.name);
    let server = Server { member: member.clone(), secrets: secrets.clone(), readiness: readiness.clone(), limits };
    Ok((server.bind(configure)?, readiness))
}

/// Starts a server that is ready, on a port of its own choice if the member's is 0.
pub(crate) fn start<F>(member: Member, secrets: &Secrets, configure: F) -> Running
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    start_within(Limits { workers: 2, ..Limits::default() }, member, secrets, configure)
}

/// The same, within other limits.
pub(crate) fn start_within<F>(limits: Limits, mut member: Member, secrets: &Secrets, configure: F) -> Running
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let (bound, readiness) = bind_within(limits, &member, secrets, configure).unwrap();
    member.port = bound.address().port();
    readiness.release("starting");
    let stopper = bound.stopper();
    Running { member, readiness, stopper, ended: tokio::spawn(bound.run()) }
}

impl Running {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.member.url())
    }

    /// Stops it and waits until it has.
    pub(crate) async fn stop(self) {
        self.stopper.stop();
        tokio::time::timeout(PATIENCE, self.ended).await.unwrap().unwrap().unwrap();
    }
}

/// A listener for which the test itself answers, or does not.
pub(crate) async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A port at which nobody listens.
pub(crate) async fn free_port() -> u16 {
    listener().await.1
}

/// Waits until nobody accepts connections there.
pub(crate) async fn refused(address: SocketAddr) {
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
}
