//! Who may write to an inner tier: whoever shows the cluster's token.
//!
//! A handler takes [`Insider`] as an argument when only replicas of this cluster may call it, and [`Operator`] when a
//! person with the token may as well. The cluster is looked at before the token, so that a replica that was pointed at
//! the wrong port learns that, and not that its token is bad. Refusals are written in the style of the address (see
//! [`ErrorStyle`]). The secrets come from `web::Data<Secrets>`, which [`crate::Server`] registers.

use crate::reply::ErrorStyle;
use crate::request_id;
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use cluster::{ClusterId, Secrets};
use std::future::{Ready, ready};
use subtle::ConstantTimeEq;
use wire::Problem;

/// The header in which every call between tiers says which cluster it belongs to.
pub const CLUSTER_HEADER: &str = "bookend-cluster";

/// The header in which a replica says its name. For the log only: nothing is allowed because of it.
pub const REPLICA_HEADER: &str = "bookend-replica";

/// Proof that the caller is a replica of this cluster: it sent the cluster's id and token.
#[derive(Clone, Debug)]
pub struct Insider {
    peer: Option<String>,
}

impl Insider {
    /// The replica that the caller says it is; for log lines only.
    pub fn peer(&self) -> Option<&str> {
        self.peer.as_deref()
    }
}

/// Proof that the caller has the cluster's token. A person with curl needs no more than that.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl FromRequest for Insider {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, Cluster::Named).map(|()| Self { peer: peer(request.headers()).map(str::to_owned) }))
    }
}

impl FromRequest for Operator {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, Cluster::NamedOrNot).map(|()| Self(())))
    }
}

/// Whether a caller has to say which cluster it means.
#[derive(Clone, Copy)]
enum Cluster {
    Named,
    NamedOrNot,
}

fn admit(request: &HttpRequest, rule: Cluster) -> Result<(), actix_web::Error> {
    let verdict = request
        .app_data::<web::Data<Secrets>>()
        .map_or_else(no_secrets, |secrets| examine(request.headers(), secrets, rule));
    verdict.map_err(|problem| ErrorStyle::of(request).refuse(problem))
}

fn no_secrets() -> Result<(), Problem> {
    tracing::error!("an address wants the cluster's token, but the server was started without one");
    Err(Problem::definite(500, "internal", "This server does not know its cluster's token."))
}

fn examine(headers: &HeaderMap, secrets: &Secrets, rule: Cluster) -> Result<(), Problem> {
    let named = same_cluster(headers, &secrets.cluster)?;
    if !named && matches!(rule, Cluster::Named) {
        let detail = "Only replicas of this cluster may call this: the Bookend-Cluster header is missing.";
        return Err(Problem::definite(401, "no-cluster", detail));
    }
    let Some(token) = bearer(headers) else {
        let detail = "This needs the cluster's token: Authorization: Bearer followed by the content of cluster.token.";
        return Err(Problem::definite(401, "no-token", detail));
    };
    // The same time for every wrong guess of the right length, so that no prefix can be felt out.
    if bool::from(token.as_bytes().ct_eq(secrets.token.expose().as_bytes())) {
        Ok(())
    } else {
        Err(Problem::definite(401, "wrong-token", "That is not the token of this cluster."))
    }
}

/// Whether the caller named a cluster, which then is ours.
///
/// # Errors
/// 403 `another-cluster` when it named another one.
pub(crate) fn same_cluster(headers: &HeaderMap, ours: &ClusterId) -> Result<bool, Problem> {
    let Some(named) = headers.get(CLUSTER_HEADER) else { return Ok(false) };
    let same = named.to_str().ok().and_then(|text| text.parse::<ClusterId>().ok()).is_some_and(|id| id == *ours);
    if same {
        return Ok(true);
    }
    let detail = format!("This is a replica of cluster {ours}, not of the one you named: look at both env.cfg.");
    Err(Problem::definite(403, "another-cluster", detail))
}

