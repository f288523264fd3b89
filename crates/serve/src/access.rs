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

#[cfg(test)]
mod tests {
    use super::around;
    use crate::telemetry::tests::Captured;
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use serde_json::Value;

    /// What is logged at `info` for a request of `path`.
    async fn logged(path: &str) -> Vec<Value> {
        let answer = |status| move || async move { HttpResponse::build(status).json(()) };
        let app = App::new()
            .route("/item/{id}", web::get().to(answer(StatusCode::OK)))
            .route("/readyz", web::get().to(answer(StatusCode::SERVICE_UNAVAILABLE)))
            .route("/internal/sell", web::get().to(answer(StatusCode::OK)))
            .route("/internal/fail", web::get().to(answer(StatusCode::INTERNAL_SERVER_ERROR)))
            .wrap(from_fn(around));
        let app = init_service(app).await;
        let captured = Captured::start();
        let request = TestRequest::get()
            .uri(path)
            .insert_header(("X-Request-Id", "trip-1"))
            .insert_header(("Bookend-Replica", "orderB"));
        let answer = call_service(&app, request.to_request()).await;
        assert_eq!(answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()), Some("trip-1"));
        captured.lines()
    }

    #[actix_web::test]
    async fn a_request_leaves_one_line_without_what_follows_the_question_mark() {
        let lines = logged("/item/7?token=swordfish").await;
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((&line["method"], &line["path"], &line["status"]), (&"GET".into(), &"/item/7".into(), &200.into()));
        assert_eq!((&line["request_id"], &line["peer"]), (&"trip-1".into(), &"orderB".into()));
        assert!(line["ms"].is_f64());
        assert!(!line.to_string().contains("swordfish"));
    }

    #[actix_web::test]
    async fn probes_and_batches_that_went_well_are_not_worth_a_line_but_failures_are() {
        assert_eq!(logged("/readyz").await, Vec::<Value>::new());
        assert_eq!(logged("/internal/sell").await, Vec::<Value>::new());
        let lines = logged("/internal/fail").await;
        assert_eq!((lines.len(), &lines[0]["level"]), (1, &"WARN".into()));
    }
}
