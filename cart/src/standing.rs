//! Where a replica stands: which layouts it knows, and whether it has all that it should have under them. No clock, no
//! disk.
//!
//! A replica *lacks nothing* when no write that met its quorum can be missing here. Whoever starts on an empty disk, or
//! holds a bucket anew, may lack something until it has compared with enough of those who held it: so many that the rest
//! of them could not have met a quorum without it. Until then its answers count towards no quorum, and the layout before
//! is not dropped. A peer counts as compared only under the epoch that this replica knows: from then on it refuses whoever
//! writes under an older one, so that nothing can get past the comparison.

use cluster::{ReplicaName, Tier};
use std::collections::BTreeMap;
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
    /// Another replica knows these, or they are the first ones.
    Heard(Layouts),
    /// The operator wants another one.
    Change(Wanted),
    /// This replica lacks nothing under the layouts of this epoch.
    Whole(Epoch),
}

/// Who this replica is.
#[derive(Clone, Debug)]
pub(crate) struct Me {
    /// Its name.
    pub(crate) name: ReplicaName,
    /// A random number of this process.
    pub(crate) birth: String,
}

/// A layout that can't be taken; the sentence names what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotTaken(String);

/// Whoever can't be called would be missing from every quorum.
fn is_cart_replica(name: &str) -> Result<(), NotTaken> {
    match name.parse::<ReplicaName>() {
        Ok(name) if name.tier() == Tier::Cart => Ok(()),
        _ => Err(NotTaken(format!("holders: {name} is no name of a cart replica"))),
    }
}

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
    pub(crate) fn after(held: Option<&Self>, news: News, me: &Me) -> Result<Option<Self>, NotTaken> {
        let before = held.map(|held| (held.layouts.clone(), held.whole));
        let (mut layouts, mut whole) = match (before.clone(), news) {
            // A disk that knows of no layout holds nothing that anybody could count on.
            (None, News::Heard(layouts)) => (layouts, 0),
            (Some((mut layouts, whole)), News::Heard(others)) => {
                layouts.join(&others);
                (layouts, whole)
            }
            (Some((layouts, whole)), News::Change(wanted)) => {
                wanted.holders.keys().try_for_each(|name| is_cart_replica(name))?;
                (layouts.change(wanted)?, whole)
            }
            (Some((layouts, _)), News::Whole(epoch)) if layouts.epoch() == epoch => {
                let version = layouts.latest().version;
                (layouts, version)
            }
            (Some(_), News::Whole(_)) | (None, News::Change(_) | News::Whole(_)) => return Ok(None),
        };
        if layouts.saw_born(&me.birth) {
            // Nothing was ever written before this disk was there: nothing can be lacking.
            whole = layouts.latest().version;
        }
        if whole >= layouts.latest().version {
            layouts.note_whole(me.name.as_str());
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

    /// Whether nothing is lacking under the layout that everything is read by until the next one is filled.
    pub(crate) fn is_whole_now(&self) -> bool {
        self.whole >= self.layouts.now().version
    }

    /// Whether what `me` says of this bucket counts towards a quorum.
    pub(crate) fn counts(&self, bucket: u16, me: &str) -> bool {
        self.is_whole() || self.has(bucket, me)
    }

    /// Whether it holds the bucket since before the change that is under way.
    fn has(&self, bucket: u16, me: &str) -> bool {
        let mut before = self.places.sets(bucket).take(1).flatten();
        self.is_whole_now() && before.any(|holder| holder == me)
    }

    /// Whether nothing can be lacking after `me` has compared with `heard` under these layouts: nothing that is not lost
    /// for good.
    /// `heard` says of each whether it lacked nothing itself then.
    pub(crate) fn lacks_nothing(&self, me: &str, heard: &BTreeMap<String, bool>) -> bool {
        let lost = &self.layouts.latest().lost;
        let mine = Places::buckets().filter(|bucket| self.places.holds(*bucket, me));
        mine.filter(|bucket| !self.has(*bucket, me)).all(|bucket| {
            let before = self.places.sets(bucket).next().unwrap_or_default();
            let gone = |holder: &String| holder == me || lost.contains(holder);
            // Whoever is gone, or lacks something itself, may have been the rest of a quorum; but where all others were heard,
            // what they have not got is nowhere.
            let unheard = before.iter().filter(|holder| !gone(holder) && !heard.contains_key(*holder)).count();
            let weak = before.iter().filter(|holder| gone(holder) || heard.get(*holder) == Some(&false)).count();
            unheard == 0 || unheard + weak < before.len() / 2 + 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use wire::cart::{Holder, Layout, PlacedBy};

    fn holders(names: &[&str]) -> BTreeMap<String, Holder> {
        Layout::first(names.iter().map(|name| ((*name).to_owned(), (*name).to_owned()))).holders
    }

    fn first(names: &[&str]) -> Layouts {
        let (holders, by, lost) = (holders(names), PlacedBy::Crush, BTreeSet::new());
        // Whoever is called so was there when it was made.
        Layouts::first(Layout { version: 1, holders, by, lost }, BTreeSet::from(["cartA of old".into()]))
    }

    fn change(names: &[&str], lost: &[&str]) -> News {
        News::Change(Wanted {
            holders: holders(names),
            by: PlacedBy::Ring,
            lost: lost.iter().map(|name| (*name).to_owned()).collect(),
        })
    }

    fn heard(names: &[&str]) -> BTreeMap<String, bool> {
        names.iter().map(|name| ((*name).to_owned(), true)).collect()
    }

    fn me(name: &str) -> Me {
        Me { name: name.parse().expect("a name"), birth: format!("{name} of old") }
    }

    fn after(held: &Standing, news: News, name: &str) -> Standing {
        Standing::after(Some(held), news, &me(name)).expect("taken").expect("something new")
    }

    fn new(news: News, name: &str) -> Standing {
        Standing::after(None, news, &me(name)).expect("taken").expect("something new")
    }

    #[test]
    fn whoever_was_there_when_the_first_layout_was_made_lacks_nothing_and_whoever_comes_later_may() {
        let made = new(News::Heard(first(&["cartA", "cartB", "cartC"])), "cartA");
        assert!(made.is_whole() && made.counts(7, "cartA"));
        let again = Me { birth: "cartA on another disk".into(), ..me("cartA") };
        let lost = Standing::after(None, News::Heard(made.layouts().clone()), &again).expect("taken").expect("new");
        assert!(!lost.is_whole());
        let lost = new(News::Heard(first(&["cartA", "cartB", "cartC"])), "cartC");
        assert!(!lost.is_whole() && !lost.counts(7, "cartC"));
        assert!(!lost.lacks_nothing("cartC", &heard(&[])));
        assert!(!lost.lacks_nothing("cartC", &heard(&["cartA"])), "B and the lost disk may have had it");
        assert!(lost.lacks_nothing("cartC", &heard(&["cartA", "cartB"])));
        let filled = after(&lost, News::Whole(lost.epoch()), "cartC");
        assert!(filled.is_whole() && filled.counts(7, "cartC"));
    }

    #[test]
    fn nobody_waits_for_what_is_lost_for_good() {
        let lost = new(News::Heard(first(&["cartA", "cartB", "cartC"])), "cartC");
        let without = after(&lost, change(&["cartA", "cartC"], &[]), "cartC");
        assert!(!without.lacks_nothing("cartC", &heard(&["cartA"])), "B may come back");
        let given_up = after(&without, change(&["cartA", "cartC"], &["cartB"]), "cartC");
        assert!(given_up.lacks_nothing("cartC", &heard(&["cartA"])));
        assert!(!given_up.lacks_nothing("cartC", &heard(&[])));
    }

    #[test]
    fn whoever_is_lost_or_lacks_something_may_have_been_the_rest_of_a_quorum() {
        let held = new(News::Heard(first(&["cartA", "cartB", "cartC"])), "cartA");
        let changing = after(&held, change(&["cartA", "cartC", "cartD"], &["cartB"]), "cartA");
        let newcomer = new(News::Heard(changing.layouts().clone()), "cartD");
        assert!(!newcomer.lacks_nothing("cartD", &heard(&["cartA"])), "B and C may have had it");
        assert!(newcomer.lacks_nothing("cartD", &heard(&["cartA", "cartC"])));
        let lost = new(News::Heard(changing.layouts().clone()), "cartC");
        let partly = BTreeMap::from([("cartA".to_owned(), false)]);
        assert!(lost.lacks_nothing("cartC", &partly), "there is nobody else");
        let nobody_lost = after(&held, change(&["cartA", "cartB", "cartC", "cartD"], &[]), "cartA");
        let newcomer = new(News::Heard(nobody_lost.layouts().clone()), "cartD");
        assert!(newcomer.lacks_nothing("cartD", &heard(&["cartA", "cartB"])));
        let one_lacks = BTreeMap::from([("cartA".to_owned(), true), ("cartB".to_owned(), false)]);
        assert!(!newcomer.lacks_nothing("cartD", &one_lacks), "B, before it lost its disk, and C may have had it");
    }

    #[test]
    fn a_layout_names_cart_replicas_only() {
        let held = new(News::Heard(first(&["cartA"])), "cartA");
        let news = change(&["cartA", "frontend"], &[]);
        assert!(Standing::after(Some(&held), news, &me("cartA")).is_err());
    }

    #[test]
    fn two_changes_that_meet_are_a_third_under_which_nobody_has_compared_yet() {
        let held = new(News::Heard(first(&["cartA", "cartB"])), "cartA");
        let one = after(&held, change(&["cartA", "cartB", "cartC"], &[]), "cartA");
        let other = after(&held, change(&["cartA", "cartB", "cartD"], &[]), "cartA");
        let whole = after(&one, News::Whole(one.epoch()), "cartA");
        let met = after(&whole, News::Heard(other.layouts().clone()), "cartA");
        assert!(!met.is_whole() && met.epoch() > one.epoch());
    }

    #[test]
    fn a_replica_alone_has_nobody_to_wait_for() {
        assert!(new(News::Heard(first(&["cartA"])), "cartA").lacks_nothing("cartA", &heard(&[])));
    }

    #[test]
    fn who_is_new_compares_with_a_quorum_of_those_before() {
        let held = new(News::Heard(first(&["cartA", "cartB", "cartC"])), "cartA");
        let changing = after(&held, change(&["cartA", "cartB", "cartC", "cartD"], &[]), "cartA");
        let newcomer = new(News::Heard(changing.layouts().clone()), "cartD");
        assert!(!newcomer.lacks_nothing("cartD", &heard(&["cartA"])));
        assert!(newcomer.lacks_nothing("cartD", &heard(&["cartA", "cartC"])));
        // Who held everything before has nothing to fetch, and its answers count all the time.
        assert!(changing.lacks_nothing("cartA", &heard(&[])) && changing.counts(7, "cartA") && !changing.is_whole());
    }

    #[test]
    fn the_change_is_over_when_all_lack_nothing_and_each_may_say_so_first() {
        let mut standings = BTreeMap::new();
        let held = new(News::Heard(first(&["cartA", "cartB"])), "cartA");
        let changing = after(&held, change(&["cartA", "cartB", "cartC"], &[]), "cartA");
        for name in ["cartA", "cartB", "cartC"] {
            let standing = if name == "cartC" {
                new(News::Heard(changing.layouts().clone()), "cartC")
            } else {
                after(&held, News::Heard(changing.layouts().clone()), name)
            };
            let whole = after(&standing, News::Whole(standing.epoch()), name);
            standings.insert(name, whole);
        }
        let mut last = standings.remove("cartA").expect("cartA");
        for other in standings.into_values() {
            last = after(&last, News::Heard(other.layouts().clone()), "cartA");
        }
        assert!(last.layouts().next().is_none() && last.is_whole());
        assert_eq!(last.layouts().now().version, 2);
    }

    #[test]
    fn what_was_found_under_older_layouts_says_nothing_of_newer_ones() {
        let held = new(News::Heard(first(&["cartA", "cartB"])), "cartA");
        let before = held.epoch();
        let changing = after(&held, change(&["cartA", "cartB", "cartC"], &[]), "cartA");
        assert!(Standing::after(Some(&changing), News::Whole(before), &me("cartA")).expect("taken").is_none());
    }

    #[test]
    fn a_layout_that_places_nothing_is_not_taken_and_old_news_are_none() {
        let held = new(News::Heard(first(&["cartA", "cartB"])), "cartA");
        assert!(Standing::after(Some(&held), change(&[], &[]), &me("cartA")).is_err());
        assert!(
            Standing::after(Some(&held), News::Heard(first(&["cartA", "cartB"])), &me("cartA"))
                .expect("taken")
                .is_none()
        );
        assert!(Standing::after(None, News::Whole(held.epoch()), &me("cartA")).expect("taken").is_none());
    }
}
