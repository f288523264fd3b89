//! What a caller is told when something is wrong with the request.

use crate::stage::{Running, caller, member, secrets, start};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder, error};
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use serve::input::{Form, Json, Query};
use serve::{Caller, ErrorStyle, get_or_head, request_id};
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Basket {
    quantity: u32,
}

async fn ours(Json(basket): Json<Basket>) -> impl Responder {
    basket.quantity.to_string()
}

async fn plain(basket: web::Json<Basket>) -> impl Responder {
    basket.quantity.to_string()
}

async fn form(Form(basket): Form<Basket>) -> impl Responder {
    basket.quantity.to_string()
}

async fn asked(Query(basket): Query<Basket>) -> impl Responder {
    basket.quantity.to_string()
}

async fn plainly_asked(basket: web::Query<Basket>) -> impl Responder {
    basket.quantity.to_string()
}

async fn numbered(id: web::Path<u32>) -> impl Responder {
    id.to_string()
}

async fn whole(body: web::Bytes) -> impl Responder {
    body.len().to_string()
}

async fn careless() -> Result<HttpResponse, error::Error> {
    Err(error::ErrorInternalServerError("the password is swordfish"))
}

async fn silent() -> HttpResponse {
    HttpResponse::BadRequest().finish()
}

/// The same addresses in both styles: `/v1/…` and `/classic/…`.
fn routes(config: &mut ServiceConfig) {
    for (scope, style) in [("/v1", ErrorStyle::Problem), ("/classic", ErrorStyle::Classic)] {
        config.service(
            web::scope(scope)
                .app_data(style)
                .service(web::resource("/ours").route(web::post().to(ours)))
                .service(web::resource("/plain").route(web::post().to(plain)))
                .service(web::resource("/form").route(web::post().to(form)))
                .service(web::resource("/asked").route(get_or_head(asked)))
                .service(web::resource("/plainly_asked").route(get_or_head(plainly_asked)))
                .service(web::resource("/item/{id}").route(get_or_head(numbered)).route(web::put().to(numbered)))
                .service(web::resource("/whole").route(web::post().to(whole)))
                .service(web::resource("/careless").route(get_or_head(careless)))
                .service(web::resource("/silent").route(get_or_head(silent))),
        );
    }
}

fn shop() -> Running {
    start(member("catalogA", 0), &secrets(), routes)
}

/// One bad request and what must come of it.
struct Case {
    method: Method,
    path: &'static str,
    media: &'static str,
    body: String,
    status: u16,
    field: Option<&'static str>,
}

fn post(path: &'static str, media: &'static str, body: &str, status: u16, field: Option<&'static str>) -> Case {
    Case { method: Method::POST, path, media, body: body.to_owned(), status, field }
}

fn get(path: &'static str, status: u16, field: Option<&'static str>) -> Case {
    Case { method: Method::GET, path, media: "", body: String::new(), status, field }
}

