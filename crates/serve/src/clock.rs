//! What time it is: the only place of the product that reads the wall clock.
//!
//! Durations are measured with `std::time::Instant`, which never runs backwards; the wall clock is for what people
//! or other machines read. Nothing about stock is ever decided by it.

use std::time::{SystemTime, UNIX_EPOCH};
use wire::range::LAST_MS;

/// Milliseconds since 1970-01-01 UTC; 0 on a machine whose clock stands before that, and the end of the year 9999 on one
/// whose clock stands after it: later moments have no date that others would read.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(since).unwrap_or(LAST_MS).min(LAST_MS)
}

#[cfg(test)]
mod tests {
    use super::now_ms;

    #[test]
    fn the_clock_counts_milliseconds_of_this_century() {
        let year_2020 = 1_577_836_800_000;
        let year_2100 = 4_102_444_800_000;
        assert!((year_2020..year_2100).contains(&now_ms()));
    }
}
