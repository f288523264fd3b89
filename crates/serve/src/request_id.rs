//! One id for everything that happens because of one request, in the logs of every tier it passes.
//!
//! The id travels in `X-Request-Id`: a caller's own is kept when it is harmless in a log and a header, otherwise a
//! new one is made. While a request is handled its id is known to the task, so that log lines, error bodies and calls
//! to other tiers carry it without being handed it. A task spawned on the side starts without one: wrap it in
//! [`carried`]. The line that each request leaves in the log is `access`'s business.

use std::future::Future;
use uuid::Uuid;

/// The header, as HTTP/1.1 servers and proxies spell it.
pub const HEADER: &str = "x-request-id";

/// Longer ids than this are not taken over, in bytes.
const LONGEST: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that the current task works for.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// A new id: 32 random hexadecimal digits.
pub fn fresh() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Whether a text from outside may stand in a log line and a header: 1 to 64 of `A-Z a-z 0-9 . _ -`.
pub fn is_sane(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(harmless)
}

/// The id to use for a request: the caller's own if it is sane, otherwise a new one.
pub fn choose(inbound: Option<&str>) -> String {
    inbound.filter(|text| is_sane(text)).map_or_else(fresh, str::to_owned)
}

/// `work` on behalf of the request `id`.
pub fn on_behalf_of<F: Future>(id: String, work: F) -> impl Future<Output = F::Output> {
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
    use super::{carried, choose, current, is_sane, on_behalf_of};

    #[test]
    fn an_id_that_is_harmless_in_a_log_is_kept() {
        for id in ["a", "client-7.retry_2", &"x".repeat(64)] {
            assert_eq!(choose(Some(id)), id);
        }
    }

    #[test]
    fn any_other_id_is_replaced_by_a_new_one() {
        for id in ["", "with space", "line\nbreak", "\"}{", "ünïcode", &"x".repeat(65)] {
            let chosen = choose(Some(id));
            assert_ne!(chosen, id);
            assert!(is_sane(&chosen));
        }
        assert_ne!(choose(None), choose(None));
    }

    #[tokio::test]
    async fn the_id_is_known_inside_a_request_and_in_the_tasks_it_carries_it_into() {
        assert_eq!(current(), None);
        let (inside, carried, spawned) = on_behalf_of("seven".into(), async {
            let carried = tokio::spawn(carried(async { current() }));
            let spawned = tokio::spawn(async { current() });
            (current(), carried.await.expect("no panic"), spawned.await.expect("no panic"))
        })
        .await;
        assert_eq!(inside.as_deref(), Some("seven"));
        assert_eq!(carried.as_deref(), Some("seven"));
        assert_eq!(spawned, None);
    }
}
