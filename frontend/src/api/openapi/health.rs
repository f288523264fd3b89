//! What every server answers of its health, described.

use super::describe::{Described, HEALTH, path};
use serde_json::json;
use serve::health::{METRICS, Ready, Reason, Up};
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::path::HttpMethod;

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/healthz", [(HttpMethod::Get, healthz())]);
    let paths = path(paths, "/readyz", [(HttpMethod::Get, readyz())]);
    path(paths, "/metrics", [(HttpMethod::Get, metrics())])
}

fn healthz() -> Described {
    Described::new(HEALTH, "healthz", "Is it up?", "Answers as long as the process runs.").answers(
        200,
        "It is.",
        &Up { status: "up".into(), replica: "frontend".into() },
    )
}

fn readyz() -> Described {
    let ready = Ready {
        ready: true,
        replica: "frontend".into(),
        cluster: "0123456789abcdef0123456789abcdef".into(),
        uptime_ms: 61_000,
        roster: "1f3a9c5e7b2d4f60".into(),
        reasons: Vec::new(),
        detail: json!({"cache": {"items": 48}}),
    };
    let reasons = vec![Reason { topic: "starting".into(), why: "the replica is starting".into() }];
    let starting = Ready { ready: false, reasons, ..ready.clone() };
    Described::new(HEALTH, "readyz", "May it take traffic?", "And if not, why not.")
        .answers(200, "It may.", &ready)
        .answers(503, "Not now; `reasons` says why.", &starting)
}

fn metrics() -> Described {
    let example = "http_requests_total{route=\"/lookup\",status=\"2xx\"} 7\n";
    Described::new(HEALTH, "metrics", "Its figures", "In the text format of Prometheus.").answers_text(
        METRICS,
        "The figures.",
        example,
    )
}
