//! A purchase under a key: the caller's, or one that is made here; the answer names it whatever became of it.
//!
//! Both APIs buy, each with its own bodies; what a repeated purchase must find the same is here.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serve::ErrorStyle;
use serve::params::{IDEMPOTENCY_KEY, idempotency_key};
use uuid::Uuid;
use wire::{IdempotencyKey, Problem};

/// The answer of `buy`, which is given the key; a refusal is written in `style`. Nothing may keep either.
pub(super) async fn keyed(
    request: &HttpRequest,
    style: ErrorStyle,
    buy: impl AsyncFnOnce(IdempotencyKey) -> Result<HttpResponse, Problem>,
) -> HttpResponse {
    let mut answer = match idempotency_key(request) {
        Ok(key) => {
            let key = key.unwrap_or_else(|| IdempotencyKey::fresh(Uuid::new_v4()));
            let named = HeaderValue::from_str(key.as_str());
            let mut answer = buy(key).await.unwrap_or_else(|why| style.answer(&why));
            if let Ok(key) = named {
                answer.headers_mut().insert(IDEMPOTENCY_KEY, key);
            }
            answer
        }
        Err(why) => style.answer(&why),
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
