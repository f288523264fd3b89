//! What a browser carries between requests: who it is, and which versions of which books it has already seen.
//!
//! Everything is in one signed cookie, so any frontend can serve any request and none keeps a table. The cookie can be
//! read by whoever has it, so there is no e-mail address and no password in it. Pure but for the random id of a new
//! session; how a cookie gets into an answer is not here, and whether an account is still what it was is `accounts.rs`'
//! business.

mod bytes;
mod seen;

use crate::seal::{Purpose, Seal};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use uuid::Uuid;
use wire::Buyer;
use wire::order::Order;

pub use seen::Seen;

/// The cookie's name.
pub const COOKIE: &str = "bookend";
/// How long a browser keeps the cookie after the last answer that set it: a cart that was put aside is found again.
const KEPT: Duration = Duration::days(90);
/// How long somebody stays signed in, in seconds. A cookie can't be called back, so it has an end of its own.
const SIGNED_IN_S: u64 = 30 * 24 * 60 * 60;
/// So long after signing in a guest's cart is joined once more, in seconds: replicas that were away are back by then.
const JOINED_AGAIN_S: u64 = 60 * 60;
/// More units than this in a cart are not counted.
const MOST_SHOWN: u8 = 254;
/// So many carts of guests may wait to be joined.
const MOST_JOINS: usize = 4;

/// Somebody with an account, as they were when they signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their account.
    pub account: Uuid,
    /// What the account's object is called: a keyed hash of the e-mail address.
    pub name: [u8; 32],
    /// Tells one password from the next; nothing can be found out from it.
    pub fingerprint: [u8; 8],
    /// When they signed in, in Unix seconds.
    pub since_s: u64,
}

/// One browser, as far as the shop is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    id: Uuid,
    member: Option<Member>,
    /// Guests whose carts are not yet in the member's.
    joins: Vec<Uuid>,
    /// How many units this browser last saw in its cart.
    in_cart: Option<u8>,
    /// What it has seen.
    pub seen: Seen,
}

impl Session {
    /// A session nobody has had; `id` must be random.
    pub fn new(id: Uuid) -> Self {
        Self { id, member: None, joins: Vec::new(), in_cart: None, seen: Seen::default() }
    }

    /// The session of the same browser, once its user has signed in. A fresh `id`, so that nobody who knew the old one is
    /// signed in as well. A guest's cart is still to be joined to the member's.
    #[must_use]
    pub fn signed_in(self, id: Uuid, member: Member) -> Self {
        let mut joins = self.joins;
        match self.member {
            None => joins.push(self.id),
            // What waited for another account is not this one's.
            Some(before) if before.account != member.account => joins.clear(),
            Some(_) => (),
        }
        if joins.len() > MOST_JOINS {
            joins.remove(0);
        }
        Self { id, member: Some(member), joins, in_cart: None, seen: self.seen }
    }

    /// The session of a browser without one, once its user has signed in.
    pub fn of_member(id: Uuid, member: Member) -> Self {
        Self { member: Some(member), ..Self::new(id) }
    }

    /// The session of the same browser, once its user has signed out: a fresh `id`, and nothing left of the member.
    #[must_use]
    pub fn signed_out(self, id: Uuid) -> Self {
        Self { seen: self.seen, ..Self::new(id) }
    }

    /// How many units this browser last saw in its cart, at most 254 of them; `None` where it has not looked. Another browser
    /// of the same member may have changed it since: it is for the head of a page, which must not wait for the carts.
    pub fn in_cart(&self) -> Option<u8> {
        self.in_cart
    }

    /// So many units are in the cart.
    pub fn saw_in_cart(&mut self, units: u64) {
        self.in_cart = Some(u8::try_from(units).unwrap_or(MOST_SHOWN).min(MOST_SHOWN));
    }

    /// This order was made of the cart.
    pub fn bought_of_cart(&mut self, order: &Order) {
        let bought: u64 = order.lines.iter().map(|line| u64::from(line.quantity.units())).sum();
        self.in_cart = self.in_cart.map(|units| units.saturating_sub(u8::try_from(bought).unwrap_or(u8::MAX)));
    }

    /// Who is signed in.
    pub fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    /// Guests whose carts are still to be joined to the member's.
    pub fn joins(&self) -> &[Uuid] {
        &self.joins
    }

    /// Their carts are in the member's, as far as a quorum knew them at `now_s`. They are joined again for a while: what a
    /// single replica had stored may be seen only later, and to join twice does no harm.
    pub fn joined(&mut self, now_s: u64) {
        if self.member.is_none_or(|member| member.since_s + JOINED_AGAIN_S <= now_s) {
            self.joins.clear();
        }
    }

    /// Whose cart and whose orders these are: the member's, wherever they are signed in, or this browser's.
    pub fn buyer(&self) -> Buyer {
        let who = self.member.map_or(self.id, |member| member.account);
        // A UUID is 36 visible ASCII characters, and 64 are allowed.
        who.to_string().parse().unwrap_or_default()
    }

    fn forget_old(&mut self, now_s: u64) {
        self.seen.forget_old(now_s);
        if self.member.is_some_and(|member| member.since_s + SIGNED_IN_S <= now_s) {
            // The id is the one that the browser had while it was signed in: there is no guest's cart under it.
            self.member = None;
            self.joins.clear();
        }
    }
}

/// Signs sessions and the forms of their pages. Every frontend of a cluster makes the same one of the cluster's token.
pub struct Signer(Seal);

