//! Layouts: which replicas hold objects, as an operator decided it, and the change from one layout to the next.
//!
//! While it changes, two layouts are alive: writes need a quorum in each, reads ask both. When every holder of the next one
//! has all that it should have, the first is dropped, by everyone who hears of it and without a vote: what is known of a
//! change only grows ([`Layouts::join`]). Who holds what under them is `places.rs`; when a replica has all that it should
//! have is the replica's business.
//!
//! Two neighbouring epochs always have a layout in common, so whoever is one behind still meets the others' quorums;
//! replicas refuse whoever is behind, and tell what there is now.

use placement::{BadMembers, Map, Placement, Strategy, Weight};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One replica that holds objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// What fails together with others of the same host.
    pub host: String,
    /// How much it holds compared with the others, in 65 536ths; 0 is being emptied.
    pub weight: u32,
}

/// How the holders of a bucket are found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacedBy {
    /// On a ring of tokens.
    Ring,
    /// By the CRUSH map that follows from the holders.
    #[default]
    Crush,
    /// By a CRUSH map of the operator's, whose devices are the holders, and whose weights count.
    Map {
        /// The map, as JSON text.
        map: String,
        /// A rule of it that ends at devices.
        rule: String,
    },
}

impl fmt::Display for PlacedBy {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ring => to.write_str("ring"),
            Self::Crush => to.write_str("crush"),
            Self::Map { rule, .. } => write!(to, "crush, by rule {rule} of a map of its own"),
        }
    }
}

/// Who holds objects, and how they are placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Counts up from 1.
    pub version: u32,
    /// By name.
    pub holders: BTreeMap<String, Holder>,
    /// How.
    pub by: PlacedBy,
    /// Who is gone for good, with everything: nobody waits for what only they may have had.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lost: BTreeSet<String>,
}

impl Layout {
    /// The layout of a shop that never had another: every member, by name and host, holds as much as any other.
    pub fn first(members: impl IntoIterator<Item = (String, String)>) -> Self {
        let holder = |(name, host)| (name, Holder { host, weight: Weight::ONE.fixed() });
        Self {
            version: 1,
            holders: members.into_iter().map(holder).collect(),
            by: PlacedBy::default(),
            lost: BTreeSet::new(),
        }
    }

    /// Who holds what under it.
    ///
    /// # Errors
    /// What is wrong with the holders or the map.
    pub fn placement(&self) -> Result<Placement, BadMembers> {
        let member = |(name, holder): (&String, &Holder)| placement::Member {
            name: name.clone(),
            host: holder.host.clone(),
            weight: Weight::from_fixed(holder.weight),
        };
        let members: Vec<_> = self.holders.iter().map(member).collect();
        if members.is_empty() {
            return Err(BadMembers::Nobody);
        }
        let strategy = match &self.by {
            PlacedBy::Ring => Strategy::Ring { tokens: placement::Ring::TOKENS },
            PlacedBy::Crush => Strategy::crush_of(&members)?,
            PlacedBy::Map { map, rule } => Strategy::Crush { map: Map::parse(map)?, rule: rule.clone() },
        };
        Placement::new(members, strategy)
    }

    /// Whoever has to have everything before this layout can stand alone.
    fn needed(&self) -> impl Iterator<Item = &String> {
        self.holders.iter().filter(|(_, holder)| holder.weight > 0).map(|(name, _)| name)
    }
}

/// The layout that an operator wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Who shall hold objects, by name.
    pub holders: BTreeMap<String, Holder>,
    /// How they are placed.
    #[serde(default)]
    pub by: PlacedBy,
    /// Who is gone for good.
    #[serde(default)]
    pub lost: BTreeSet<String>,
}

/// How far layouts are: later ones are larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(u32, u32);

impl fmt::Display for Epoch {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(now, 0) => write!(to, "{now}"),
            Self(now, next) => write!(to, "{now} to {next}"),
        }
    }
}

/// The layouts that are alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layouts {
    /// The one whose holders have everything.
    now: Layout,
    /// The one that comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Layout>,
    /// Who has all that it should have under the one that comes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    whole: BTreeSet<String>,
    /// Who knew of no layout when the first one was made: random numbers of their processes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    births: BTreeSet<String>,
}

/// Why there is no change of layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// Nothing would be placed by it.
    #[error(transparent)]
    Bad(#[from] BadMembers),
    /// It is what there is.
    #[error("by: this is the layout that there is already")]
    Same,
    /// Whoever is gone can't hold anything.
    #[error("lost: {0} can't be lost and hold objects")]
    LostHolds(String),
    /// Versions are counted in 32 bits.
    #[error("version: there have been too many layouts")]
    Spent,
}

