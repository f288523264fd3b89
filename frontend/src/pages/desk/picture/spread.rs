//! The last writes of the catalogs as lines of time: where each stands that had one, and where those that have not. Pure:
//! trails and a moment in, places out.

use crate::desk::Trail;
use std::fmt::Write as _;

/// How wide it is, in its own units.
const WIDTH: u32 = 720;
/// How far apart lines are.
const ROW: u32 = 40;
/// Where lines begin and end: on their left is who wrote.
const LANE: (u32, u32) = (170, 400);
/// Where it says how long it took, on their right. No catalog is drawn beyond.
const TOOK: u32 = 530;
/// How large a catalog is drawn, from its middle.
const RADIUS: u32 = 13;
/// A line is at least as long as this, in milliseconds, and at most.
const SPAN_MS: (u64, u64) = (1_000, 60_000);
/// What takes no longer than this can't be told from what takes no time, by looking as often as is done.
const LOOK_MS: u64 = 300;

/// The last writes, and who had them when.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) took: u32,
    pub(super) radius: u32,
    /// How long the lines are: `1.0 s`.
    pub(super) span: String,
    /// In words, for whoever can't see it.
    pub(super) words: String,
    pub(super) lines: Vec<Line>,
}

/// A write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// `catalogA, 2 s ago`.
    pub(super) who: String,
    /// How long it took until all had it, or who has not.
    pub(super) took: String,
    /// Where the line stands.
    pub(super) y: u32,
    /// Where text on it stands.
    pub(super) base: u32,
    pub(super) marks: Vec<Mark>,
}

/// A catalog on a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) x: u32,
    /// The letter of the catalog.
    pub(super) letter: String,
    /// `wrote`, `had` or `waits`.
    pub(super) style: &'static str,
}

impl Spread {
    /// The lines of these writes at `now_ms`; `catalogs` are all that should have them.
    pub(super) fn of(trails: &[Trail], catalogs: &[String], now_ms: u64) -> Self {
        let took = |trail: &Trail| {
            let last = trail.had_ms.values().copied().max().unwrap_or(trail.at_ms);
            let until = if missing(trail, catalogs).next().is_some() { now_ms } else { last };
            until.saturating_sub(trail.at_ms)
        };
        let span_ms = trails.iter().map(took).max().unwrap_or(0).clamp(SPAN_MS.0, SPAN_MS.1);
        let mut words = String::from("The last writes and who has them.");
        let lines = (0..).zip(trails).map(|(nth, trail)| {
            let line = Line::of(trail, catalogs, now_ms, span_ms, nth);
            // Writing into a text does not fail.
            let _ = write!(words, " {}: {}.", line.who, line.took);
            line
        });
        let lines: Vec<Line> = lines.collect();
        let height = ROW * u32::try_from(lines.len()).unwrap_or(u32::MAX);
        Self {
            width: WIDTH,
            height,
            from: LANE.0,
            to: LANE.1,
            took: TOOK,
            radius: RADIUS,
            span: seconds(span_ms),
            words,
            lines,
        }
    }
}

impl Line {
    fn of(trail: &Trail, catalogs: &[String], now_ms: u64, span_ms: u64, nth: u32) -> Self {
        let mut had: Vec<(u64, &str)> = catalogs
            .iter()
            .filter_map(|name| Some((trail.had_ms.get(name)?.saturating_sub(trail.at_ms), name.as_str())))
            .collect();
        had.sort_unstable();
        let missing: Vec<&str> = missing(trail, catalogs).collect();
        let waited = now_ms.saturating_sub(trail.at_ms);
        let took = match (missing.as_slice(), had.last()) {
            ([], None) => "nobody else is to have it".to_owned(),
            ([], Some((last, _))) if *last <= LOOK_MS => "everywhere at once".to_owned(),
            ([], Some((last, _))) => format!("everywhere after {}", seconds(*last)),
            ([one], _) => format!("not at {one}"),
            (many, _) => format!("not at {} of {}", many.len(), catalogs.len()),
        };
        let on = had.into_iter().map(|(after, name)| (after, name, "had"));
        let on = on.chain(missing.into_iter().map(|name| (waited, name, "waits")));
        let mut marks = vec![Mark { x: LANE.0, letter: letter(&trail.writer), style: "wrote" }];
        for (after, name, style) in on {
            // Those that had it at the same moment stand side by side.
            let x = at(after, span_ms).max(marks.last().map_or(0, |mark| mark.x + 2 * RADIUS + 2));
            if x + RADIUS < TOOK {
                marks.push(Mark { x, letter: letter(name), style });
            }
        }
        let y = ROW * nth + ROW / 2;
        Self { who: format!("{}, {}", trail.writer, ago(waited)), took, y, base: y + 5, marks }
    }
}

