//! Passwords as they are kept: argon2id, with the parameters that OWASP's Password Storage Cheat Sheet names (19 MiB, two
//! passes, one lane), as a PHC string.
//!
//! The work is done on threads that may block, and only so much of it at once: who asks for more waits, or is told to come
//! again. Nothing here says whose password it is.

use argon2::Argon2;
use argon2::password_hash::{Error, PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;
use wire::account::Password;

/// So many are worked on at once, each with 19 MiB.
const AT_ONCE: usize = 2;
/// How long to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(3);

/// What stands in the place of the password of an account that is not there: comparing takes the same work, and never
/// comes out right, since nobody knows a password with this hash.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$Ym9va2VuZCBhY2NvdW50$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Too many passwords are being worked on; nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// Whoever hashes and compares.
pub(super) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// The password as it is kept, under a fresh salt.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Busy> {
        self.work(move || hash(&password)).await?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Busy
        })
    }

    /// Whether it is the password that is kept as `kept`; `None` where there is none, which takes the same time.
    pub(super) async fn is_right(&self, password: Password, kept: Option<String>) -> Result<bool, Busy> {
        let is_right = move || is_right(&password, kept.as_deref().unwrap_or(NOBODYS));
        self.work(is_right).await?.map_err(|error| {
            tracing::error!(%error, "a password that is kept can't be compared with");
            Busy
        })
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            // Kept until the work is done, also when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Busy)
    }
}

fn hash(password: &Password) -> Result<String, Error> {
    let salt = SaltString::encode_b64(Uuid::new_v4().as_bytes())?;
    Ok(Argon2::default().hash_password(password.expose().as_bytes(), &salt)?.to_string())
}

fn is_right(password: &Password, kept: &str) -> Result<bool, Error> {
    // The parameters are those of the hash, so that they can be made dearer later.
    match Argon2::default().verify_password(password.expose().as_bytes(), &PasswordHash::new(kept)?) {
        Ok(()) => Ok(true),
        Err(Error::Password) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn password(text: &str) -> Password {
        text.to_owned().try_into().expect("a password")
    }

    #[test]
    fn only_the_same_password_is_right_and_no_two_hashes_are_alike() {
        let kept = hash(&password("correct horse")).expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !kept.contains("horse"), "{kept}");
        assert_ne!(hash(&password("correct horse")).expect("hashed"), kept);
        assert_eq!(is_right(&password("correct horse"), &kept), Ok(true));
        assert_eq!(is_right(&password("Correct horse"), &kept), Ok(false));
    }

    #[test]
    fn nobodys_hash_takes_the_same_parameters_as_those_that_are_made_and_is_never_right() {
        let parameters = |kept: &str| PasswordHash::new(kept).expect("a hash").params.to_string();
        assert_eq!(parameters(NOBODYS), parameters(&hash(&password("correct horse")).expect("hashed")));
        assert_eq!(is_right(&password("correct horse"), NOBODYS), Ok(false));
    }

    #[tokio::test]
    async fn no_more_than_the_bound_are_worked_on_at_once() {
        let passwords = Arc::new(Passwords::default());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let many = (0..3 * AT_ONCE).map(|_| {
            let (passwords, running, most) = (Arc::clone(&passwords), Arc::clone(&running), Arc::clone(&most));
            async move {
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                passwords.work(work).await
            }
        });
        assert!(futures::future::join_all(many).await.iter().all(Result::is_ok));
        assert!((1..=AT_ONCE).contains(&most.load(Ordering::SeqCst)));
    }
}
