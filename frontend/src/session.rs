//! What a browser carries between requests: who it is, and which versions of which books it has already seen.
//!
//! Everything is in one signed cookie, so any frontend can serve any request and none keeps a table. The versions
//! make sure that nobody who bought a book sees the count from before: `cache.rs` shows such a session only a state
//! that contains them. Pure but for the random id of a new session; how a cookie gets into an answer is not here.

use actix_web::cookie::{Cookie, CookieJar, Key, SameSite};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use journal::ActorId;
use uuid::Uuid;
use wire::item::Versions;
use wire::sale::SaleRef;
use wire::{Buyer, ItemId, ItemState};

/// The cookie's name.
pub const COOKIE: &str = "bookend";
/// So many books are remembered, the last ones.
const MOST_BOOKS: usize = 8;
/// So long a book is remembered, in seconds: every replica has caught up by then or nobody knows of that sale.
const REMEMBERED_S: u64 = 30 * 60;
/// So many actors may be named; a shop has a handful.
const MOST_ACTORS: usize = 64;
const FORMAT: u8 = 1;

/// The versions of books that a session caused or saw by buying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<SeenBook>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenBook {
    item: ItemId,
    /// When, in Unix seconds.
    at_s: u64,
    versions: Versions,
}

impl Seen {
    /// Whether showing `state` would not take the session back in time.
    pub fn allows(&self, state: &ItemState) -> bool {
        self.versions(state.id).is_none_or(|versions| state.contains(versions))
    }

    /// Whether the session has seen this book change.
    pub fn knows(&self, item: ItemId) -> bool {
        self.versions(item).is_some()
    }

    /// The books seen, for looking them up in a list.
    pub fn items(&self) -> impl Iterator<Item = ItemId> {
        self.0.iter().map(|book| book.item)
    }

    fn versions(&self, item: ItemId) -> Option<&Versions> {
        self.0.iter().find(|book| book.item == item).map(|book| &book.versions)
    }

    /// Remembers that `state` was seen at `now_s`; versions seen before are kept where they are higher.
    pub fn remember(&mut self, state: &ItemState, now_s: u64) {
        self.note(state.id, state.versions(), now_s);
    }

    /// Remembers that a sale of `item` was seen at `now_s`, for a receipt that comes without the book: what is shown of it
    /// from now on must have that sale in it.
    pub fn remember_sale(&mut self, item: ItemId, sale: SaleRef, now_s: u64) {
        self.note(item, Versions::from([(sale.actor, sale.seq)]), now_s);
    }

    fn note(&mut self, item: ItemId, mut versions: Versions, now_s: u64) {
        if let Some(position) = self.0.iter().position(|book| book.item == item) {
            for (actor, seq) in self.0.remove(position).versions {
                let mine = versions.entry(actor).or_default();
                *mine = seq.max(*mine);
            }
        }
        self.0.push(SeenBook { item, at_s: now_s, versions });
        if self.0.len() > MOST_BOOKS {
            self.0.remove(0);
        }
    }

    fn forget_old(&mut self, now_s: u64) {
        self.0.retain(|book| book.at_s + REMEMBERED_S > now_s);
    }
}

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
        let mut actors: Vec<ActorId> = self.seen.0.iter().flat_map(|book| book.versions.keys().copied()).collect();
        actors.sort_unstable();
        actors.dedup();
        actors.truncate(MOST_ACTORS);
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(self.id.as_bytes());
        put(&mut bytes, actors.len() as u64);
        for actor in &actors {
            bytes.extend_from_slice(actor.bytes());
        }
        for book in &self.seen.0 {
            let versions: Vec<_> = book
                .versions
                .iter()
                .filter_map(|(actor, seq)| Some((actors.binary_search(actor).ok()?, *seq)))
                .collect();
            put(&mut bytes, book.item.0.into());
            put(&mut bytes, book.at_s);
            put(&mut bytes, versions.len() as u64);
            for (actor, seq) in versions {
                put(&mut bytes, actor as u64);
                put(&mut bytes, seq);
            }
        }
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (format, mut rest) = bytes.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let id = Uuid::from_bytes(*take::<16>(&mut rest)?);
        let count = get(&mut rest)?;
        if count > MOST_ACTORS as u64 {
            return None;
        }
        let actors: Vec<ActorId> = (0..count)
            .map(|_| take::<16>(&mut rest).map(|bits| ActorId::from_bits(u128::from_be_bytes(*bits))))
            .collect::<Option<_>>()?;
        let mut books = Vec::new();
        while !rest.is_empty() && books.len() < MOST_BOOKS {
            let item = ItemId(get(&mut rest)?.try_into().ok()?);
            let at_s = get(&mut rest)?;
            let mut versions = Versions::new();
            for _ in 0..get(&mut rest)? {
                let actor = *actors.get(usize::try_from(get(&mut rest)?).ok()?)?;
                versions.insert(actor, get(&mut rest)?);
            }
            books.push(SeenBook { item, at_s, versions });
        }
        Some(Self { id, seen: Seen(books) })
    }
}

/// Appends a number, seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(taken)
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
    use super::*;
    use crate::testing::state;
    use proptest::prelude::*;

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
    fn a_state_from_before_what_the_session_saw_is_not_allowed() {
        let session = session();
        assert!(!session.seen.allows(&state(3, &[(1, 4, 11), (2, 9, -1)])));
        assert!(!session.seen.allows(&state(3, &[(1, 5, 10)])));
        assert!(session.seen.allows(&state(3, &[(1, 5, 10), (2, 9, -1)])));
        assert!(session.seen.allows(&state(3, &[(1, 6, 9), (2, 9, -1)])));
        assert!(session.seen.allows(&state(99, &[])));
    }

    #[test]
    fn a_sale_that_came_without_its_book_is_remembered_beside_what_was_seen() {
        let mut session = session();
        session.seen.remember_sale(ItemId(3), SaleRef { actor: ActorId::from_bits(1), seq: 8 }, 1002);
        assert!(!session.seen.allows(&state(3, &[(1, 7, 10), (2, 9, -1)])));
        assert!(!session.seen.allows(&state(3, &[(1, 8, 9), (2, 8, 0)])));
        assert!(session.seen.allows(&state(3, &[(1, 8, 9), (2, 9, -1)])));
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

        #[test]
        fn remembering_never_lowers_a_version(first in 1_u64..100, second in 1_u64..100) {
            let mut session = Session::new(Uuid::from_u128(1));
            session.seen.remember(&state(1, &[(1, first, 0)]), 5);
            session.seen.remember(&state(1, &[(1, second, 0)]), 6);
            prop_assert_eq!(session.seen.allows(&state(1, &[(1, first.max(second), 0)])), true);
            prop_assert_eq!(session.seen.allows(&state(1, &[(1, first.max(second) - 1, 0)])), false);
        }
    }
}
