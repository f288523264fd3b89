//! Numbers said in words: stock, money, dates. A template never counts and never computes.
//!
//! Pure; what a page looks like is the templates' business.

use std::fmt;
use time::OffsetDateTime;
use wire::order::OrderState;
use wire::{Format, Fulfilment, Published};

/// From this many units on nobody needs to hurry.
const PLENTY: u64 = 4;

/// The stock of a book, said the way a bookseller would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockWords {
    /// Nothing is left.
    SoldOut,
    /// One unit is left.
    LastCopy,
    /// Two or three units are left.
    Few(u64),
    /// There are enough.
    InStock,
    /// All that are left are at replicas that do not answer.
    HeldElsewhere,
}

impl StockWords {
    /// The words for `units` left.
    pub fn of(units: u64) -> Self {
        match units {
            0 => Self::SoldOut,
            1 => Self::LastCopy,
            few if few < PLENTY => Self::Few(few),
            _ => Self::InStock,
        }
    }

    /// Whether there is something to buy.
    pub fn can_buy(&self) -> bool {
        !matches!(self, Self::SoldOut)
    }

    /// Whether nobody who answers has it.
    pub fn is_held_elsewhere(&self) -> bool {
        matches!(self, Self::HeldElsewhere)
    }

    /// The name of the style: `out`, `last`, `few`, `in` or `held`.
    pub fn style(&self) -> &'static str {
        match self {
            Self::SoldOut => "out",
            Self::LastCopy => "last",
            Self::Few(_) => "few",
            Self::InStock => "in",
            Self::HeldElsewhere => "held",
        }
    }
}

impl fmt::Display for StockWords {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SoldOut => to.write_str("Sold out"),
            Self::LastCopy => to.write_str("Last copy"),
            Self::Few(units) => write!(to, "Only {units} left"),
            Self::InStock => to.write_str("In stock"),
            Self::HeldElsewhere => to.write_str("Held at the other branch"),
        }
    }
}

/// `cents` as people read it: `12.50 €`, with a space that does not break.
pub fn money(cents: u64, currency: &str) -> String {
    format!("{}.{:02}\u{a0}{currency}", cents / 100, cents % 100)
}

/// `1 title`, `12 titles`: a number with its noun.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A moment for people and for machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `21 November 2025, 03:32 UTC`.
    pub shown: String,
    /// `2025-11-21T03:32:09Z`, for the `datetime` of `<time>`.
    pub machine: String,
}

impl Moment {
    /// The moment `ms` Unix milliseconds are.
    pub fn of(ms: u64) -> Self {
        let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
        // Beyond the year 9999 no clock is right: the epoch looks as wrong as it is.
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        Self {
            shown: format!("{day} {month} {year}, {hour:02}:{minute:02} UTC"),
            machine: format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month)),
        }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date as exactly as it is known: `17 May 2024`, `May 2024`, `2024`.
pub fn date(date: Published) -> String {
    let month = date.month().and_then(|month| MONTHS.get(usize::from(month) - 1));
    match (month, date.day()) {
        (Some(month), Some(day)) => format!("{day} {month} {}", date.year()),
        (Some(month), None) => format!("{month} {}", date.year()),
        _ => date.year().to_string(),
    }
}

/// The form of an edition.
pub fn format(format: Format) -> &'static str {
    match format {
        Format::Hardback => "Hardback",
        Format::Paperback => "Paperback",
        Format::BoardBook => "Board book",
        Format::EBook => "E-book",
        Format::Audio => "Audiobook",
        Format::Map => "Map",
        Format::SheetMusic => "Sheet music",
        Format::Other => "Other",
    }
}

/// The name of a language, by its code; the code where it has no name here.
pub fn language(code: &str) -> String {
    const NAMES: [(&str, &str); 24] = [
        ("ar", "Arabic"),
        ("cs", "Czech"),
        ("da", "Danish"),
        ("de", "German"),
        ("el", "Greek"),
        ("en", "English"),
        ("es", "Spanish"),
        ("fi", "Finnish"),
        ("fr", "French"),
        ("grc", "Ancient Greek"),
        ("he", "Hebrew"),
        ("hu", "Hungarian"),
        ("it", "Italian"),
        ("ja", "Japanese"),
        ("la", "Latin"),
        ("nl", "Dutch"),
        ("no", "Norwegian"),
        ("pl", "Polish"),
        ("pt", "Portuguese"),
        ("ru", "Russian"),
        ("sv", "Swedish"),
        ("tr", "Turkish"),
        ("uk", "Ukrainian"),
        ("zh", "Chinese"),
    ];
    NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name).to_owned()
}

/// How long ago something was, roughly: `12 s`, `4 min`, `3 h`, `2 days`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How safely an order is kept, for the one whose order it is.
pub fn kept(copies: usize, state: OrderState) -> &'static str {
    match (state, copies) {
        (OrderState::Settled, _) => "Confirmed, and written down at every order desk.",
        (OrderState::Confirmed, 0 | 1) => "Confirmed. The other order desk gets its copy as soon as it can be reached.",
        (OrderState::Confirmed, _) => "Confirmed, and written down twice.",
    }
}

/// How far an order has come, as it is stamped on it.
pub fn fulfilment(reached: Fulfilment) -> &'static str {
    match reached {
        Fulfilment::Placed => "Sold",
        Fulfilment::Packed => "Packed",
        Fulfilment::Shipped => "On its way",
        Fulfilment::Cancelled => "Cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_said_in_words() {
        for (units, words) in [
            (0, "Sold out"),
            (1, "Last copy"),
            (2, "Only 2 left"),
            (3, "Only 3 left"),
            (4, "In stock"),
            (500, "In stock"),
        ] {
            assert_eq!(StockWords::of(units).to_string(), words);
        }
        assert!(!StockWords::of(0).can_buy());
        assert!(StockWords::of(1).can_buy());
    }

    #[test]
    fn money_always_shows_two_decimals() {
        assert_eq!(money(1250, "€"), "12.50\u{a0}€");
        assert_eq!(money(5, "kr"), "0.05\u{a0}kr");
    }

    #[test]
    fn a_date_is_said_as_exactly_as_it_is_known() {
        for (read, said) in [("2024", "2024"), ("2024-05", "May 2024"), ("2024-12-01", "1 December 2024")] {
            assert_eq!(date(read.parse().expect("a date")), said);
        }
        assert_eq!((language("la"), language("haw")), ("Latin".to_owned(), "haw".to_owned()));
    }

    #[test]
    fn a_moment_is_shown_in_utc() {
        let moment = Moment::of(1_763_695_929_123);
        assert_eq!(moment.shown, "21 November 2025, 03:32 UTC");
        assert_eq!(moment.machine, "2025-11-21T03:32:09Z");
        assert_eq!(Moment::of(u64::MAX).machine, "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_span_is_rounded_to_what_people_say() {
        for (seconds, words) in [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days")] {
            assert_eq!(span(seconds), words);
        }
    }
}
