//! One id for everything that happens because of one request, in the logs of every tier it passes.
//!
//! The id travels in `X-Request-Id`: a caller's own is kept when it is harmless in a log and a header, otherwise a
//! new one is made. While a request is handled its id is known to the task, so that log lines, error bodies and calls
//! to other tiers carry it without being handed it. A task spawned on the side starts without one: wrap it in
//! [`carried`]. The line that each request leaves in the log is `access`'s business.

use actix_web::http::header::HeaderValue;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::str::FromStr;
use uuid::Uuid;

/// The header, as HTTP/1.1 servers and proxies spell it.
pub const HEADER: &str = "x-request-id";

/// Longer ids than this are not taken over, in bytes.
const LONGEST: usize = 64;

/// The id of one request: 1 to 64 of `A-Z a-z 0-9 . _ -`, so that it may stand in a log line and in a header as it is.
///
/// Kept as the header's value, because that is how nearly every one of them comes and goes.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

tokio::task_local! {
    static CURRENT: RequestId;
}

thread_local! {
    /// What the ids made by this thread begin with, and how many it has made.
    static MADE: Cell<(u64, u64)> = Cell::new((Uuid::new_v4().as_u64_pair().0, 0));
}

impl RequestId {
    /// A new id, 32 hexadecimal digits: half of them random once for a thread, half of them counted. It tells requests
    /// apart, it keeps no secret, and it costs no system call.
    pub fn fresh() -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let (thread, count) = MADE.get();
        MADE.set((thread, count + 1));
        let bits = (u128::from(thread) << 64) | u128::from(count);
        let digits: [u8; 32] = std::array::from_fn(|at| HEX[(bits >> (124 - 4 * at)) as usize & 15]);
        Self(HeaderValue::from_bytes(&digits).expect("digits are a header's value"))
    }

    /// The id to use for a request: the caller's own if it is sane, otherwise a new one.
    pub fn choose(inbound: Option<&HeaderValue>) -> Self {
        let sane = inbound.filter(|value| value.to_str().is_ok_and(is_sane));
        sane.map_or_else(Self::fresh, |value| Self(value.clone()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("a request id is sane")
    }

    /// What the header says.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// A text that is no request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request id is 1 to {LONGEST} of A-Z a-z 0-9 . _ -")]
pub struct NotSane;

impl FromStr for RequestId {
    type Err = NotSane;

    fn from_str(text: &str) -> Result<Self, NotSane> {
        let value = HeaderValue::from_str(text).ok().filter(|_| is_sane(text));
        value.map(Self).ok_or(NotSane)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of the request that the current task works for.
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Whether a text from outside may stand in a log line and a header: 1 to 64 of `A-Z a-z 0-9 . _ -`.
pub fn is_sane(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(harmless)
}

/// `work` on behalf of the request `id`.
pub fn on_behalf_of<F: Future>(id: RequestId, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, work)
}

/// Keeps the id of the current request, if there is one, with a future that is about to be spawned.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let id = current();
    async move {
        match id {
            Some(id) => on_behalf_of(id, work).await,
            None => work.await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestId, carried, current, is_sane, on_behalf_of};
    use actix_web::http::header::HeaderValue;
    use std::collections::BTreeSet;

    fn chosen(inbound: &[u8]) -> RequestId {
        RequestId::choose(HeaderValue::from_bytes(inbound).ok().as_ref())
    }

    #[test]
    fn an_id_that_is_harmless_in_a_log_is_kept() {
        for id in ["a", "client-7.retry_2", &"x".repeat(64)] {
            assert_eq!(chosen(id.as_bytes()).as_str(), id);
        }
    }

    #[test]
    fn any_other_id_is_replaced_by_a_new_one() {
        for id in ["", "with space", "line\nbreak", "\"}{", "ünïcode", &"x".repeat(65)] {
            let chosen = chosen(id.as_bytes());
            assert_ne!(chosen.as_str(), id);
            assert!(is_sane(chosen.as_str()));
        }
    }

    #[test]
    fn no_two_new_ids_are_equal_whoever_makes_them() {
        let spawn = || std::thread::spawn(|| (0..1000).map(|_| RequestId::fresh().to_string()).collect::<Vec<_>>());
        let makers: Vec<_> = (0..4).map(|_| spawn()).collect();
        let made: Vec<String> = makers.into_iter().flat_map(|maker| maker.join().expect("no panic")).collect();
        assert!(made.iter().all(|id| id.len() == 32));
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len());
    }

    #[tokio::test]
    async fn the_id_is_known_inside_a_request_and_in_the_tasks_it_carries_it_into() {
        let id = RequestId::fresh();
        assert_eq!(current(), None);
        let (inside, carried, spawned) = on_behalf_of(id.clone(), async {
            let carried = tokio::spawn(carried(async { current() }));
            let spawned = tokio::spawn(async { current() });
            (current(), carried.await.expect("no panic"), spawned.await.expect("no panic"))
        })
        .await;
        assert_eq!(inside, Some(id.clone()));
        assert_eq!(carried, Some(id));
        assert_eq!(spawned, None);
    }
}
