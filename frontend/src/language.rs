//! The languages that the shop speaks, and which one somebody gets: the one they chose, else the first that their browser
//! asks for, else English. Pure; where a request says it is `visitor.rs`' business, and what is said is in `say`.

use crate::say::{ENGLISH, GERMAN, Say};
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{AcceptLanguage, Preference, Quality};
use std::str::FromStr;
use wire::NotValid;

/// The name of the cookie that remembers a choice. It is nobody's secret, and names nobody.
pub const COOKIE: &str = "language";
/// How long a choice is remembered.
const REMEMBERED: Duration = Duration::days(365);

/// A language of the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag by BCP 47: `de`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What those who speak it call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// Which way it is written: `ltr` or `rtl`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::English | Self::German => "ltr",
        }
    }

    /// All that the shop says in it.
    pub(crate) fn say(self) -> &'static Say {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }

    /// The one that somebody gets who has chosen this and whose browser asks for these.
    pub fn of(chosen: Option<&str>, accepted: Option<&AcceptLanguage>) -> Self {
        let chosen = chosen.and_then(|tag| tag.parse().ok());
        chosen.or_else(|| accepted.and_then(Self::accepted)).unwrap_or_default()
    }

    /// The one that a browser likes best (RFC 4647, "lookup"): of a range such as `de-AT` the language counts, and one with
    /// the weight 0 is not wanted.
    fn accepted(accepted: &AcceptLanguage) -> Option<Self> {
        let mut ranges: Vec<_> = accepted.iter().filter(|range| range.quality > Quality::ZERO).collect();
        ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
        ranges.iter().find_map(|range| match &range.item {
            Preference::Any => Some(Self::default()),
            Preference::Specific(tag) => tag.primary_language().parse().ok(),
        })
    }

    /// The cookie that remembers it, for a browser that came by `https` or not.
    pub fn cookie(self, secure: bool) -> Cookie<'static> {
        Cookie::build(COOKIE, self.tag())
            .path("/")
            .max_age(REMEMBERED)
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .finish()
    }
}

impl FromStr for Language {
    type Err = NotValid;

    fn from_str(tag: &str) -> Result<Self, NotValid> {
        let known = Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag));
        known.ok_or(NotValid("a language of the shop: en or de"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::Header;
    use actix_web::test::TestRequest;

    fn of(chosen: Option<&str>, accepted: &str) -> &'static str {
        let request = TestRequest::default().insert_header(("accept-language", accepted)).to_http_request();
        Language::of(chosen, AcceptLanguage::parse(&request).ok().as_ref()).tag()
    }

    #[test]
    fn a_browser_gets_the_language_that_it_likes_best_of_those_there_are() {
        for (accepted, wanted) in [
            ("", "en"),
            ("de", "de"),
            ("DE", "de"),
            ("de-AT, en;q=0.5", "de"),
            ("en;q=0.5, de-CH-1996;q=0.8", "de"),
            ("en-GB,en;q=0.9,de;q=0.8", "en"),
            ("fr-FR,fr;q=0.9,de;q=0.4,en;q=0.3", "de"),
            ("fr, *;q=0.1", "en"),
            ("*, de;q=0.5", "en"),
            ("de;q=0", "en"),
            ("de;q=0, en;q=0.1", "en"),
            ("fr, ja", "en"),
            ("den, dede", "en"),
            ("de, de, de;q=0.1", "de"),
            ("nonsense;;;q=x, ,de", "de"),
        ] {
            assert_eq!(of(None, accepted), wanted, "{accepted:?}");
        }
        assert_eq!(Language::of(None, None), Language::English);
    }

    #[test]
    fn what_somebody_chose_counts_more_than_what_their_browser_asks_for() {
        assert_eq!(of(Some("en"), "de"), "en");
        assert_eq!(of(Some("de"), "en-US,en;q=0.9"), "de");
        for none in ["", "fr", "de-AT", "<script>"] {
            assert_eq!(of(Some(none), "de"), "de", "{none:?} is no language of the shop");
        }
    }
}
