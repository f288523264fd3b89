//! Up, ready, and why not: what the other tiers, the operator and Prometheus ask every server.
//!
//! `GET /healthz` answers as long as the process runs. `GET /readyz` says whether it may take traffic; what holds it
//! back is a list of topics, each held and released by whoever knows about it (`starting`, `catching-up`,
//! `stopping`). A cluster's name in the request is checked, so that nobody takes another cluster's replica for a peer.
//! Who is asked how often is `fleet`'s business.

use crate::guard::same_cluster;
use crate::reply::Refusal;
use crate::server::get_or_head;
use crate::telemetry;
use actix_web::{HttpRequest, HttpResponse, web};
use cluster::{ClusterId, ReplicaName, Roster, Secrets};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What makes up the tier's part of `/readyz`. It is called for every probe, so it must not block.
pub type Detail = Arc<dyn Fn() -> Value + Send + Sync>;

/// Whether this replica may take traffic, and what holds it back.
///
/// A new one is held by the topic `starting`, which the tier releases when it can answer. Clones share one state.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    replica: ReplicaName,
    started: Instant,
    held: Mutex<BTreeMap<&'static str, String>>,
    detail: Mutex<Option<Detail>>,
    roster: Mutex<String>,
}

/// One thing that keeps a replica from taking traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// A short stable name, such as `catching-up`.
    pub topic: String,
    /// One sentence for people.
    pub why: String,
}

/// The body of `/healthz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Up {
    /// Its name.
    pub replica: String,
    /// `up`: whoever answers is.
    #[cfg_attr(feature = "openapi", schema(pattern = "^up$"))]
    pub status: String,
}

/// The body of `/readyz`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ready {
    /// Whether the replica may take traffic; the status is 200 or 503 accordingly.
    pub ready: bool,
    /// Its name.
    pub replica: String,
    /// The cluster it belongs to.
    pub cluster: String,
    /// Which env.cfg it read when it started, see [`cluster::Roster::digest`]; empty where it does not say.
    #[serde(default)]
    pub roster: String,
    /// For how long it has been running, in milliseconds.
    pub uptime_ms: u64,
    /// Why it is not ready, by topic; empty when it is.
    pub reasons: Vec<Reason>,
    /// What its tier has to say; `{}` when it says nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: Value,
}

impl Readiness {
    /// The readiness of `replica`, which is starting.
    pub fn new(replica: &ReplicaName) -> Self {
        let held = BTreeMap::from([("starting", "the replica is starting".to_owned())]);
        let inner = Inner {
            replica: replica.clone(),
            started: Instant::now(),
            held: Mutex::new(held),
            detail: Mutex::new(None),
            roster: Mutex::default(),
        };
        Self(Arc::new(inner))
    }

    /// Not ready from now on, until `topic` is released; `why` is one sentence for people.
    pub fn hold(&self, topic: &'static str, why: impl Into<String>) {
        let why = why.into();
        let before = lock(&self.0.held).insert(topic, why.clone());
        if before.is_none() {
            tracing::info!(topic, why, "held back from traffic");
        }
    }

    /// `topic` no longer holds the replica back. Releasing what is not held changes nothing.
    pub fn release(&self, topic: &'static str) {
        let mut held = lock(&self.0.held);
        let released = held.remove(topic).is_some();
        let ready = held.is_empty();
        drop(held);
        if released {
            tracing::info!(topic, ready, "released");
        }
    }

    /// Whether nothing holds the replica back.
    pub fn is_ready(&self) -> bool {
        lock(&self.0.held).is_empty()
    }

    /// What holds the replica back, by topic; empty when it is ready.
    pub fn reasons(&self) -> Vec<Reason> {
        let held = lock(&self.0.held);
        held.iter().map(|(topic, why)| Reason { topic: (*topic).to_owned(), why: why.clone() }).collect()
    }

