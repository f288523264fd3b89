//! The body of a request while it arrives: in time, and no more of it than was announced.
//!
//! The framework bounds how long the head of a request may take, not its body: whoever sends a byte now and then would
//! keep a connection and its buffers for ever. And it takes a request that offers an upgrade for one that was accepted:
//! everything after its head counts as body, without an end, and answers lose their framing. Nothing here upgrades, so
//! such an offer is ignored, as RFC 9110 §7.8 allows: the body is as long as its header says, and the connection ends
//! with the answer.

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::http::{ConnectionType, Method};
use actix_web::web::Bytes;
use futures::Stream;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use wire::Problem;

/// Bounds the body of `request`: it has `within` to arrive from now on. True where the connection must end with the
/// answer.
pub(crate) fn bound(request: &mut ServiceRequest, within: Duration) -> bool {
    let head = request.head();
    // The framework's own test, which it makes only where the body is not chunked.
    let chunked = head.headers().contains_key(TRANSFER_ENCODING);
    let offers = |value: &actix_web::http::header::HeaderValue| {
        value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case("websocket"))
    };
    let upgrade = !chunked && head.headers().get_all(UPGRADE).any(offers);
    let length = head.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let unbounded = upgrade || (length.is_none() && head.method == Method::CONNECT);
    if !unbounded && !chunked && length.is_none() {
        return false;
    }
    match request.take_payload() {
        Payload::None => (),
        payload => {
            let left = if unbounded { Some(length.unwrap_or(0)) } else { None };
            let arriving = Arriving { payload, left, within, late: None };
            request.set_payload(Payload::Stream { payload: Box::pin(arriving) });
        }
    }
    unbounded
}

/// Frames an answer after which the connection ends.
pub(crate) fn ends<B>(response: &mut ServiceResponse<B>) {
    let head = response.response_mut().head_mut();
    head.set_connection_type(ConnectionType::Close);
    // What has no length ends where the connection does: no chunks may be announced that are not written.
    head.no_chunking(true);
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
    payload: Payload,
    /// Bytes that still belong to it, where the framework does not count them.
    left: Option<u64>,
    within: Duration,
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
        if let Poll::Ready(part) = Pin::new(&mut self.payload).poll_next(context) {
            return Poll::Ready(part.map(|part| part.map(|part| self.counted(part))));
        }
        let within = self.within;
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
