//! Colours of covers: even lightness for every hue, and text that can be read on all of them.
//!
//! Oklch is used because equal numbers look equally light in it, which HSL does not give.
//! Source: Björn Ottosson, "A perceptual color space for image processing", 2020; contrast: WCAG 2.2, §1.4.3.

/// Cloth of a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cloth {
    /// Dark cloth, light letters.
    Dark,
    /// Light cloth, dark letters.
    Light,
}

/// The colours of a cover, as `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    /// The cloth, and what text stands on.
    pub(super) cloth: String,
    /// Letters.
    pub(super) ink: String,
    /// Ornament.
    pub(super) ornament: String,
}

/// The least contrast between letters and cloth: above the 4.5 that is asked for, since a screen is never ideal.
const CONTRAST: f32 = 5.5;

impl Palette {
    /// The colours for a hue in degrees.
    pub(super) fn of(hue: u16, cloth: Cloth) -> Self {
        let (ink, mut lightness, chroma, step, ornament) = match cloth {
            Cloth::Dark => (Rgb::of(0.96, 0.02, 85), 0.42, 0.085, -0.01, Rgb::of(0.72, 0.1, hue)),
            Cloth::Light => (Rgb::of(0.27, 0.05, hue), 0.87, 0.045, 0.01, Rgb::of(0.62, 0.11, hue)),
        };
        let mut ground = Rgb::of(lightness, chroma, hue);
        while contrast(ground, ink) < CONTRAST && (0.05..0.95).contains(&lightness) {
            lightness += step;
            ground = Rgb::of(lightness, chroma, hue);
        }
        Self { cloth: ground.hex(), ink: ink.hex(), ornament: ornament.hex() }
    }
}

/// A colour in sRGB, each part 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rgb([u8; 3]);

impl Rgb {
    /// The colour of an Oklch lightness (0 to 1), chroma and hue (degrees), clipped to what a screen can show.
    fn of(lightness: f32, chroma: f32, hue: u16) -> Self {
        let angle = f32::from(hue).to_radians();
        let (green_red, blue_yellow) = (chroma * angle.cos(), chroma * angle.sin());
        let long = (lightness + 0.396_337_78 * green_red + 0.215_803_76 * blue_yellow).powi(3);
        let medium = (lightness - 0.105_561_346 * green_red - 0.063_854_17 * blue_yellow).powi(3);
        let short = (lightness - 0.089_484_18 * green_red - 1.291_485_5 * blue_yellow).powi(3);
        Self(
            [
                4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
                -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short,
                -0.004_196_086 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
            ]
            .map(encoded),
        )
    }

    fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Relative luminance, 0 to 1.
    fn luminance(self) -> f32 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f32::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// A linear part as sRGB stores it.
fn encoded(linear: f32) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let part = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    // Between 0 and 255 by the clamp.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number from 0 to 255")]
    let byte = (part * 255.0).round() as u8;
    byte
}

fn contrast(one: Rgb, other: Rgb) -> f32 {
    let (one, other) = (one.luminance() + 0.05, other.luminance() + 0.05);
    one.max(other) / one.min(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hex: &str) -> Rgb {
        let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
        Rgb([part(1), part(3), part(5)])
    }

    #[test]
    fn letters_can_be_read_on_every_hue() {
        for cloth in [Cloth::Dark, Cloth::Light] {
            for hue in 0..360 {
                let palette = Palette::of(hue, cloth);
                let contrast = contrast(read(&palette.cloth), read(&palette.ink));
                assert!(contrast >= 4.5, "{contrast} at {hue}° {cloth:?}");
            }
        }
    }

    #[test]
    fn known_colours_come_out_as_known() {
        assert_eq!(Rgb::of(1.0, 0.0, 0).hex(), "#ffffff");
        assert_eq!(Rgb::of(0.0, 0.0, 0).hex(), "#000000");
        assert!((contrast(read("#ffffff"), read("#000000")) - 21.0).abs() < 0.01);
        assert!((contrast(read("#767676"), read("#ffffff")) - 4.54).abs() < 0.01);
    }

    #[test]
    fn a_hue_keeps_its_colours() {
        let of = |cloth| {
            let Palette { cloth, ink, ornament } = Palette::of(30, cloth);
            [cloth, ink, ornament]
        };
        assert_eq!(of(Cloth::Dark), ["#743930", "#f8f1e3", "#dc8c7f"]);
        assert_eq!(of(Cloth::Light), ["#f1cac3", "#3b1c17", "#bf6b5e"]);
    }
}
