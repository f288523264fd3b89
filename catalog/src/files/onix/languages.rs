//! The codes of languages: three letters in ONIX (ISO 639-2/B), two with us (ISO 639-1).

/// Languages that books are written in; others keep the three letters, which every reader of codes knows too.
const CODES: [(&str, &str); 48] = [
    ("afr", "af"),
    ("alb", "sq"),
    ("ara", "ar"),
    ("arm", "hy"),
    ("baq", "eu"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dan", "da"),
    ("dut", "nl"),
    ("eng", "en"),
    ("est", "et"),
    ("fin", "fi"),
    ("fre", "fr"),
    ("geo", "ka"),
    ("ger", "de"),
    ("gle", "ga"),
    ("gre", "el"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("ice", "is"),
    ("ind", "id"),
    ("ita", "it"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mac", "mk"),
    ("nor", "no"),
    ("per", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("rum", "ro"),
    ("rus", "ru"),
    ("slo", "sk"),
    ("slv", "sl"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("wel", "cy"),
    ("yid", "yi"),
];

/// Our code for a code of ONIX list 74; empty where it is none.
pub(super) fn of_onix(code: &str) -> String {
    let code = code.trim().to_ascii_lowercase();
    let sound = code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_lowercase());
    // A text whose language nobody knows, or that has several, has none for us.
    if !sound || matches!(code.as_str(), "und" | "mul" | "zxx") {
        return String::new();
    }
    let known = CODES.binary_search_by_key(&code.as_str(), |(three, _)| three);
    known.map_or(code, |at| CODES[at].1.to_owned())
}

/// ONIX's code for one of ours.
pub(super) fn to_onix(code: &str) -> &str {
    CODES.iter().find(|(_, two)| *two == code).map_or(code, |(three, _)| three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_translated_and_what_is_not_known_stays_or_is_nothing() {
        assert!(CODES.is_sorted());
        for (three, two) in CODES {
            assert_eq!((of_onix(three).as_str(), to_onix(two)), (two, three));
        }
        for (code, ours) in [("ENG", "en"), ("haw", "haw"), ("und", ""), ("e", ""), ("engl", ""), ("", "")] {
            assert_eq!(of_onix(code), ours);
        }
    }
}
