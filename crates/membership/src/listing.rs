//! What a list that was read from ZooKeeper is worth: who is there by it, and what in it is wrong.
//!
//! ZooKeeper may hold anything. A node counts when its name and data are those of a member of `env.cfg` at the address
//! that `env.cfg` gives it, and when it goes with its session; everything else is passed over and told once. Of several
//! nodes of one replica the newest counts: the others are of earlier starts, whose sessions have not expired yet.

use crate::node::{Address, MOST_DATA, NodeName};
use crate::view::Present;
use cluster::Member;
use std::collections::{BTreeMap, BTreeSet};

/// As many nodes as a directory may have for its list to be read.
pub(crate) const MOST_NODES: usize = 1024;
/// As many nodes with good names as are looked into: every letter several times over.
pub(crate) const MOST_MEMBERS: usize = 256;
/// As much of a strange name as a message repeats, in characters.
const EXCERPT: usize = 40;

/// Sentences about what is wrong.
pub(crate) type Complaints = BTreeSet<String>;

/// A node that was looked into.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) name: NodeName,
    /// The transaction that made it: the larger, the newer.
    pub(crate) made: i64,
    /// Whether it goes with its session.
    pub(crate) ephemeral: bool,
    /// What it holds; `None` when that was too long to be read.
    pub(crate) data: Option<Vec<u8>>,
}

/// The names that could be members', in their order; of the others one complaint each.
pub(crate) fn worth_reading(names: &[String], all: &[Member], complaints: &mut Complaints) -> Vec<NodeName> {
    let mut found = Vec::new();
    for text in names {
        match NodeName::parse(text) {
            Some(name) if all.iter().any(|member| member.name == name.replica) => found.push(name),
            Some(name) => {
                complaints.insert(format!("{name}: {} is not in env.cfg", name.replica));
            }
            None => {
                complaints.insert(format!("{:?}: not the name of a member", excerpt(text)));
            }
        }
    }
    found.sort_unstable();
    found
}

/// Who is there by these nodes, in the order of `all`.
pub(crate) fn present(nodes: Vec<Node>, all: &[Member], complaints: &mut Complaints) -> Vec<Present> {
    let mut newest: BTreeMap<_, (i64, NodeName)> = BTreeMap::new();
    for node in nodes {
        let Some(member) = all.iter().find(|member| member.name == node.name.replica) else { continue };
        if let Err(why) = check(&node, member) {
            complaints.insert(format!("{}: {why}", node.name));
            continue;
        }
        let place = newest.entry(node.name.replica.clone()).or_insert_with(|| (node.made, node.name.clone()));
        if node.made > place.0 {
            *place = (node.made, node.name);
        }
    }
    let here = |member: &Member| {
        let (_, name) = newest.get(&member.name)?;
        Some(Present { member: member.clone(), boot: Some(name.boot) })
    };
    all.iter().filter_map(here).collect()
}

fn check(node: &Node, member: &Member) -> Result<(), String> {
    if !node.ephemeral {
        return Err("it does not go with a session".to_owned());
    }
    let Some(data) = &node.data else { return Err(format!("it holds more than {MOST_DATA} bytes")) };
    let address = Address::parse(data).ok_or_else(|| "it holds no address".to_owned())?;
    let expected = Address::of(member);
    if address == expected { Ok(()) } else { Err(format!("it is at {address}, but env.cfg says {expected}")) }
}

/// The beginning of what a stranger wrote, short enough for a message.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What was complained of already.
#[derive(Debug, Default)]
pub(crate) struct Told(Complaints);

impl Told {
    /// The complaints that are new since the last list. What is no longer wrong may be told again later.
    pub(crate) fn news(&mut self, complaints: Complaints) -> Vec<String> {
        let news = complaints.difference(&self.0).cloned().collect();
        self.0 = complaints;
        news
    }
}

