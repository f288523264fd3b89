//! Around every request: its id, its line in the log, its measurements, and the style of errors nobody styled.
//!
//! One function, because the order matters: the id must be known to everything inside, and the status that is logged
//! and counted must be the one that is sent. The line holds the path alone: what follows the question mark can hold
//! what people would not want in a log.

use crate::guard;
use crate::reply::restyle;
use crate::request_id;
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use std::time::Instant;

/// Asked several times a second by every peer: not worth a line at `info`.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Where tiers call each other in batches; the requests inside have lines of their own at the edge.
const INTERNAL: &str = "/internal/";

/// The middleware; [`crate::Server`] installs it: `.wrap(from_fn(access::around))`.
///
/// # Errors
/// Whatever an inner middleware failed with; handlers and extractors never fail past this point.
pub async fn around<B>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error>
where
    B: MessageBody + 'static,
{
    let started = Instant::now();
    let inbound = request.headers().get(request_id::HEADER).and_then(|value| value.to_str().ok());
    let id = request_id::choose(inbound);
    let seen = Seen::of(&request);
    request_id::on_behalf_of(id.clone(), async move {
        let outcome = next.call(request).await.map(|response| restyle(response.map_into_boxed_body()));
        match outcome {
            Ok(mut response) => {
                seen.record(response.status(), response.request().match_pattern(), started);
                let value = HeaderValue::from_str(&id).expect("a request id is a harmless text");
                response.headers_mut().insert(HeaderName::from_static(request_id::HEADER), value);
                Ok(response)
            }
            Err(error) => {
                seen.record(error.as_response_error().status_code(), None, started);
                Err(error)
            }
        }
    })
    .await
}

/// What the log says about a request.
struct Seen {
    method: String,
    path: String,
    peer: Option<String>,
}

impl Seen {
    fn of(request: &ServiceRequest) -> Self {
        Self {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            peer: guard::peer(request.headers()).map(str::to_owned),
        }
    }

    /// Counts and logs the request. `route` is the pattern it matched, never its path: a label must not have as many
    /// values as there are books.
    fn record(&self, status: StatusCode, route: Option<String>, started: Instant) {
        let took = started.elapsed();
        let class = class(status);
        let route = route.unwrap_or_else(|| "none".to_owned());
        metrics::histogram!("http_request_seconds", "route" => route.clone(), "status" => class).record(took);
        metrics::counter!("http_requests_total", "route" => route, "status" => class).increment(1);

        let ms = took.as_secs_f64() * 1000.0;
        let (method, path, status, peer) = (&self.method, &self.path, status.as_u16(), self.peer.as_deref());
        if PROBES.contains(&path.as_str()) {
            tracing::debug!(method, path, status, ms, peer, "probe");
        } else if status >= 500 {
            tracing::warn!(method, path, status, ms, peer, "request");
        } else if path.starts_with(INTERNAL) {
            tracing::debug!(method, path, status, ms, peer, "request");
        } else {
            tracing::info!(method, path, status, ms, peer, "request");
        }
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
