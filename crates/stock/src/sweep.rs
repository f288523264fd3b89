//! Which books to look at for spreading beside those that change: all of them, once with everyone who can give.
//!
//! A book that is looked at while somebody is away is not looked at with them. So whoever comes, or comes back, is owed a
//! sweep over all books; the books are read by id, a page at a time, by the driver.

use journal::ActorId;
use std::collections::BTreeSet;
use wire::ItemId;

/// How far the looking at all books is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// With whom every book has been looked at, and everything that has changed since.
    done: BTreeSet<ActorId>,
    /// The sweep under way: who has been there all the time, and the last book that was looked at.
    under_way: Option<(BTreeSet<ActorId>, Option<ItemId>)>,
}

/// Read the books after this one, or from the first on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The last book of the page before; `None` for the first page.
    pub after: Option<ItemId>,
}

impl Sweep {
    /// Books are looked at now, with these others `there`: which of all books as well. `None` where nobody is owed a sweep.
    pub fn next(&mut self, there: &BTreeSet<ActorId>) -> Option<Page> {
        self.done.retain(|actor| there.contains(actor));
        if let Some((with, _)) = &mut self.under_way {
            with.retain(|actor| there.contains(actor));
        } else if !there.is_subset(&self.done) {
            self.under_way = Some((there.clone(), None));
        }
        self.under_way.as_ref().map(|(_, after)| Page { after: *after })
    }

    /// The page was looked at, up to `last`; `None` where there was no further book.
    pub fn looked_at(&mut self, last: Option<ItemId>) {
        match (&mut self.under_way, last) {
            (Some((_, after)), Some(last)) => *after = Some(last),
            (under_way, None) => self.done = under_way.take().map(|(with, _)| with).unwrap_or_default(),
            (None, Some(_)) => (),
        }
    }

    /// Books have changed that nobody was told of: all of them are to be looked at again.
    pub fn missed_some(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ActorId = ActorId::from_bits(1);
    const B: ActorId = ActorId::from_bits(2);
    const FIRST: Option<Page> = Some(Page { after: None });

    fn there(actors: &[ActorId]) -> BTreeSet<ActorId> {
        actors.iter().copied().collect()
    }

    fn done(with: &[ActorId]) -> Sweep {
        Sweep { done: there(with), under_way: None }
    }

    #[test]
    fn all_books_are_looked_at_once_a_page_at_a_time() {
        let mut sweep = Sweep::default();
        assert_eq!(sweep.next(&there(&[])), None, "with nobody there is nothing to share");
        assert_eq!(sweep.next(&there(&[A])), FIRST);
        sweep.looked_at(Some(ItemId(7)));
        assert_eq!(sweep.next(&there(&[A])), Some(Page { after: Some(ItemId(7)) }));
        sweep.looked_at(None);
        assert_eq!(sweep.next(&there(&[A])), None);
    }

    #[test]
    fn whoever_comes_later_or_was_away_while_books_changed_is_owed_a_sweep() {
        assert_eq!(done(&[A]).next(&there(&[A, B])), FIRST);
        let mut sweep = done(&[A]);
        assert_eq!(sweep.next(&there(&[])), None);
        assert_eq!(sweep.next(&there(&[A])), FIRST);
    }

    #[test]
    fn a_sweep_that_somebody_missed_a_page_of_does_not_count_for_them() {
        let mut sweep = Sweep::default();
        assert_eq!(sweep.next(&there(&[A, B])), FIRST);
        sweep.looked_at(Some(ItemId(7)));
        assert_eq!(sweep.next(&there(&[A])), Some(Page { after: Some(ItemId(7)) }));
        sweep.looked_at(None);
        assert_eq!(sweep, done(&[A]));
        assert_eq!(sweep.next(&there(&[A, B])), FIRST);
    }

    #[test]
    fn after_changes_that_were_missed_everyone_is_owed_a_sweep() {
        let mut sweep = done(&[A]);
        sweep.missed_some();
        assert_eq!(sweep.next(&there(&[A])), FIRST);
    }
}
