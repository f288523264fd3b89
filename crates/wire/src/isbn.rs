//! ISBNs: the number that a publisher gives to one edition of a book. What the shop itself calls a book is an `ItemId`.
//!
//! Source: ISBN Users' Manual, 7th edition; the check digits are those of its appendix 1.

use crate::NotValid;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const EXPECTED: &str = "an ISBN has 13 digits and begins with 978 or 979, or has 10, the last of which may be an X";
const CHECK_DIGIT: &str = "the last digit of this ISBN does not fit the others: one of them is wrong";

/// An ISBN of 13 digits whose check digit is right.
///
/// Read from 10 or 13 digits, with or without hyphens or blanks; always written as 13 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Isbn(u64);

impl Isbn {
    /// The ISBN that begins with these twelve digits.
    ///
    /// # Errors
    /// Where no ISBN begins so.
    pub fn of_body(twelve: u64) -> Result<Self, NotValid> {
        // 979-0 is printed music, which is numbered by others.
        match twelve {
            978_000_000_000..=978_999_999_999 | 979_100_000_000..=979_999_999_999 => {
                Ok(Self(twelve * 10 + check_digit(twelve)))
            }
            _ => Err(NotValid(EXPECTED)),
        }
    }

    /// The ISBN as a number of 13 digits.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// The 13th digit: the others, every second one three times, and this one add up to a multiple of ten.
fn check_digit(twelve: u64) -> u64 {
    let sum: u64 = (0..12).map(|place| twelve / 10_u64.pow(place) % 10 * if place % 2 == 0 { 3 } else { 1 }).sum();
    (10 - sum % 10) % 10
}

/// Whether ten digits, the last of which may be ten, have the check digit of an ISBN of old.
fn checks_as_ten(digits: &[u64]) -> bool {
    let weighted = digits.iter().rev().zip(1_u64..).map(|(digit, weight)| digit * weight);
    weighted.sum::<u64>().is_multiple_of(11)
}

fn number(digits: &[u64]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + digit)
}

impl FromStr for Isbn {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let mut digits = Vec::with_capacity(13);
        for letter in text.trim().chars() {
            let digit = match letter {
                '0'..='9' => letter.to_digit(10).map(u64::from),
                'x' | 'X' if digits.len() == 9 => Some(10),
                // Hyphens of every kind that a word processor makes of one.
                '-' | ' ' | '\u{a0}' | '\u{2010}'..='\u{2013}' | '\u{2212}' => continue,
                _ => None,
            };
            digits.push(digit.filter(|_| digits.len() < 13).ok_or(NotValid(EXPECTED))?);
        }
        match digits.as_slice() {
            ten @ [nine @ .., _] if ten.len() == 10 => {
                if !checks_as_ten(ten) {
                    return Err(NotValid(CHECK_DIGIT));
                }
                Self::of_body(978_000_000_000 + number(nine))
            }
            // A letter for ten stands at the end of ten digits only.
            thirteen @ [twelve @ .., last] if thirteen.len() == 13 && !thirteen.contains(&10) => {
                let isbn = Self::of_body(number(twelve))?;
                if isbn.0 % 10 == *last { Ok(isbn) } else { Err(NotValid(CHECK_DIGIT)) }
            }
            _ => Err(NotValid(EXPECTED)),
        }
    }
}

impl TryFrom<String> for Isbn {
    type Error = NotValid;
    fn try_from(text: String) -> Result<Self, NotValid> {
        text.parse()
    }
}

impl From<Isbn> for String {
    fn from(isbn: Isbn) -> Self {
        isbn.to_string()
    }
}

impl fmt::Display for Isbn {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ten_digits_hyphens_and_blanks_are_read_and_thirteen_digits_are_shown() {
        for text in ["9780306406157", "978-0-306-40615-7", " 978 0 306 40615 7 ", "0-306-40615-2", "0306406152"] {
            assert_eq!(text.parse::<Isbn>().expect(text).to_string(), "9780306406157", "{text}");
        }
        for text in ["080442957X", "0-8044-2957-x", "978\u{2011}0804429573"] {
            assert_eq!(text.parse::<Isbn>().expect(text).to_string(), "9780804429573", "{text}");
        }
        assert_eq!("9791034304776".parse::<Isbn>().expect("a French one").number(), 9_791_034_304_776);
    }

    #[test]
    fn a_wrong_check_digit_is_told_from_what_is_no_isbn_at_all() {
        for text in ["9780306406158", "0306406153", "0804429579", "9790000000001"] {
            let _ = text.parse::<Isbn>().expect_err(text);
        }
        assert!("9780306406158".parse::<Isbn>().expect_err("wrong").0.contains("last digit"));
        for text in ["", "X", "978030640615", "97803064061577", "4006381333931", "9790260000438", "97803064061X7"] {
            assert_eq!(text.parse::<Isbn>(), Err(NotValid(EXPECTED)), "{text}");
        }
        assert_eq!("978030640615７".parse::<Isbn>(), Err(NotValid(EXPECTED)));
        assert_eq!("080442957X000".parse::<Isbn>(), Err(NotValid(EXPECTED)));
    }

    proptest! {
        #[test]
        fn every_isbn_is_read_back_and_no_digit_of_it_can_change_unnoticed(
            body in 978_000_000_000_u64..979_000_000_000, place in 0_usize..13, other in 0_u8..10,
        ) {
            let isbn = Isbn::of_body(body).expect("within the range");
            let text = isbn.to_string();
            prop_assert_eq!(text.parse(), Ok(isbn));
            let mut changed = text.clone().into_bytes();
            changed[place] = b'0' + other;
            let changed = String::from_utf8(changed).expect("digits");
            prop_assert_eq!(changed.parse::<Isbn>().is_ok(), changed == text);
        }

        #[test]
        fn whatever_is_read_as_an_isbn_never_panics(text in "\\PC{0,20}") {
            if let Ok(isbn) = text.parse::<Isbn>() {
                prop_assert_eq!(isbn.to_string().len(), 13);
            }
        }
    }
}
