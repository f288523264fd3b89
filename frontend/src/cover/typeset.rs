//! Sets a text into a box: SVG breaks no lines by itself.
//!
//! No font is measured: widths are those of a usual book face, a little generous. Text that is a little
//! wider in somebody's font reaches into the margin, which is why there is one.

/// A line is so much higher than its letters.
const LEADING: f32 = 1.18;

/// A text set in lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    /// Size of the letters.
    pub(super) size: f32,
    /// The lines, top to bottom.
    pub(super) lines: Vec<Line>,
    /// Height of all lines.
    pub(super) height: f32,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Its text.
    pub(super) text: String,
    /// The distance of its baseline from the top of the setting.
    pub(super) baseline: f32,
}

/// Sets `text` into a box of width and height, in the largest of `sizes` (falling) that fits.
///
/// What doesn't fit in the smallest size ends in `…`.
pub(super) fn typeset(text: &str, (width, height): (f32, f32), sizes: &[f32]) -> Setting {
    let text = clean(text);
    let mut smallest = Setting { size: 12.0, lines: Vec::new(), height: 0.0 };
    for &size in sizes {
        let room = lines_in(height, size);
        let lines = broken(&text, width / size);
        let fits = lines.len() <= room && !lines.iter().any(|line| line.hyphenated);
        smallest = set(lines, size, room);
        if fits {
            break;
        }
    }
    smallest
}

/// `text` in at most `most` characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let text = clean(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

/// One space between words, and none of the characters that XML has no way to write.
fn clean(text: &str) -> String {
    let allowed = |char: char| !char.is_control() && !matches!(char, '\u{fffe}' | '\u{ffff}');
    let text: String =
        text.chars().map(|char| if char.is_whitespace() { ' ' } else { char }).filter(|char| allowed(*char)).collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn lines_in(height: f32, size: f32) -> usize {
    let mut lines = 1;
    let mut used = 2.0 * size * LEADING;
    while used <= height {
        lines += 1;
        used += size * LEADING;
    }
    lines
}

#[derive(Clone, Debug, Default)]
struct Broken {
    text: String,
    /// In sizes of a letter.
    width: f32,
    /// A word had to be broken at its end.
    hyphenated: bool,
}

/// Breaks a clean text into lines of at most `width` sizes, between words where possible.
fn broken(text: &str, width: f32) -> Vec<Broken> {
    let mut lines = Vec::new();
    let mut line = Broken::default();
    for word in text.split(' ') {
        let wide = advance(word);
        if !line.text.is_empty() && line.width + 0.25 + wide > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.text.is_empty() {
            line.text.push(' ');
            line.width += 0.25;
        }
        if wide <= width {
            line.text.push_str(word);
            line.width += wide;
            continue;
        }
        for letter in word.chars() {
            let wide = advance_of(letter);
            if line.width + wide > width {
                // Scripts without spaces break anywhere, and nobody minds.
                line.hyphenated = wide < 0.9;
                lines.push(std::mem::take(&mut line));
            }
            line.text.push(letter);
            line.width += wide;
        }
    }
    if !line.text.is_empty() {
        lines.push(line);
    }
    lines
}

fn set(mut lines: Vec<Broken>, size: f32, room: usize) -> Setting {
    if lines.len() > room {
        lines.truncate(room);
        if let Some(last) = lines.last_mut() {
            // Room for the dots.
            for _ in 0..2 {
                last.text.pop();
            }
            last.text = format!("{}…", last.text.trim_end());
        }
    }
    let mut baseline = size * 0.9;
    let mut placed = Vec::with_capacity(lines.len());
    for line in lines {
        placed.push(Line { text: line.text, baseline });
        baseline += size * LEADING;
    }
    Setting { size, lines: placed, height: baseline - size * 0.9 }
}

fn advance(word: &str) -> f32 {
    word.chars().map(advance_of).sum()
}

/// The width of a letter, in sizes.
fn advance_of(letter: char) -> f32 {
    match letter {
        'i' | 'j' | 'l' | 'f' | 't' | 'I' | '.' | ',' | '\'' | '’' | ':' | ';' | '!' | '|' | '(' | ')' | '-' => 0.33,
        'm' | 'w' | 'M' | 'W' | '—' => 0.86,
        'A'..='Z' => 0.68,
        // East Asian scripts fill a square.
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' => 1.0,
        '\u{0300}'..='\u{036f}' => 0.0,
        // Greek and Cyrillic run wider than Latin.
        '\u{0370}'..='\u{052f}' => 0.62,
        _ => 0.51,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [f32; 3] = [30.0, 20.0, 15.0];

    fn lines(text: &str) -> Vec<String> {
        typeset(text, (192.0, 150.0), &SIZES).lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_short_title_is_set_large() {
        let setting = typeset("Momo", (192.0, 150.0), &SIZES);
        assert_eq!((setting.size, setting.lines.len()), (30.0, 1));
    }

    #[test]
    fn a_long_title_is_broken_between_words_and_gets_smaller() {
        let title = "How to get a good grade in 677 in 20 minutes a day.";
        let set = lines(title);
        assert_eq!(set.join(" "), title);
        assert!(set.len() > 2, "{set:?}");
    }

    #[test]
    fn an_endless_title_ends_in_dots() {
        let set = lines(&"word ".repeat(500));
        assert!(set.last().is_some_and(|line| line.ends_with('…')), "{set:?}");
        assert!(set.len() <= 8, "{set:?}");
    }

    #[test]
    fn a_word_that_is_too_long_and_a_script_without_spaces_are_broken_inside() {
        for text in ["Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen".repeat(2), "紅樓夢".repeat(9)] {
            assert_eq!(lines(&text).concat(), text);
        }
    }

    #[test]
    fn what_xml_cannot_say_is_left_out() {
        assert_eq!(lines("a\u{0}b\n\u{ffff} c"), ["ab c"]);
        assert_eq!(lines(" \n "), [""; 0]);
    }
}
