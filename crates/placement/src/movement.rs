//! What a change of the members costs, and how even a placement is: figures to decide by. Nothing is moved here.

use crate::member::{Member, MemberIndex, Weight};
use crate::{Bucket, Placement};
use std::collections::BTreeMap;

/// What must be copied when one placement follows another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moves {
    /// All copies of all buckets, afterwards.
    pub copies: usize,
    /// Those of them at members that did not hold the bucket before.
    pub moved: usize,
    /// `moved` in `copies`, 0 to 1.
    pub share: f64,
    /// The share that no placement could do with less of, if each member held exactly what its weight is worth before
    /// and after. A placement that is a little uneven may need less.
    pub least_share: f64,
}

/// How the copies of all buckets are spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// One for each member, sorted by name.
    pub loads: Vec<Load>,
    /// Copies for each member whose weight is not 0.
    pub mean: f64,
    /// The most copies of a member over the mean. What is best is 1 if all weigh the same.
    pub largest_over_mean: f64,
    /// The largest [`Load::over_fair`]: 1 is best, whatever the weights.
    pub largest_over_fair: f64,
}

/// What one member holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Its name.
    pub member: String,
    /// Copies that it holds.
    pub copies: usize,
    /// Copies that its weight is worth: at most one of each bucket.
    pub fair: f64,
}

impl Load {
    /// `copies` over `fair`; 0 for who holds nothing.
    pub fn over_fair(&self) -> f64 {
        if self.copies == 0 { 0.0 } else { real(self.copies) / self.fair }
    }
}

/// What must be copied when `after` follows `before`, each with `replicas` copies of every bucket.
pub fn movement(before: &Placement, after: &Placement, replicas: usize) -> Moves {
    let name = |placement: &Placement, index: &MemberIndex| placement.members()[index.get()].name.clone();
    let (was, is) = (before.table(replicas), after.table(replicas));
    let (mut copies, mut moved) = (0, 0);
    for (bucket, row) in is.rows() {
        let held: Vec<String> = was.get(bucket).iter().map(|index| name(before, index)).collect();
        copies += row.len();
        moved += row.iter().filter(|index| !held.contains(&name(after, index))).count();
    }
    let fair: BTreeMap<&str, f64> = names(before).zip(fair(before.members(), replicas)).collect();
    let new = names(after).zip(self::fair(after.members(), replicas));
    let least: f64 = new.map(|(name, new)| (new - fair.get(name).unwrap_or(&0.0)).max(0.0)).sum();
    Moves { copies, moved, share: real(moved) / real(copies.max(1)), least_share: least / real(copies.max(1)) }
}

/// How `replicas` copies of every bucket are spread.
pub fn balance(placement: &Placement, replicas: usize) -> Balance {
    let mut copies = vec![0_usize; placement.members().len()];
    for (_, row) in placement.table(replicas).rows() {
        for index in row {
            copies[index.get()] += 1;
        }
    }
    let able = placement.members().iter().filter(|member| member.weight > Weight::ZERO).count();
    let mean = real(copies.iter().sum()) / real(able.max(1));
    let largest = real(copies.iter().copied().max().unwrap_or_default());
    let fair = fair(placement.members(), replicas);
    let load = |((member, copies), fair): ((&str, usize), f64)| Load { member: member.to_owned(), copies, fair };
    let loads: Vec<Load> = names(placement).zip(copies).zip(fair).map(load).collect();
    let largest_over_fair = loads.iter().map(Load::over_fair).fold(0.0, f64::max);
    Balance { loads, mean, largest_over_mean: if mean > 0.0 { largest / mean } else { 0.0 }, largest_over_fair }
}

fn names(placement: &Placement) -> impl Iterator<Item = &str> {
    placement.members().iter().map(|member| member.name.as_str())
}

/// How many copies each member's weight is worth, if nobody may hold a bucket twice: who is worth more than all buckets
/// holds all of them, and the others share the rest.
fn fair(members: &[Member], replicas: usize) -> Vec<f64> {
    let buckets = real(Bucket::COUNT);
    let able = members.iter().filter(|member| member.weight > Weight::ZERO).count();
    let mut full = vec![false; members.len()];
    loop {
        let rest = real(replicas.min(able).saturating_sub(full.iter().filter(|full| **full).count())) * buckets;
        let open = members.iter().zip(&full).filter(|(_, full)| !**full);
        let total: f64 = open.map(|(member, _)| member.weight.units()).sum();
        let worth = |member: &Member| if total > 0.0 { rest * member.weight.units() / total } else { 0.0 };
        let over = |(index, member): (usize, &Member)| (!full[index] && worth(member) > buckets).then_some(index);
        let over: Vec<usize> = members.iter().enumerate().filter_map(over).collect();
        if over.is_empty() {
            return members.iter().zip(full).map(|(member, full)| if full { buckets } else { worth(member) }).collect();
        }
        for index in over {
            full[index] = true;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of copies are far below 2^52")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::fair;
    use crate::{Member, Weight};

    fn worth(weights: &[f64], replicas: usize) -> Vec<f64> {
        let member = |units: &f64| Member {
            name: String::new(),
            host: String::new(),
            weight: Weight::from_units(*units).expect("a weight"),
        };
        fair(&weights.iter().map(member).collect::<Vec<_>>(), replicas)
    }

    #[test]
    fn weights_are_worth_their_share_but_never_more_than_all_buckets() {
        assert_eq!(worth(&[1.0, 1.0, 2.0], 1), [256.0, 256.0, 512.0]);
        assert_eq!(worth(&[1.0, 1.0, 2.0, 0.0], 2), [512.0, 512.0, 1024.0, 0.0]);
        assert_eq!(worth(&[1.0, 1.0, 98.0], 2), [512.0, 512.0, 1024.0]);
        assert_eq!(worth(&[1.0, 2.0, 3.0], 5), [1024.0; 3]);
    }
}
