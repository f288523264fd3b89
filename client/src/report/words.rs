//! Numbers said the way people read them: thousands apart, three digits, a unit. Pure.

use crate::outcome::Load;

/// Shown where there is nothing to show.
pub(super) const NOTHING: &str = "–";

/// A count, thousands apart: `81,234`.
pub(crate) fn whole(count: u64) -> String {
    apart(&count.to_string())
}

/// A count with its noun: `1 client`, `32 clients`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", whole(count), if count == 1 { one } else { many })
}

/// A duration to three digits, in the unit that suits it: `842 µs`, `1.24 ms`, `12.5 s`.
pub(crate) fn duration(us: u64) -> String {
    let mut grain = 1;
    while us / grain >= 1000 {
        grain *= 10;
    }
    // Rounded before the unit is chosen: what rounds to a thousand milliseconds is a second.
    let us = us.saturating_add(grain / 2) / grain * grain;
    let (unit, name) = unit(us);
    let hundredths = us % unit * 100 / unit;
    match us / unit {
        one @ 0..10 if unit > 1 => format!("{one}.{hundredths:02} {name}"),
        ten @ 10..100 if unit > 1 => format!("{ten}.{} {name}", hundredths / 10),
        more => format!("{} {name}", whole(more)),
    }
}

/// A duration that is a whole number of its unit, such as a tick's: `5 ms`.
pub(super) fn round_duration(us: u64) -> String {
    let (unit, name) = unit(us);
    format!("{} {name}", whole(us / unit))
}

/// The unit that suits a duration: how many microseconds it is, and its name.
fn unit(us: u64) -> (u64, &'static str) {
    match us {
        0..1_000 => (1, "µs"),
        1_000..1_000_000 => (1_000, "ms"),
        _ => (1_000_000, "s"),
    }
}

/// A figure to about three digits: `1,354`, `42.5`, `0.83`.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => NOTHING.to_owned(),
        size if size >= 99.95 => apart(&format!("{value:.0}")),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A ratio: `9.30×`.
pub(super) fn times(ratio: f64) -> String {
    if ratio.is_finite() { format!("{}×", figure(ratio)) } else { NOTHING.to_owned() }
}

/// Seconds, with a tenth where it matters: `60 s`, `12.4 s`.
pub(super) fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NOTHING.to_owned();
    }
    let tenths = format!("{seconds:.1}");
    format!("{} s", apart(tenths.strip_suffix(".0").unwrap_or(&tenths)))
}

/// What part of `all` this is: `0.02 %`. Something is never shown as nothing.
pub(super) fn percent(part: u64, all: u64) -> String {
    match (part, 100.0 * float(part) / float(all.max(1))) {
        (0, _) => "0 %".to_owned(),
        (_, share) if share < 0.01 => "< 0.01 %".to_owned(),
        (_, share) => format!("{} %", figure(share)),
    }
}

/// How requests came.
pub(super) fn load(load: Load) -> String {
    match load {
        Load::Clients(clients) => format!("{}, closed loop", counted(clients.into(), "client", "clients")),
        Load::Rate(rate) => format!("{} a second, open loop", counted(rate.into(), "arrival", "arrivals")),
    }
}

/// At most so many letters of `text`; what is missing shows as an ellipsis.
pub(super) fn clip(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A count as a floating-point number.
#[expect(clippy::cast_precision_loss, reason = "only for drawing and for three digits")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// Digits, thousands apart; a sign and decimals are left alone.
fn apart(digits: &str) -> String {
    let (digits, decimals) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if (digits.len() - index).is_multiple_of(3) && out.ends_with(|before: char| before.is_ascii_digit()) {
            out.push(',');
        }
        out.push(digit);
    }
    out + decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_the_unit_that_suits_them() {
        for (us, words) in [
            (0, "0 µs"),
            (842, "842 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (1_239, "1.24 ms"),
            (9_996, "10.0 ms"),
            (45_678, "45.7 ms"),
            (212_400, "212 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (12_549_000, "12.5 s"),
            (4_000_000_000, "4,000 s"),
        ] {
            assert_eq!(duration(us), words, "{us}");
        }
        assert!(duration(u64::MAX).ends_with(" s"));
        assert_eq!(round_duration(500_000), "500 ms");
    }

    #[test]
    fn thousands_stand_apart() {
        for (count, words) in [(0, "0"), (999, "999"), (1_000, "1,000"), (81_234, "81,234"), (1_234_567, "1,234,567")] {
            assert_eq!(whole(count), words);
        }
        assert_eq!(figure(-123_456.0), "-123,456");
        assert_eq!(seconds(3_600.04), "3,600 s");
        assert_eq!(seconds(1_234.56), "1,234.6 s");
    }

    #[test]
    fn figures_keep_their_digits_where_they_round_up() {
        for (value, words) in [(0.0, "0.00"), (9.994, "9.99"), (9.996, "10.0"), (99.96, "100"), (f64::NAN, NOTHING)] {
            assert_eq!(figure(value), words);
        }
        assert_eq!(times(40.4), "40.4×");
        assert_eq!(times(f64::INFINITY), NOTHING);
    }

    #[test]
    fn a_failure_in_a_million_is_not_none() {
        assert_eq!(percent(1, 1_000_000), "< 0.01 %");
        assert_eq!(percent(0, 0), "0 %");
        assert_eq!(percent(7, 7), "100 %");
    }

    #[test]
    fn clipped_text_counts_letters_and_not_bytes() {
        assert_eq!(clip("größer", 6), "größer");
        assert_eq!(clip("größer", 5), "größ…");
    }
}
