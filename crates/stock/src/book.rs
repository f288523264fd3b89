//! One book in the working set: what is shown of it, and whose its units are.

use crate::command::Holder;
use crate::{Account, Accounts, Fields};
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use wire::{ItemId, ItemState, Part, Register, Stamp};

/// So many characters of a long text stand in the record of a change: it stands whole in the entry that wrote it.
const SHORT: usize = 200;

/// A book as the journals read so far make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// What is told to others; its parts are derived from the accounts.
    pub state: ItemState,
    /// Whose units they are.
    pub accounts: Accounts,
    /// All units that the first actor ever gave to the second.
    pub gives: BTreeMap<(ActorId, ActorId), u64>,
    /// The accounts that changed since the book was loaded.
    pub changed_accounts: BTreeSet<ActorId>,
    /// The gifts that changed since the book was loaded.
    pub changed_gives: BTreeSet<(ActorId, ActorId)>,
    /// Those whose entries changed what is shown since the book was loaded.
    pub changed_by: BTreeSet<ActorId>,
    /// Whether anything but the stock changed since then, or the book was not loaded at all.
    pub changed_fields: bool,
}

impl Book {
    /// A book of which nothing is known.
    pub fn absent(id: ItemId) -> Self {
        let state = ItemState::unknown(id);
        Self { changed_fields: true, ..Self::loaded(state, Accounts::new(), BTreeMap::new()) }
    }

    /// A book as it was stored.
    pub fn loaded(state: ItemState, accounts: Accounts, gives: BTreeMap<(ActorId, ActorId), u64>) -> Self {
        Self {
            state,
            accounts,
            gives,
            changed_accounts: BTreeSet::new(),
            changed_gives: BTreeSet::new(),
            changed_by: BTreeSet::new(),
            changed_fields: false,
        }
    }

    /// Whether the shop has such a book: units may arrive here before the title does.
    pub fn exists(&self) -> bool {
        !self.state.title.is_unset()
    }

    /// Units that `actor` may sell, as far as known here.
    pub fn units_of(&self, actor: ActorId) -> u64 {
        self.accounts.get(&actor).map_or(0, Account::units)
    }

    /// Units left in the whole shop, as far as known here.
    pub fn total(&self) -> u64 {
        self.state.count()
    }

    /// All units that `from` ever gave to `to`.
    pub fn given(&self, from: ActorId, to: ActorId) -> u64 {
        self.gives.get(&(from, to)).copied().unwrap_or(0)
    }

    /// Who else than `me` holds units, as far as known here, the richest first.
    pub fn holders(&self, me: Option<ActorId>) -> Vec<Holder> {
        let others = self.accounts.iter().filter(|(actor, account)| Some(**actor) != me && account.units() > 0);
        let mut holders: Vec<_> = others
            .map(|(actor, account)| Holder {
                actor: *actor,
                units: account.units(),
                given: me.map_or(0, |me| self.given(*actor, me)),
            })
            .collect();
        holders.sort_by_key(|holder| std::cmp::Reverse(holder.units));
        holders
    }

    /// Changes the account of `actor` by its entry `seq`, and what is shown with it.
    pub(crate) fn post(&mut self, actor: ActorId, seq: u64, change: impl FnOnce(&mut Account)) {
        let account = self.accounts.entry(actor).or_default();
        change(account);
        account.seq = seq;
        self.state.parts.insert(actor, Part { seq, net: account.net() });
        self.changed_accounts.insert(actor);
        self.changed_by.insert(actor);
    }

    /// `from` has given `to` `cum` units in all.
    pub(crate) fn give(&mut self, from: ActorId, to: ActorId, cum: u64) {
        let before = self.given(from, to);
        if from == to || cum <= before {
            return;
        }
        self.gives.insert((from, to), cum);
        self.changed_gives.insert((from, to));
        let giver = self.accounts.entry(from).or_default();
        giver.gave = giver.gave.saturating_add(cum - before);
        let taker = self.accounts.entry(to).or_default();
        taker.got = taker.got.saturating_add(cum - before);
        self.changed_accounts.extend([from, to]);
    }