impl Layouts {
    /// The first layout, of a shop that nobody has written to under another one. `births` are the random numbers of those
    /// processes that were there and knew of none: they lack nothing. Whoever comes later has another number, and may.
    pub fn first(layout: Layout, births: BTreeSet<String>) -> Self {
        Self { now: layout, next: None, whole: BTreeSet::new(), births }
    }

    /// Whether the process of this number was there when the first layout was made, and there is no other yet.
    pub fn saw_born(&self, birth: &str) -> bool {
        self.next.is_none() && self.births.contains(birth)
    }

    /// What a gateway assumes before anybody has told it better: every replica refuses it, and tells.
    #[must_use]
    pub fn assumed(mut self) -> Self {
        self.now.version = 0;
        self
    }

    /// The layout whose holders have everything.
    pub fn now(&self) -> &Layout {
        &self.now
    }

    /// The layout that comes.
    pub fn next(&self) -> Option<&Layout> {
        self.next.as_ref()
    }

    /// The latest one.
    pub fn latest(&self) -> &Layout {
        self.next.as_ref().unwrap_or(&self.now)
    }

    /// Who does not have all yet that it should have under the one that comes.
    pub fn lacking(&self) -> impl Iterator<Item = &String> {
        self.next.iter().flat_map(Layout::needed).filter(|name| !self.whole.contains(*name))
    }

    /// How far they are.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.now.version, self.next.as_ref().map_or(0, |next| next.version))
    }

    /// These, and another layout that comes; one that was coming already is given up.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn change(&self, wanted: Wanted) -> Result<Self, NotChanged> {
        let version = self.latest().version.checked_add(1).ok_or(NotChanged::Spent)?;
        let Wanted { holders, by, lost } = wanted;
        if let Some(both) = lost.iter().find(|name| holders.contains_key(*name)) {
            return Err(NotChanged::LostHolds(both.clone()));
        }
        let mut layout = Layout { version, holders, by, lost };
        // Where a map has weights of its own, those are meant.
        let placement = layout.placement()?;
        for member in placement.members() {
            if let Some(holder) = layout.holders.get_mut(&member.name) {
                holder.weight = member.weight.fixed();
            }
        }
        if layout == (Layout { version, ..self.latest().clone() }) {
            return Err(NotChanged::Same);
        }
        Ok(Self { now: self.now.clone(), next: Some(layout), whole: BTreeSet::new(), births: BTreeSet::new() })
    }

    /// Notes that `name` has all that it should have under the one that comes.
    pub fn note_whole(&mut self, name: &str) {
        if self.next.is_some() {
            self.whole.insert(name.to_owned());
            self.settle();
        }
    }

    /// Learns what somebody else knows. Says whether anything of it was new.
    pub fn join(&mut self, other: &Self) -> bool {
        let before = self.clone();
        if other.epoch() > self.epoch() {
            *self = other.clone();
        } else if other.epoch() == self.epoch() {
            if (&self.now, &self.next) == (&other.now, &other.next) {
                self.whole.extend(other.whole.iter().cloned());
                self.births.extend(other.births.iter().cloned());
            } else {
                // Two operators at two replicas: either will do, if it is the same everywhere. It counts as a later one, so
                // that what was found under the two that met says nothing of it.
                let first = if other.text() < self.text() { other } else { &*self };
                *self = first.renewed(self.now == other.now);
            }
        }
        self.settle();
        *self != before
    }

    /// The latest of these as a later version; the one before stays alive beside it if everybody knows the same one.
    fn renewed(&self, same_before: bool) -> Self {
        let version = self.latest().version.saturating_add(1);
        let latest = Layout { version, ..self.latest().clone() };
        let (now, next) = if same_before { (self.now.clone(), Some(latest)) } else { (latest, None) };
        Self { now, next, whole: BTreeSet::new(), births: BTreeSet::new() }
    }

    fn text(&self) -> (String, String) {
        (format!("{:?}", self.now), format!("{:?}", self.next))
    }

    fn settle(&mut self) {
        if self.next.is_some() && self.lacking().next().is_none() {
            self.now = self.next.take().unwrap_or_else(|| unreachable!("it was there"));
            self.whole.clear();
        }
    }
}

#[cfg(test)]
mod tests;
