//! `POST /api/v1/accounts`: signing up. Whoever does it is signed in.

use super::session::entered;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serve::{Refusal, input};
use wire::Problem;
use wire::account::Credentials;

/// Makes an account.
pub(super) async fn make(
    shop: Data<Shop>,
    request: HttpRequest,
    given: input::Json<Credentials>,
) -> Result<HttpResponse, Refusal> {
    serve::intent::meant_it(&request)?;
    let Credentials { email, password } = given.into_inner();
    visitor::newcomer(&request, &shop).map_err(Problem::from)?;
    let member = shop.accounts.sign_up(email.clone(), Some(password)).await.map_err(Problem::from)?;
    Ok(entered(&shop, &request, StatusCode::CREATED, member, email).await)
}