    /// Takes the fields of a `Set` written at `hlc` by `actor`, each where no later one is known.
    pub(crate) fn set(&mut self, actor: ActorId, seq: u64, hlc: u64, fields: Fields) {
        fn join<T>(register: &mut Register<T>, value: Option<T>, stamp: Stamp) {
            if let Some(value) = value {
                register.join(Register { value, stamp });
            }
        }
        self.changed_fields = true;
        let stamp = Stamp(hlc, actor);
        join(&mut self.state.title, fields.title, stamp);
        join(&mut self.state.authors, fields.authors, stamp);
        join(&mut self.state.year, fields.year.map(Some), stamp);
        join(&mut self.state.language, fields.language, stamp);
        join(&mut self.state.topic, fields.topic, stamp);
        join(&mut self.state.cost, fields.cost, stamp);
        join(&mut self.state.isbn, fields.isbn.map(Some), stamp);
        join(&mut self.state.publisher, fields.publisher, stamp);
        join(&mut self.state.published, fields.published.map(Some), stamp);
        join(&mut self.state.format, fields.format.map(Some), stamp);
        join(&mut self.state.description, fields.description, stamp);
        join(&mut self.state.cover, fields.cover, stamp);
        self.post(actor, seq, |_| ());
    }

    /// The part of `fields` that is different from what the book has.
    pub fn differing(&self, fields: &Fields) -> Fields {
        fn other<T: Clone + PartialEq>(now: &T, wanted: Option<&T>) -> Option<T> {
            wanted.filter(|wanted| *wanted != now).cloned()
        }
        let state = &self.state;
        Fields {
            title: other(&state.title.value, fields.title.as_ref()),
            authors: other(&state.authors.value, fields.authors.as_ref()),
            year: fields.year.filter(|year| state.year.value != Some(*year)),
            language: other(&state.language.value, fields.language.as_ref()),
            topic: other(&state.topic.value, fields.topic.as_ref()),
            cost: fields.cost.filter(|cost| state.cost.value != *cost || state.cost.is_unset()),
            isbn: fields.isbn.filter(|isbn| state.isbn.value != Some(*isbn)),
            publisher: other(&state.publisher.value, fields.publisher.as_ref()),
            published: fields.published.filter(|date| state.published.value != Some(*date)),
            format: fields.format.filter(|format| state.format.value != Some(*format)),
            description: other(&state.description.value, fields.description.as_ref()),
            cover: other(&state.cover.value, fields.cover.as_ref()),
        }
    }

    /// What the book has of those fields that `fields` names, as a record keeps it: long texts are cut short.
    pub fn before(&self, fields: &Fields) -> Fields {
        fn had<T: Clone>(now: &Register<T>, named: bool) -> Option<T> {
            (named && !now.is_unset()).then(|| now.value.clone())
        }
        let state = &self.state;
        let description = had(&state.description, fields.description.is_some());
        Fields {
            title: had(&state.title, fields.title.is_some()),
            authors: had(&state.authors, fields.authors.is_some()),
            year: had(&state.year, fields.year.is_some()).flatten(),
            language: had(&state.language, fields.language.is_some()),
            topic: had(&state.topic, fields.topic.is_some()),
            cost: had(&state.cost, fields.cost.is_some()),
            isbn: had(&state.isbn, fields.isbn.is_some()).flatten(),
            publisher: had(&state.publisher, fields.publisher.is_some()),
            published: had(&state.published, fields.published.is_some()).flatten(),
            format: had(&state.format, fields.format.is_some()).flatten(),
            description: description.map(|text| text.chars().take(SHORT).collect()),
            cover: had(&state.cover, fields.cover.is_some()),
        }
    }
}
