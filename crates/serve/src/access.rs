//! Around every request: its id, its line in the log, its measurements, the style of errors nobody styled, and the
//! headers that keep a browser from making more of an answer than it is.
//!
//! One middleware, because the order matters: the id must be known to everything inside, and the status that is logged
//! and counted must be the one that is sent. It stands between a reader and a cached answer, so it asks the system for
//! nothing: a reader who was served well and soon is counted, not written down.

use crate::crowd::Crowd;
use crate::reply::restyle;
use crate::request_id::{self, RequestId};
use crate::{arriving, guard};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::{Error, HttpRequest};
use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Ready, ready};
use metrics::{Counter, Histogram};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Asked several times a second by every peer: not worth a line at `info`.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Where tiers call each other in batches; the requests inside have lines of their own at the edge.
const INTERNAL: &str = "/internal/";

/// For answers without a policy of their own: a browser that is led to one must make nothing of it.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// What took longer than this gets a line at `info`, whatever it was.
const SLOW: Duration = Duration::from_millis(250);

/// On a route as app data: writes that are its everyday traffic, such as purchases, get a line only when they fail or
/// take long. What they changed is written down in a journal.
#[derive(Clone, Copy, Debug)]
pub struct Everyday;

/// The middleware; [`crate::Server`] installs it.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// How long the body of a request may take to arrive.
    pub(crate) body: Duration,
    /// Whether connections can be kept.
    pub(crate) crowd: Crowd,
}

/// The middleware around one app.
pub(crate) struct Around<S> {
    inner: S,
    body: Duration,
    crowd: Crowd,
}

impl<S, B> Transform<S, ServiceRequest> for Access
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Around<S>;
    type InitError = ();
    type Future = Ready<Result<Around<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Around { inner, body: self.body, crowd: self.crowd.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for Around<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let started = Instant::now();
        let body = arriving::bound(&mut request, self.body);
        let dense = self.crowd.is_dense();
        let id = RequestId::choose(request.headers().get(request_id::HEADER));
        let answer = self.inner.call(request);
        request_id::on_behalf_of(id.clone(), async move {
            let mut response =
                answer.await.inspect_err(failed).map(|response| restyle(response.map_into_boxed_body()))?;
            if let Some(body) = body {
                response = body.answered(response);
            }
            if dense {
                arriving::end_with(&mut response);
            }
            let status = response.status();
            let took = started.elapsed();
            measure(response.request(), status, took);
            log(response.request(), status, took);
            let headers = response.headers_mut();
            headers.insert(HeaderName::from_static(request_id::HEADER), id.header());
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if !headers.contains_key(CONTENT_SECURITY_POLICY) {
                headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
            }
            Ok(response)
        })
        .boxed_local()
    }
}

/// Handlers and extractors answer their own errors, so only a fault of a middleware gets here.
fn failed(error: &Error) {
    tracing::error!(%error, "a middleware failed");
}

/// The path alone: what follows the question mark can hold what people would not want in a log.
fn log(request: &HttpRequest, status: StatusCode, took: Duration) {
    let (method, path, status) = (request.method(), request.path(), status.as_u16());
    let served = status < 400;
    let everyday = || method.is_safe() || request.app_data::<Everyday>().is_some();
    let ms = || took.as_secs_f64() * 1000.0;
    let peer = || guard::peer(request.headers());
    if PROBES.contains(&path) {
        tracing::debug!(%method, path, status, ms = ms(), peer = peer(), "probe");
    } else if status >= 500 {
        tracing::warn!(%method, path, status, ms = ms(), peer = peer(), "request");
    } else if path.starts_with(INTERNAL) || (served && took < SLOW && everyday()) {
        tracing::debug!(%method, path, status, ms = ms(), peer = peer(), "request");
    } else {
        tracing::info!(%method, path, status, ms = ms(), peer = peer(), "request");
    }
}

/// What is counted of one route and one class of status.
#[derive(Clone)]
struct Meter {
    seconds: Histogram,
    requests: Counter,
}

impl Meter {
    fn of(route: &str, class: &'static str) -> Self {
        Self {
            seconds: metrics::histogram!("http_request_seconds", "route" => route.to_owned(), "status" => class),
            requests: metrics::counter!("http_requests_total", "route" => route.to_owned(), "status" => class),
        }
    }

    fn record(&self, took: Duration) {
        self.seconds.record(took);
        self.requests.increment(1);
    }
}

