//! How a call between replicas fails, and what the caller learns from it.

use crate::stage::{caller, free_port, listener, member, secrets, start};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde_json::{Value, json};
use serve::{CallError, ClassicRefusal, Insider, Refusal};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use wire::Problem;

const LONG: Duration = Duration::from_secs(10);

async fn greet(insider: Insider, body: web::Json<Value>) -> web::Json<Value> {
    web::Json(json!({"from": insider.peer(), "said": body.into_inner()}))
}

async fn held() -> Result<HttpResponse, Refusal> {
    Err(Problem::definite(503, "held-elsewhere", "catalogB holds it").into())
}

async fn classic() -> Result<HttpResponse, ClassicRefusal> {
    Err(Problem::definite(404, "sold-out", "none left").into())
}

async fn elsewhere() -> HttpResponse {
    HttpResponse::Found().insert_header(("location", "/greet")).finish()
}

async fn endless() -> HttpResponse {
    let piece = web::Bytes::from_static(&[b' '; 1024]);
    HttpResponse::Ok().streaming(futures::stream::repeat_with(move || Ok::<_, actix_web::Error>(piece.clone())))
}

fn routes(config: &mut ServiceConfig) {
    config
        .route("/greet", web::put().to(greet))
        .route("/held", web::get().to(held))
        .route("/classic", web::get().to(classic))
        .route("/elsewhere", web::get().to(elsewhere))
        .route("/nothing", web::get().to(HttpResponse::NoContent))
        .route("/endless", web::get().to(endless));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_shows_who_it_comes_from_and_is_let_in() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, routes);
    let caller = caller(&secrets);
    let answer: Value = caller.put(&shop.member, "/greet", &json!([1, 2]), LONG).await.unwrap();
    assert_eq!(answer, json!({"from": "orderA", "said": [1, 2]}));
    let () = caller.get(&shop.member, "/nothing", LONG).await.unwrap();

    let stranger = crate::stage::caller(&crate::stage::secrets());
    let refused = stranger.put::<_, Value>(&shop.member, "/greet", &1, LONG).await.unwrap_err();
    assert!(matches!(&refused, CallError::Refused { problem, .. } if problem.kind == "another-cluster"), "{refused}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_keeps_what_the_other_replica_said_in_either_style() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, routes);
    let caller = caller(&secrets);
    let held = caller.get::<Value>(&shop.member, "/held", LONG).await.unwrap_err();
    assert!(held.definite() && held.worth_another_replica(), "{held}");
    let CallError::Refused { problem, .. } = held else { panic!("{held}") };
    assert_eq!((problem.status, problem.kind.as_str()), (503, "held-elsewhere"));
    assert!(problem.request_id.is_some());

    let gone = caller.get::<Value>(&shop.member, "/classic", LONG).await.unwrap_err();
    assert!(gone.definite() && !gone.worth_another_replica(), "{gone}");
    let CallError::Refused { problem, .. } = gone else { panic!("{gone}") };
    assert_eq!((problem.status, problem.detail.as_str()), (404, "none left"));

    let moved = caller.get::<Value>(&shop.member, "/elsewhere", LONG).await.unwrap_err();
    assert!(matches!(&moved, CallError::Refused { problem, .. } if problem.status == 302), "{moved}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_or_unreadable_is_given_up() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, routes);
    let caller = caller(&secrets).with_answers_up_to(64 * 1024);
    let endless = caller.get::<Value>(&shop.member, "/endless", LONG).await.unwrap_err();
    assert!(matches!(&endless, CallError::Malformed { why, .. } if why.contains("65536")), "{endless}");
    let strange = caller.get::<Vec<u8>>(&shop.member, "/healthz", LONG).await.unwrap_err();
    assert!(matches!(strange, CallError::Malformed { .. }), "{strange}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_does_not_listen_is_unreachable_and_nothing_happened() {
    let nobody = member("catalogB", free_port().await);
    let error = caller(&secrets()).post::<_, Value>(&nobody, "/", &1, LONG).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error}");
    assert!(error.definite() && error.worth_another_replica());
    assert!(error.to_string().starts_with("catalogB cannot be reached: "), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_accepts_but_is_silent_times_out_and_it_may_have_happened() {
    let (_listener, port) = listener().await;
    let paused = member("catalogB", port);
    let deadline = Duration::from_millis(50);
    let error = caller(&secrets()).post::<_, Value>(&paused, "/", &1, deadline).await.unwrap_err();
    assert_eq!(error, CallError::TimedOut { to: paused.name, after_ms: 50 });
    assert!(!error.definite() && error.worth_another_replica());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_midway_may_have_done_its_work() {
    let (listener, port) = listener().await;
    let dying = member("catalogB", port);
    let died = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = [0; 16];
        connection.read_exact(&mut head).await.unwrap();
    });
    let error = caller(&secrets()).post::<_, Value>(&dying, "/", &1, LONG).await.unwrap_err();
    died.await.unwrap();
    assert!(matches!(error, CallError::Broken { .. }), "{error}");
    assert!(!error.definite() && error.worth_another_replica());
}
