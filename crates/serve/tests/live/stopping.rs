//! Starting where another program listens; stopping without losing what was accepted.

use crate::stage::{PATIENCE, bind, member, refused, secrets, start};
use actix_web::web::{self, Data, ServiceConfig};
use reqwest::Client;
use serde_json::Value;
use serve::ServeError;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A handler that says when it has begun and ends when it is let go.
#[derive(Clone)]
struct Gate {
    begun: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn closed() -> Self {
        Self { begun: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    fn routes(&self) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
        let gate = Data::new(self.clone());
        move |config| {
            config.app_data(gate.clone()).route("/slow", web::get().to(slow));
        }
    }
}

async fn slow(gate: Data<Gate>) -> &'static str {
    gate.begun.add_permits(1);
    gate.open.acquire().await.unwrap().forget();
    "done"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_finishes_the_request_it_accepted_and_accepts_no_other() {
    let gate = Gate::closed();
    let shop = start(member("orderA", 0), &secrets(), gate.routes());
    let asked = tokio::spawn(Client::new().get(shop.url("/slow")).send());
    timeout(PATIENCE, gate.begun.acquire()).await.unwrap().unwrap().forget();

    shop.stopper.stop();
    refused(shop.member.address()).await;
    assert!(!shop.readiness.is_ready());
    assert!(!shop.ended.is_finished());

    gate.open.add_permits(1);
    let answer = timeout(PATIENCE, asked).await.unwrap().unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "done");
    timeout(PATIENCE, shop.ended).await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_twice_to_stop_waits_for_nobody() {
    let gate = Gate::closed();
    let shop = start(member("orderA", 0), &secrets(), gate.routes());
    let asked = tokio::spawn(Client::new().get(shop.url("/slow")).send());
    timeout(PATIENCE, gate.begun.acquire()).await.unwrap().unwrap().forget();

    shop.stopper.stop();
    refused(shop.member.address()).await;
    shop.stopper.stop();
    timeout(PATIENCE, shop.ended).await.unwrap().unwrap().unwrap();
    assert!(timeout(PATIENCE, asked).await.unwrap().unwrap().is_err(), "its request was cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_does_not_keep_a_server_from_stopping() {
    let shop = start(member("orderA", 0), &secrets(), |_: &mut ServiceConfig| {});
    let client = Client::new();
    client.get(shop.url("/healthz")).send().await.unwrap().bytes().await.unwrap();
    let begun = std::time::Instant::now();
    shop.stop().await;
    assert!(begun.elapsed().as_secs() < 5, "it waited {:?} for {client:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named_with_what_to_do_about_it() {
    let secrets = secrets();
    let first = start(member("orderA", 0), &secrets, |_: &mut ServiceConfig| {});
    let second = member("orderB", first.member.port);
    let error = bind(&second, &secrets, |_: &mut ServiceConfig| {}).err().unwrap();
    assert!(matches!(error, ServeError::PortInUse { .. }));
    let said = error.to_string();
    for part in ["orderB", &first.member.address().to_string(), "in use", "env.cfg"] {
        assert!(said.contains(part), "{said}");
    }
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_machine_is_named_as_such() {
    let mut elsewhere = member("orderA", 0);
    // 192.0.2.0/24 is reserved for documentation: no machine has it.
    elsewhere.ip = "192.0.2.1".parse().unwrap();
    let error = bind(&elsewhere, &secrets(), |_: &mut ServiceConfig| {}).err().unwrap();
    assert!(matches!(error, ServeError::AddressNotHere { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_that_it_is_up_whether_it_is_ready_and_why_not() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, |_: &mut ServiceConfig| {});
    let client = Client::new();
    let healthz = client.get(shop.url("/healthz")).send().await.unwrap();
    assert_eq!(healthz.text().await.unwrap(), r#"{"replica":"catalogA","status":"up"}"#);

    let ready = client.get(shop.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    shop.readiness.hold("catching-up", "40 entries behind");
    let held = client.get(shop.url("/readyz")).send().await.unwrap();
    assert_eq!(held.status(), 503);
    let said: Value = held.json().await.unwrap();
    assert_eq!((&said["ready"], &said["replica"]), (&false.into(), &"catalogA".into()));
    assert_eq!(said["cluster"], secrets.cluster.to_string());
    assert!(said["uptime_ms"].is_u64());
    assert_eq!(said["reasons"], serde_json::json!([{"topic": "catching-up", "why": "40 entries behind"}]));
    assert_eq!(said["detail"], serde_json::json!({}));

    let stranger = client.get(shop.url("/readyz")).header("Bookend-Cluster", "0".repeat(32)).send().await.unwrap();
    assert_eq!(stranger.status(), 403);
    assert_eq!(stranger.json::<Value>().await.unwrap()["type"], "another-cluster");
    shop.stop().await;
}
