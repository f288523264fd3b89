//! Where a replica stands: which layouts it knows, and whether it has all that it should have under them. No clock, no
//! disk.
//!
//! A replica *lacks nothing* when no write that met its quorum can be missing here. Whoever starts on an empty disk, or
//! holds a bucket anew, may lack something until it has compared with enough of those who held it: so many that the rest
//! of them could not have met a quorum without it. Until then its answers count towards no quorum, and the layout before
//! is not dropped. A peer counts as compared only under the epoch that this replica knows: from then on it refuses whoever
//! writes under an older one, so that nothing can get past the comparison.

use std::collections::BTreeSet;
use wire::cart::{Epoch, Layouts, NotChanged, Places, Wanted};

/// The layouts that a replica knows, and up to which of them it lacks nothing.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    layouts: Layouts,
    whole: u32,
    places: Places,
}

/// Something that a replica learns about layouts.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Nobody has any: this is the first.
    First(Layouts),
    /// Another replica knows these.
    Heard(Layouts),
    /// The operator wants another one.
    Change(Wanted),
    /// This replica lacks nothing under the layouts of this epoch.
    Whole(Epoch),
}

/// A layout that can't be taken; the sentence names what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotTaken(String);

impl<E: Into<NotChanged>> From<E> for NotTaken {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

impl Standing {
    /// As it is on disk.
    pub(crate) fn of(layouts: Layouts, whole: u32) -> Result<Self, NotTaken> {
        Ok(Self { places: Places::under(&layouts)?, layouts, whole })
    }

    /// What follows from `news` at the replica `me`; `None` where nothing does.
    pub(crate) fn after(held: Option<&Self>, news: News, me: &str) -> Result<Option<Self>, NotTaken> {
        let before = held.map(|held| (held.layouts.clone(), held.whole));
        let (mut layouts, mut whole) = match (before.clone(), news) {
            // Nothing was ever written under it: nothing can be lacking.
            (None, News::First(layouts)) => (layouts.clone(), layouts.latest().version),
            // A disk that knows of no layout holds nothing that anybody could count on.
            (None, News::Heard(layouts)) => (layouts, 0),
            (Some((mut layouts, whole)), News::Heard(others) | News::First(others)) => {
                layouts.join(&others);
                (layouts, whole)
            }
            (Some((layouts, whole)), News::Change(wanted)) => (layouts.change(wanted)?, whole),
            (Some((layouts, _)), News::Whole(epoch)) if layouts.epoch() == epoch => {
                let version = layouts.latest().version;
                (layouts, version)
            }
            (Some(_), News::Whole(_)) | (None, News::Change(_) | News::Whole(_)) => return Ok(None),
        };
        if whole >= layouts.latest().version {
            layouts.note_whole(me);
        }
        whole = whole.min(layouts.latest().version);
        if before.as_ref() == Some(&(layouts.clone(), whole)) { Ok(None) } else { Self::of(layouts, whole).map(Some) }
    }

    pub(crate) fn layouts(&self) -> &Layouts {
        &self.layouts
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.places.epoch()
    }

    /// The version up to which nothing is lacking; 0 for none.
    pub(crate) fn whole(&self) -> u32 {
        self.whole
    }

    /// Whether nothing is lacking under any layout that is alive.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole >= self.layouts.latest().version
    }

    /// Whether what `me` says of this bucket counts towards a quorum.
    pub(crate) fn counts(&self, bucket: u16, me: &str) -> bool {
        self.is_whole() || self.has(bucket, me)
    }

    /// Whether it holds the bucket since before the change that is under way.
    fn has(&self, bucket: u16, me: &str) -> bool {
        let mut before = self.places.sets(bucket).take(1).flatten();
        self.whole >= self.layouts.now().version && before.any(|holder| holder == me)
    }

