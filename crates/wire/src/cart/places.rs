//! Who holds which key under the layouts that are alive, worked out once for all buckets.

use super::{Epoch, Key, Layout, Layouts};
use placement::{BadMembers, Bucket};
use std::collections::BTreeSet;

/// On how many replicas an object is kept, if there are so many.
pub const COPIES: usize = 3;

/// Who holds each bucket; every replica and every gateway makes the same of the same layouts.
#[derive(Clone, Debug)]
pub struct Places {
    epoch: Epoch,
    /// One for each layout that is alive, the one whose holders have everything first.
    sets: Vec<Vec<Vec<String>>>,
    /// By bucket: whoever holds it under none of them, the nearest first.
    after: Vec<Vec<String>>,
}

/// All replicas of a layout for each bucket, the best first.
fn ranked(layout: &Layout) -> Result<Vec<Vec<String>>, BadMembers> {
    let placement = layout.placement()?;
    let names: Vec<&str> = placement.members().iter().map(|member| member.name.as_str()).collect();
    let table = placement.table(names.len());
    Ok(table.rows().map(|(_, row)| row.iter().map(|index| names[index.get()].to_owned()).collect()).collect())
}

impl Places {
    /// The places under these layouts.
    ///
    /// # Errors
    /// What is wrong with a layout.
    pub fn under(layouts: &Layouts) -> Result<Self, BadMembers> {
        let alive = [Some(layouts.now()), layouts.next()].into_iter().flatten();
        let mut sets = alive.map(ranked).collect::<Result<Vec<_>, _>>()?;
        let mut after = Vec::new();
        for bucket in 0..Bucket::COUNT {
            let mut seen: BTreeSet<&String> = sets.iter().flat_map(|set| set[bucket].iter().take(COPIES)).collect();
            let later = sets.iter().rev().flat_map(|set| set[bucket].iter().skip(COPIES));
            after.push(later.filter(|name| seen.insert(name)).cloned().collect());
        }
        for row in sets.iter_mut().flatten() {
            row.truncate(COPIES);
        }
        Ok(Self { epoch: layouts.epoch(), sets, after })
    }

    /// How far the layouts are.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The bucket of a key.
    pub fn bucket_of(key: &Key) -> u16 {
        placement::bucket_of(key.as_str()).number()
    }

    /// Who holds a bucket, the first to be asked first: one set, or two while the layout changes.
    pub fn sets(&self, bucket: u16) -> impl DoubleEndedIterator<Item = &[String]> {
        self.sets.iter().map(move |set| set.get(usize::from(bucket)).map_or(&[][..], Vec::as_slice))
    }

    /// Whoever holds it under a layout that is alive, each once.
    pub fn holders(&self, bucket: u16) -> BTreeSet<&str> {
        self.sets(bucket).flatten().map(String::as_str).collect()
    }

    /// Who comes after those: they keep copies for holders that are away.
    pub fn after(&self, bucket: u16) -> &[String] {
        self.after.get(usize::from(bucket)).map_or(&[], Vec::as_slice)
    }

    /// Whether this replica holds the bucket under a layout that is alive.
    pub fn holds(&self, bucket: u16, name: &str) -> bool {
        self.sets(bucket).any(|set| set.iter().any(|holder| holder == name))
    }

    /// Whether both hold the bucket.
    pub fn share(&self, bucket: u16, one: &str, other: &str) -> bool {
        self.holds(bucket, one) && self.holds(bucket, other)
    }

    /// The numbers of all buckets.
    pub fn buckets() -> impl Iterator<Item = u16> {
        Bucket::all().map(Bucket::number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{PlacedBy, Wanted};

    fn layout(names: &[&str]) -> Layout {
        Layout::first(names.iter().map(|name| ((*name).to_owned(), format!("host of {name}"))))
    }

    #[test]
    fn every_bucket_is_held_by_three_and_the_others_come_after() {
        let places =
            Places::under(&Layouts::first(layout(&["A", "B", "C", "D", "E"]), BTreeSet::new())).expect("places");
        for bucket in Places::buckets() {
            assert_eq!((places.holders(bucket).len(), places.after(bucket).len()), (3, 2));
            assert!(places.after(bucket).iter().all(|name| !places.holds(bucket, name)));
        }
        let alone = Places::under(&Layouts::first(layout(&["A"]), BTreeSet::new())).expect("places");
        assert_eq!(alone.sets(0).collect::<Vec<_>>(), [["A"]]);
    }

    #[test]
    fn while_the_layout_changes_a_bucket_is_held_under_both() {
        let first = Layouts::first(layout(&["A", "B", "C"]), BTreeSet::new());
        let holders = layout(&["A", "B", "C", "D"]).holders;
        let four = Wanted { holders, by: PlacedBy::Crush, lost: BTreeSet::new() };
        let places = Places::under(&first.change(four).expect("a change")).expect("places");
        for bucket in Places::buckets() {
            let sets: Vec<_> = places.sets(bucket).collect();
            assert_eq!((sets.len(), sets[0].len(), sets[1].len()), (2, 3, 3));
            assert!(["A", "B", "C"].iter().all(|name| places.holds(bucket, name)));
            assert_eq!(places.after(bucket).is_empty(), places.holds(bucket, "D"));
        }
    }
}
