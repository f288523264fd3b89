//! How often somebody may do something, remembered in this frontend's memory, and no more of it than a bound.
//!
//! The generic cell rate algorithm: of each key only the moment is kept at which it would be even again. Each frontend
//! counts for itself and forgets with its process; it makes guessing and filling slow, and decides nothing else.

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wire::Problem;

/// The most keys of one pace. The one that was longest not asked for is forgotten first, so that nobody gets a new start
/// without having that many others at hand.
const MOST: u64 = 50_000;

/// It is too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too often; ask again in {after_s} s")]
pub struct TooOften {
    /// In how many seconds it may be tried again.
    pub after_s: NonZeroU16,
}

impl From<TooOften> for Problem {
    fn from(TooOften { after_s }: TooOften) -> Self {
        Self::too_often(after_s, format!("That was tried too often; nothing was done. Try again in {after_s} s."))
    }
}

/// Where somebody is on the network, as far as it is worth telling apart: an IPv4 address, or the /64 that one household
/// has of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(ip) => Self(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into()),
            ip @ IpAddr::V4(_) => Self(ip),
        }
    }
}

/// So often for each key.
pub struct Pace<K> {
    burst: u64,
    every_ms: u64,
    /// When, in Unix milliseconds, each key would be even again.
    even: Cache<K, Arc<AtomicU64>>,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Pace<K> {
    /// `burst` at once, and then one more in each `every`.
    pub fn new(burst: u32, every: Duration) -> Self {
        let every_ms = u64::try_from(every.as_millis()).unwrap_or(u64::MAX).max(1);
        let even = Cache::builder()
            .max_capacity(MOST)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(every.saturating_mul(burst.max(1)))
            .build();
        Self { burst: burst.max(1).into(), every_ms, even }
    }

    /// Does it once more, at `now_ms` (Unix milliseconds).
    ///
    /// # Errors
    /// [`TooOften`]; then it is not counted.
    pub fn take(&self, key: &K, now_ms: u64) -> Result<(), TooOften> {
        let even = self.even.get_with_by_ref(key, Arc::default);
        let most = now_ms + (self.burst - 1) * self.every_ms;
        let later = |even: u64| (even <= most).then(|| even.max(now_ms) + self.every_ms);
        match even.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later) {
            Ok(_) => Ok(()),
            Err(even) => {
                let seconds = u16::try_from((even - most).div_ceil(1000)).unwrap_or(u16::MAX);
                Err(TooOften { after_s: NonZeroU16::new(seconds).unwrap_or(NonZeroU16::MIN) })
            }
        }
    }

    /// It was no harm after all: as if it had not been done.
    pub fn give_back(&self, key: &K) {
        if let Some(even) = self.even.get(key) {
            let earlier = |even: u64| Some(even.saturating_sub(self.every_ms));
            // The closure always has an answer.
            let _ = even.fetch_update(Ordering::Relaxed, Ordering::Relaxed, earlier);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn wait(seconds: u16) -> Result<(), TooOften> {
        Err(TooOften { after_s: NonZeroU16::new(seconds).expect("not now") })
    }

    fn pace() -> Pace<&'static str> {
        Pace::new(3, Duration::from_secs(10))
    }

    #[test]
    fn a_burst_is_free_and_then_it_goes_at_the_pace() {
        let pace = pace();
        for _ in 0..3 {
            assert_eq!(pace.take(&"a", NOW), Ok(()));
        }
        assert_eq!(pace.take(&"a", NOW), wait(10));
        assert_eq!(pace.take(&"b", NOW), Ok(()), "others are not concerned");
        assert_eq!(pace.take(&"a", NOW + 9_999), wait(1), "a refusal costs nothing");
        assert_eq!(pace.take(&"a", NOW + 10_000), Ok(()));
        assert_eq!(pace.take(&"a", NOW + 10_000), wait(10));
        for _ in 0..3 {
            assert_eq!(pace.take(&"a", NOW + 100_000), Ok(()), "a burst is saved up, and no more");
        }
        assert!(pace.take(&"a", NOW + 100_000).is_err());
    }

    #[test]
    fn a_household_is_one_address_and_an_ipv4_address_is_the_same_however_it_is_written() {
        let of = |text: &str| Address::from(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::8"));
        assert_ne!(of("2001:db8:1:2::7"), of("2001:db8:1:3::7"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let pace = pace();
        for _ in 0..100 {
            assert_eq!(pace.take(&"a", NOW), Ok(()));
            pace.give_back(&"a");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_anybody_for_longer_than_the_burst() {
        let pace = pace();
        assert_eq!(pace.take(&"a", NOW), Ok(()));
        assert!(pace.take(&"a", 0).is_err());
        assert_eq!(pace.take(&"b", 0), Ok(()));
    }
}
