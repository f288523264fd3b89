//! A link as a QR code (ISO/IEC 18004), which the camera of a phone reads off a screen.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Squares on each side that stay light, as the norm asks for.
const MARGIN: usize = 4;

/// A code, drawn on a field of squares whose sides are 1.
pub(super) struct Code {
    /// How many squares each side of the field has.
    pub(super) size: usize,
    /// The path of the dark ones, in SVG.
    pub(super) dark: String,
}

impl Code {
    /// The code of this text; `None` where it is too long for any.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let mut dark = String::new();
        for (row, squares) in code.to_colors().chunks(code.width()).enumerate() {
            let mut column = MARGIN;
            for run in squares.chunk_by(|one, next| one == next) {
                if run[0] == Color::Dark {
                    // Writing into a text does not fail.
                    let _ = write!(dark, "M{column} {}h{1}v1h-{1}z", row + MARGIN, run.len());
                }
                column += run.len();
            }
        }
        Some(Self { size: code.width() + 2 * MARGIN, dark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_square_is_drawn_once_where_it_belongs() {
        let text = "https://shop.example/lists/00000000-0000-4000-8000-000000000001";
        let code = Code::of(text).expect("short enough");
        let drawn: Vec<[usize; 3]> = code
            .dark
            .split('M')
            .skip(1)
            .map(|run| {
                let mut numbers = run.split([' ', 'h', 'v']).map(|number| number.parse().expect("a number"));
                [(); 3].map(|()| numbers.next().expect("column, row and length"))
            })
            .collect();
        let known = QrCode::with_error_correction_level(text, EcLevel::M).expect("short enough");
        assert_eq!(code.size, known.width() + 8);
        for row in 0..known.width() {
            for column in 0..known.width() {
                let (x, y) = (column + MARGIN, row + MARGIN);
                let times = drawn.iter().filter(|[from, at, length]| *at == y && (*from..from + length).contains(&x));
                assert_eq!(times.count(), usize::from(known[(column, row)] == Color::Dark), "{column}, {row}");
            }
        }
        assert!(Code::of(&"long ".repeat(1_000)).is_none());
    }
}
