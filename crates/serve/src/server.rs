//! One server: binds, serves within limits, and stops without losing what it accepted.
//!
//! A tier hands over its routes; the rest of the app (credentials, health, error styles, the log line) is the same for
//! all. Binding and serving are two steps, so that a port in use is reported before anything else has begun and a test
//! can let the system choose the port. What the process does when it cannot listen is `main`'s business.

mod error;

pub use error::ServeError;

use crate::access::Access;
use crate::crowd::Crowd;
use crate::health::{self, Readiness};
use crate::reply::{ErrorStyle, extractor_config_sized};
use crate::{input, telemetry};
use actix_web::dev::ServerHandle;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, FromRequest, Handler, HttpServer, Responder, Route, guard, web};
use cluster::{Member, ReplicaName, Secrets};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// What a server of one replica needs.
#[derive(Debug)]
pub struct Server {
    /// Who it is and where it listens; port 0 lets the system choose one.
    pub member: Member,
    /// What callers from other replicas must show.
    pub secrets: Secrets,
    /// What `/readyz` answers.
    pub readiness: Readiness,
    /// How much it takes on.
    pub limits: Limits,
}

/// How much a server takes on before it says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body of a request, in bytes; a scope may have its own, see [`extractor_config_sized`].
    pub body_bytes: usize,
    /// Open connections in all; further ones wait to be accepted.
    pub connections: usize,
    /// How long a caller may take to send the head of a request.
    pub head: Duration,
    /// How long a caller may then take to send its body.
    pub body: Duration,
    /// How long a silent connection stays open. Longer than callers keep theirs, so that they close first.
    pub keep_alive: Duration,
    /// How long a caller may take to close a connection that is being closed.
    pub disconnect: Duration,
    /// How long requests that were accepted may take to finish when the server is stopped, in whole seconds.
    pub stop: Duration,
    /// Threads that serve requests.
    pub workers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Two threads saturate SQLite's one writer, and each costs memory.
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(2);
        Self {
            body_bytes: input::BODY_BYTES,
            connections: 4096,
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            disconnect: Duration::from_secs(1),
            stop: Duration::from_secs(10),
            workers,
        }
    }
}

impl Server {
    /// Listens, and serves the routes of `configure` until the process is told to stop; see [`Bound::run`].
    ///
    /// # Errors
    /// [`ServeError`] when it cannot listen, or when the server breaks down later.
    pub async fn run<F>(self, configure: F) -> Result<(), ServeError>
    where
        F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        self.bind(configure)?.run().await
    }

    /// Listens, without answering yet: callers that connect wait until [`Bound::run`].
    ///
    /// # Errors
    /// [`ServeError`] says why it cannot listen and what to do about it.
    pub fn bind<F>(self, configure: F) -> Result<Bound, ServeError>
    where
        F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        let Self { member, secrets, readiness, limits } = self;
        let (secrets, shown) = (Data::new(secrets), Data::new(readiness.clone()));
        let crowd = Crowd::new(limits.connections);
        let entering = crowd.clone();
        let app = move || {
            App::new()
                .app_data(secrets.clone())
                .app_data(shown.clone())
                .configure(extractor_config_sized(ErrorStyle::Problem, limits.body_bytes))
                .configure(health::routes)
                .configure(&configure)
                .wrap(Access { body: limits.body, crowd: crowd.clone() })
        };
        let workers = limits.workers.max(1);
        let http = HttpServer::new(app)
            .workers(workers)
            .on_connect(move |_, connection| entering.enters(connection))
            .max_connections(limits.connections.div_ceil(workers))
            .client_request_timeout(limits.head)
            .client_disconnect_timeout(limits.disconnect)
            .keep_alive(limits.keep_alive)
            // Without it the last packet of an answer waits for the caller's delayed acknowledgement: 40 ms.
            .tcp_nodelay(true)
            .shutdown_timeout(limits.stop.as_secs())
            // The signals are ours: readiness has to change before the listener closes.
            .disable_signals()
            .bind(member.address())
            .map_err(|why| ServeError::listening(&member, why))?;
        let address = http.addrs().first().copied().unwrap_or_else(|| member.address());
        Ok(Bound { replica: member.name, address, readiness, http: http.run(), stopper: Stopper::default() })
    }
}

/// A server that listens.
pub struct Bound {
    replica: ReplicaName,
    address: SocketAddr,
    readiness: Readiness,
    http: actix_web::dev::Server,
    stopper: Stopper,
}

/// Stops a server from inside the process, exactly as SIGTERM does. Clones stop the same server.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<Notify>);

impl Stopper {
    /// Asks the server to stop; [`Bound::run`] returns when it has.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Bound {
    /// What `/readyz` will answer.
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Where it listens; the port is the one that the system chose if the member's was 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops this server from inside the process.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Serves until SIGTERM, SIGINT or [`Stopper::stop`]: then it is no longer ready, accepts nothing more, finishes
    /// what it accepted (for [`Limits::stop`] at most), and returns. A second signal makes it return at once.
    ///
    /// # Errors
    /// [`ServeError::Failed`] when the server breaks down.
    pub async fn run(self) -> Result<(), ServeError> {
        let Self { replica, address, readiness, mut http, stopper } = self;
        let failed = |why| ServeError::Failed { replica: replica.clone(), why };
        let mut orders = Orders::listen(stopper).map_err(failed)?;
        let handle = http.handle();
        let upkeep = tokio::spawn(telemetry::upkeep());
        tracing::info!(%address, "listening");

        let outcome = tokio::select! {
            ended = &mut http => ended,
            why = orders.next() => {
                tracing::info!(why, "stopping");
                readiness.hold("stopping", "the replica is stopping");
                finish(&handle, http, &mut orders).await
            }
        };
        upkeep.abort();
        tracing::info!("stopped");
        outcome.map_err(failed)
    }
}

/// Waits until everything accepted is answered, or until told a second time.
async fn finish(handle: &ServerHandle, serving: actix_web::dev::Server, orders: &mut Orders) -> std::io::Result<()> {
    let stop = handle.stop(true);
    tokio::select! {
        (ended, ()) = futures::future::join(serving, stop) => ended,
        why = orders.next() => {
            tracing::warn!(why, "told twice to stop: what is not finished is dropped");
            Ok(())
        }
    }
}

/// Everything that tells a server to stop.
struct Orders {
    terminate: Signal,
    interrupt: Signal,
    stopper: Stopper,
}

impl Orders {
    fn listen(stopper: Stopper) -> std::io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, stopper })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            () = self.stopper.0.notified() => "asked to",
        }
    }
}

/// A route for GET that answers HEAD as well, as HTTP asks of every server; the body of a HEAD is not sent.
///
/// For `web::resource("/x").route(get_or_head(handler))`. With `resource`, another method is 405 with `Allow`;
/// routes that are registered by `App::route` or by attribute macros answer it with 404 instead.
pub fn get_or_head<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(handler)
}
