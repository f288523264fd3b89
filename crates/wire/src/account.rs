//! Accounts: the e-mail address and the password that somebody gives, and what the shop says of who is asking.
//!
//! How a password is kept and compared is the frontend's business; here is only which ones there can be.

use crate::NotValid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An e-mail address, without blanks around it and with the domain in small letters: what an account is known by.
///
/// Whether a letter would arrive is not known. 3 to 254 characters with one `@` inside, neither blanks nor control
/// characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The most characters, blanks around it included.
    pub const MOST: usize = 254;

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Addresses are nobody's business who reads a log.
impl fmt::Debug for Email {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Email(…)")
    }
}

/// What stands in no address: control characters, blanks and the sign itself.
const fn is_part_of_address(letter: char) -> bool {
    !matches!(letter, '\0'..=' ' | '\x7f'..='\u{a0}' | '@')
}

impl FromStr for Email {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        let wrong = NotValid("an e-mail address is a name, one @ and a domain, at most 254 characters without blanks");
        if text.chars().count() > Self::MOST {
            return Err(wrong);
        }
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        let (name, domain) = trimmed.split_once('@').ok_or(wrong.clone())?;
        let fits = |part: &str| !part.is_empty() && part.chars().all(is_part_of_address);
        if fits(name) && fits(domain) {
            Ok(Self(format!("{name}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(wrong)
        }
    }
}

impl TryFrom<String> for Email {
    type Error = NotValid;
    fn try_from(text: String) -> Result<Self, NotValid> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

/// A password as somebody typed it: 8 to 200 characters, so at most 800 bytes.
///
/// It has no `Display`, its `Debug` keeps quiet, and it is never written: only read, and compared with what is kept.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Password(String);

impl Password {
    /// The fewest characters.
    pub const LEAST: usize = 8;
    /// The most characters.
    pub const MOST: usize = 200;

    /// The letters themselves, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Password(…)")
    }
}

impl TryFrom<String> for Password {
    type Error = NotValid;
    fn try_from(text: String) -> Result<Self, NotValid> {
        match text.chars().count() {
            Self::LEAST..=Self::MOST => Ok(Self(text)),
            _ => Err(NotValid("a password has 8 to 200 characters")),
        }
    }
}

/// Who somebody says they are: to sign up, and to sign in.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The e-mail address.
    pub email: Email,
    /// The password.
    pub password: Password,
}

/// A new password in the place of the old one.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password so far; left out where there is none yet.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub old: Option<Password>,
    /// The password from now on.
    pub new: Password,
}

/// Who is asking, as far as the shop knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visitor {
    /// Whether they are signed in; otherwise they are a guest, who may buy as well.
    pub signed_in: bool,
    /// The e-mail address of their account; `null` for a guest.
    pub email: Option<Email>,
}

impl Visitor {
    /// Nobody whom the shop knows.
    pub const GUEST: Self = Self { signed_in: false, email: None };

    /// Somebody with an account.
    pub const fn member(email: Email) -> Self {
        Self { signed_in: true, email: Some(email) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_the_blanks_around_it_and_the_capitals_of_its_domain() {
        for (given, kept) in [
            ("ada@example.org", "ada@example.org"),
            (" Ada@Example.ORG\n", "Ada@example.org"),
            ("o'neil+books@x", "o'neil+books@x"),
            ("ä@bücher.example", "ä@bücher.example"),
        ] {
            assert_eq!(given.parse::<Email>().expect(given).as_str(), kept);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "x".repeat(Email::MOST));
        for wrong in
            ["", "ada", "@", "ada@", "@example.org", "a@b@c", "a b@c", "a@b\u{7f}c", "a\0@b", "a@b\u{a0}", &long]
        {
            assert!(wrong.parse::<Email>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_has_8_to_200_characters_whatever_they_are() {
        let of = |letter: &str, count| Password::try_from(letter.repeat(count)).is_ok();
        assert!(of("é", 8) && of("本", 200) && of(" ", 8));
        assert!(!of("é", 7) && !of("x", 201));
    }

    #[test]
    fn nothing_that_is_secret_is_shown_by_debug() {
        let text = r#"{"email":"ada@example.org","password":"correct horse"}"#;
        let credentials: Credentials = serde_json::from_str(text).expect("credentials");
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("ada") && !shown.contains("horse"), "{shown}");
    }
}
