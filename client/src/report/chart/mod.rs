//! The charts of the page: what is drawn where. How it looks is the template's and the style's business.
//!
//! Places are shares of the plot, not pixels, so that one drawing suits a wide screen, a telephone and paper.

mod columns;
mod faults;
mod flags;
mod histogram;
mod lanes;
mod latency;
mod rate;
mod scale;

pub(super) use columns::Columns;
pub(super) use histogram::histograms;
pub use lanes::Bar;
pub(super) use lanes::lanes;
pub(super) use latency::latency;
pub(super) use rate::rate;

use std::fmt::{self, Write as _};

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chart {
    /// What it shows, in a few words.
    pub(super) title: String,
    /// What there is to be seen in it, for whoever can't see it.
    pub(super) says: String,
    /// The height of the plot, in pixels.
    pub(super) height: u32,
    /// The room above the plot for labels, in pixels.
    pub(super) above: u32,
    /// The marks of the horizontal axis.
    pub(super) x: Vec<Tick>,
    /// The marks of the vertical axis.
    pub(super) y: Vec<Tick>,
    /// Areas and lines, the rearmost first.
    pub(super) shapes: Vec<Shape>,
    /// Moments and figures with a name.
    pub(super) flags: Vec<Flag>,
    /// Where crosses stand on the horizontal axis.
    pub(super) crosses: Vec<Share>,
    /// What is said of each part of the plot when it is pointed at.
    pub(super) tips: Vec<Tip>,
    /// What the shapes mean.
    pub(super) legend: Vec<Key>,
}

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where: from the left or from the top.
    pub(super) at: Share,
    /// What it says; empty where there is no room for words.
    pub(super) label: String,
    /// Whether it can go without its label where there is little room.
    pub(super) fine: bool,
}

/// A line or an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// The name of its style.
    pub(super) style: &'static str,
    /// Its outline.
    pub(super) path: Path,
}

/// A vertical line with a label at its head.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flag {
    /// The name of its style.
    pub(super) style: &'static str,
    /// Where, from the left.
    pub(super) at: Share,
    /// How far above the plot the label stands, in pixels; nothing where there is no room for one.
    pub(super) lift: Option<u32>,
    /// What always shows.
    pub(super) short: String,
    /// What follows where there is room.
    pub(super) words: String,
    /// Whether the label stands to the left of the line.
    pub(super) left: bool,
    /// What is said when it is pointed at.
    pub(super) tip: String,
}

/// A strip of the plot, and what is said when it is pointed at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tip {
    /// Where it begins.
    pub(super) at: Share,
    /// How wide it is.
    pub(super) wide: Share,
    /// The words.
    pub(super) says: String,
}

/// A shape and its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The name of the style.
    pub(super) style: &'static str,
    /// The shape, in a box of 28 by 12.
    pub(super) sample: &'static str,
    /// What it means.
    pub(super) says: &'static str,
}

/// A part of the plot's width or height, written as a percentage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share(pub(super) f64);

impl fmt::Display for Share {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:.2}%", self.0 * 100.0)
    }
}

/// An outline in a square of a thousand by a thousand, which the page stretches to the plot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(String);

impl Path {
    /// Begins anew at a place: shares from the left and from the bottom.
    fn go(&mut self, x: f64, y: f64) {
        self.step('M', x, y);
    }

    /// A straight line to a place.
    fn line(&mut self, x: f64, y: f64) {
        self.step('L', x, y);
    }

    /// A bar that stands on the bottom.
    fn bar(&mut self, left: f64, right: f64, height: f64) {
        self.go(left, 0.0);
        self.line(left, height);
        self.line(right, height);
        self.line(right, 0.0);
        self.close();
    }

    /// Back to where it began.
    fn close(&mut self) {
        self.0.push('Z');
    }

    fn step(&mut self, step: char, x: f64, y: f64) {
        write!(self.0, "{step}{:.1} {:.1}", x * 1000.0, (1.0 - y) * 1000.0).expect("a string takes everything");
    }
}

impl fmt::Display for Path {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_grows_upwards_and_stays_in_its_square() {
        let mut path = Path::default();
        path.bar(0.0, 0.5, 1.0);
        assert_eq!(path.to_string(), "M0.0 1000.0L0.0 0.0L500.0 0.0L500.0 1000.0Z");
        assert_eq!(Share(0.12345).to_string(), "12.35%");
    }
}
