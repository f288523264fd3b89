//! Consistent hashing: members stand on a ring at the hashes of their names, and a position belongs to who is before
//! it.
//!
//! Who comes or goes changes only the arcs beside its own tokens (Karger et al., "Consistent Hashing and Random Trees",
//! STOC '97). Many tokens for each member even the arcs out and make room for weights, and copies go to distinct
//! members one after the other (`DeCandia` et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP '07).
//! Nothing of this file knows buckets.

use crate::member::{BadMembers, Member, MemberIndex, Weight};
use md5::{Digest, Md5};

/// A position on the ring: the 128 bits of an MD5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u128);

impl Position {
    /// Where a text stands: its MD5, read as a big-endian number.
    pub fn of(text: &str) -> Self {
        Self(u128::from_be_bytes(Md5::digest(text.as_bytes()).into()))
    }
}

/// The tokens of all members, in the order of their positions.
#[derive(Debug, Clone)]
pub struct Ring {
    positions: Vec<Position>,
    /// Whose token it is that stands at the position of the same index.
    owners: Vec<MemberIndex>,
    /// Each member's host.
    hosts: Vec<u16>,
    /// How many hosts have more than 0, 1, 2 … members with tokens.
    deep: Vec<usize>,
    /// Members with tokens.
    able: usize,
}

impl Ring {
    /// Tokens of a member of weight 1, unless told otherwise.
    pub const TOKENS: u32 = 64;
    /// The most tokens of all members together.
    pub const MOST_TOKENS: u64 = 1 << 20;

    /// Builds the ring. A member of weight w has w times `tokens` tokens, rounded, but at least one if w is above 0;
    /// the i-th stands at the MD5 of `name#i`, i from 0. The order of `members` does not matter but for their indices.
    ///
    /// # Errors
    /// If the tokens are none or more than [`Ring::MOST_TOKENS`], or the members too many.
    pub fn new(members: &[Member], tokens: u32) -> Result<Self, BadMembers> {
        let total = members.iter().map(|member| count(member.weight, tokens)).sum();
        if members.len() > Member::MOST {
            return Err(BadMembers::TooMany(members.len()));
        }
        if tokens == 0 || total > Self::MOST_TOKENS {
            return Err(BadMembers::Tokens(tokens, total));
        }
        let mut ring: Vec<(Position, MemberIndex)> = Vec::new();
        for (index, member) in (0..).zip(members) {
            let token = |i| (Position::of(&format!("{}#{i}", member.name)), MemberIndex(index));
            ring.extend((0..count(member.weight, tokens)).map(token));
        }
        ring.sort_unstable_by_key(|(position, owner)| (*position, &members[owner.get()].name));
        let (positions, owners) = ring.into_iter().unzip();
        let hosts = Member::hosts(members);
        let mut crowd = vec![0_usize; members.len()];
        for (member, host) in members.iter().zip(&hosts) {
            crowd[usize::from(*host)] += usize::from(member.weight > Weight::ZERO);
        }
        let most = crowd.iter().copied().max().unwrap_or_default();
        let deep = (0..most).map(|depth| crowd.iter().filter(|crowd| **crowd > depth).count()).collect();
        Ok(Self { positions, owners, hosts, deep, able: crowd.iter().sum() })
    }

    /// The members that hold a position, best first, into `found`: walking back from the last token at or before the
    /// position, the first member of each host; once hosts run out, the second of each, and so on. They are `wanted`,
    /// or all that have tokens.
    pub fn replicas_into(&self, position: Position, wanted: usize, found: &mut Vec<MemberIndex>) {
        found.clear();
        let wanted = wanted.min(self.able);
        let start = self.positions.partition_point(|token| *token <= position);
        let (before, after) = self.owners.split_at(start);
        for (depth, mut open) in self.deep.iter().copied().enumerate() {
            for owner in before.iter().rev().chain(after.iter().rev()) {
                if open == 0 || found.len() == wanted {
                    break;
                }
                if !found.contains(owner) && self.on_host_of(*owner, found) == depth {
                    found.push(*owner);
                    open -= 1;
                }
            }
        }
    }

    /// How many of these share that member's host.
    fn on_host_of(&self, member: MemberIndex, among: &[MemberIndex]) -> usize {
        let host = self.hosts[member.get()];
        among.iter().filter(|other| self.hosts[other.get()] == host).count()
    }
}

/// How many tokens a member has.
fn count(weight: Weight, tokens: u32) -> u64 {
    let one = u64::from(Weight::ONE.fixed());
    let exact = u64::from(weight.fixed()) * u64::from(tokens);
    ((exact + one / 2) / one).max(u64::from(weight > Weight::ZERO))
}

#[cfg(test)]
mod tests {
    use super::{Position, count};
    use crate::Weight;

    #[test]
    fn a_text_stands_at_its_md5() {
        // RFC 1321, A.5.
        assert_eq!(Position::of("abc"), Position(0x9001_5098_3cd2_4fb0_d696_3f7d_28e1_7f72));
    }

    #[test]
    fn a_weight_multiplies_the_tokens_and_only_no_weight_leaves_none() {
        assert_eq!(count(Weight::ONE, 64), 64);
        assert_eq!(count(Weight::from_fixed(3 << 15), 64), 96);
        assert_eq!(count(Weight::from_fixed(1), 64), 1);
        assert_eq!(count(Weight::ZERO, 64), 0);
    }
}
