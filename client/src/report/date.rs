//! The moment a run began, as a date. No time zones and no clock.

/// A moment for people and for machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// `21 November 2025, 03:32 UTC`.
    pub(super) shown: String,
    /// `2025-11-21T03:32:09Z`, for the `datetime` of `<time>`.
    pub(super) machine: String,
}

impl Moment {
    /// The moment `ms` Unix milliseconds are.
    pub(super) fn of(ms: u64) -> Self {
        let seconds = ms / 1000;
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        let (number, name, _) = month;
        Self {
            shown: format!("{day} {name} {year}, {hour:02}:{minute:02} UTC"),
            machine: format!("{year:04}-{number:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        }
    }
}

/// A month: its number, its name, its days.
type Month = (u32, &'static str, u64);

/// The year, month and day that many days after the first of January 1970.
fn date(days: u64) -> (u64, Month, u64) {
    // The calendar repeats itself every 400 years, so that no clock, however wrong, takes long.
    let (mut year, mut left) = (1970 + days / 146_097 * 400, days % 146_097);
    while left >= 365 + leap(year) {
        left -= 365 + leap(year);
        year += 1;
    }
    for month in months(year) {
        if left < month.2 {
            return (year, month, left + 1);
        }
        left -= month.2;
    }
    unreachable!("the days of the months are the days of the year")
}

/// One in a leap year, else zero.
fn leap(year: u64) -> u64 {
    u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)))
}

/// The months of a year.
fn months(year: u64) -> [Month; 12] {
    [
        (1, "January", 31),
        (2, "February", 28 + leap(year)),
        (3, "March", 31),
        (4, "April", 30),
        (5, "May", 31),
        (6, "June", 30),
        (7, "July", 31),
        (8, "August", 31),
        (9, "September", 30),
        (10, "October", 31),
        (11, "November", 30),
        (12, "December", 31),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_for_people_and_for_machines() {
        let moment = Moment::of(1_763_695_929_000);
        assert_eq!(moment.shown, "21 November 2025, 03:32 UTC");
        assert_eq!(moment.machine, "2025-11-21T03:32:09Z");
    }

    #[test]
    fn the_ends_of_months_and_leap_years_are_right() {
        for (seconds, machine) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Moment::of(seconds * 1000).machine, machine);
        }
    }

    #[test]
    fn a_clock_that_is_wildly_wrong_still_has_a_date() {
        assert!(Moment::of(u64::MAX).shown.ends_with("UTC"));
    }
}
