//! Numbers said in words, in the language of whoever reads them: stock, money, dates. A template never counts and never
//! computes.
//!
//! Pure; what a page looks like is the templates' business, and the words themselves are in `say`.

use crate::lists::edit::Kind;
use crate::say::{Counted, ENGLISH, Say};
use time::OffsetDateTime;
use wire::order::OrderState;
use wire::{Format, Fulfilment, ItemId, Published};

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

/// `cents` in English: `12.50 €`.
pub fn money(cents: u64, currency: &str) -> String {
    ENGLISH.money(cents, currency)
}

/// `1 title`, `12 titles`: a number with its noun, in English.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", ENGLISH.number(number), if number == 1 { one } else { many })
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
    /// The moment `ms` Unix milliseconds are, in English.
    pub fn of(ms: u64) -> Self {
        ENGLISH.moment(ms)
    }
}

impl Say {
    /// A whole number: `1,250`.
    pub(crate) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(self.figures.thousands);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A text with a number in it: `1 title`, `12 titles`.
    pub(crate) fn counted(&self, text: &Counted, number: u64) -> String {
        let text = if number == 1 { text.one } else { text.other };
        text.replace("{n}", &self.number(number))
    }

    /// `1 title`, `12 titles`.
    pub(crate) fn titles(&self, titles: u64) -> String {
        self.counted(&self.figures.titles, titles)
    }

    /// `cents` as people read it: `12.50 €`, with a space that does not break.
    pub(crate) fn money(&self, cents: u64, currency: &str) -> String {
        format!("{}{}{:02}\u{a0}{currency}", self.number(cents / 100), self.figures.decimal, cents % 100)
    }

