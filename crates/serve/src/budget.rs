//! How many calls may be tried a second time, so that retries never become the load that keeps a tier down.
//!
//! Pure: time is an argument. When all is well, a fifth of the calls may be tried again at once; when everything
//! fails, retries add at most that fifth, plus a small reserve that keeps a quiet shop able to retry at all. The idea
//! is the retry budget of Twitter's Finagle. Who is asked the second time is `fleet`'s business.

/// Thousandths of one retry: integers, so that a thousand deposits of 0.2 are exactly two hundred retries.
type Millis = u64;

/// One retry.
const ONE: Millis = 1000;

/// A token bucket that first tries fill and retries empty.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    /// Deposited by each first try.
    deposit: Millis,
    /// What first tries have saved up, at most `cap`.
    saved: Millis,
    /// The most that is kept of the deposits.
    cap: Millis,
    /// What is left of this second's reserve.
    reserve: Millis,
    /// Retries that are allowed every second whatever the first tries deposited; also thousandths per millisecond.
    reserve_per_second: u64,
    /// When `reserve` was last filled up.
    filled_ms: u64,
}

impl RetryBudget {
    /// What a frontend allows itself: 0.2 retries for each call, never fewer than 20 a second, at most 200 saved up.
    pub fn usual(now_ms: u64) -> Self {
        Self::new(200, 20, 200, now_ms)
    }

    /// A budget of `deposit_thousandths` retries/1000 for each first try, of which at most `cap` retries are saved
    /// up, and of `reserve_per_second` retries beside them. The reserve is full at `now_ms`.
    pub fn new(deposit_thousandths: u64, reserve_per_second: u64, cap: u64, now_ms: u64) -> Self {
        Self {
            deposit: deposit_thousandths,
            saved: 0,
            cap: cap * ONE,
            reserve: reserve_per_second * ONE,
            reserve_per_second,
            filled_ms: now_ms,
        }
    }

    /// A call goes out for the first time.
    pub fn first_try(&mut self) {
        self.saved = (self.saved + self.deposit).min(self.cap);
    }

    /// Takes one retry out of the budget; false when there is none left and the failure is to be passed on.
    ///
    /// `now_ms` is any clock in milliseconds; a clock that jumps back adds nothing and breaks nothing.
    pub fn may_retry(&mut self, now_ms: u64) -> bool {
        self.fill(now_ms);
        for purse in [&mut self.saved, &mut self.reserve] {
            if let Some(rest) = purse.checked_sub(ONE) {
                *purse = rest;
                return true;
            }
        }
        false
    }

    /// Whole retries that could be taken at `now_ms`; for metrics.
    pub fn left(&mut self, now_ms: u64) -> u64 {
        self.fill(now_ms);
        self.saved / ONE + self.reserve / ONE
    }

    fn fill(&mut self, now_ms: u64) {
        let passed_ms = now_ms.saturating_sub(self.filled_ms);
        let full = self.reserve_per_second * ONE;
        // One retry a second is one thousandth of a retry a millisecond.
        self.reserve = self.reserve.saturating_add(passed_ms.saturating_mul(self.reserve_per_second)).min(full);
        self.filled_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::RetryBudget;

    const RATIO: u64 = 200;

    fn taken(budget: &mut RetryBudget, tries: u32, now_ms: u64) -> usize {
        (0..tries).filter(|_| budget.may_retry(now_ms)).count()
    }

    #[test]
    fn five_first_tries_pay_for_one_retry() {
        let mut budget = RetryBudget::new(RATIO, 0, 100, 0);
        for _ in 0..4 {
            budget.first_try();
        }
        assert!(!budget.may_retry(0), "four fifths are not one");
        budget.first_try();
        assert!(budget.may_retry(0));
        assert!(!budget.may_retry(0));
    }

    #[test]
    fn when_everything_fails_retries_stay_a_fifth_of_the_calls_plus_the_reserve() {
        let mut budget = RetryBudget::new(RATIO, 20, 200, 0);
        let mut retries = 0;
        for call in 0..10_000_u64 {
            budget.first_try();
            // Ten calls a millisecond for one second, and each of them fails.
            retries += usize::from(budget.may_retry(call / 10));
        }
        assert!((2_000..=2_040).contains(&retries), "{retries} retries");
    }

    #[test]
    fn a_quiet_shop_may_retry_as_often_as_its_reserve_every_second() {
        let mut budget = RetryBudget::new(RATIO, 20, 200, 5_000);
        assert_eq!(taken(&mut budget, 100, 5_000), 20);
        assert_eq!(taken(&mut budget, 100, 5_500), 10, "half a second gives back half of it");
        assert_eq!(taken(&mut budget, 100, 60_000), 20, "and a minute never more than all of it");
    }

    #[test]
    fn deposits_are_saved_up_to_the_cap_and_no_further() {
        let mut budget = RetryBudget::new(RATIO, 0, 10, 0);
        for _ in 0..1_000 {
            budget.first_try();
        }
        assert_eq!(budget.left(0), 10);
        assert_eq!(taken(&mut budget, 100, 0), 10);
    }

    #[test]
    fn a_clock_that_jumps_back_adds_nothing_and_the_budget_goes_on_from_there() {
        let mut budget = RetryBudget::new(RATIO, 10, 10, 10_000);
        assert_eq!(taken(&mut budget, 100, 10_000), 10);
        assert_eq!(taken(&mut budget, 100, 3_000), 0);
        assert_eq!(taken(&mut budget, 100, 3_500), 5);
    }
}