fn cases() -> Vec<Case> {
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    let large = format!(r#"{{"quantity": {}}}"#, "1".repeat(70_000));
    vec![
        post("/ours", json, "{", 400, None),
        post("/ours", json, "{}", 400, Some("quantity")),
        post("/ours", json, r#"{"quantity": "x"}"#, 422, Some("quantity")),
        post("/ours", json, r#"{"quantity": 1, "colour": 2}"#, 422, Some("colour")),
        post("/ours", "text/plain", "{}", 415, None),
        post("/ours", "", "{}", 415, None),
        post("/ours", json, &large, 413, None),
        post("/plain", json, "{", 400, None),
        post("/plain", json, "{}", 400, Some("quantity")),
        post("/plain", json, r#"{"quantity": "x"}"#, 422, None),
        post("/plain", json, r#"{"quantity": 1, "colour": 2}"#, 422, Some("colour")),
        post("/plain", "text/plain", "{}", 415, None),
        post("/plain", json, &large, 413, None),
        post("/form", form, "", 400, Some("quantity")),
        post("/form", form, "quantity=x", 422, Some("quantity")),
        post("/form", json, "{}", 415, None),
        post("/whole", "", &large, 413, None),
        get("/asked", 400, Some("quantity")),
        get("/asked?quantity=x", 422, Some("quantity")),
        get("/asked?quantity=1&colour=red", 422, Some("colour")),
        get("/plainly_asked", 400, Some("quantity")),
        get("/plainly_asked?quantity=x", 422, None),
        get("/item/abc", 422, Some("id")),
        get("/nowhere", 404, None),
        get("/silent", 400, None),
        get("/careless", 500, None),
        get("/whole", 405, None),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_request_gets_its_status_in_the_style_of_its_address_and_names_the_field() {
    let shop = shop();
    let client = Client::new();
    for case in cases() {
        for (scope, media) in [("/v1", "application/problem+json"), ("/classic", "application/json")] {
            let url = shop.url(&format!("{scope}{}", case.path));
            let mut request = client.request(case.method.clone(), &url).body(case.body.clone());
            if !case.media.is_empty() {
                request = request.header("content-type", case.media);
            }
            let answer = request.send().await.unwrap();
            let what = format!("{} {url} {:.40}", case.method, case.body);
            assert_eq!(answer.status(), case.status, "{what}");
            assert_eq!(answer.headers()["content-type"], media, "{what}");
            let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
            let body: Value = answer.json().await.unwrap();
            if scope == "/v1" {
                assert_eq!(body["status"], case.status, "{what}");
                assert_eq!(body["request_id"], Value::from(id), "{what}");
                assert_eq!(body.get("field"), case.field.map(Value::from).as_ref(), "{what}: {body}");
            } else {
                let message = body["message"].as_str().unwrap();
                assert!(!message.is_empty());
                assert!(case.field.is_none_or(|field| message.contains(field)), "{what}: {message}");
                assert_eq!(body, json!({"message": message, "status": "Failed", "validation_code": case.status}));
            }
            assert!(!body.to_string().contains("swordfish"), "{what}: inner errors are for the log");
        }
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_told_the_right_ones() {
    let shop = shop();
    let answer = Client::new().delete(shop.url("/v1/item/7")).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    let allow = answer.headers()["allow"].to_str().unwrap().to_owned();
    for method in ["GET", "HEAD", "PUT"] {
        assert!(allow.split(", ").any(|allowed| allowed == method), "{allow}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_answered_like_get_without_the_body() {
    let shop = shop();
    let client = Client::new();
    for path in ["/v1/item/7", "/healthz", "/v1/asked?quantity=1"] {
        let get = client.get(shop.url(path)).send().await.unwrap();
        let head = client.head(shop.url(path)).send().await.unwrap();
        assert_eq!((get.status(), head.status()), (StatusCode::OK, StatusCode::OK), "{path}");
        assert_eq!(head.headers()["content-length"], get.headers()["content-length"], "{path}");
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_sends_far_too_much_still_gets_to_read_why_not() {
    let shop = shop();
    let body = vec![b'x'; 10 * 1024 * 1024];
    let answer = Client::new().post(shop.url("/v1/whole")).body(body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json::<Value>().await.unwrap()["type"], "too-large");
    shop.stop().await;
}

async fn own_id() -> impl Responder {
    web::Json(request_id::current().map(|id| id.to_string()))
}

async fn relayed(next: web::Data<(Caller, cluster::Member)>) -> String {
    let (caller, member) = next.get_ref();
    caller.get(member, "/own_id", Duration::from_secs(5)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_id_through_every_server_it_passes() {
    let secrets = secrets();
    let last = start(member("catalogA", 0), &secrets, |config: &mut ServiceConfig| {
        config.route("/own_id", web::get().to(own_id));
    });
    let next = web::Data::new((caller(&secrets), last.member.clone()));
    let first = start(member("orderA", 0), &secrets, move |config: &mut ServiceConfig| {
        config.app_data(next.clone()).route("/", web::get().to(relayed));
    });

    let client = Client::new();
    let kept = client.get(first.url("/")).header("X-Request-Id", "trip-1").send().await.unwrap();
    assert_eq!(kept.headers()["x-request-id"], "trip-1");
    assert_eq!(kept.text().await.unwrap(), "trip-1");

    let replaced = client.get(first.url("/")).header("X-Request-Id", "no good").send().await.unwrap();
    let made = replaced.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(request_id::is_sane(&made));
    assert_eq!(replaced.text().await.unwrap(), made);
    first.stop().await;
    last.stop().await;
}
