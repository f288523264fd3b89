//! A drawn cover for every book: the same title always gets the same one.
//!
//! The topic chooses the hue, so that a shelf of one topic looks like a series; the title chooses the pattern and
//! whether the cloth is dark or light. Title and author are set in it, in a place the pattern never reaches. Pure: a
//! book in, an SVG out. It holds no script and no style sheet, so the page's policy needs no exception for it.

mod colour;
mod typeset;

use askama::Template;
use colour::{Cloth, Palette};
use typeset::{Setting, typeset};
use wire::ItemState;

/// The room for the title: width, height. The whole drawing is 240 by 360.
const TITLE: (f32, f32) = (192.0, 150.0);
/// The room for the authors.
const AUTHORS: (f32, f32) = (196.0, 32.0);

/// What the template draws.
#[derive(Template)]
#[template(path = "parts/cover.svg")]
struct Drawing<'a> {
    palette: Palette,
    topic: String,
    title: Setting,
    authors: Setting,
    pattern: &'a Pattern,
}

impl Drawing<'_> {
    /// The title stands in the middle of its room, from 46 to 196.
    fn title_top(&self) -> f32 {
        46.0 + (TITLE.1 - self.title.height).max(0.0) / 2.0
    }

    /// The authors stand in the middle of theirs, from 312 to 344.
    fn authors_top(&self) -> f32 {
        312.0 + (AUTHORS.1 - self.authors.height).max(0.0) / 2.0
    }
}

/// A drawing that fills the lower half of a cover, as the `d` of paths.
struct Pattern {
    /// Drawn as lines.
    lines: &'static str,
    /// Drawn as areas.
    areas: &'static str,
}

/// Patterns in the box from (12, 206) to (228, 312).
const PATTERNS: [Pattern; 6] = [
    // Waves.
    Pattern {
        lines: "M20 222q12.5-13 25 0t25 0 25 0 25 0 25 0 25 0 25 0 25 0M20 242q12.5-13 25 0t25 0 25 0 25 0 25 0 25 0 25 0 25 0M20 262q12.5-13 25 0t25 0 25 0 25 0 25 0 25 0 25 0 25 0M20 282q12.5-13 25 0t25 0 25 0 25 0 25 0 25 0 25 0 25 0M20 302q12.5-13 25 0t25 0 25 0 25 0 25 0 25 0 25 0 25 0",
        areas: "",
    },
    // A sun behind hills.
    Pattern {
        lines: "M120 210v-2M92 216l-2-3M148 216l2-3M72 234l-4-2M168 234l4-2",
        areas: "M86 266a34 34 0 0 1 68 0zM20 310q40-52 84-26 36-34 66-12 30-16 50 6v32z",
    },
    // Rings on water.
    Pattern {
        lines: "M120 254h.01M104 254a16 6 0 1 0 32 0a16 6 0 1 0-32 0M84 254a36 15 0 1 0 72 0a36 15 0 1 0-72 0M62 254a58 25 0 1 0 116 0a58 25 0 1 0-116 0M40 254a80 35 0 1 0 160 0a80 35 0 1 0-160 0M20 254a100 46 0 1 0 200 0a100 46 0 1 0-200 0",
        areas: "M112 254a8 3 0 1 0 16 0a8 3 0 1 0-16 0",
    },
    // A lattice with knots.
    Pattern {
        lines: "M20 212l98 98M54 212l98 98M88 212l98 98M122 212l98 98M156 212l64 64M190 212l30 30M20 246l64 64M20 280l30 30M220 212l-98 98M186 212l-98 98M152 212l-98 98M118 212l-98 98M84 212l-64 64M50 212l-30 30M220 246l-64 64M220 280l-30 30",
        areas: "M120 255l6 6-6 6-6-6zM69 238l5 5-5 5-5-5zM171 238l5 5-5 5-5-5zM69 272l5 5-5 5-5-5zM171 272l5 5-5 5-5-5z",
    },
    // Reeds.
    Pattern {
        lines: "M40 310V252M60 310V230M80 310V262M100 310V238M120 310V216M140 310V244M160 310V228M180 310V258M200 310V240M20 310H220",
        areas: "M40 252q-9-14 0-24 9 10 0 24zM60 230q-9-12 0-20 9 8 0 20zM80 262q-9-14 0-24 9 10 0 24zM100 238q-9-14 0-24 9 10 0 24zM140 244q-9-14 0-24 9 10 0 24zM160 228q-9-12 0-18 9 6 0 18zM180 258q-9-14 0-24 9 10 0 24zM200 240q-9-14 0-24 9 10 0 24zM120 224q-8-10 0-16 8 6 0 16z",
    },
    // Books on a shelf, seen from their backs.
    Pattern {
        lines: "M20 310H220M46 232v60M50 232v60M139 240v50M197 236v54",
        areas: "M24 222h14v86H24zM60 236h12v72H60zM76 216h18v92H76zM98 228h10v80H98zM112 244l13-4 18 66-13 4zM150 218h14v90H150zM168 240h18v68H168zM206 226h12v82h-12z",
    },
];

