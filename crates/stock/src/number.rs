//! Order numbers: short, rising with time, and never the same on two replicas that can't talk.
//!
//! A number is `26 · n + letter`, so the replicas A to Z draw from lanes of their own, and each draws past the highest
//! number it has seen in any lane.

/// How far a new incarnation stays away from the numbers that its predecessor may have used unseen.
const LEAP: u64 = 1000;

/// The highest number of another that is drawn past: the rest of the range stays free, so that no number seen, however
/// high, leads to one that others would not read.
const FOLLOWED: u64 = wire::range::MOST / 2;

/// Where the next order number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    lane: u64,
    highest: u64,
    leap: bool,
}

impl Numbers {
    /// How many lanes there are.
    pub const LANES: u64 = 26;

    /// The lane of the replica with this letter: what its numbers leave when they are divided by [`Self::LANES`].
    pub fn lane(letter: char) -> u64 {
        u64::from(u32::from(letter).saturating_sub(u32::from('A'))) % Self::LANES
    }

    /// The numbers of the replica with this letter (`A` to `Z`), which has seen `highest`.
    ///
    /// `reborn`: this actor has sold nothing yet, and another incarnation of the same replica was there before.
    pub fn new(letter: char, highest: u64, reborn: bool) -> Self {
        Self { lane: Self::lane(letter), highest, leap: reborn }
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        let leap = if std::mem::take(&mut self.leap) { LEAP } else { 1 };
        self.highest = (self.highest / Self::LANES + leap) * Self::LANES + self.lane;
        self.highest
    }

    /// Notes a number seen elsewhere.
    pub fn seen(&mut self, number: u64) {
        if number <= FOLLOWED {
            self.highest = self.highest.max(number);
        }
    }

    /// The highest number seen.
    pub fn highest(&self) -> u64 {
        self.highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_replicas_that_never_talk_never_draw_the_same_number() {
        let mut a = Numbers::new('A', 0, false);
        let mut b = Numbers::new('B', 0, false);
        let drawn: std::collections::BTreeSet<u64> = (0..100).flat_map(|_| [a.draw(), b.draw()]).collect();
        assert_eq!(drawn.len(), 200);
    }

    #[test]
    fn a_number_is_larger_than_every_number_seen_before() {
        let mut b = Numbers::new('B', 0, false);
        b.seen(260);
        assert!(b.draw() > 260);
    }

    #[test]
    fn no_number_seen_leads_to_one_that_nobody_reads() {
        let mut b = Numbers::new('B', 0, true);
        for seen in [FOLLOWED, FOLLOWED + 1, wire::range::MOST, u64::MAX] {
            b.seen(seen);
            assert!(b.draw() < wire::range::MOST, "after {seen}");
        }
    }

    #[test]
    fn a_new_incarnation_stays_away_from_what_the_old_one_may_have_drawn_unseen() {
        let mut old = Numbers::new('A', 0, false);
        let unseen = old.draw();
        let mut new = Numbers::new('A', 0, true);
        assert!(new.draw() > unseen + 500);
        assert_eq!(new.draw() - new.highest(), 0);
    }
}
