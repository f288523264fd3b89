//! A whole process, from its first log line to SIGTERM. Alone in its file: a signal reaches every server there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::web::{self, ServiceConfig};
use cluster::{Member, Secrets};
use serve::{Limits, Readiness, Server, telemetry};
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_process_measures_what_it_answered_and_ends_in_order_on_sigterm() {
    telemetry::start("catalogA");
    let dir = tempfile::tempdir().unwrap();
    let name: cluster::ReplicaName = "catalogA".parse().unwrap();
    let readiness = Readiness::new(&name);
    let (tier, letter) = (name.tier(), name.letter());
    let member = Member { name, tier, letter, ip: Ipv4Addr::LOCALHOST.into(), port: 0 };
    let secrets = Secrets::open(dir.path()).unwrap();
    let server = Server { member, secrets, readiness: readiness.clone(), limits: Limits::default() };
    let routes = |config: &mut ServiceConfig| {
        config.route("/item/{id}", web::get().to(|id: web::Path<u32>| async move { id.to_string() }));
    };
    let bound = server.bind(routes).unwrap();
    let url = format!("http://{}", bound.address());
    let ended = tokio::spawn(bound.run());

    for (path, status) in [("/item/1", 200), ("/item/2", 200), ("/item/x?secret=1", 422), ("/none/1", 404)] {
        assert_eq!(reqwest::get(format!("{url}{path}")).await.unwrap().status(), status);
    }
    let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap();
    for line in [
        r#"http_requests_total{replica="catalogA",route="/item/{id}",status="2xx"} 2"#,
        r#"http_requests_total{replica="catalogA",route="/item/{id}",status="4xx"} 1"#,
        r#"http_requests_total{replica="catalogA",route="none",status="4xx"} 1"#,
        r#"http_request_seconds_count{replica="catalogA",route="/item/{id}",status="2xx"} 2"#,
        r#"process_uptime_seconds{replica="catalogA"}"#,
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }

    let me = std::process::id().to_string();
    assert!(Command::new("kill").args(["-TERM", &me]).status().unwrap().success());
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap().unwrap();
    assert!(readiness.reasons().iter().any(|reason| reason.topic == "stopping"));
}
