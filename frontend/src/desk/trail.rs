//! When each catalog had what one of them wrote, as this frontend saw it: it looks at all of them several times a second
//! anyway, and each says how far it has which journal. Pure: what they say and the time in, trails out.
//!
//! A moment is that of the look, so one catalog may seem to have something a look later than it did; and of what one writes
//! within a second the last is followed, or the trails of a busy shop would be gone before anybody saw them.

use serde_json::Value;
use serve::{Seen, State};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// So many writes are remembered.
const REMEMBERED: usize = 8;
/// What follows a write in the same journal within so many milliseconds has no trail of its own, but takes it over.
const TOGETHER_MS: u64 = 1_000;
/// More journals than this are not watched: each incarnation of a catalog has one.
const MOST_JOURNALS: usize = 1_000;

/// A write, and who has it by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// The replica that wrote it.
    pub writer: String,
    /// Its journal.
    actor: String,
    /// The number of the entry.
    entry: u64,
    /// When the first write was seen that this trail was of.
    began_ms: u64,
    /// When it was first seen anywhere, in Unix milliseconds.
    pub at_ms: u64,
    /// When each of the others was first seen to have it.
    pub had_ms: BTreeMap<String, u64>,
}

/// The last writes of the catalogs.
#[derive(Debug, Default)]
pub struct Trails(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// How far each journal goes, as far as anybody said.
    ends: BTreeMap<String, u64>,
    trails: VecDeque<Trail>,
}

/// What a replica says of journals.
struct Said<'a> {
    name: &'a str,
    /// The one that it writes.
    actor: Option<&'a str>,
    /// How far it has them.
    heads: BTreeMap<&'a str, u64>,
}

impl Trail {
    /// A write of `writer` that was seen at `at_ms`, and who had it when; for tests of what is drawn of it.
    #[cfg(test)]
    pub fn seen(writer: &str, at_ms: u64, had: &[(&str, u64)]) -> Self {
        let had_ms = had.iter().map(|(name, ms)| ((*name).to_owned(), *ms)).collect();
        Self { writer: writer.to_owned(), actor: String::new(), entry: 1, began_ms: at_ms, at_ms, had_ms }
    }
}

impl<'a> Said<'a> {
    /// What one that answers says; one that does not has said it before.
    fn of(seen: &'a Seen) -> Option<Self> {
        if !matches!(seen.state, State::Ready | State::NotReady(_)) {
            return None;
        }
        let heads = seen.detail.get("heads")?.as_object()?;
        let heads = heads.iter().filter_map(|(actor, seq)| Some((actor.as_str(), seq.as_u64()?))).collect();
        let actor = seen.detail.get("actor").and_then(Value::as_str);
        Some(Self { name: seen.member.name.as_str(), actor, heads })
    }
}

impl Trails {
    /// Takes in what the catalogs say at `now_ms`.
    pub fn look(&self, now_ms: u64, seen: &[Seen]) {
        let said: Vec<Said<'_>> = seen.iter().filter_map(Said::of).collect();
        let inner = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in &said {
            for (actor, seq) in &one.heads {
                let writer = said.iter().find(|other| other.actor == Some(*actor)).map(|other| other.name);
                inner.reaches(actor, *seq, writer, now_ms);
            }
        }
        for trail in &mut inner.trails {
            let has = |one: &&Said<'_>| one.heads.get(trail.actor.as_str()).is_some_and(|seq| *seq >= trail.entry);
            for one in said.iter().filter(has).filter(|one| one.name != trail.writer) {
                trail.had_ms.entry(one.name.to_owned()).or_insert(now_ms);
            }
        }
    }

    /// The last writes, the latest one first.
    pub fn latest(&self) -> Vec<Trail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).trails.iter().rev().cloned().collect()
    }
}

