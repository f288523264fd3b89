//! Accounts: signing up, signing in, and another password. The same for pages and for the JSON API.
//!
//! An account is an object of the cart tier, under a name that says nothing about whom: a hash of the e-mail address under
//! a key of the cluster. It can only be asked for at a quorum, since a copy that has missed a new password must let nobody
//! in, and an address that is given out twice is worse than one that has to wait. Guests need none of this to buy.

mod claim;
mod password;
mod record;

use crate::objects::{Author, NoCopies, Objects, counters, empty_map};
use crate::pace::{Address, Pace, TooOften};
use crate::session::Member;
use crdt::{CounterMap, EditError, Object};
use moka::sync::Cache;
use password::{Busy, Passwords};
use record::Record;
use serve::clock;
use std::time::Duration;
use uuid::Uuid;
use wire::Problem;
use wire::account::{Credentials, Email, NewPassword, Password, Visitor};
use wire::cart::Key;

/// Guesses of one account's password: so many at once, and then one more in each of these.
const GUESSES: (u32, Duration) = (10, Duration::from_secs(10));
/// The same from one address on the network, whoever's password it is.
const GUESSES_FROM: (u32, Duration) = (60, Duration::from_secs(1));
/// How often one who signs up looks again whether others are through.
const ROUNDS: usize = 20;
/// Between two looks.
const ROUND: Duration = Duration::from_millis(25);
/// How long a session is believed before its account is looked at again: so long an old one lives on after a new password.
const BELIEVED: Duration = Duration::from_secs(30);
/// The most accounts that are remembered to be believed.
const MOST_BELIEVED: u64 = 10_000;

/// Why somebody does not get in. Nothing has happened, unless [`NoAccount::Unsure`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccount {
    /// There is an account of this address already.
    #[error("the address has an account")]
    Taken,
    /// No such account, or another password: which of them, nobody is told.
    #[error("the address or the password is wrong")]
    Wrong,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// Tried too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// Too many at once, here or at the same address.
    #[error("too many at once")]
    Busy,
    /// The cart tier does not answer, or too little of it.
    #[error(transparent)]
    NoCopies(#[from] NoCopies),
    /// It was sent to be stored, and too few say that it is.
    #[error("nobody can tell whether it was stored")]
    Unsure,
}

impl From<Busy> for NoAccount {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl From<EditError> for NoAccount {
    fn from(error: EditError) -> Self {
        tracing::error!(%error, "an account can't be written");
        Self::Busy
    }
}

impl From<NoAccount> for Problem {
    fn from(why: NoAccount) -> Self {
        match why {
            NoAccount::Taken => {
                Self::definite(409, "account-exists", "There is an account of this e-mail address.").at("email")
            }
            NoAccount::Wrong => {
                Self::definite(401, "wrong-password", "No account has this e-mail address and this password.")
            }
            NoAccount::NotSignedIn => Self::definite(401, "not-signed-in", "Nobody is signed in; sign in first."),
            NoAccount::TooOften(why) => why.into(),
            NoAccount::Busy => {
                Self::definite(503, "busy", "Too many are signing in at the moment; nothing was done. Try again.")
            }
            NoAccount::NoCopies(NoCopies::None) => {
                Self::definite(404, "no-accounts", "This shop has no accounts; everybody buys as a guest.")
            }
            NoAccount::NoCopies(NoCopies::Unreachable) => Self::definite(
                503,
                "no-quorum",
                "Too little of the shop answers to be sure of an account; nothing was done. Try again in a moment.",
            ),
            NoAccount::NoCopies(NoCopies::Uncertain) | NoAccount::Unsure => Self::uncertain(
                503,
                "no-answer",
                "No answer came in time, so it may have been done. Try to sign in before you try again.",
            ),
        }
    }
}

/// The accounts of the shop.
pub struct Accounts {
    objects: Objects,
    names: [u8; 32],
    fingerprints: [u8; 32],
    passwords: Passwords,
    guesses: Pace<[u8; 32]>,
    guesses_from: Pace<Address>,
    believed: Cache<[u8; 32], (Uuid, [u8; 8])>,
}

impl Accounts {
    /// Accounts at these replicas, of the cluster with this token.
    pub fn new(objects: Objects, token: &str) -> Self {
        let key = |context| blake3::derive_key(context, token.as_bytes());
        Self {
            objects,
            names: key("bookend frontend account name v1"),
            fingerprints: key("bookend frontend account fingerprint v1"),
            passwords: Passwords::default(),
            guesses: Pace::new(GUESSES.0, GUESSES.1),
            guesses_from: Pace::new(GUESSES_FROM.0, GUESSES_FROM.1),
            believed: Cache::builder().max_capacity(MOST_BELIEVED).time_to_live(BELIEVED).build(),
        }
    }