impl Signer {
    /// The signer of the cluster with this token.
    pub fn new(token: &str) -> Self {
        const PURPOSE: Purpose =
            Purpose { cookies: "bookend frontend session cookie v1", forms: "bookend frontend form token v1" };
        Self(Seal::new(PURPOSE, token))
    }

    /// The session in a cookie that a browser sent; `None` when the cookie isn't ours or was changed.
    pub fn open(&self, cookie: Cookie<'static>, now_s: u64) -> Option<Session> {
        let mut session = Session::decode(&self.0.open(cookie)?)?;
        session.forget_old(now_s);
        Some(session)
    }

    /// The cookie that carries `session`; `https` when the browser's own connection is encrypted.
    pub fn seal(&self, session: &Session, https: bool) -> Cookie<'static> {
        let cookie = Cookie::build(COOKIE, session.encode()).path("/").http_only(true).same_site(SameSite::Lax);
        self.0.sealed(cookie.secure(https).max_age(KEPT).finish())
    }

    /// What a form of this session's pages must send back.
    pub fn form_token(&self, session: &Session) -> String {
        self.0.form_token(session.id)
    }

    /// Whether `token` came from a form of this session; compared in constant time.
    pub fn is_form_token(&self, session: &Session, token: &str) -> bool {
        self.0.is_form_token(session.id, token)
    }
}

#[cfg(test)]
mod tests {
    use super::seen::tests::receipt;
    use super::seen::{MOST_BOOKS, REMEMBERED_S};
    use super::*;
    use crate::testing::state;
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

    fn member(account: u128) -> Member {
        Member { account: Uuid::from_u128(account), name: [9; 32], fingerprint: [5; 8], since_s: 1000 }
    }

    #[test]
    fn whoever_signs_in_gets_another_id_and_the_cart_of_the_guest_waits_to_be_joined() {
        let signed_in = session().signed_in(Uuid::from_u128(8), member(1));
        assert_ne!(signer().form_token(&signed_in), signer().form_token(&session()));
        assert_eq!(signed_in.joins(), [Uuid::from_u128(7)]);
        assert_eq!(signed_in.buyer().as_str(), Uuid::from_u128(1).to_string());
        let cookie = signer().seal(&signed_in, false);
        assert_eq!(signer().open(cookie, 1002), Some(signed_in.clone()));
        let again = signed_in.clone().signed_in(Uuid::from_u128(9), member(1));
        assert_eq!(
            again.joins(),
            signed_in.joins(),
            "it is still to be joined, and the session of a member has no cart"
        );
        let other = signed_in.clone().signed_in(Uuid::from_u128(9), member(2));
        assert!(other.joins().is_empty(), "another account gets nothing of it");
        let guest = signed_in.signed_out(Uuid::from_u128(10));
        assert_eq!((guest.member(), guest.joins()), (None, [].as_slice()));
        assert_eq!(guest.buyer().as_str(), Uuid::from_u128(10).to_string());
    }

    #[test]
    fn a_guests_cart_is_joined_again_for_an_hour_and_then_no_more() {
        let mut signed_in = session().signed_in(Uuid::from_u128(8), member(1));
        signed_in.joined(1000 + JOINED_AGAIN_S - 1);
        assert_eq!(signed_in.joins().len(), 1);
        signed_in.joined(1000 + JOINED_AGAIN_S);
        assert!(signed_in.joins().is_empty());
    }

    #[test]
    fn a_session_knows_how_many_it_last_saw_in_its_cart_and_another_users_number_is_not_kept() {
        let mut session = session();
        for (seen, known) in [(0, 0), (3, 3), (254, 254), (255, 254), (u64::MAX, 254)] {
            session.saw_in_cart(seen);
            let read = signer().open(signer().seal(&session, false), 1002).expect("our cookie");
            assert_eq!(read.in_cart(), Some(known));
        }
        let signed_in = session.signed_in(Uuid::from_u128(8), member(1));
        assert_eq!((signed_in.in_cart(), signed_in.signed_out(Uuid::from_u128(9)).in_cart()), (None, None));
    }

    #[test]
    fn nobody_stays_signed_in_for_ever() {
        let cookie = || signer().seal(&session().signed_in(Uuid::from_u128(8), member(1)), false);
        let after = |seconds| signer().open(cookie(), 1000 + seconds).expect("our cookie").member().is_some();
        assert!(after(SIGNED_IN_S - 1) && !after(SIGNED_IN_S));
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
        for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=7776000"] {
            assert!(plain.contains(wanted), "{plain}");
        }
        assert!(!plain.contains("Secure"), "{plain}");
        assert!(signer().seal(&session(), true).to_string().contains("Secure"));
    }

    #[test]
    fn the_cookie_of_eight_books_at_two_replicas_stays_small() {
        let mut session = session();
        for item in 0..20 {
            let parts = [(u128::MAX, 1_000_000_000, 1), (u128::MAX - 1, 1_000_000_000, 1)];
            session.seen.remember(&state(1_000_000 + item, &parts), 1_800_000_000);
        }
        assert_eq!(session.seen.items().count(), MOST_BOOKS);
        let length = signer().seal(&session, true).to_string().len();
        assert!(length < 420, "{length} bytes");
        let signed_in = session.signed_in(Uuid::from_u128(u128::MAX), member(u128::MAX));
        let length = signer().seal(&signed_in, true).to_string().len();
        assert!(length < 540, "{length} bytes of a member");
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
}