    /// Whether nothing can be lacking after `me` has compared with `heard` under these layouts: nothing that is not lost
    /// for good.
    pub(crate) fn lacks_nothing(&self, me: &str, heard: &BTreeSet<String>) -> bool {
        let lost = &self.layouts.latest().lost;
        let mine = Places::buckets().filter(|bucket| self.places.holds(*bucket, me));
        mine.filter(|bucket| !self.has(*bucket, me)).all(|bucket| {
            let before = self.places.sets(bucket).next().unwrap_or_default();
            // How many others had it of every write that met its quorum.
            let needed = before.len() / 2 + 1 - usize::from(before.iter().any(|holder| holder == me));
            let unheard = before.iter().filter(|holder| *holder != me && !heard.contains(*holder));
            let unheard = unheard.filter(|holder| !lost.contains(*holder)).count();
            needed == 0 || unheard < needed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use wire::cart::{Holder, Layout, PlacedBy};

    fn holders(names: &[&str]) -> BTreeMap<String, Holder> {
        Layout::first(names.iter().map(|name| ((*name).to_owned(), (*name).to_owned()))).holders
    }

    fn first(names: &[&str]) -> Layouts {
        Layouts::first(Layout { version: 1, holders: holders(names), by: PlacedBy::Crush, lost: BTreeSet::new() })
    }

    fn change(names: &[&str], lost: &[&str]) -> News {
        News::Change(Wanted { holders: holders(names), by: PlacedBy::Ring, lost: heard(lost) })
    }

    fn heard(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn after(held: &Standing, news: News, me: &str) -> Standing {
        Standing::after(Some(held), news, me).expect("taken").expect("something new")
    }

    fn new(news: News, me: &str) -> Standing {
        Standing::after(None, news, me).expect("taken").expect("something new")
    }

    #[test]
    fn whoever_makes_the_first_layout_lacks_nothing_and_whoever_hears_of_one_may() {
        let made = new(News::First(first(&["A", "B", "C"])), "A");
        assert!(made.is_whole() && made.counts(7, "A"));
        let lost = new(News::Heard(first(&["A", "B", "C"])), "C");
        assert!(!lost.is_whole() && !lost.counts(7, "C"));
        assert!(!lost.lacks_nothing("C", &heard(&[])));
        assert!(!lost.lacks_nothing("C", &heard(&["A"])), "B and the lost disk may have had it");
        assert!(lost.lacks_nothing("C", &heard(&["A", "B"])));
        let filled = after(&lost, News::Whole(lost.epoch()), "C");
        assert!(filled.is_whole() && filled.counts(7, "C"));
    }

    #[test]
    fn nobody_waits_for_what_is_lost_for_good() {
        let lost = new(News::Heard(first(&["A", "B", "C"])), "C");
        let without = after(&lost, change(&["A", "C"], &[]), "C");
        assert!(!without.lacks_nothing("C", &heard(&["A"])), "B may come back");
        let given_up = after(&without, change(&["A", "C"], &["B"]), "C");
        assert!(given_up.lacks_nothing("C", &heard(&["A"])));
        assert!(!given_up.lacks_nothing("C", &heard(&[])));
    }

    #[test]
    fn a_replica_alone_has_nobody_to_wait_for() {
        assert!(new(News::Heard(first(&["A"])), "A").lacks_nothing("A", &heard(&[])));
    }

    #[test]
    fn who_is_new_compares_with_a_quorum_of_those_before() {
        let held = new(News::First(first(&["A", "B", "C"])), "A");
        let changing = after(&held, change(&["A", "B", "C", "D"], &[]), "A");
        let newcomer = new(News::Heard(changing.layouts().clone()), "D");
        assert!(!newcomer.lacks_nothing("D", &heard(&["A"])));
        assert!(newcomer.lacks_nothing("D", &heard(&["A", "C"])));
        // Who held everything before has nothing to fetch, and its answers count all the time.
        assert!(changing.lacks_nothing("A", &heard(&[])) && changing.counts(7, "A") && !changing.is_whole());
    }

    #[test]
    fn the_change_is_over_when_all_lack_nothing_and_each_may_say_so_first() {
        let mut standings = BTreeMap::new();
        let held = new(News::First(first(&["A", "B"])), "A");
        let changing = after(&held, change(&["A", "B", "C"], &[]), "A");
        for name in ["A", "B", "C"] {
            let standing = if name == "C" {
                new(News::Heard(changing.layouts().clone()), "C")
            } else {
                after(&held, News::Heard(changing.layouts().clone()), name)
            };
            let whole = after(&standing, News::Whole(standing.epoch()), name);
            standings.insert(name, whole);
        }
        let mut last = standings.remove("A").expect("A");
        for other in standings.into_values() {
            last = after(&last, News::Heard(other.layouts().clone()), "A");
        }
        assert!(last.layouts().next().is_none() && last.is_whole());
        assert_eq!(last.layouts().now().version, 2);
    }

    #[test]
    fn what_was_found_under_older_layouts_says_nothing_of_newer_ones() {
        let held = new(News::First(first(&["A", "B"])), "A");
        let before = held.epoch();
        let changing = after(&held, change(&["A", "B", "C"], &[]), "A");
        assert!(Standing::after(Some(&changing), News::Whole(before), "A").expect("taken").is_none());
    }

    #[test]
    fn a_layout_that_places_nothing_is_not_taken_and_old_news_are_none() {
        let held = new(News::First(first(&["A", "B"])), "A");
        assert!(Standing::after(Some(&held), change(&[], &[]), "A").is_err());
        assert!(Standing::after(Some(&held), News::Heard(first(&["A", "B"])), "A").expect("taken").is_none());
        assert!(Standing::after(None, News::Whole(held.epoch()), "A").expect("taken").is_none());
    }
}
