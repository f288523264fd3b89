//! What tells one edition of a book from another, beside its ISBN: when it was published, and in which form.

use crate::NotValid;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const EXPECTED: &str = "a date is 2024, 2024-05 or 2024-05-17";

/// When an edition was published, as exactly as anybody said: a year, a month of it, or a day.
///
/// Written `2024`, `2024-05` or `2024-05-17` (ISO 8601). The years are 1000 to 9999: nothing was published before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Published {
    year: u16,
    /// 1 to 12; 0 where only the year is known.
    month: u8,
    /// 1 to 31; 0 where it is not known.
    day: u8,
}

impl Published {
    /// The date of these parts; a month or day of 0 is one that is not known.
    ///
    /// # Errors
    /// Where there is no such date.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, NotValid> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            0 => 0,
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if (1000..=9999).contains(&year) && month <= 12 && day <= days {
            Ok(Self { year, month, day })
        } else {
            Err(NotValid(EXPECTED))
        }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12, where it is known.
    pub fn month(self) -> Option<u8> {
        Some(self.month).filter(|month| *month > 0)
    }

    /// The day of the month, where it is known.
    pub fn day(self) -> Option<u8> {
        Some(self.day).filter(|day| *day > 0)
    }
}

impl fmt::Display for Published {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.month, self.day) {
            (0, _) => write!(to, "{:04}", self.year),
            (month, 0) => write!(to, "{:04}-{month:02}", self.year),
            (month, day) => write!(to, "{:04}-{month:02}-{day:02}", self.year),
        }
    }
}

impl FromStr for Published {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let number = |digits: &str, length: usize| {
            let whole = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
            whole.then(|| digits.parse::<u16>().ok()).flatten().ok_or(NotValid(EXPECTED))
        };
        let part = |digits: &str| match number(digits, 2)?.try_into() {
            Ok(part @ 1..) => Ok(part),
            _ => Err(NotValid(EXPECTED)),
        };
        match text.split('-').collect::<Vec<_>>().as_slice() {
            [year] => Self::new(number(year, 4)?, 0, 0),
            [year, month] => Self::new(number(year, 4)?, part(month)?, 0),
            [year, month, day] => Self::new(number(year, 4)?, part(month)?, part(day)?),
            _ => Err(NotValid(EXPECTED)),
        }
    }
}

impl TryFrom<String> for Published {
    type Error = NotValid;
    fn try_from(text: String) -> Result<Self, NotValid> {
        text.parse()
    }
}

impl From<Published> for String {
    fn from(date: Published) -> Self {
        date.to_string()
    }
}

/// The form of an edition. A short list, since it is to be chosen from; what trade knows more exactly is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Between boards.
    Hardback,
    /// Between covers that bend.
    Paperback,
    /// For small children: pages of board, rag or foam.
    BoardBook,
    /// To be read on a screen.
    EBook,
    /// To be listened to.
    Audio,
    /// A map or a globe.
    Map,
    /// To be played from.
    SheetMusic,
    /// Anything else.
    Other,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Hardback,
        Self::Paperback,
        Self::BoardBook,
        Self::EBook,
        Self::Audio,
        Self::Map,
        Self::SheetMusic,
        Self::Other,
    ];

    /// The form that a code of ONIX list 150 stands for; one that is new or wrong is [`Format::Other`].
    pub fn of_onix(code: &str) -> Self {
        match code.trim().as_bytes() {
            b"BB" | b"BG" => Self::Hardback,
            b"BC" | b"BF" => Self::Paperback,
            b"BH" | b"BI" | b"BJ" | b"BP" => Self::BoardBook,
            b"PI" => Self::SheetMusic,
            [b'A', _] => Self::Audio,
            [b'C', _] => Self::Map,
            [b'D' | b'E', _] => Self::EBook,
            _ => Self::Other,
        }
    }

    /// A code of ONIX list 150 for this form.
    pub fn onix(self) -> &'static str {
        match self {
            Self::Hardback => "BB",
            Self::Paperback => "BC",
            Self::BoardBook => "BH",
            Self::EBook => "ED",
            Self::Audio => "AJ",
            Self::Map => "CB",
            Self::SheetMusic => "PI",
            Self::Other => "00",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Hardback => "hardback",
            Self::Paperback => "paperback",
            Self::BoardBook => "board-book",
            Self::EBook => "e-book",
            Self::Audio => "audio",
            Self::Map => "map",
            Self::SheetMusic => "sheet-music",
            Self::Other => "other",
        })
    }
}

impl FromStr for Format {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        let named = Self::ALL.into_iter().find(|format| format.to_string().eq_ignore_ascii_case(text));
        named.ok_or(NotValid("a format is hardback, paperback, board-book, e-book, audio, map, sheet-music or other"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_may_be_a_year_or_a_month_and_is_written_as_it_was_read() {
        for text in ["1000", "1813", "2024-05", "2024-02-29", "2000-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Published>().expect(text).to_string(), text);
        }
        let month: Published = "2024-05".parse().expect("a month");
        assert_eq!((month.year(), month.month(), month.day()), (2024, Some(5), None));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "999", "0999", "20240517", "2024-5", "2024-00", "2024-13", "2024-05-00", "2023-02-29"] {
            let _ = text.parse::<Published>().expect_err(text);
        }
        for text in ["1900-02-29", "2024-04-31", "2024-05-17-1", "+024", "2024-05-17T00:00", "２０２４", "-2024"] {
            let _ = text.parse::<Published>().expect_err(text);
        }
    }

    #[test]
    fn the_words_of_a_format_are_those_of_its_json_and_read_back() {
        for format in Format::ALL {
            assert_eq!(serde_json::to_value(format).expect("a text"), format.to_string());
            assert_eq!(format.to_string().parse(), Ok(format));
            assert_eq!(Format::of_onix(format.onix()), format);
        }
        assert_eq!("E-Book".parse(), Ok(Format::EBook));
        let _ = "scroll".parse::<Format>().expect_err("no format");
    }

    #[test]
    fn codes_of_the_trade_that_are_not_known_are_other_things() {
        for (code, format) in [
            ("BB", Format::Hardback),
            ("BC", Format::Paperback),
            ("BI", Format::BoardBook),
            ("EA", Format::EBook),
            ("AC", Format::Audio),
            ("00", Format::Other),
            ("ZZ", Format::Other),
            ("", Format::Other),
            ("BBB", Format::Other),
        ] {
            assert_eq!(Format::of_onix(code), format, "{code}");
        }
    }
}