/// Who does not have it.
fn missing<'a>(trail: &'a Trail, catalogs: &'a [String]) -> impl Iterator<Item = &'a str> {
    let lacks = |name: &&String| **name != trail.writer && !trail.had_ms.contains_key(*name);
    catalogs.iter().filter(lacks).map(String::as_str)
}

/// Where a moment stands on a line.
fn at(after_ms: u64, span_ms: u64) -> u32 {
    let length = u64::from(LANE.1 - LANE.0);
    let along = after_ms.min(span_ms) * length / span_ms.max(1);
    LANE.0 + u32::try_from(along).unwrap_or(0)
}

/// `catalogB` is `B`.
fn letter(name: &str) -> String {
    name.chars().next_back().map(String::from).unwrap_or_default()
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}

fn ago(ms: u64) -> String {
    match ms / 1_000 {
        0 => "now".to_owned(),
        seconds @ 1..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(at_ms: u64, had: &[(&str, u64)]) -> Trail {
        Trail::seen("catalogA", at_ms, had)
    }

    fn catalogs() -> Vec<String> {
        ["catalogA", "catalogB", "catalogC"].map(str::to_owned).to_vec()
    }

    fn marks(line: &Line) -> Vec<(u32, &str, &str)> {
        line.marks.iter().map(|mark| (mark.x, mark.letter.as_str(), mark.style)).collect()
    }

    #[test]
    fn a_write_begins_at_who_wrote_it_and_those_who_had_it_at_once_stand_beside() {
        let spread = Spread::of(&[trail(5_000, &[("catalogC", 5_100), ("catalogB", 5_000)])], &catalogs(), 8_000);
        assert_eq!(marks(&spread.lines[0]), [(170, "A", "wrote"), (198, "B", "had"), (226, "C", "had")]);
        assert_eq!((spread.lines[0].took.as_str(), spread.span.as_str()), ("everywhere at once", "1.0 s"));
        assert_eq!(spread.words, "The last writes and who has them. catalogA, 3 s ago: everywhere at once.");
    }

    #[test]
    fn who_has_it_late_stands_later_and_who_has_it_not_waits_at_the_end() {
        let late = trail(5_000, &[("catalogB", 5_000), ("catalogC", 7_000)]);
        let lacks = trail(1_000, &[("catalogC", 2_000)]);
        let spread = Spread::of(&[late, lacks], &catalogs(), 9_000);
        assert_eq!(marks(&spread.lines[0]), [(170, "A", "wrote"), (198, "B", "had"), (227, "C", "had")]);
        assert_eq!(marks(&spread.lines[1]), [(170, "A", "wrote"), (198, "C", "had"), (400, "B", "waits")]);
        let took: Vec<&str> = spread.lines.iter().map(|line| line.took.as_str()).collect();
        assert_eq!(took, ["everywhere after 2.0 s", "not at catalogB"]);
        assert_eq!((spread.span.as_str(), spread.height), ("8.0 s", 80));
    }

    #[test]
    fn nothing_stands_outside_of_the_picture_however_long_it_takes() {
        let many: Vec<String> = ('A'..='Z').map(|letter| format!("catalog{letter}")).collect();
        let spread = Spread::of(&[trail(0, &[])], &many, u64::MAX);
        assert!(spread.lines[0].marks.iter().all(|mark| mark.x + RADIUS < TOOK), "{spread:?}");
        assert_eq!(spread.lines[0].took, "not at 25 of 26");
        assert_eq!(Spread::of(&[], &many, 0).height, 0);
        assert_eq!(
            Spread::of(&[trail(9, &[])], &["catalogA".to_owned()], 0).lines[0].took,
            "nobody else is to have it"
        );
    }
}