thread_local! {
    /// The meters of the routes without a variable part that were asked for; there are a dozen at most, and the first
    /// ones are asked most. Looking for a meter by its labels would cost more than the rest of this middleware.
    static METERS: RefCell<Vec<(String, [Option<Meter>; 5])>> = RefCell::default();
}

/// Counts the request under the pattern it matched, never its path: a label must not have as many values as there are
/// books.
fn measure(request: &HttpRequest, status: StatusCode, took: Duration) {
    let (class, name) = class(status);
    METERS.with_borrow_mut(|meters| {
        let known = meters.iter().position(|(route, _)| route == request.path());
        if let Some(Some(meter)) = known.map(|at| &meters[at].1[class]) {
            return meter.record(took);
        }
        let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
        let meter = Meter::of(&route, name);
        meter.record(took);
        if route == request.path() {
            let at = known.unwrap_or_else(|| {
                meters.push((route, Default::default()));
                meters.len() - 1
            });
            meters[at].1[class] = Some(meter);
        }
    });
}

fn class(status: StatusCode) -> (usize, &'static str) {
    match status.as_u16() {
        100..=199 => (0, "1xx"),
        200..=299 => (1, "2xx"),
        300..=399 => (2, "3xx"),
        400..=499 => (3, "4xx"),
        _ => (4, "5xx"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Crowd, Everyday};
    use crate::telemetry::tests::Captured;
    use actix_web::http::{Method, StatusCode};
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use serde_json::Value;
    use std::time::Duration;

    /// What is logged at `info` for a request of `path`.
    async fn logged(method: Method, path: &str) -> Vec<Value> {
        let answer = |status| move || async move { HttpResponse::build(status).json(()) };
        let app = App::new()
            .route("/item/{id}", web::to(answer(StatusCode::OK)))
            .route("/missing", web::get().to(answer(StatusCode::NOT_FOUND)))
            .route("/readyz", web::get().to(answer(StatusCode::SERVICE_UNAVAILABLE)))
            .route("/internal/sell", web::post().to(answer(StatusCode::OK)))
            .service(web::resource("/buy").app_data(Everyday).route(web::post().to(answer(StatusCode::OK))))
            .route("/internal/fail", web::post().to(answer(StatusCode::INTERNAL_SERVER_ERROR)))
            .wrap(Access { body: Duration::from_secs(1), crowd: Crowd::new(100) });
        let app = init_service(app).await;
        let captured = Captured::start();
        let request = TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(("X-Request-Id", "trip-1"))
            .insert_header(("Bookend-Replica", "orderB"));
        let answer = call_service(&app, request.to_request()).await;
        assert_eq!(answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()), Some("trip-1"));
        captured.lines()
    }

    #[actix_web::test]
    async fn a_write_leaves_one_line_without_what_follows_the_question_mark() {
        let lines = logged(Method::PUT, "/item/7?token=swordfish").await;
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((&line["method"], &line["path"], &line["status"]), (&"PUT".into(), &"/item/7".into(), &200.into()));
        assert_eq!((&line["request_id"], &line["peer"]), (&"trip-1".into(), &"orderB".into()));
        assert!(line["ms"].is_f64());
        assert!(!line.to_string().contains("swordfish"));
    }

    #[actix_web::test]
    async fn reads_that_went_well_are_not_worth_a_line_but_those_that_did_not_are() {
        assert_eq!(logged(Method::GET, "/item/7").await, Vec::<Value>::new());
        assert_eq!(logged(Method::GET, "/missing").await.len(), 1);
    }

    #[actix_web::test]
    async fn everyday_writes_that_went_well_are_not_worth_a_line_and_their_failures_are() {
        assert_eq!(logged(Method::POST, "/buy").await, Vec::<Value>::new());
        assert_eq!(logged(Method::DELETE, "/buy").await.len(), 1);
    }

    #[actix_web::test]
    async fn probes_and_batches_that_went_well_are_not_worth_a_line_but_failures_are() {
        assert_eq!(logged(Method::GET, "/readyz").await, Vec::<Value>::new());
        assert_eq!(logged(Method::POST, "/internal/sell").await, Vec::<Value>::new());
        let lines = logged(Method::POST, "/internal/fail").await;
        assert_eq!((lines.len(), &lines[0]["level"]), (1, &"WARN".into()));
    }
}