    /// `A; B; C` as people write it: `A, B and C`.
    pub(crate) fn authors(&self, stored: &str) -> String {
        let names: Vec<&str> = stored.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
        match names.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [first @ .., last] => format!("{}{}{last}", first.join(", "), self.figures.and),
        }
    }

    /// The stock of a book: `Last copy`.
    pub(crate) fn stock(&self, stock: &StockWords) -> String {
        match stock {
            StockWords::SoldOut => self.stock.out.into(),
            StockWords::LastCopy => self.stock.last.into(),
            StockWords::Few(left) => (self.stock.few)(*left),
            StockWords::InStock => self.stock.plenty.into(),
            StockWords::HeldElsewhere => self.stock.held.into(),
        }
    }

    /// The moment `ms` Unix milliseconds are.
    pub(crate) fn moment(&self, ms: u64) -> Moment {
        let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
        // Beyond the year 9999 no clock is right: the epoch looks as wrong as it is.
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        let date = (self.figures.day)(&day.to_string(), self.month(month), &year.to_string());
        Moment {
            shown: (self.figures.moment)(&date, &format!("{hour:02}:{minute:02}")),
            machine: format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        }
    }

    fn month(&self, month: u8) -> &'static str {
        self.figures.months.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default()
    }

    /// A date as exactly as it is known: `17 May 2024`, `May 2024`, `2024`.
    pub(crate) fn date(&self, date: Published) -> String {
        let (month, year) = (date.month().map(|month| self.month(month)), date.year().to_string());
        match (month, date.day()) {
            (Some(month), Some(day)) => (self.figures.day)(&day.to_string(), month, &year),
            (Some(month), None) => format!("{month} {year}"),
            _ => year,
        }
    }

    /// A year, also one before our era: `1813`, `44 BC`.
    pub(crate) fn year(&self, year: i16) -> String {
        if year < 0 { (self.figures.before_our_era)(&year.unsigned_abs().to_string()) } else { year.to_string() }
    }

    /// The form of an edition.
    pub(crate) fn format(&self, format: Format) -> &'static str {
        match format {
            Format::Hardback => self.reads.hardback,
            Format::Paperback => self.reads.paperback,
            Format::BoardBook => self.reads.board_book,
            Format::EBook => self.reads.e_book,
            Format::Audio => self.reads.audio,
            Format::Map => self.reads.map,
            Format::SheetMusic => self.reads.sheet_music,
            Format::Other => self.reads.other,
        }
    }

    /// The name of a language of books, by its code; the code where it has no name here.
    pub(crate) fn language(&self, code: &str) -> String {
        let name = self.reads.languages.iter().find(|(known, _)| *known == code);
        name.map_or(code, |(_, name)| name).to_owned()
    }

    /// How long ago something was, roughly: `12 s`, `4 min`, `3 h`, `2 days`.
    pub(crate) fn span(&self, seconds: u64) -> String {
        match seconds {
            0..120 => format!("{seconds} {}", self.figures.seconds),
            120..7_200 => format!("{} {}", seconds / 60, self.figures.minutes),
            7_200..172_800 => format!("{} {}", seconds / 3_600, self.figures.hours),
            _ => format!("{} {}", self.number(seconds / 86_400), self.figures.days),
        }
    }

    /// What a list is for.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates give what they have")]
    pub(crate) fn kind(&self, kind: &Kind) -> &'static str {
        match kind {
            Kind::Wish => self.kinds.wish,
            Kind::Reading => self.kinds.reading,
            Kind::Gift => self.kinds.gift,
        }
    }

    /// How far an order has come, as it is stamped on it.
    pub(crate) fn fulfilment(&self, reached: Fulfilment) -> &'static str {
        match reached {
            Fulfilment::Placed => self.orders.sold,
            Fulfilment::Packed => self.orders.packed,
            Fulfilment::Shipped => self.orders.shipped,
            Fulfilment::Cancelled => self.orders.cancelled,
        }
    }

    /// What a book is called where its title is not known.
    pub(crate) fn unnamed(&self, item: ItemId) -> String {
        (self.around.unnamed)(&item.to_string())
    }

    /// How safely an order is kept, for the one whose order it is.
    pub(crate) fn kept(&self, copies: usize, state: OrderState) -> &'static str {
        match (state, copies) {
            (OrderState::Settled, _) => self.orders.everywhere,
            (OrderState::Confirmed, 0 | 1) => self.orders.once,
            (OrderState::Confirmed, _) => self.orders.twice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::GERMAN;

    #[test]
    fn stock_is_said_in_words() {
        for (units, english, german) in [
            (0, "Sold out", "Ausverkauft"),
            (1, "Last copy", "Letztes Exemplar"),
            (2, "Only 2 left", "Nur noch 2 da"),
            (3, "Only 3 left", "Nur noch 3 da"),
            (4, "In stock", "Vorrätig"),
            (500, "In stock", "Vorrätig"),
        ] {
            let stock = StockWords::of(units);
            assert_eq!((ENGLISH.stock(&stock), GERMAN.stock(&stock)), (english.to_owned(), german.to_owned()));
        }
        assert!(!StockWords::of(0).can_buy());
        assert!(StockWords::of(1).can_buy());
    }

    #[test]
    fn money_always_shows_two_decimals_behind_the_sign_of_the_language() {
        for (cents, english, german) in [
            (1250, "12.50\u{a0}€", "12,50\u{a0}€"),
            (5, "0.05\u{a0}€", "0,05\u{a0}€"),
            (99_999, "999.99\u{a0}€", "999,99\u{a0}€"),
            (123_456_789, "1,234,567.89\u{a0}€", "1.234.567,89\u{a0}€"),
        ] {
            assert_eq!((ENGLISH.money(cents, "€"), GERMAN.money(cents, "€")), (english.into(), german.into()));
        }
    }

    #[test]
    fn numbers_are_counted_in_the_case_that_they_ask_for() {
        for (number, english, german) in [
            (0, "0 orders", "0 Bestellungen"),
            (1, "1 order", "1 Bestellung"),
            (2, "2 orders", "2 Bestellungen"),
            (1_000, "1,000 orders", "1.000 Bestellungen"),
        ] {
            let said = |say: &Say| say.counted(&say.doing.orders_kept, number);
            assert_eq!((said(&ENGLISH), said(&GERMAN)), (english.to_owned(), german.to_owned()));
        }
    }

    #[test]
    fn authors_are_listed_the_way_people_write_them() {
        for (stored, english, german) in
            [("", "", ""), ("A", "A", "A"), ("A; B", "A and B", "A und B"), ("A; B;C ;", "A, B and C", "A, B und C")]
        {
            assert_eq!((ENGLISH.authors(stored), GERMAN.authors(stored)), (english.to_owned(), german.to_owned()));
        }
    }

    #[test]
    fn a_date_is_said_as_exactly_as_it_is_known() {
        for (read, english, german) in [
            ("2024", "2024", "2024"),
            ("2024-05", "May 2024", "Mai 2024"),
            ("2024-12-01", "1 December 2024", "1. Dezember 2024"),
        ] {
            let date = read.parse().expect("a date");
            assert_eq!((ENGLISH.date(date), GERMAN.date(date)), (english.to_owned(), german.to_owned()));
        }
        assert_eq!((ENGLISH.language("la"), ENGLISH.language("haw")), ("Latin".to_owned(), "haw".to_owned()));
        assert_eq!((ENGLISH.year(1813), ENGLISH.year(-44)), ("1813".to_owned(), "44 BC".to_owned()));
        assert_eq!(GERMAN.year(-44), "44 v. Chr.");
    }

    #[test]
    fn a_moment_is_shown_in_utc() {
        let moment = ENGLISH.moment(1_763_695_929_123);
        assert_eq!(moment.shown, "21 November 2025, 03:32 UTC");
        assert_eq!(GERMAN.moment(1_763_695_929_123).shown, "21. November 2025, 03:32 Uhr (UTC)");
        assert_eq!(moment.machine, "2025-11-21T03:32:09Z");
        assert_eq!(ENGLISH.moment(u64::MAX).machine, "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_span_is_rounded_to_what_people_say() {
        for (seconds, words) in [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days")] {
            assert_eq!(ENGLISH.span(seconds), words);
        }
        assert_eq!(GERMAN.span(172_800), "2 Tagen");
    }
}
