//! What the object of an account says. One e-mail address has one object, a map of counters with an item for each attempt
//! to sign up with it, named by the account's id.
//!
//! An attempt becomes the account when it is marked as `sure`; how it comes to that is `claim`'s business. Nothing here
//! waits or hashes.

use crdt::{Actor, Content, Context, CounterMap, EditError, Line, Object};
use std::collections::BTreeMap;
use uuid::Uuid;
use wire::account::Email;

const EMAIL: &str = "email";
const PASSWORD: &str = "password";
const CREATED: &str = "created";
const SURE: &str = "sure";

/// Somebody who signs up, or has signed up.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Names the account.
    pub(super) id: Uuid,
    /// As it was given, but for what [`Email`] makes of it.
    pub(super) email: Email,
    /// The password as it is kept; `None` as long as none was set.
    pub(super) password: Option<String>,
    /// When it was begun, in Unix milliseconds.
    pub(super) created_ms: u64,
    /// Whether it is the account.
    pub(super) sure: bool,
}

impl Record {
    fn read(name: &str, line: &Line) -> Option<Self> {
        let field = |name| line.fields.get(name);
        Some(Self {
            id: name.parse().ok()?,
            email: field(EMAIL)?.parse().ok()?,
            password: field(PASSWORD).cloned(),
            created_ms: field(CREATED)?.parse().ok()?,
            sure: field(SURE).is_some(),
        })
    }

    fn line(&self) -> Line {
        let mut fields = BTreeMap::from([
            (EMAIL.to_owned(), self.email.as_str().to_owned()),
            (CREATED.to_owned(), self.created_ms.to_string()),
        ]);
        fields.extend(self.password.clone().map(|password| (PASSWORD.to_owned(), password)));
        Line { fields, ..Line::of(1) }
    }

    /// The earlier one comes first, everywhere.
    fn rank(&self) -> (u64, Uuid) {
        (self.created_ms, self.id)
    }
}

/// All attempts and accounts in an object, the earlier ones first.
pub(super) fn records(object: Option<&Object>) -> Vec<Record> {
    let Some(Content::Counters { items }) = object.map(Object::content) else { return Vec::new() };
    let mut records: Vec<Record> = items.iter().filter_map(|(name, line)| Record::read(name, line)).collect();
    records.sort_by_key(Record::rank);
    records
}

/// The account, if there is one. There are never two unless processes stood still or died at the worst moment; then it is
/// the earlier one, for everybody.
pub(super) fn account(object: Option<&Object>) -> Option<Record> {
    records(object).into_iter().find(|record| record.sure)
}

/// Writes an attempt.
pub(super) fn write(map: &mut CounterMap, actor: Actor, stamp: u64, record: &Record) -> Result<(), EditError> {
    let lines = [(record.id.to_string(), record.line())].into();
    // It has seen nothing, so it replaces nothing.
    map.put(actor, &Context::default(), &lines, stamp).map(|_| ())
}

/// Marks an attempt as the account, unless somebody has removed it.
pub(super) fn confirm(map: &mut CounterMap, actor: Actor, stamp: u64, id: Uuid) -> Result<(), EditError> {
    set(map, actor, stamp, id, (SURE, "1"))
}

/// Sets the password of an account, unless somebody has removed it.
pub(super) fn set_password(
    map: &mut CounterMap,
    actor: Actor,
    stamp: u64,
    id: Uuid,
    kept: &str,
) -> Result<(), EditError> {
    set(map, actor, stamp, id, (PASSWORD, kept))
}

fn set(map: &mut CounterMap, actor: Actor, stamp: u64, id: Uuid, field: (&str, &str)) -> Result<(), EditError> {
    match map.set(actor, &id.to_string(), field.0, field.1, stamp) {
        Ok(_) | Err(EditError::NotThere) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes an attempt; one that is sure only if it is `mine`.
pub(super) fn remove(map: &mut CounterMap, actor: Actor, id: Uuid, mine: Uuid) -> Result<(), EditError> {
    let name = id.to_string();
    if id != mine && map.field(&name, SURE).is_some() {
        return Ok(());
    }
    map.remove(actor, &name).map(|_| ())
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// An attempt of that id, begun at that time.
    pub(crate) fn attempt(id: u128, created_ms: u64) -> Record {
        let email = "ada@example.org".parse().expect("an address");
        Record { id: Uuid::from_u128(id), email, password: Some("$kept".into()), created_ms, sure: false }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::attempt;
    use super::*;

    const ACTOR: Actor = Actor::from_bits(1);

    #[test]
    fn an_attempt_is_an_account_once_it_is_sure_and_keeps_what_it_was_begun_with() {
        let mut map = CounterMap::new();
        let mine = attempt(7, 1000);
        write(&mut map, ACTOR, 1000, &mine).expect("written");
        assert!(records(Some(&Object::Counters(map.clone()))) == vec![mine.clone()]);
        assert!(account(Some(&Object::Counters(map.clone()))).is_none());
        confirm(&mut map, ACTOR, 1001, mine.id).expect("written");
        let found = account(Some(&Object::Counters(map.clone()))).expect("an account");
        assert!(found == Record { sure: true, ..mine.clone() });
        set_password(&mut map, ACTOR, 1002, mine.id, "$new").expect("written");
        let found = account(Some(&Object::Counters(map.clone()))).expect("an account");
        assert!(found.password.as_deref() == Some("$new") && found.sure);
    }

    #[test]
    fn whoever_was_removed_is_not_brought_back_by_a_mark() {
        let mut map = CounterMap::new();
        let mine = attempt(7, 1000);
        write(&mut map, ACTOR, 1000, &mine).expect("written");
        remove(&mut map, Actor::from_bits(2), mine.id, mine.id).expect("removed");
        confirm(&mut map, ACTOR, 1001, mine.id).expect("nothing to mark");
        assert!(records(Some(&Object::Counters(map))).is_empty());
    }

    #[test]
    fn of_two_accounts_under_one_address_everybody_takes_the_earlier_one() {
        let mut map = CounterMap::new();
        for record in [attempt(1, 2000), attempt(2, 1000)] {
            write(&mut map, ACTOR, 1000, &record).expect("written");
            confirm(&mut map, ACTOR, 1001, record.id).expect("written");
        }
        assert!(account(Some(&Object::Counters(map))).expect("an account").id == Uuid::from_u128(2));
    }
}