    /// What `/readyz` shows of this tier from now on.
    pub fn set_detail(&self, detail: Detail) {
        *lock(&self.0.detail) = Some(detail);
    }

    /// Says in `/readyz` which list of members this process has read.
    pub fn set_roster(&self, roster: &Roster) {
        *lock(&self.0.roster) = roster.digest();
    }

    fn state(&self, cluster: &ClusterId) -> Ready {
        let reasons = self.reasons();
        // The tier's function runs without our lock: it may well ask for its own.
        let detail = lock(&self.0.detail).clone();
        Ready {
            ready: reasons.is_empty(),
            replica: self.0.replica.to_string(),
            cluster: cluster.to_string(),
            roster: lock(&self.0.roster).clone(),
            uptime_ms: u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            reasons,
            detail: detail.map_or_else(|| json!({}), |detail| detail()),
        }
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").field("replica", &self.0.replica).field("reasons", &self.reasons()).finish()
    }
}

/// A panic elsewhere does not make these maps wrong: each is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The media type of `/metrics`, the text format of Prometheus.
pub const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The three addresses that every server answers.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/healthz").route(get_or_head(healthz)))
        .service(web::resource("/readyz").route(get_or_head(readyz)))
        .service(web::resource("/metrics").route(get_or_head(render)));
}

async fn healthz(readiness: web::Data<Readiness>) -> HttpResponse {
    HttpResponse::Ok().json(Up { status: "up".to_owned(), replica: readiness.0.replica.to_string() })
}

async fn readyz(
    request: HttpRequest,
    readiness: web::Data<Readiness>,
    secrets: web::Data<Secrets>,
) -> Result<HttpResponse, Refusal> {
    same_cluster(request.headers(), &secrets.cluster)?;
    let state = readiness.state(&secrets.cluster);
    let mut answer = if state.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    Ok(answer.json(state))
}

async fn render() -> HttpResponse {
    HttpResponse::Ok().content_type(METRICS).body(telemetry::render_metrics())
}

#[cfg(test)]
mod tests {
    use super::{Readiness, Reason};
    use serde_json::json;
    use std::sync::Arc;

    fn readiness() -> Readiness {
        Readiness::new(&"catalogA".parse().expect("a name"))
    }

    fn topics(readiness: &Readiness) -> Vec<String> {
        readiness.reasons().into_iter().map(|Reason { topic, .. }| topic).collect()
    }

    #[test]
    fn a_replica_is_ready_when_every_topic_that_was_held_is_released() {
        let readiness = readiness();
        assert_eq!(topics(&readiness), ["starting"]);
        readiness.hold("catching-up", "40 entries behind catalogB");
        readiness.release("starting");
        assert!(!readiness.is_ready());
        readiness.release("catching-up");
        readiness.release("catching-up");
        assert!(readiness.is_ready());
        assert_eq!(readiness.reasons(), []);
    }

    #[test]
    fn holding_a_topic_again_says_the_newer_reason_and_is_released_once() {
        let readiness = readiness();
        readiness.release("starting");
        readiness.hold("catching-up", "40 entries behind");
        readiness.hold("catching-up", "2 entries behind");
        assert_eq!(readiness.reasons()[0].why, "2 entries behind");
        readiness.release("catching-up");
        assert!(readiness.is_ready());
    }

    #[test]
    fn the_detail_of_the_tier_is_asked_for_every_time() {
        let readiness = readiness();
        let cluster = "0123456789abcdef0123456789abcdef".parse().expect("an id");
        assert_eq!(readiness.state(&cluster).detail, json!({}));
        let inner = readiness.clone();
        readiness.set_detail(Arc::new(move || json!({"topics": inner.reasons().len()})));
        assert_eq!(readiness.state(&cluster).detail, json!({"topics": 1}));
        readiness.release("starting");
        let state = readiness.state(&cluster);
        assert_eq!((state.ready, state.detail), (true, json!({"topics": 0})));
    }
}