/// The cover of a book, as an SVG document.
pub fn draw(state: &ItemState) -> String {
    let hash = blake3::hash(state.title.value.as_bytes());
    let bytes = hash.as_bytes();
    let cloth = if bytes[1].is_multiple_of(3) { Cloth::Light } else { Cloth::Dark };
    let drawing = Drawing {
        palette: Palette::of(hue(&state.topic.value, bytes[2]), cloth),
        topic: typeset::shortened(&state.topic.value.to_uppercase(), 30),
        title: typeset(&state.title.value, TITLE, &[31.0, 28.0, 25.0, 22.0, 19.5, 17.0, 15.0]),
        authors: typeset(&state.authors.value.replace("; ", ", "), AUTHORS, &[13.0, 11.5]),
        pattern: &PATTERNS[usize::from(bytes[0]) % PATTERNS.len()],
    };
    // Only writing could fail, and a string takes everything.
    drawing.render().unwrap_or_default()
}

/// What a cover is drawn of, as a short text: another text, another cover. For addresses that may be kept for ever.
pub fn version(state: &ItemState) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in ["cover 1", &state.title.value, &state.authors.value, &state.topic.value] {
        hasher.update(&part.len().to_be_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..12].to_owned()
}

/// The hue of a topic, in degrees, moved a little for each of its titles.
fn hue(topic: &str, title: u8) -> u16 {
    let hash = blake3::hash(topic.as_bytes());
    let base = u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % 360;
    (base + u16::from(title) % 25) % 360
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{register, state};

    #[test]
    fn the_same_book_always_gets_the_same_cover_and_another_title_another_one() {
        let (one, mut other) = (state(1, &[(1, 1, 5)]), state(1, &[(1, 2, 4)]));
        assert_eq!((draw(&one), version(&one)), (draw(&other), version(&other)), "stock is not on the cover");
        other.title = register("Momo".into(), 2);
        assert_ne!(draw(&one), draw(&other));
        assert_ne!(version(&one), version(&other));
    }

    #[test]
    fn a_hostile_title_is_text_and_nothing_else() {
        let mut hostile = state(1, &[]);
        hostile.title = register("</text><script>alert(1)</script>\u{0}\u{b}&\"".into(), 2);
        hostile.topic = register("<b>\u{1}".into(), 2);
        let svg = draw(&hostile);
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(!svg.chars().any(|char| char.is_control() && char != '\n'), "{svg:?}");
    }

    #[test]
    fn a_book_without_words_still_has_a_cover() {
        let mut empty = state(1, &[]);
        empty.title = register(String::new(), 2);
        empty.authors = register(String::new(), 2);
        assert!(draw(&empty).ends_with("</svg>"), "{}", draw(&empty));
    }
}