    /// Makes an account; without a password nobody can sign in to it until one is set.
    ///
    /// # Errors
    /// [`NoAccount`].
    pub async fn sign_up(&self, email: Email, password: Option<Password>) -> Result<Member, NoAccount> {
        let name = self.name(&email);
        if record::account(self.see(name).await?.as_ref()).is_some() {
            return Err(NoAccount::Taken);
        }
        let password = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        // Only now: hashing may have had to wait for its turn, and an attempt ages from here.
        let mine = Record { id: Uuid::new_v4(), email, password, created_ms: clock::now_ms(), sure: false };
        match self.claim(name, &mine).await {
            Ok(()) => Ok(self.member(name, &mine)),
            Err(why) => {
                let withdraw = |map: &mut _, author: Author| record::remove(map, author.actor, mine.id, mine.id);
                let withdrawn = self.change(name, withdraw).await;
                // What is gone at a quorum is certain again.
                if why == NoAccount::Unsure && withdrawn.is_ok() { Err(NoCopies::Unreachable.into()) } else { Err(why) }
            }
        }
    }

    async fn claim(&self, name: [u8; 32], mine: &Record) -> Result<(), NoAccount> {
        for _ in 0..ROUNDS {
            let seen = record::records(self.see(name).await?.as_ref());
            let step = claim::next(&seen, mine.id, clock::now_ms());
            match step {
                claim::Step::Done => return Ok(()),
                claim::Step::Taken => return Err(NoAccount::Taken),
                claim::Step::Wait => tokio::time::sleep(ROUND).await,
                claim::Step::Write => {
                    // Until it is sure it is no account, so nothing has happened.
                    let write = |map: &mut _, Author { actor, stamp }| record::write(map, actor, stamp, mine);
                    self.change(name, write).await.map_err(|_| NoCopies::Unreachable)?;
                }
                claim::Step::Remove(id) => {
                    let remove = |map: &mut _, author: Author| record::remove(map, author.actor, id, mine.id);
                    self.change(name, remove).await.map_err(|_| NoCopies::Unreachable)?;
                }
                claim::Step::Confirm => return self.confirm(name, mine).await,
            }
        }
        Err(NoAccount::Busy)
    }

    /// From here on it may be the account, whatever goes wrong.
    async fn confirm(&self, name: [u8; 32], mine: &Record) -> Result<(), NoAccount> {
        let confirm = |map: &mut _, Author { actor, stamp }| record::confirm(map, actor, stamp, mine.id);
        self.change(name, confirm).await?;
        let seen = self.see(name).await.map_err(|_| NoAccount::Unsure)?;
        match claim::next(&record::records(seen.as_ref()), mine.id, clock::now_ms()) {
            claim::Step::Done => Ok(()),
            claim::Step::Taken | claim::Step::Remove(_) => Err(NoAccount::Taken),
            claim::Step::Write | claim::Step::Confirm | claim::Step::Wait => Err(NoAccount::Busy),
        }
    }

    /// Lets somebody in.
    ///
    /// # Errors
    /// [`NoAccount`]; whether the address has an account can be told neither from it nor from how long it took.
    pub async fn sign_in(&self, given: Credentials, from: Address) -> Result<Member, NoAccount> {
        let name = self.name(&given.email);
        self.guesses_from.take(&from, clock::now_ms())?;
        self.guesses.take(&name, clock::now_ms())?;
        let account = record::account(self.see(name).await?.as_ref());
        let kept = account.as_ref().and_then(|account| account.password.clone());
        let is_right = self.passwords.is_right(given.password, kept).await?;
        let account = account.filter(|_| is_right).ok_or(NoAccount::Wrong)?;
        self.guesses.give_back(&name);
        self.guesses_from.give_back(&from);
        Ok(self.member(name, &account))
    }

    /// The account of this address, for an operator who knows it.
    ///
    /// # Errors
    /// [`NoAccount::NoCopies`].
    pub async fn find(&self, email: &Email) -> Result<Option<Uuid>, NoAccount> {
        Ok(record::account(self.see(self.name(email)).await?.as_ref()).map(|account| account.id))
    }

