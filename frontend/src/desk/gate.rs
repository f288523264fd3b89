//! Who is let in to the desk: whoever has shown the cluster's token, for as long as their session lasts.
//!
//! The token itself is in no cookie. A session is signed and has an end of its own, so any frontend lets it in and none
//! keeps a table. Pure but for the pace of guesses.

use crate::pace::{Address, Pace, TooOften};
use crate::seal::{Purpose, Seal};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use wire::OperatorName;

/// The cookie's name.
pub const COOKIE: &str = "bookend-desk";
/// Where the cookie goes: to the desk, and nowhere else.
const PATH: &str = "/desk";
/// How long a session lasts, in seconds: a day's work.
const LASTS_S: u64 = 12 * 60 * 60;
/// Guesses of the token from one address: so many at once, and then one more in each of these.
const GUESSES: (u32, std::time::Duration) = (10, std::time::Duration::from_secs(10));

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLetIn {
    /// That is not the cluster's token.
    #[error("that is not the token of this cluster")]
    Wrong,
    /// Tried too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
}

/// An operator at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    id: Uuid,
    since_s: u64,
    who: OperatorName,
}

impl OperatorSession {
    /// What stands in the log for it. The id itself signs its forms.
    pub fn name(&self) -> String {
        let hash = blake3::hash(self.id.as_bytes()).to_hex();
        hash[..8].to_owned()
    }

    /// What the operator said to be called. It stands in the record of what they change; nobody has proven it.
    pub fn who(&self) -> &OperatorName {
        &self.who
    }

    /// Whether it has come to its end.
    pub fn has_ended(&self, now_s: u64) -> bool {
        // A clock that went back is no reason to let somebody in for longer.
        now_s < self.since_s || now_s >= self.since_s + LASTS_S
    }

    fn written(&self) -> String {
        let who = URL_SAFE_NO_PAD.encode(self.who.as_str());
        format!("{}.{}.{who}", self.id.simple(), self.since_s)
    }

    fn read(text: &str) -> Option<Self> {
        let (id, rest) = text.split_once('.')?;
        let (since, who) = rest.split_once('.')?;
        let who = String::from_utf8(URL_SAFE_NO_PAD.decode(who).ok()?).ok()?;
        Some(Self { id: Uuid::try_parse(id).ok()?, since_s: since.parse().ok()?, who: who.parse().ok()? })
    }
}

/// Lets operators in.
pub struct Gate {
    seal: Seal,
    /// Tokens are compared as hashes under this key: in constant time, whatever their length.
    tokens: [u8; 32],
    token: blake3::Hash,
    guesses: Pace<Address>,
}

impl Gate {
    /// The gate of the cluster with this token.
    pub fn new(token: &str) -> Self {
        const PURPOSE: Purpose =
            Purpose { cookies: "bookend frontend desk cookie v1", forms: "bookend frontend desk form v1" };
        let tokens = blake3::derive_key("bookend frontend desk token v1", token.as_bytes());
        Self {
            seal: Seal::new(PURPOSE, token),
            token: blake3::keyed_hash(&tokens, token.as_bytes()),
            tokens,
            guesses: Pace::new(GUESSES.0, GUESSES.1),
        }
    }

    /// Lets somebody in who shows the token and says to be `who`; `id` must be random.
    ///
    /// # Errors
    /// [`NotLetIn`].
    pub fn sign_in(
        &self,
        shown: &str,
        who: OperatorName,
        from: Address,
        id: Uuid,
        now_ms: u64,
    ) -> Result<OperatorSession, NotLetIn> {
        self.guesses.take(&from, now_ms)?;
        if blake3::keyed_hash(&self.tokens, shown.trim().as_bytes()) != self.token {
            return Err(NotLetIn::Wrong);
        }
        self.guesses.give_back(&from);
        Ok(OperatorSession { id, since_s: now_ms / 1000, who })
    }

    /// The session in a cookie that a browser sent; `None` where it isn't ours, was changed, or has ended.
    pub fn open(&self, cookie: Cookie<'static>, now_s: u64) -> Option<OperatorSession> {
        let session = OperatorSession::read(&self.seal.open(cookie)?)?;
        Some(session).filter(|session| !session.has_ended(now_s))
    }

