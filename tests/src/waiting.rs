//! Waiting for a condition instead of for time.

use std::time::{Duration, Instant};

/// Between two looks: short, because some conditions have a second to come true.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until `probe` finds what it looks for, and returns that.
///
/// # Panics
/// When it has not been found within `deadline`, with `what` was awaited and why the last look did not find it.
pub async fn awaits<T>(deadline: Duration, what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        // A look that begins in time may end late: what it then finds came late.
        let in_time = began.elapsed() <= deadline;
        match probe().await {
            Ok(found) if in_time => return found,
            Ok(_) => panic!("{what}: it came, but later than {deadline:?}"),
            Err(why) if !in_time => panic!("{what}: not within {deadline:?}. {why}"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
