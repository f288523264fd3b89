//! The edits of a map of counters. Each is all or nothing, and takes one fresh dot of its actor if it changes anything.

use crate::counters::{Entry, Field, sum, winner};
use crate::{Actor, Context, CounterMap, Dot, Lines, MAX_COUNT, MOST};
use std::collections::BTreeMap;

/// Why an edit was refused; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The count of an item is not a number that can be counted to.
    #[error("count: a whole number from 1 to {MAX_COUNT}")]
    Count,
    /// A field hangs on an item that is shown.
    #[error("item: not there, so it has no fields")]
    NotThere,
    /// There is no later stamp, or the one given is beyond the last.
    #[error("stamp: a whole number from 0 to {MOST}, and one later than those before")]
    Stamp,
    /// The actor has made as many edits as can be numbered; a new actor can go on.
    #[error("actor: it has no more numbers for edits of this object")]
    Exhausted,
}

impl CounterMap {
    /// Adds `by` to an item, or takes away if it is negative. The dot that it took, none if there was nothing to do.
    ///
    /// - What would show zero or less is a [removal](CounterMap::remove).
    /// - What is not shown counts as zero. Where concurrent edits have left less than zero of it, the first unit that is
    ///   added drops all that was seen of the item and stands alone, so it is always shown. Where they have left zero,
    ///   nothing has to be dropped, and nothing is: what others add at the same time adds up.
    ///
    /// # Errors
    /// [`EditError::Count`] if the item would show, or the actor would count, more than [`MAX_COUNT`].
    pub fn add(&mut self, actor: Actor, item: &str, by: i64) -> Result<Option<Dot>, EditError> {
        let shown = self.count(item);
        let after = shown.saturating_add(by);
        if by == 0 {
            return Ok(None);
        }
        if after <= 0 {
            return self.remove(actor, item);
        }
        let below_zero = self.items.get(item).is_some_and(|item| sum(item) < 0);
        let own = if below_zero { None } else { self.own(actor, item) };
        let (net, fields) = own.map_or((by, BTreeMap::new()), |(net, fields)| (net.saturating_add(by), fields));
        if after > MAX_COUNT || net.abs() > MAX_COUNT {
            return Err(EditError::Count);
        }
        let dot = self.vv.next(actor).ok_or(EditError::Exhausted)?;
        if below_zero {
            self.items.remove(item);
        }
        self.write(dot, item, net, fields);
        Ok(Some(dot))
    }

    /// Removes an item: drops all that was seen of it. The dot that it took, none if there was nothing of it.
    ///
    /// # Errors
    /// [`EditError::Exhausted`] only.
    pub fn remove(&mut self, actor: Actor, item: &str) -> Result<Option<Dot>, EditError> {
        if !self.items.contains_key(item) {
            return Ok(None);
        }
        let dot = self.vv.next(actor).ok_or(EditError::Exhausted)?;
        self.items.remove(item);
        self.vv.observe(dot);
        Ok(Some(dot))
    }

    /// A state that has seen one edit, the only one that `actor` ever makes: it takes these units away.
    ///
    /// An order that was made of a cart is such an edit, with an actor made of the order's id: whoever knows the order
    /// knows the edit. Joined with the cart by anybody, in any order and however often, it takes these units once; what
    /// was added before it and after it, seen or not, adds up as ever. An item that has less than zero shows nothing.
    ///
    /// # Errors
    /// [`EditError::Count`] if a number is not between 1 and [`MAX_COUNT`].
    pub fn taken(actor: Actor, units: &BTreeMap<String, i64>) -> Result<Self, EditError> {
        let mut state = Self::new();
        let dot = state.vv.next(actor).ok_or(EditError::Exhausted)?;
        state.vv.observe(dot);
        for (item, units) in units {
            if !(1..=MAX_COUNT).contains(units) {
                return Err(EditError::Count);
            }
            state.write(dot, item, -units, BTreeMap::new());
        }
        Ok(state)
    }

