//! Asking the shop: one connection a customer, one question at a time, as a browser with keep-alive does.

mod reading;

use crate::error::ClientError;
use crate::question::{Answer, Failed, Question};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::uri::Authority;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use wire::v1::{Book, Books};

/// A customer who has waited for so long goes away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Books in one part of a list: the most that the shop gives.
const PART: usize = 1000;

/// Where the shop is.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    address: SocketAddr,
    host: HeaderValue,
}

/// One customer's connection. It is opened when it is needed.
pub(crate) struct Connection {
    shop: Arc<Shop>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// An answer as it came.
struct Raw {
    status: StatusCode,
    cached: bool,
    body: Bytes,
}

impl Shop {
    /// The shop at `target`, which is `http://HOST[:PORT]`.
    ///
    /// # Errors
    /// Another form, or a name that leads nowhere.
    pub(crate) async fn at(target: &str) -> Result<Self, ClientError> {
        let wrong = |why: &str| ClientError::new(format!("target {target}: {why}: write http://HOST:PORT"));
        let uri: Uri = target.parse().map_err(|_| wrong("this is no address"))?;
        if uri.scheme_str() != Some("http") || uri.path().len() > 1 || uri.query().is_some() {
            return Err(wrong("only the beginning of an http address can be asked"));
        }
        let authority: &Authority = uri.authority().ok_or_else(|| wrong("the host is missing"))?;
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| wrong("this is no host"))?;
        let place = (authority.host().trim_matches(['[', ']']), authority.port_u16().unwrap_or(80));
        let mut found = tokio::net::lookup_host(place).await.map_err(|why| ClientError::during(target, why))?;
        let address = found.next().ok_or_else(|| wrong("the host has no address"))?;
        Ok(Self { address, host })
    }

    /// Whether nobody else's machine is asked.
    pub(crate) fn is_here(&self) -> bool {
        self.address.ip().is_loopback()
    }
}

impl Connection {
    pub(crate) fn new(shop: &Arc<Shop>) -> Self {
        Self { shop: Arc::clone(shop), sender: None }
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn ask(&mut self, question: &Question) -> Answer {
        let asked = self.send(reading::request(question));
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(raw)) => Answer { said: reading::read(question, raw.status, &raw.body), cached: raw.cached },
            Ok(Err(why)) => {
                self.sender = None;
                Answer { said: Err(Failed { why, definite: false }), cached: false }
            }
            Err(_) => {
                // What is still to come belongs to a question that nobody asks any more.
                self.sender = None;
                let why = format!("no answer within {} s", PATIENCE.as_secs());
                Answer { said: Err(Failed { why, definite: false }), cached: false }
            }
        }
    }

    /// The first `most` books of the shop.
    ///
    /// # Errors
    /// When it does not list them.
    pub(crate) async fn books(&mut self, most: usize) -> Result<Vec<Book>, ClientError> {
        let doing = "listing the shop's books";
        let (mut books, mut cursor): (Vec<Book>, _) = (Vec::new(), String::new());
        while books.len() < most {
            let limit = PART.min(most - books.len());
            let path = format!("/api/v1/books?limit={limit}{cursor}");
            let sent = tokio::time::timeout(PATIENCE, self.send(reading::Line::get(path))).await;
            let raw = sent.map_err(|_| ClientError::during(doing, "no answer"))?;
            let raw = raw.map_err(|why| ClientError::during(doing, why))?;
            if raw.status != StatusCode::OK {
                return Err(ClientError::during(doing, format!("{} {}", raw.status, reading::clipped(&raw.body))));
            }
            let part: Books = serde_json::from_slice(&raw.body).map_err(|why| ClientError::during(doing, why))?;
            books.extend(part.books);
            match part.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        Ok(books)
    }

    async fn send(&mut self, line: reading::Line) -> Result<Raw, String> {
        let reading::Line { method, path, key, body } = line;
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.shop.host);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(body)).map_err(|why| why.to_string())?;
        let sender = self.sender().await?;
        let response = sender.send_request(request).await.map_err(|why| words(&why))?;
        let (head, body) = response.into_parts();
        let cached = head.headers.get("x-served-by").is_some_and(|by| by.as_bytes().ends_with(b"cache=hit"));
        let body = body.collect().await.map_err(|why| words(&why))?.to_bytes();
        Ok(Raw { status: head.status, cached, body })
    }

    /// The open connection, or a new one where there is none or the shop has closed it.
    async fn sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, String> {
        let open = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let sender = match open {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        Ok(self.sender.insert(sender))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let stream = TcpStream::connect(self.shop.address).await.map_err(|why| why.to_string())?;
        stream.set_nodelay(true).map_err(|why| why.to_string())?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|why| words(&why))?;
        // It ends when the sender is dropped; what goes wrong before that, the question that is under way is told.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }
}

/// An error with its causes.
fn words(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(why) => format!("{error}: {why}"),
        None => error.to_string(),
    }
}
