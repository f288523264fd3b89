//! What makes a cookie and a form ours: keys that every frontend of a cluster makes of the cluster's token.
//!
//! What is in a cookie, how long it lasts and where it goes is the business of whoever has it sealed.

use actix_web::cookie::{Cookie, CookieJar, Key};
use uuid::Uuid;

/// The names of the keys of one kind of session; no two kinds share one.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// Of the key that signs the cookies.
    pub cookies: &'static str,
    /// Of the key that signs the forms.
    pub forms: &'static str,
}

/// Signs the cookies of one kind of session, and the forms of its pages.
pub struct Seal {
    cookies: Key,
    forms: [u8; 32],
}

impl Seal {
    /// The seal for this purpose, of the cluster with this token.
    pub fn new(purpose: Purpose, token: &str) -> Self {
        let mut cookies = [0; 64];
        blake3::Hasher::new_derive_key(purpose.cookies).update(token.as_bytes()).finalize_xof().fill(&mut cookies);
        Self { cookies: Key::from(&cookies), forms: blake3::derive_key(purpose.forms, token.as_bytes()) }
    }

    /// What is in a cookie that a browser sent; `None` where the cookie isn't ours or was changed.
    pub fn open(&self, cookie: Cookie<'static>) -> Option<String> {
        let name = cookie.name().to_owned();
        let mut jar = CookieJar::new();
        jar.add_original(cookie);
        Some(jar.signed(&self.cookies).get(&name)?.value().to_owned())
    }

    /// The same cookie, signed.
    pub fn sealed(&self, cookie: Cookie<'static>) -> Cookie<'static> {
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.cookies).add(cookie.clone());
        jar.get(cookie.name()).cloned().unwrap_or(cookie)
    }

    /// What a form of this session's pages must send back.
    pub fn form_token(&self, session: Uuid) -> String {
        self.form(session).to_hex().to_string()
    }

    /// Whether `token` came from a form of this session; compared in constant time.
    pub fn is_form_token(&self, session: Uuid, token: &str) -> bool {
        blake3::Hash::from_hex(token).is_ok_and(|token| token == self.form(session))
    }

    fn form(&self, session: Uuid) -> blake3::Hash {
        blake3::keyed_hash(&self.forms, session.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PURPOSE: Purpose = Purpose { cookies: "bookend test cookie", forms: "bookend test form" };

    fn seal() -> Seal {
        Seal::new(PURPOSE, "a token")
    }

    #[test]
    fn a_cookie_is_opened_with_the_token_that_sealed_it_and_only_as_it_was_sealed() {
        let cookie = seal().sealed(Cookie::new("a", "something"));
        assert_eq!(seal().open(cookie.clone()).as_deref(), Some("something"));
        assert_eq!(Seal::new(PURPOSE, "another token").open(cookie.clone()), None);
        let other = Purpose { cookies: "bookend test other cookie", ..PURPOSE };
        assert_eq!(Seal::new(other, "a token").open(cookie.clone()), None, "no kind of session passes for another");
        for position in 0..cookie.value().len() {
            let mut changed = cookie.value().as_bytes().to_vec();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = Cookie::new("a", String::from_utf8(changed).expect("ASCII"));
            assert_eq!(seal().open(changed), None, "byte {position}");
        }
        assert_eq!(seal().open(Cookie::new("a", "")), None);
    }

    #[test]
    fn a_form_token_fits_one_session_only() {
        let (seal, mine) = (seal(), Uuid::from_u128(7));
        let token = seal.form_token(mine);
        assert!(seal.is_form_token(mine, &token));
        assert!(!seal.is_form_token(Uuid::from_u128(8), &token));
        for wrong in ["", "0", &token[1..], &format!("{token}0"), "é"] {
            assert!(!seal.is_form_token(mine, wrong), "{wrong:?}");
        }
    }
}
