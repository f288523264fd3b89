//! The body of a request while it arrives: in time, and no more of it than was announced.
//!
//! The framework bounds how long the head of a request may take, not its body: whoever sends a byte now and then would
//! keep a connection and its buffers for ever; what a handler left unread it reads to an end that may never come. Here a
//! body has its time, and with an answer that came before its end the connection ends.
//!
//! And the framework takes a request that offers an upgrade for one that was accepted: everything after its head counts
//! as body, without an end, and answers lose their framing. Nothing here upgrades, so such an offer is ignored, as RFC
//! 9110 §7.8 allows: the body is as long as its header says, and the connection ends with the answer.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::http::{ConnectionType, Method};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};
use futures::Stream;
use std::cell::{Cell, RefCell};
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use wire::Problem;

/// How long the body of a request may take to arrive, while nobody has waited for it yet.
#[derive(Clone)]
struct Within(Rc<Cell<Duration>>);

/// Gives the body of `request` so long to arrive, counted from when it is waited for first: for a handler that takes large
/// files, asked before it reads any of one. Whoever may send them is to be known by then.
pub fn arrives_within(request: &HttpRequest, within: Duration) {
    if let Some(own) = request.extensions().get::<Within>() {
        own.0.set(within);
    }
}

/// What is to be known of a body when its request is answered.
pub(crate) struct Body {
    payload: Rc<RefCell<Payload>>,
    /// The framework does not know where it ends.
    unframed: bool,
}

/// Bounds the body of `request`, if it has one: it has `within` to arrive from now on.
pub(crate) fn bound(request: &mut ServiceRequest, within: Duration) -> Option<Body> {
    let head = request.head();
    // The framework's own test, which it makes only where the body is not chunked.
    let chunked = head.headers().contains_key(TRANSFER_ENCODING);
    let offers = |value: &actix_web::http::header::HeaderValue| {
        value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case("websocket"))
    };
    let upgrade = !chunked && head.headers().get_all(UPGRADE).any(offers);
    let length = head.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let unframed = upgrade || (length.is_none() && head.method == Method::CONNECT);
    if !unframed && !chunked && length.is_none() {
        return None;
    }
    let payload = Rc::new(RefCell::new(request.take_payload()));
    let left = if unframed { Some(length.unwrap_or(0)) } else { None };
    let within = Rc::new(Cell::new(within));
    request.extensions_mut().insert(Within(within.clone()));
    let arriving = Arriving { payload: payload.clone(), left, within, late: None };
    request.set_payload(Payload::Stream { payload: Box::pin(arriving) });
    Some(Body { payload, unframed })
}

impl Body {
    /// The request is answered: what has not arrived is not waited for.
    pub(crate) fn answered(self, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        if self.unframed {
            end_with(&mut response);
            // What has no length ends where the connection does: no chunks may be announced that are not written.
            response.response_mut().head_mut().no_chunking(true);
        }
        if matches!(*self.payload.borrow(), Payload::None) {
            return response;
        }
        response.map_body(|_, body| BoxBody::new(Holding { body, _unread: self.payload }))
    }
}

/// An answer that holds what was not read of its request. What is let go, the framework reads to its end; what is still
/// held when the answer is sent ends with the connection.
struct Holding {
    body: BoxBody,
    _unread: Rc<RefCell<Payload>>,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// The connection ends with this answer.
pub(crate) fn end_with<B>(response: &mut ServiceResponse<B>) {
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
}

/// The problem of a body that did not arrive in time; `None` where something else was wrong with it.
pub(crate) fn too_slow(error: &PayloadError) -> Option<Problem> {
    match error {
        PayloadError::Io(why) if why.kind() == io::ErrorKind::TimedOut => {
            Some(Problem::definite(408, "too-slow", "The body did not arrive in time; nothing was done with it."))
        }
        _ => None,
    }
}

struct Arriving {
    payload: Rc<RefCell<Payload>>,
    /// Bytes that still belong to it, where the framework does not count them.
    left: Option<u64>,
    within: Rc<Cell<Duration>>,
    /// Set when there was something to wait for: most bodies come with their heads.
    late: Option<Pin<Box<Sleep>>>,
}

impl Stream for Arriving {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        // What has come is taken even when it is late by a little: it has cost its time already.
        let came = Pin::new(&mut *self.payload.borrow_mut()).poll_next(context);
        if let Poll::Ready(part) = came {
            if part.is_none() {
                self.payload.replace(Payload::None);
            }
            return Poll::Ready(part.map(|part| part.map(|part| self.counted(part))));
        }
        let within = self.within.get();
        let late = self.late.get_or_insert_with(|| Box::pin(sleep(within)));
        late.as_mut().poll(context).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

impl Arriving {
    fn counted(&mut self, mut part: Bytes) -> Bytes {
        let Some(left) = &mut self.left else { return part };
        part.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= part.len() as u64;
        part
    }
}
