//! What lasted how long, a lane for each who it happened to: bars over the time of the run.

use super::scale::Scale;
use super::{Chart, Key, Path, Shape, Share, Tick, Tip};
use crate::report::words;
use std::collections::BTreeMap;

/// The height of a lane, in pixels.
const LANE: u32 = 19;
/// The share of its lane that a bar fills.
const FILLED: f64 = 0.62;
/// The narrowest bar, as a share of the plot: what took no time must be seen.
const NARROWEST: f64 = 0.003;
/// The most strips that say something when they are pointed at.
const STRIPS: f64 = 240.0;
/// The shape of a bar in a legend.
const SAMPLE: &str = "M2 11V3H26V11Z";

/// Something that lasted.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The lane it is in; lanes come in the order in which they are first named.
    pub lane: String,
    /// The name of its style, one of those that have a meaning.
    pub style: &'static str,
    /// From when, in seconds.
    pub from: f64,
    /// Until when, in seconds.
    pub to: f64,
    /// What is said when it is pointed at.
    pub says: String,
}

/// The chart of `bars` over a run of so many seconds; `meanings` are the styles and what they mean.
pub(in super::super) fn lanes(title: &str, bars: &[Bar], meanings: &[(&'static str, &'static str)], end: f64) -> Chart {
    let mut names: Vec<&str> = Vec::new();
    for bar in bars {
        if !names.contains(&bar.lane.as_str()) {
            names.push(&bar.lane);
        }
    }
    let count = u32::try_from(names.len().max(1)).unwrap_or(u32::MAX);
    let x = Scale::upto(end.max(1.0));
    let lane = |name: &str| names.iter().position(|other| *other == name).unwrap_or(0);
    let middle = |lane: usize| (f64::from(u32::try_from(lane).unwrap_or(u32::MAX)) + 0.5) / f64::from(count);
    let mut outlines: BTreeMap<&str, Path> = BTreeMap::new();
    for bar in bars {
        let (left, right) = (x.place(bar.from), x.place(bar.to));
        let half = FILLED / 2.0 / f64::from(count);
        let up = 1.0 - middle(lane(&bar.lane));
        let path = outlines.entry(bar.style).or_default();
        let right = right.max(left + NARROWEST);
        path.go(left, up - half);
        path.line(left, up + half);
        path.line(right, up + half);
        path.line(right, up - half);
        path.close();
    }
    let shapes = meanings.iter().filter_map(|(style, _)| Some(Shape { style, path: outlines.get(style)?.clone() }));
    let tick = |(at, name): (usize, &&str)| Tick { at: Share(middle(at)), label: (*name).to_owned(), fine: false };
    Chart {
        title: title.to_owned(),
        says: format!("{} in {} lanes.", words::counted(bars.len() as u64, "bar", "bars"), names.len()),
        height: LANE * count,
        above: 14,
        x: x.time_ticks(),
        y: names.iter().enumerate().map(tick).collect(),
        shapes: shapes.collect(),
        flags: Vec::new(),
        crosses: Vec::new(),
        tips: tips(bars, x, end),
        legend: meanings.iter().map(|(style, says)| Key { style, sample: SAMPLE, says }).collect(),
    }
}

/// What is said of each strip of time: everything that lasted in it.
fn tips(bars: &[Bar], x: Scale, end: f64) -> Vec<Tip> {
    let step = (end / STRIPS).ceil().max(1.0);
    let begins = (0..=240_u32).map(|strip| f64::from(strip) * step).take_while(|from| *from < end);
    let tip = |from: f64| {
        let within = bars.iter().filter(|bar| bar.from < from + step && bar.to >= from);
        let says: Vec<&str> = within.map(|bar| bar.says.as_str()).collect();
        let (at, wide) = (x.place(from), x.place(from + step) - x.place(from));
        let says = format!("{}: {}", words::seconds(from), says.join("; "));
        (!says.ends_with(": ")).then_some(Tip { at: Share(at), wide: Share(wide), says })
    };
    begins.filter_map(tip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(lane: &str, style: &'static str, from: f64, to: f64) -> Bar {
        Bar { lane: lane.to_owned(), style, from, to, says: format!("{lane} {style}") }
    }

    #[test]
    fn each_lane_is_there_once_and_each_style_is_one_shape() {
        let bars = [bar("a", "away", 0.0, 5.0), bar("b", "away", 5.0, 10.0), bar("a", "fault", 7.0, 7.0)];
        let chart = lanes("what", &bars, &[("away", "away"), ("fault", "a fault"), ("none", "nothing")], 10.0);
        assert_eq!(chart.y.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(chart.shapes.iter().map(|shape| shape.style).collect::<Vec<_>>(), ["away", "fault"]);
        assert_eq!(chart.shapes[0].path.to_string().matches('M').count(), 2);
        assert!(chart.shapes[1].path.to_string().contains("L703.0"), "it is seen: {}", chart.shapes[1].path);
    }

    #[test]
    fn a_strip_says_what_lasted_in_it_and_one_without_anything_is_silent() {
        let chart = lanes("what", &[bar("a", "away", 2.0, 3.5)], &[("away", "away")], 10.0);
        let says: Vec<&str> = chart.tips.iter().map(|tip| tip.says.as_str()).collect();
        assert_eq!(says.len(), 2, "{says:?}");
        assert!(says[0].starts_with('2') && says[0].ends_with("a away"), "{says:?}");
    }
}
