//! Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>): parts of a page that are told
//! again while somebody looks at it.

use crate::headers::NOT_KEPT;
use crate::watchers::Place;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::Bytes;
use futures::stream;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::time::Interval;

/// How often it is looked whether there is something to tell.
const EVERY: Duration = Duration::from_secs(1);
/// After so many seconds a browser has to ask again: so one that has gone away without a word keeps no place for ever.
const AT_MOST: u32 = 300;
/// So many seconds are not passed over in silence: what stands in between would take the connection for dead.
const QUIET: u32 = 15;

/// What there is to tell in a second.
pub(super) enum Told {
    /// This event; see [`event`].
    Event(Bytes),
    /// Nothing new.
    Nothing,
    /// Nothing any more.
    Over,
}

struct Going<F> {
    place: Place,
    seconds: Interval,
    passed: u32,
    quiet: u32,
    tell: F,
}

/// An answer that goes on with what `tell` says, second by second.
pub(super) fn going_on(place: Place, tell: impl AsyncFnMut() -> Told + 'static) -> HttpResponse {
    let going = Going { place, seconds: tokio::time::interval(EVERY), passed: 0, quiet: 0, tell };
    let events = stream::unfold(going, async |mut going| {
        loop {
            going.seconds.tick().await;
            going.passed += 1;
            if going.passed > AT_MOST || going.place.is_closing() {
                return None;
            }
            match (going.tell)().await {
                Told::Over => return None,
                Told::Event(event) => {
                    going.quiet = 0;
                    return Some((Ok::<_, Infallible>(event), going));
                }
                Told::Nothing => going.quiet += 1,
            }
            if going.quiet >= QUIET {
                going.quiet = 0;
                return Some((Ok(Bytes::from_static(b":\n\n")), going));
            }
        }
    });
    let mut answer = HttpResponse::Ok();
    answer.insert_header(NOT_KEPT).insert_header((CONTENT_TYPE, "text/event-stream"));
    // What stands in between is not to wait until a part is full.
    answer.insert_header(("x-accel-buffering", "no")).streaming(events)
}

/// The answer where no more pages can be kept up to date: the page is whole without it.
pub(super) fn no_place() -> HttpResponse {
    let mut answer = HttpResponse::ServiceUnavailable();
    answer.insert_header(NOT_KEPT).insert_header((RETRY_AFTER, 10)).body("Too many pages are being kept up to date.")
}

/// An event of any number of lines.
pub(super) fn event(name: &str, data: &str) -> Bytes {
    let mut text = format!("event: {name}\n");
    for line in data.lines() {
        // Writing into a text does not fail.
        let _ = writeln!(text, "data: {line}");
    }
    text.push('\n');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::event;

    #[test]
    fn every_line_of_an_event_is_marked_and_an_empty_one_ends_it() {
        assert_eq!(event("picture", "<p>\r\n\n</p>"), "event: picture\ndata: <p>\ndata: \ndata: </p>\n\n");
    }
}
