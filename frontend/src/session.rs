//! What a browser carries between requests: who it is, and which versions of which books it has already seen.
//!
//! Everything is in one signed cookie, so any frontend can serve any request and none keeps a table. The versions
//! make sure that nobody who bought a book sees the count from before: `cache.rs` shows such a session only a state
//! that contains them. Pure but for the random id of a new session; how a cookie gets into an answer is not here.

use actix_web::cookie::{Cookie, CookieJar, Key, SameSite};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;
use wire::Buyer;

mod seen;

pub use seen::Seen;

/// The cookie's name.
pub const COOKIE: &str = "bookend";
/// The most bytes of a session: a browser keeps cookies of 4096 characters, with name and signature (RFC 6265 §6.1).
const MOST_BYTES: usize = 2_900;
const FORMAT: u8 = 1;

/// One browser, as far as the shop is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    id: Uuid,
    /// What it has seen.
    pub seen: Seen,
}

impl Session {
    /// A session nobody has had; `id` must be random.
    pub fn new(id: Uuid) -> Self {
        Self { id, seen: Seen::default() }
    }

    /// Whose orders these are.
    pub fn buyer(&self) -> Buyer {
        // A UUID is 36 visible ASCII characters, and 64 are allowed.
        self.id.to_string().parse().unwrap_or_default()
    }

    fn encode(&self) -> String {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(self.id.as_bytes());
        self.seen.encode(&mut bytes, MOST_BYTES);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (format, rest) = bytes.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let (id, rest) = rest.split_first_chunk()?;
        Some(Self { id: Uuid::from_bytes(*id), seen: Seen::decode(rest)? })
    }
}

/// Signs sessions and the forms of their pages. Every frontend of a cluster makes the same one of the cluster's token.
pub struct Signer {
    cookies: Key,
    forms: [u8; 32],
}

impl Signer {
    /// The signer of the cluster with this token.
    pub fn new(token: &str) -> Self {
        let mut cookies = [0; 64];
        blake3::Hasher::new_derive_key("bookend frontend session cookie v1")
            .update(token.as_bytes())
            .finalize_xof()
            .fill(&mut cookies);
        let forms = blake3::derive_key("bookend frontend form token v1", token.as_bytes());
        Self { cookies: Key::from(&cookies), forms }
    }

    /// The session in a cookie that a browser sent; `None` when the cookie isn't ours or was changed.
    pub fn open(&self, cookie: Cookie<'static>, now_s: u64) -> Option<Session> {
        let mut jar = CookieJar::new();
        jar.add_original(cookie);
        let mut session = Session::decode(jar.signed(&self.cookies).get(COOKIE)?.value())?;
        session.seen.forget_old(now_s);
        Some(session)
    }

    /// The cookie that carries `session`; `https` when the browser's own connection is encrypted.
    pub fn seal(&self, session: &Session, https: bool) -> Cookie<'static> {
        let cookie = Cookie::build(COOKIE, session.encode())
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(https)
            .finish();
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.cookies).add(cookie.clone());
        jar.get(COOKIE).cloned().unwrap_or(cookie)
    }

    /// What a form of this session's pages must send back.
    pub fn form_token(&self, session: &Session) -> String {
        blake3::keyed_hash(&self.forms, session.id.as_bytes()).to_hex().to_string()
    }

    /// Whether `token` came from a form of this session; compared in constant time.
    pub fn is_form_token(&self, session: &Session, token: &str) -> bool {
        blake3::Hash::from_hex(token).is_ok_and(|token| token == blake3::keyed_hash(&self.forms, session.id.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::seen::tests::receipt;
    use super::seen::{MOST_BOOKS, REMEMBERED_S};
    use super::*;
    use crate::testing::state;
    use proptest::prelude::*;
    use wire::ItemId;

    fn signer() -> Signer {
        Signer::new("a token")
    }

    fn session() -> Session {
        let mut session = Session::new(Uuid::from_u128(7));
        session.seen.remember(&state(3, &[(1, 5, 10), (2, 9, -1)]), 1000);
        session.seen.remember(&state(4, &[(2, 10, 4)]), 1001);
        session
    }

    #[test]
    fn a_session_survives_the_way_to_the_browser_and_back_on_any_frontend() {
        let cookie = signer().seal(&session(), false);
        assert_eq!(signer().open(cookie, 1002), Some(session()));
    }

    #[test]
    fn a_cookie_that_was_changed_is_no_session() {
        let cookie = signer().seal(&session(), false);
        let value = cookie.value().to_owned();
        for position in 0..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(signer().open(Cookie::new(COOKIE, changed), 1002), None, "byte {position}");
        }
        assert_eq!(signer().open(Cookie::new(COOKIE, ""), 1002), None);
        assert_eq!(Signer::new("another token").open(cookie, 1002), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let plain = signer().seal(&session(), false).to_string();
        assert!(plain.contains("HttpOnly") && plain.contains("SameSite=Lax") && plain.contains("Path=/"), "{plain}");
        assert!(!plain.contains("Secure"), "{plain}");
        assert!(signer().seal(&session(), true).to_string().contains("Secure"));
    }

    #[test]
    fn the_cookie_of_eight_books_at_two_replicas_stays_under_four_hundred_bytes() {
        let mut session = session();
        for item in 0..20 {
            let parts = [(u128::MAX, 1_000_000_000, 1), (u128::MAX - 1, 1_000_000_000, 1)];
            session.seen.remember(&state(1_000_000 + item, &parts), 1_800_000_000);
        }
        assert_eq!(session.seen.items().count(), MOST_BOOKS);
        let length = signer().seal(&session, true).to_string().len();
        assert!(length < 400, "{length} bytes");
    }

    #[test]
    fn every_line_of_the_longest_order_is_remembered_in_a_cookie_that_browsers_keep() {
        let mut session = session();
        let last = u32::MAX;
        for number in 0..20 {
            let items = last - 99 - number..=last - number;
            let mut receipt = receipt(items.clone(), 1_000_000_000 + u64::from(number));
            // As at three catalogs of which each has had an incarnation before.
            let parts: Vec<_> = (0..6).map(|actor| (u128::MAX - actor, 1_000_000_000 + u64::from(number), 1)).collect();
            receipt.items = items.clone().map(|item| state(item, &parts)).collect();
            session.seen.remember_order(&receipt, 1_800_000_000);
            let cookie = signer().seal(&session, true);
            assert!(COOKIE.len() + cookie.value().len() < 4096, "{} characters", cookie.value().len());
            let read = signer().open(cookie, 1_800_000_000).expect("our cookie");
            assert!(items.into_iter().all(|item| read.seen.knows(ItemId(item))), "order {number}");
        }
    }

    #[test]
    fn what_was_seen_long_ago_is_forgotten() {
        let cookie = signer().seal(&session(), false);
        let later = signer().open(cookie, 1000 + REMEMBERED_S).expect("still our cookie");
        assert_eq!(later.seen.items().collect::<Vec<_>>(), [ItemId(4)]);
    }

    #[test]
    fn a_form_token_fits_one_session_only() {
        let (signer, mine, other) = (signer(), session(), Session::new(Uuid::from_u128(8)));
        let token = signer.form_token(&mine);
        assert!(signer.is_form_token(&mine, &token));
        assert!(!signer.is_form_token(&other, &token));
        for wrong in ["", "0", &token[1..], &format!("{token}0"), "é"] {
            assert!(!signer.is_form_token(&mine, wrong), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_decoded_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            bytes.insert(0, FORMAT);
            let _ = Session::decode(&BASE64_URL_SAFE_NO_PAD.encode(bytes));
        }
    }
}
