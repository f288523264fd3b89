//! What is known of a tier, and by whom it was said.

use crate::boot::BootId;
use cluster::Member;
use serde::{Deserialize, Serialize};

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `env.cfg`, which names every member and doesn't know who is there.
    EnvCfg,
    /// ZooKeeper, before this process started: the list was kept in a file.
    Remembered,
    /// ZooKeeper, since this process started.
    ZooKeeper,
}

/// A member that was said to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who, and where `env.cfg` says that it listens: no other address is ever believed.
    pub member: Member,
    /// Which of its starts it was; `env.cfg` doesn't know.
    pub boot: Option<BootId>,
}

/// Who is there, as the source last said. A hint and never a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Who was said to be there, by letter. It may be empty.
    pub members: Vec<Present>,
    /// The other members of `env.cfg`, by letter: nobody says that they are there, and they may be all the same.
    pub others: Vec<Member>,
    /// Since when this is what is said, in unix milliseconds. Saying it again changes nothing.
    pub since_ms: u64,
    /// Who said it.
    pub source: Source,
    /// Whether the source answers: false means that the list may be old.
    pub healthy: bool,
}

impl View {
    /// Every member of `env.cfg`, whom to ask first first: those who were said to be there, then the others.
    pub fn in_order(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|present| &present.member).chain(&self.others)
    }

    /// What `env.cfg` says: all are there.
    pub(crate) fn of_env_cfg(members: &[Member], now_ms: u64, healthy: bool) -> Self {
        let members = members.iter().map(|member| Present { member: member.clone(), boot: None }).collect();
        Self { members, others: Vec::new(), since_ms: now_ms, source: Source::EnvCfg, healthy }
    }

    /// What a list says: these are there, out of all.
    pub(crate) fn of_list(members: Vec<Present>, all: &[Member], since_ms: u64, source: Source) -> Self {
        let named = |other: &Member| members.iter().any(|present| present.member.name == other.name);
        let others = all.iter().filter(|member| !named(member)).cloned().collect();
        Self { members, others, since_ms, source, healthy: source == Source::ZooKeeper }
    }

    /// Takes a list that ZooKeeper just answered; false when it says what this says already.
    pub(crate) fn take(&mut self, members: Vec<Present>, all: &[Member], now_ms: u64) -> bool {
        if self.source == Source::ZooKeeper && self.members == members {
            return false;
        }
        *self = Self::of_list(members, all, now_ms, Source::ZooKeeper);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Present, Source, View};
    use crate::boot::BootId;
    use crate::node::tests::{member, members};

    fn present(name: &str, boot: u64) -> Present {
        Present { member: member(name), boot: Some(BootId::from_bits(boot)) }
    }

    fn order(view: &View) -> Vec<&str> {
        view.in_order().map(|member| member.name.as_str()).collect()
    }

    #[test]
    fn an_empty_list_forgets_nobody() {
        let all = members();
        let mut view = View::of_env_cfg(&all, 1, false);
        assert!(view.take(Vec::new(), &all, 2));
        assert!(view.members.is_empty() && view.healthy);
        assert_eq!(order(&view), ["orderA", "orderB", "orderC"]);
    }

    #[test]
    fn whoever_is_said_to_be_there_is_asked_first() {
        let all = members();
        let view = View::of_list(vec![present("orderB", 1)], &all, 1, Source::Remembered);
        assert_eq!(order(&view), ["orderB", "orderA", "orderC"]);
        assert!(!view.healthy, "what was remembered may be old");
    }

    #[test]
    fn the_same_list_again_keeps_its_since_and_another_start_is_news() {
        let all = members();
        let mut view = View::of_env_cfg(&all, 1, false);
        assert!(view.take(vec![present("orderB", 1)], &all, 2));
        assert!(!view.take(vec![present("orderB", 1)], &all, 3));
        assert_eq!(view.since_ms, 2);
        assert!(view.take(vec![present("orderB", 2)], &all, 4));
        assert_eq!(view.since_ms, 4);
    }
}