    /// Whose account an object is, for an operator who lists them.
    pub fn listed(object: Option<&Object>) -> Option<(Email, Uuid)> {
        record::account(object).map(|account| (account.email, account.id))
    }

    /// Who a member is.
    ///
    /// # Errors
    /// [`NoAccount::NotSignedIn`] where the account has another password by now; [`NoAccount::NoCopies`].
    pub async fn who(&self, member: &Member) -> Result<Visitor, NoAccount> {
        let seen = self.objects.see(&key(member.name)).await?;
        let account = record::account(seen.object.as_ref()).filter(|account| account.id == member.account);
        match account {
            Some(account) if self.fingerprint(&account) == member.fingerprint => Ok(Visitor::member(account.email)),
            // A copy may be older than the session.
            _ if !seen.quorum => Err(NoCopies::Unreachable.into()),
            _ => Err(NoAccount::NotSignedIn),
        }
    }

    /// Whether a session is still good: its account has the password with which it was signed in. Where nobody can tell
    /// it is believed, for then there is nothing of the account to be seen either.
    pub async fn still_is(&self, member: &Member) -> bool {
        let known = (member.account, member.fingerprint);
        if self.believed.get(&member.name) == Some(known) {
            return true;
        }
        match self.who(member).await {
            Ok(_) => {
                self.believed.insert(member.name, known);
                true
            }
            Err(why) => why != NoAccount::NotSignedIn,
        }
    }

    /// Sets another password, or the first one; other sessions of the account end within half a minute.
    ///
    /// # Errors
    /// [`NoAccount`].
    pub async fn set_password(&self, member: &Member, given: NewPassword) -> Result<Member, NoAccount> {
        let name = member.name;
        self.guesses.take(&name, clock::now_ms())?;
        let account = record::account(self.see(name).await?.as_ref());
        let account = account.filter(|account| account.id == member.account).ok_or(NoAccount::NotSignedIn)?;
        if self.fingerprint(&account) != member.fingerprint {
            return Err(NoAccount::NotSignedIn);
        }
        let is_right = match (given.old, account.password.clone()) {
            (None, None) => true,
            (Some(old), Some(kept)) => self.passwords.is_right(old, Some(kept)).await?,
            _ => false,
        };
        if !is_right {
            return Err(NoAccount::Wrong);
        }
        self.guesses.give_back(&name);
        let kept = self.passwords.hash(given.new).await?;
        let set = |map: &mut _, Author { actor, stamp }| record::set_password(map, actor, stamp, account.id, &kept);
        self.change(name, set).await?;
        self.believed.invalidate(&name);
        Ok(Member { since_s: member.since_s, ..self.member(name, &Record { password: Some(kept.clone()), ..account }) })
    }

    /// The object, as a quorum knows it.
    async fn see(&self, name: [u8; 32]) -> Result<Option<Object>, NoAccount> {
        Ok(self.objects.certain(&key(name)).await?)
    }

    /// Changes the object, at a quorum.
    async fn change(
        &self,
        name: [u8; 32],
        edit: impl FnOnce(&mut CounterMap, Author) -> Result<(), EditError>,
    ) -> Result<(), NoAccount> {
        let edit = |object: &mut Object, author: Author| Ok::<_, NoAccount>(edit(counters(object)?, author)?);
        let changed = self.objects.change(&key(name), empty_map, edit).await?;
        if changed.quorum { Ok(()) } else { Err(NoAccount::Unsure) }
    }

    fn name(&self, email: &Email) -> [u8; 32] {
        blake3::keyed_hash(&self.names, email.as_str().as_bytes()).into()
    }

    fn member(&self, name: [u8; 32], account: &Record) -> Member {
        let since_s = clock::now_ms() / 1000;
        Member { account: account.id, name, fingerprint: self.fingerprint(account), since_s }
    }

    fn fingerprint(&self, account: &Record) -> [u8; 8] {
        let kept = account.password.as_deref().unwrap_or_default();
        let hash = blake3::keyed_hash(&self.fingerprints, kept.as_bytes());
        let mut short = [0; 8];
        short.copy_from_slice(&hash.as_bytes()[..8]);
        short
    }
}

fn key(name: [u8; 32]) -> Key {
    let name = blake3::Hash::from_bytes(name).to_hex();
    // A kind and 64 hexadecimal digits are a key.
    Key::of("account", name).unwrap_or_else(|_| unreachable!("a hash is short and visible"))
}