    /// Removes every item that is not shown although something is left of it, as a [removal](CounterMap::remove) does;
    /// nothing that is shown changes. The dot that it took, none if there was nothing to do.
    ///
    /// # Errors
    /// [`EditError::Exhausted`] only.
    pub fn sweep(&mut self, actor: Actor) -> Result<Option<Dot>, EditError> {
        if self.hidden() == 0 {
            return Ok(None);
        }
        let dot = self.vv.next(actor).ok_or(EditError::Exhausted)?;
        self.items.retain(|_, item| sum(item) > 0);
        self.vv.observe(dot);
        Ok(Some(dot))
    }

    /// Sets a field of an item that is shown, at `stamp`, or one later than the value it replaces if that is later.
    ///
    /// The stamp is a hybrid clock's: any unit that rises, the same for all actors. The actor's units of the item move
    /// under the fresh dot, so they survive a concurrent removal; if it has none, the removal wins.
    ///
    /// # Errors
    /// [`EditError::NotThere`] if the item is not shown; [`EditError::Stamp`] if the stamp is, or would become, larger than
    /// [`MOST`].
    pub fn set(&mut self, actor: Actor, item: &str, name: &str, value: &str, stamp: u64) -> Result<Dot, EditError> {
        if self.count(item) == 0 {
            return Err(EditError::NotThere);
        }
        let before = self.items.get(item).and_then(|item| winner(item, name)).map_or(0, |(_, field)| field.stamp + 1);
        let stamp = stamp.max(before);
        if stamp > MOST {
            return Err(EditError::Stamp);
        }
        let dot = self.vv.next(actor).ok_or(EditError::Exhausted)?;
        let (net, mut fields) = self.own(actor, item).unwrap_or_default();
        fields.insert(name.to_owned(), Field { stamp, value: value.to_owned() });
        self.write(dot, item, net, fields);
        Ok(dot)
    }

    /// Puts these items in the place of everything that `context` had seen, under one dot, fields at `stamp`.
    ///
    /// Exactly what the context had seen is overwritten, also where this state has not seen it yet. What is concurrent
    /// survives: units add up, of two values of a field the later one wins.
    ///
    /// # Errors
    /// [`EditError::Count`] if a count is not between 1 and [`MAX_COUNT`], alone or with what the actor has counted of that
    /// item unseen by the context; [`EditError::Stamp`] if the stamp is larger than [`MOST`].
    pub fn put(&mut self, actor: Actor, context: &Context, lines: &Lines, stamp: u64) -> Result<Dot, EditError> {
        if stamp > MOST {
            return Err(EditError::Stamp);
        }
        let mut edited = self.clone();
        edited.retain(|_, dot| !context.seen().contains(dot));
        // The dots that are not here yet are dead, too: whoever brings them later finds them seen and not alive.
        edited.vv.join(context.seen());
        let dot = edited.vv.next(actor).ok_or(EditError::Exhausted)?;
        for (item, line) in lines {
            // An own entry that is left is one that the context had not seen: the new one takes it in, for an actor has
            // only one.
            let (unseen, mut fields) = edited.own(actor, item).unwrap_or_default();
            let net = unseen.saturating_add(line.count);
            if !(1..=MAX_COUNT).contains(&line.count) || net.abs() > MAX_COUNT {
                return Err(EditError::Count);
            }
            for (name, value) in &line.fields {
                if fields.get(name).is_none_or(|field| field.stamp <= stamp) {
                    fields.insert(name.clone(), Field { stamp, value: value.clone() });
                }
            }
            edited.write(dot, item, net, fields);
        }
        edited.vv.observe(dot);
        *self = edited;
        Ok(dot)
    }

    /// What the actor counts of an item, and those of its fields that are shown: what a new entry of it takes over.
    ///
    /// A field that a later one of another actor hides is left behind, so that it can't come back if that one goes.
    fn own(&self, actor: Actor, item: &str) -> Option<(i64, BTreeMap<String, Field>)> {
        let item = self.items.get(item)?;
        let entry = item.get(&actor)?;
        let shown = entry.fields.iter().filter(|(name, _)| winner(item, name).is_some_and(|(by, _)| by == actor));
        Some((entry.net, shown.map(|(name, field)| (name.clone(), field.clone())).collect()))
    }

    fn write(&mut self, dot: Dot, item: &str, net: i64, fields: BTreeMap<String, Field>) {
        let entry = Entry { n: dot.n, net, fields };
        self.items.entry(item.to_owned()).or_default().insert(dot.actor, entry);
        self.vv.observe(dot);
    }
}