/// The name a calling replica gives itself, if it may stand in a log line.
pub(crate) fn peer(headers: &HeaderMap) -> Option<&str> {
    headers.get(REPLICA_HEADER)?.to_str().ok().filter(|name| request_id::is_sane(name))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::{Insider, Operator};
    use crate::reply::ErrorStyle;
    use actix_web::http::header::WWW_AUTHENTICATE;
    use actix_web::test::TestRequest;
    use actix_web::{FromRequest, web};
    use cluster::Secrets;
    use serde_json::Value;

    const OTHER: &str = "0123456789abcdef0123456789abcdef";

    fn secrets() -> Secrets {
        let dir = tempfile::tempdir().expect("a directory for the secrets");
        Secrets::open(dir.path()).expect("a new cluster")
    }

    fn request(secrets: &Secrets, cluster: Option<&str>, authorization: Option<&str>) -> TestRequest {
        let mut request = TestRequest::post().uri("/item/1").app_data(web::Data::new(secrets.clone()));
        if let Some(cluster) = cluster {
            request = request.insert_header(("Bookend-Cluster", cluster));
        }
        if let Some(authorization) = authorization {
            request = request.insert_header(("Authorization", authorization));
        }
        request
    }

    /// The status and the kind of the refusal, `401 no-token`; `let in` when there is none.
    async fn outcome<T: FromRequest<Error = actix_web::Error>>(request: TestRequest) -> String {
        let Err(error) = T::extract(&request.to_http_request()).await else { return "let in".to_owned() };
        let answer = error.error_response();
        let status = answer.status().as_u16();
        assert_eq!(status == 401, answer.headers().contains_key(WWW_AUTHENTICATE));
        let bytes = actix_web::body::to_bytes(answer.into_body()).await.expect("a body in memory");
        let body: Value = serde_json::from_slice(&bytes).expect("JSON");
        format!("{status} {}", body["type"].as_str().unwrap_or_default())
    }

    #[actix_web::test]
    async fn a_replica_of_this_cluster_with_the_token_is_let_in() {
        let secrets = secrets();
        let bearer = format!("Bearer {}", secrets.token.expose());
        let cluster = secrets.cluster.to_string();
        let request = request(&secrets, Some(&cluster), Some(&bearer)).insert_header(("Bookend-Replica", "orderB"));
        let insider = Insider::extract(&request.to_http_request()).await.expect("let in");
        assert_eq!(insider.peer(), Some("orderB"));
    }

    #[actix_web::test]
    async fn a_caller_without_the_right_token_is_refused_with_401() {
        let secrets = secrets();
        let cluster = secrets.cluster.to_string();
        let right = secrets.token.expose();
        let no_token = "401 no-token";
        assert_eq!(outcome::<Insider>(request(&secrets, Some(&cluster), None)).await, no_token);
        assert_eq!(outcome::<Insider>(request(&secrets, Some(&cluster), Some("Bearer "))).await, no_token);
        let basic = format!("Basic {right}");
        assert_eq!(outcome::<Insider>(request(&secrets, Some(&cluster), Some(&basic))).await, no_token);
        for wrong in ["x".to_owned(), OTHER.repeat(2), format!("{right}0"), right[1..].to_owned()] {
            let bearer = format!("Bearer {wrong}");
            let guess = request(&secrets, Some(&cluster), Some(&bearer));
            assert_eq!(outcome::<Insider>(guess).await, "401 wrong-token", "{wrong}");
        }
    }

    #[actix_web::test]
    async fn a_replica_of_another_cluster_is_told_so_whatever_its_token() {
        let secrets = secrets();
        let bearer = format!("Bearer {}", secrets.token.expose());
        for token in [None, Some("Bearer x"), Some(bearer.as_str())] {
            for cluster in [OTHER, "nonsense", ""] {
                let expected = "403 another-cluster";
                assert_eq!(outcome::<Insider>(request(&secrets, Some(cluster), token)).await, expected);
                assert_eq!(outcome::<Operator>(request(&secrets, Some(cluster), token)).await, expected);
            }
        }
    }

    #[actix_web::test]
    async fn an_operator_needs_the_token_alone_but_a_replica_must_name_the_cluster() {
        let secrets = secrets();
        let bearer = format!("bearer {}", secrets.token.expose());
        assert_eq!(outcome::<Operator>(request(&secrets, None, Some(&bearer))).await, "let in");
        assert_eq!(outcome::<Insider>(request(&secrets, None, Some(&bearer))).await, "401 no-cluster");
        assert_eq!(outcome::<Operator>(request(&secrets, None, None)).await, "401 no-token");
    }

    #[actix_web::test]
    async fn the_refusal_is_written_in_the_style_of_its_address() {
        let request = request(&secrets(), None, None).app_data(ErrorStyle::Classic).to_http_request();
        let error = Operator::extract(&request).await.expect_err("no token");
        let bytes = actix_web::body::to_bytes(error.error_response().into_body()).await.expect("a body in memory");
        let body: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!((&body["status"], &body["validation_code"]), (&"Failed".into(), &401.into()));
    }

    #[actix_web::test]
    async fn a_server_without_secrets_lets_nobody_in() {
        let error = Operator::extract(&TestRequest::default().to_http_request()).await.expect_err("no secrets");
        assert_eq!(error.error_response().status(), 500);
    }
}