#[cfg(test)]
mod tests {
    use super::{Complaints, Node, Told, present, worth_reading};
    use crate::boot::BootId;
    use crate::node::tests::{member, members};
    use crate::node::{Address, NodeName};

    fn node(name: &str, boot: u64, made: i64) -> Node {
        let member = member(name);
        let data = Address::of(&member).to_json();
        let name = NodeName { replica: member.name, boot: BootId::from_bits(boot) };
        Node { name, made, ephemeral: true, data: Some(data) }
    }

    /// Who is there by these nodes, as `name boot`, and the complaints.
    fn judge(nodes: Vec<Node>) -> (Vec<String>, Vec<String>) {
        let mut complaints = Complaints::new();
        let there = present(nodes, &members(), &mut complaints);
        let boot = |boot: Option<BootId>| boot.expect("a list names the start").to_string();
        let there = there.into_iter().map(|one| format!("{} {}", one.member.name, &boot(one.boot)[14..]));
        (there.collect(), complaints.into_iter().collect())
    }

    #[test]
    fn of_several_nodes_of_a_replica_the_newest_counts_whatever_their_order() {
        let nodes = [node("orderB", 7, 12), node("orderA", 9, 10), node("orderA", 1, 30), node("orderA", 5, 20)];
        for turn in 0..nodes.len() {
            let mut nodes = nodes.to_vec();
            nodes.rotate_left(turn);
            assert_eq!(judge(nodes), (vec!["orderA 01".to_owned(), "orderB 07".to_owned()], vec![]));
        }
    }

    #[test]
    fn a_wrong_node_does_not_hide_a_right_one_that_is_older() {
        let wrong = Node { data: Some(b"{}".to_vec()), ..node("orderA", 2, 99) };
        let (there, complaints) = judge(vec![node("orderA", 1, 1), wrong]);
        assert_eq!(there, ["orderA 01"]);
        assert_eq!(complaints, ["orderA-0000000000000002: it holds no address"]);
    }

    #[test]
    fn every_wrong_node_is_passed_over_with_its_reason() {
        let (there, complaints) = judge(vec![
            Node { ephemeral: false, ..node("orderA", 1, 1) },
            Node { data: None, ..node("orderA", 2, 2) },
            Node { data: Some(vec![0xff]), ..node("orderA", 3, 3) },
            Node { data: Some(Address::of(&member("orderB")).to_json()), ..node("orderA", 4, 4) },
        ]);
        assert_eq!(there, Vec::<String>::new());
        assert_eq!(
            complaints,
            [
                "orderA-0000000000000001: it does not go with a session",
                "orderA-0000000000000002: it holds more than 512 bytes",
                "orderA-0000000000000003: it holds no address",
                "orderA-0000000000000004: it is at 127.0.0.1:8066, but env.cfg says 127.0.0.1:8065",
            ]
        );
    }

    #[test]
    fn only_names_of_members_are_looked_into() {
        let names = ["orderB-00000000000000ab", "catalogA-00000000000000ab", "orderZ-00000000000000ab", "\u{1b}[2J"];
        let mut complaints = Complaints::new();
        let found = worth_reading(&names.map(str::to_owned), &members(), &mut complaints);
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["orderB-00000000000000ab"]);
        assert_eq!(
            complaints.into_iter().collect::<Vec<_>>(),
            [
                "\"\\u{1b}[2J\": not the name of a member",
                "catalogA-00000000000000ab: catalogA is not in env.cfg",
                "orderZ-00000000000000ab: orderZ is not in env.cfg",
            ]
        );
    }

    #[test]
    fn a_complaint_is_told_once_until_it_was_gone() {
        let mut told = Told::default();
        let say = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Complaints>();
        assert_eq!(told.news(say(&["a", "b"])), ["a", "b"]);
        assert_eq!(told.news(say(&["a", "b", "c"])), ["c"]);
        assert_eq!(told.news(say(&["c"])), Vec::<String>::new());
        assert_eq!(told.news(say(&["a", "c"])), ["a"]);
    }
}
