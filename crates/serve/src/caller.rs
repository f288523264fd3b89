//! Calls from replica to replica: JSON both ways, a deadline on every one, and an error that says whether it happened.
//!
//! A failed call is told apart by what the caller does next: nothing happened and another replica may be asked
//! ([`CallError::definite`]), or it may have happened and only the same key may be sent again. Trying again, choosing
//! the replica and batching are not here: see `fleet`, `budget` and `lane`.

mod error;

pub use error::CallError;

use crate::guard::{CLUSTER_HEADER, REPLICA_HEADER};
use crate::request_id;
use bytes::Bytes;
use cluster::{Member, ReplicaName, Secrets};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A replica on this or a neighbouring machine accepts within this time or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(250);

/// Shorter than the server keeps a silent connection, so that the caller is the one who closes it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Silent connections kept for each replica.
const IDLE_CONNECTIONS: usize = 32;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Makes calls in the name of one replica. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Caller {
    http: Client,
    answer_bytes: usize,
}

/// The status and the body of an answer, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Caller {
    /// A caller that shows the token of its cluster and says that it is `me`.
    pub fn new(secrets: &Secrets, me: &ReplicaName) -> Self {
        let mut token = text(&format!("Bearer {}", secrets.token.expose()));
        token.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, token),
            (CLUSTER_HEADER.parse().expect("a header's name"), text(&secrets.cluster.to_string())),
            (REPLICA_HEADER.parse().expect("a header's name"), text(me.as_str())),
        ]);
        let http = Client::builder()
            .default_headers(headers)
            // A proxy of the environment must not see what replicas say to each other.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http1_only()
            .build()
            .expect("a client without TLS needs nothing from its surroundings");
        Self { http, answer_bytes: ANSWER_BYTES }
    }

    /// The same caller, which reads answers of at most `answer_bytes`.
    #[must_use]
    pub fn with_answers_up_to(mut self, answer_bytes: usize) -> Self {
        self.answer_bytes = answer_bytes;
        self
    }

    /// Reads what `to` answers to a GET of `path`, such as `/item/7?x=1`, within `deadline`.
    ///
    /// # Errors
    /// [`CallError`] says what went wrong and whether it is worth asking another replica.
    pub async fn get<T: DeserializeOwned>(&self, to: &Member, path: &str, deadline: Duration) -> Result<T, CallError> {
        self.call(to, self.http.get(address(to, path)), deadline).await
    }

    /// Sends `body` to `path` of `to` by POST and reads the answer, all within `deadline`.
    ///
    /// # Errors
    /// As [`Self::get`]; unless [`CallError::definite`], it may have happened.
    pub async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        to: &Member,
        path: &str,
        body: &B,
        deadline: Duration,
    ) -> Result<T, CallError> {
        let body = written(to, body)?;
        self.call(to, with_json(self.http.post(address(to, path)), body), deadline).await
    }

    /// Sends `body` to `path` of `to` by PUT and reads the answer, all within `deadline`.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn put<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        to: &Member,
        path: &str,
        body: &B,
        deadline: Duration,
    ) -> Result<T, CallError> {
        let body = written(to, body)?;
        self.call(to, with_json(self.http.put(address(to, path)), body), deadline).await
    }

    /// The body that `to` answers to a GET of `path` with, as it is.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn get_bytes(&self, to: &Member, path: &str, deadline: Duration) -> Result<Vec<u8>, CallError> {
        let answer = self.exchange(to, self.http.get(address(to, path)), deadline).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(CallError::refused(to, answer.status, &answer.body))
    }

    /// Sends `body` as it is to `path` of `to` by PUT and reads the answer, all within `deadline`.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn put_bytes<T: DeserializeOwned>(
        &self,
        to: &Member,
        path: &str,
        body: Bytes,
        deadline: Duration,
    ) -> Result<T, CallError> {
        let media = HeaderValue::from_static("application/octet-stream");
        self.call(to, self.http.put(address(to, path)).header(CONTENT_TYPE, media).body(body), deadline).await
    }

    /// Asks `to` to delete what is at `path`, within `deadline`.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn delete<T: DeserializeOwned>(
        &self,
        to: &Member,
        path: &str,
        deadline: Duration,
    ) -> Result<T, CallError> {
        self.call(to, self.http.delete(address(to, path)), deadline).await
    }

    /// What `to` answers to a GET of `path`, refusals included.
    pub(crate) async fn look(&self, to: &Member, path: &str, deadline: Duration) -> Result<Answer, CallError> {
        self.exchange(to, self.http.get(address(to, path)), deadline).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        to: &Member,
        request: RequestBuilder,
        deadline: Duration,
    ) -> Result<T, CallError> {
        let answer = self.exchange(to, request, deadline).await?;
        if !(200..300).contains(&answer.status) {
            return Err(CallError::refused(to, answer.status, &answer.body));
        }
        // Nothing said reads like `null`, so that an empty 204 is a `()`.
        let body = if answer.body.is_empty() { b"null".as_slice() } else { &answer.body };
        serde_json::from_slice(body).map_err(|why| CallError::malformed(to, &why))
    }

    async fn exchange(&self, to: &Member, request: RequestBuilder, deadline: Duration) -> Result<Answer, CallError> {
        let request = match request_id::current() {
            Some(id) => request.header(request_id::HEADER, id.as_str()),
            None => request,
        };
        let exchange = async {
            let response = request.send().await.map_err(|why| CallError::unsent(to, why))?;
            let status = response.status().as_u16();
            Ok(Answer { status, body: self.body(to, response).await? })
        };
        tokio::time::timeout(deadline, exchange).await.unwrap_or_else(|_| Err(CallError::timed_out(to, deadline)))
    }

    async fn body(&self, to: &Member, mut response: Response) -> Result<Vec<u8>, CallError> {
        let announced = response.content_length().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        let too_large = || CallError::malformed(to, &format!("the answer is larger than {} bytes", self.answer_bytes));
        if announced > self.answer_bytes {
            return Err(too_large());
        }
        let mut body = Vec::with_capacity(announced);
        while let Some(chunk) = response.chunk().await.map_err(|why| CallError::broken(to, why))? {
            if body.len() + chunk.len() > self.answer_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn address(to: &Member, path: &str) -> String {
    format!("{}{path}", to.url())
}

fn with_json(request: RequestBuilder, body: Bytes) -> RequestBuilder {
    request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body)
}

fn written<B: Serialize + ?Sized>(to: &Member, body: &B) -> Result<Bytes, CallError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|why| CallError::malformed(to, &why))
}

/// Ids, tokens and names are letters and digits by construction.
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("letters and digits stand in a header as they are")
}
