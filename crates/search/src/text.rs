//! From texts to words: what counts as the same letter, and where a word ends.
//!
//! Pure, and the same for what is indexed and for what is typed: that is what makes them meet.

use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization as _;

/// Letters of a word that count; nobody tells longer ones apart.
const LONGEST_WORD: usize = 40;

/// The text in small letters without accents: `Brontë` is `bronte`, `Œuvre` is `oeuvre`, `STRASSE` and `Straße` are one.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let letters = text.nfkd().flat_map(char::to_lowercase).nfkd().filter(|letter| !is_accent(*letter));
    for letter in letters {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            letter => folded.push(letter),
        }
    }
    folded
}

/// Accents of Latin, Greek and Cyrillic letters. The signs of other scripts are letters of their own.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Scripts that put no spaces between words: each of their letters is looked for by itself.
fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`')
}

/// The words of a text, folded, in their order. An apostrophe inside a word does not divide it: `O'Brien` is `obrien`.
pub fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    let (mut words, mut word, mut length) = (Vec::new(), String::new(), 0);
    for letter in folded.chars() {
        if stands_alone(letter) {
            close(&mut words, &mut word, &mut length);
            if letter.is_alphanumeric() {
                words.push(letter.to_string());
            }
        } else if letter.is_alphanumeric() || unicode_normalization::char::is_combining_mark(letter) {
            if length < LONGEST_WORD {
                word.push(letter);
            }
            length += 1;
        } else if !is_apostrophe(letter) {
            close(&mut words, &mut word, &mut length);
        }
    }
    close(&mut words, &mut word, &mut length);
    words
}

fn close(words: &mut Vec<String>, word: &mut String, length: &mut usize) {
    *length = 0;
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// The thirteen digits of an ISBN, with or without hyphens, of ten or thirteen; `None` for anything else.
///
/// Of ten digits the last has to be right, since ten digits may be something else as well.
pub fn isbn(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, '-' | '‐' | '‑' | '–' | ' ')).collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match digits.len() {
        _ if !digits.is_ascii() => None,
        13 if is_number(&digits) && (digits.starts_with("978") || digits.starts_with("979")) => Some(digits),
        10 if is_number(&digits[..9]) => of_ten(&digits),
        _ => None,
    }
}

/// ISO 2108: the sum of ten digits, each times its place from the right, is a multiple of eleven; of thirteen, each
/// second one times three, of ten.
fn of_ten(ten: &str) -> Option<String> {
    let value = |byte: u8| if matches!(byte, b'x' | b'X') { 10 } else { u32::from(byte.wrapping_sub(b'0')) };
    let last = ten.as_bytes()[9];
    let known = last.is_ascii_digit() || matches!(last, b'x' | b'X');
    let sum: u32 = ten.bytes().zip((1..=10_u32).rev()).map(|(byte, place)| value(byte) * place).sum();
    if !known || !sum.is_multiple_of(11) {
        return None;
    }
    let mut thirteen = format!("978{}", &ten[..9]);
    let sum: u32 = thirteen.bytes().zip([1, 3].into_iter().cycle()).map(|(byte, weight)| value(byte) * weight).sum();
    // Writing to a text does not fail.
    let _ = write!(thirteen, "{}", (10 - sum % 10) % 10);
    Some(thirteen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_make_no_difference() {
        for (written, typed) in [
            ("Brontë", "bronte"),
            ("Gabriel García Márquez", "gabriel garcia marquez"),
            ("Œuvres complètes", "oeuvres completes"),
            ("STRASSE", "Straße"),
            ("Søren Ærø", "soren aero"),
            ("Łódź", "lodz"),
            ("İstanbul", "istanbul"),
            ("Ｆｕｌｌ", "full"),
            ("Ἰλιάς", "ιλιας"),
            ("Чайка", "чаика"),
        ] {
            assert_eq!(words(written), words(typed), "{written}");
        }
    }

    #[test]
    fn words_end_where_people_see_them_end() {
        for (text, expected) in [
            ("O'Brien’s dog", vec!["obriens", "dog"]),
            ("Saint-Exupéry", vec!["saint", "exupery"]),
            ("C++: 2nd ed.", vec!["c", "2nd", "ed"]),
            ("吾輩は猫", vec!["吾", "輩", "は", "猫"]),
            ("हिन्दी", vec!["हिन्दी"]),
            ("!!! 😀 \u{0} \u{202e}", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn letters_beyond_the_longest_word_are_not_looked_at() {
        assert_eq!(words(&"x".repeat(10_000)), ["x".repeat(LONGEST_WORD)]);
    }

    #[test]
    fn an_isbn_is_one_with_and_without_hyphens_of_ten_digits_or_thirteen() {
        for text in ["978-0-14-143951-8", "9780141439518", "0-14-143951-3", "0141439513", "978 0 14 143951 8"] {
            assert_eq!(isbn(text).as_deref(), Some("9780141439518"), "{text}");
        }
        assert_eq!(isbn("0-8044-2957-X").as_deref(), Some("9780804429573"));
        for text in ["", "1984", "0141439514", "1234567890123", "978014143951", "éééééé", "97801414395é"] {
            assert_eq!(isbn(text), None, "{text}");
        }
    }
}
