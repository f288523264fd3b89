//! Telling the frontends what changed, so that other people's sales show at once and not after a cache's second.
//!
//! Best effort: a frontend that does not answer, or not soon, is told the next news, and its cache's time limit does the
//! rest.

use crate::changes::Follower;
use cluster::Member;
use serve::{Caller, Fleet};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_millis(500);
/// How long news is kept for a frontend that is down: whatever it knew is too old by then.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two calls: a title that everybody buys is told of a hundred times a second, not for each batch of its sales.
const PACE: Duration = Duration::from_millis(10);
/// Books a call: with the longest descriptions, a body stays below what a frontend takes.
const MOST: usize = 400;

/// Announces changes to one frontend for as long as the process lives.
pub(crate) async fn announce(follower: Follower, frontend: Member, caller: Caller, fleet: Fleet) {
    loop {
        follower.wait().await;
        loop {
            let news = follower.take(MOST);
            if news.is_empty() {
                break;
            }
            // One that nobody has looked at yet may be up, and one that has just come is heard of at the next probe: it may
            // have looked at the book before this news.
            if fleet.is_down(&frontend.name) && !fleet.until_ready(&frontend.name, PATIENCE).await {
                while !follower.take(MOST).is_empty() {}
                break;
            }
            let told: Result<(), _> = caller.post(&frontend, "/internal/items", &news, DEADLINE).await;
            if let Err(error) = told {
                tracing::debug!(frontend = %frontend.name, %error, "a frontend was not told of a change");
            }
            tokio::time::sleep(PACE).await;
        }
    }
}