impl Inner {
    /// Somebody has a journal as far as `seq`.
    fn reaches(&mut self, actor: &str, seq: u64, writer: Option<&str>, now_ms: u64) {
        let Some(end) = self.ends.get_mut(actor) else {
            // What there was before the first look is nobody's news.
            if self.ends.len() < MOST_JOURNALS {
                self.ends.insert(actor.to_owned(), seq);
            }
            return;
        };
        if seq <= *end {
            return;
        }
        *end = seq;
        let last = self.trails.iter_mut().rev().find(|trail| trail.actor == actor);
        if let Some(last) = last.filter(|last| now_ms < last.began_ms + TOGETHER_MS) {
            (last.entry, last.at_ms) = (seq, now_ms);
            last.had_ms.clear();
            return;
        }
        // Of a journal that nobody writes any more, others only hear late.
        let Some(writer) = writer else { return };
        self.trails.push_back(Trail {
            writer: writer.to_owned(),
            actor: actor.to_owned(),
            entry: seq,
            began_ms: now_ms,
            at_ms: now_ms,
            had_ms: BTreeMap::new(),
        });
        if self.trails.len() > REMEMBERED {
            self.trails.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::{Member, ReplicaName};
    use serde_json::json;
    use std::net::Ipv4Addr;

    /// A catalog that writes as `actor` and has these journals so far.
    fn says(name: &str, actor: &str, heads: &[(&str, u64)]) -> Seen {
        let name: ReplicaName = name.parse().expect("a name");
        let (tier, letter) = (name.tier(), name.letter());
        let member = Member { name, tier, letter, ip: Ipv4Addr::LOCALHOST.into(), port: 8011 };
        let heads: BTreeMap<_, _> = heads.iter().copied().collect();
        let detail = json!({"actor": actor, "heads": heads});
        Seen { member, state: State::Ready, since_ms: 0, detail, rtt_us: None }
    }

    fn both(a: u64, b_of_a: u64, b: u64, a_of_b: u64) -> [Seen; 2] {
        [says("catalogA", "0a", &[("0a", a), ("0b", a_of_b)]), says("catalogB", "0b", &[("0a", b_of_a), ("0b", b)])]
    }

    #[test]
    fn a_write_is_followed_until_everybody_has_it() {
        let trails = Trails::default();
        trails.look(1_000, &both(5, 5, 7, 7));
        assert_eq!(trails.latest(), [], "what was there before is nobody's news");
        trails.look(1_100, &both(6, 5, 7, 7));
        trails.look(1_200, &both(6, 5, 7, 7));
        let trail = &trails.latest()[0];
        assert_eq!((trail.writer.as_str(), trail.entry, trail.at_ms), ("catalogA", 6, 1_100));
        assert!(trail.had_ms.is_empty());
        trails.look(3_500, &both(6, 6, 7, 7));
        trails.look(3_600, &both(6, 6, 7, 7));
        assert_eq!(trails.latest()[0].had_ms, BTreeMap::from([("catalogB".into(), 3_500)]));
    }

    #[test]
    fn who_was_looked_at_first_does_not_count_as_the_writer() {
        let trails = Trails::default();
        trails.look(1_000, &both(5, 5, 7, 7));
        trails.look(1_100, &both(5, 6, 7, 7));
        let trail = &trails.latest()[0];
        assert_eq!((trail.writer.as_str(), trail.had_ms.get("catalogB")), ("catalogA", Some(&1_100)));
    }

    #[test]
    fn the_last_write_of_a_busy_second_has_a_trail_and_the_last_ones_are_remembered() {
        let trails = Trails::default();
        for tenth in 0..=200 {
            trails.look(tenth * 100, &both(tenth, tenth, 7, 7));
        }
        let moments: Vec<u64> = trails.latest().iter().map(|trail| trail.at_ms).collect();
        assert_eq!(moments.len(), REMEMBERED);
        assert!(moments.windows(2).all(|pair| pair[0] == pair[1] + TOGETHER_MS), "{moments:?}");
        assert!(trails.latest().iter().all(|trail| trail.had_ms["catalogB"] == trail.at_ms));
        trails.look(20_050, &both(201, 200, 7, 7));
        let latest = &trails.latest()[0];
        assert_eq!((latest.entry, latest.had_ms.len()), (201, 0), "who had the one before does not have this one");
    }

    #[test]
    fn what_a_dead_catalog_said_before_is_not_said_now() {
        let trails = Trails::default();
        trails.look(1_000, &both(5, 5, 7, 7));
        let mut seen = both(6, 6, 7, 7);
        seen[1].state = State::Down("it does not answer".into());
        trails.look(1_100, &seen);
        assert!(trails.latest()[0].had_ms.is_empty());
        for strange in [json!({}), json!(null), json!({"actor": 3, "heads": {"0a": "many"}}), json!({"heads": 3})] {
            seen[0].detail = strange;
            trails.look(9_000, &seen);
        }
        assert_eq!(trails.latest().len(), 1);
    }
}