    /// The cookie that carries `session`; `https` when the browser's own connection is encrypted.
    pub fn seal(&self, session: &OperatorSession, https: bool) -> Cookie<'static> {
        self.seal.sealed(carrier(session.written(), https))
    }

    /// The cookie that takes the session away from a browser.
    pub fn ended(https: bool) -> Cookie<'static> {
        let mut cookie = carrier(String::new(), https);
        cookie.make_removal();
        cookie
    }

    /// What a form of this session's pages must send back.
    pub fn form_token(&self, session: &OperatorSession) -> String {
        self.seal.form_token(session.id)
    }

    /// Whether `token` came from a form of this session; compared in constant time.
    pub fn is_form_token(&self, session: &OperatorSession, token: &str) -> bool {
        self.seal.is_form_token(session.id, token)
    }
}

fn carrier(value: String, https: bool) -> Cookie<'static> {
    // Nothing leads to the desk from elsewhere, not even a link.
    let cookie = Cookie::build(COOKIE, value).path(PATH).http_only(true).same_site(SameSite::Strict).secure(https);
    cookie.max_age(Duration::seconds(i64::try_from(LASTS_S).unwrap_or(i64::MAX))).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const NOW_MS: u64 = 1_800_000_000_000;

    fn from() -> Address {
        IpAddr::V4(Ipv4Addr::LOCALHOST).into()
    }

    fn ann() -> OperatorName {
        "Ann O’Neill. 2".parse().expect("a name")
    }

    fn signed_in(gate: &Gate) -> OperatorSession {
        gate.sign_in("the token", ann(), from(), Uuid::from_u128(7), NOW_MS).expect("let in")
    }

    #[test]
    fn whoever_shows_the_token_is_let_in_at_every_frontend_for_twelve_hours() {
        let session = signed_in(&Gate::new("the token"));
        let other = Gate::new("the token");
        let cookie = other.seal(&session, true);
        for wanted in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/desk", "Max-Age=43200"] {
            assert!(cookie.to_string().contains(wanted), "{cookie}");
        }
        assert!(!cookie.to_string().contains("token"), "{cookie}");
        let opened = |seconds| other.open(cookie.clone(), NOW_MS / 1000 + seconds);
        assert_eq!(opened(LASTS_S - 1), Some(session));
        assert_eq!(opened(0).expect("let in").who(), &ann(), "whatever stands in a name");
        assert_eq!((opened(LASTS_S), other.open(cookie.clone(), NOW_MS / 1000 - 1)), (None, None));
        assert_eq!(Gate::new("another token").open(cookie.clone(), NOW_MS / 1000), None);
    }

    #[test]
    fn a_cookie_that_was_changed_is_no_session() {
        let gate = Gate::new("the token");
        let cookie = gate.seal(&signed_in(&gate), false);
        for position in 0..cookie.value().len() {
            let mut changed = cookie.value().as_bytes().to_vec();
            changed[position] = if changed[position] == b'0' { b'1' } else { b'0' };
            let changed = Cookie::new(COOKIE, String::from_utf8(changed).expect("ASCII"));
            assert_eq!(gate.open(changed, NOW_MS / 1000), None, "byte {position}");
        }
    }

    #[test]
    fn guesses_of_the_token_have_a_pace_and_the_right_one_costs_nothing() {
        let gate = Gate::new("the token");
        for _ in 0..50 {
            signed_in(&gate);
        }
        for wrong in ["", "the", "the token!", "THE TOKEN"].iter().cycle().take(10) {
            assert_eq!(gate.sign_in(wrong, ann(), from(), Uuid::nil(), NOW_MS), Err(NotLetIn::Wrong), "{wrong}");
        }
        let slowed = gate.sign_in("the token", ann(), from(), Uuid::nil(), NOW_MS);
        assert!(matches!(slowed, Err(NotLetIn::TooOften(_))), "also the right one");
        assert!(gate.sign_in("the token", ann(), from(), Uuid::nil(), NOW_MS + 10_000).is_ok());
    }

    #[test]
    fn a_form_token_fits_one_session_only() {
        let gate = Gate::new("the token");
        let (mine, other) = (signed_in(&gate), OperatorSession { id: Uuid::from_u128(8), since_s: 0, who: ann() });
        let token = gate.form_token(&mine);
        assert!(gate.is_form_token(&mine, &token) && !gate.is_form_token(&other, &token));
        for wrong in ["", "0", &token[1..], &format!("{token}0"), "é"] {
            assert!(!gate.is_form_token(&mine, wrong), "{wrong:?}");
        }
    }
}
