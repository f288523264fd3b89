//! Where things stand in the picture: replicas on a map, and a minute as a curve. Pure: names and numbers in, places out.

use super::Tier;

/// How wide the map is, in its own units.
const WIDTH: u32 = 720;
/// How far apart rows are.
const ROW: u32 = 112;
/// How large a replica is drawn.
const BOX: (u32, u32) = (150, 72);
/// How large a curve is drawn.
const CURVE: (u32, u32) = (300, 60);
/// The most seconds on a curve.
const SECONDS: u32 = 60;

/// This frontend above, and below it the replicas that it talks to, a row for each tier.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Map {
    pub(super) width: u32,
    pub(super) height: u32,
    /// In words, for whoever can't see it.
    pub(super) words: String,
    /// The frontend's own name.
    pub(super) me: String,
    pub(super) middle: u32,
    pub(super) places: Vec<Place>,
}

/// A replica on the map.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: String,
    /// `up`, `waiting`, `down` or `unknown`.
    pub(super) style: &'static str,
    /// The first words of its state.
    pub(super) state: String,
    /// How far it is behind the others of its tier; empty where nobody tells.
    pub(super) behind: String,
    /// The upper left corner.
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) height: u32,
    /// Its middle.
    pub(super) middle: u32,
}

impl Map {
    /// The map of the frontend `me` and these tiers.
    pub(super) fn of(me: &str, tiers: &[Tier]) -> Self {
        let mut places = Vec::new();
        let mut top = ROW;
        for tier in tiers {
            let many = u32::try_from(tier.replicas.len()).unwrap_or(u32::MAX).max(1);
            let each = WIDTH / many;
            for (nth, replica) in (0..many).zip(&tier.replicas) {
                let middle = each * nth + each / 2;
                let state = replica.state.split(':').next().unwrap_or_default().to_owned();
                let left = middle.saturating_sub(BOX.0.min(each) / 2);
                let behind = tier.behind.get(&replica.name).map(|entries| match entries {
                    0 => "in step".to_owned(),
                    entries => format!("{entries} behind"),
                });
                places.push(Place {
                    name: replica.name.clone(),
                    style: replica.style,
                    state,
                    behind: behind.unwrap_or_default(),
                    left,
                    top,
                    height: BOX.1,
                    middle,
                });
            }
            top += ROW;
        }
        let up = places.iter().filter(|place| place.style == "up").count();
        let words = format!("{me} and {} replicas behind it, {up} of them up", places.len());
        Self { width: WIDTH, height: top, words, me: me.to_owned(), middle: WIDTH / 2, places }
    }
}

/// A minute of something, as a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Curve {
    pub(super) width: u32,
    pub(super) height: u32,
    /// `x,y` of each second, the latest at the right edge.
    pub(super) points: String,
    /// What it is now; a dash where there was nothing to count.
    pub(super) now: String,
    /// The highest value that is drawn.
    pub(super) most: u64,
}

impl Curve {
    /// The curve of these seconds, the latest one last; as high as `most`, or as the highest value.
    pub(super) fn of(seconds: impl Iterator<Item = Option<u64>>, most: Option<u64>) -> Self {
        let seconds: Vec<Option<u64>> = seconds.collect();
        let most = most.unwrap_or_else(|| seconds.iter().flatten().copied().max().unwrap_or(0)).max(1);
        let step = CURVE.0 / SECONDS;
        let y = |value: u64| u64::from(CURVE.1) - value.min(most) * u64::from(CURVE.1) / most;
        let points: Vec<String> = (0..=SECONDS)
            .zip(seconds.iter().rev())
            .filter_map(|(ago, value)| Some(format!("{},{}", CURVE.0.saturating_sub(ago * step), y((*value)?))))
            .collect();
        let now = seconds.last().copied().flatten().map_or_else(|| "–".to_owned(), |now| now.to_string());
        Self { width: CURVE.0, height: CURVE.1, points: points.join(" "), now, most }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::about::Replica;

    fn replica(name: &str, style: &'static str) -> Replica {
        let state = if style == "up" { "Up" } else { "Not ready: catching up" }.to_owned();
        Replica {
            name: name.into(),
            href: String::new(),
            style,
            state,
            since: "1 min".into(),
            facts: Vec::new(),
            answered_last: false,
        }
    }

    fn tier(replicas: Vec<Replica>, behind: &[(&str, u64)]) -> Tier {
        let behind = behind.iter().map(|(name, entries)| ((*name).to_owned(), *entries)).collect();
        Tier { name: "a tier", replicas, behind }
    }

    #[test]
    fn replicas_of_a_tier_stand_side_by_side_and_nobody_stands_on_another() {
        let tiers = [
            tier(vec![replica("orderA", "up"), replica("orderB", "waiting")], &[("orderA", 0), ("orderB", 12)]),
            tier((0..9).map(|nth| replica(&format!("cart{nth}"), "up")).collect(), &[]),
        ];
        let map = Map::of("frontend", &tiers);
        assert_eq!((map.places[0].middle, map.places[1].middle, map.places[1].state.as_str()), (180, 540, "Not ready"));
        let behind: Vec<&str> = map.places[..3].iter().map(|place| place.behind.as_str()).collect();
        assert_eq!(behind, ["in step", "12 behind", ""]);
        assert!(map.places[2].top > map.places[1].top && map.height > map.places[2].top);
        assert!(map.places[2..].windows(2).all(|pair| pair[0].left < pair[1].left && pair[1].middle < WIDTH));
        assert_eq!(map.words, "frontend and 11 replicas behind it, 10 of them up");
        assert!(Map::of("frontend", &[]).places.is_empty());
    }

    #[test]
    fn a_curve_ends_with_now_and_is_never_higher_than_its_frame() {
        let curve = Curve::of([Some(0), None, Some(10), Some(5)].into_iter(), None);
        assert_eq!((curve.points.as_str(), curve.now.as_str(), curve.most), ("300,30 295,0 285,60", "5", 10));
        let share = Curve::of([Some(150), None].into_iter(), Some(100));
        assert_eq!((share.points.as_str(), share.now.as_str()), ("295,0", "–"));
        assert_eq!(Curve::of([].into_iter(), None).points, "");
        let long = Curve::of((0..100).map(|_| Some(u64::MAX / 100)), None);
        assert!(long.points.split(' ').count() == 61 && long.points.ends_with("0,0"), "{}", long.points);
    }
}
