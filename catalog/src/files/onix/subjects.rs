//! What a book is about: one topic of our tree for the subjects of a record.
//!
//! Words are taken where the record has some, since they are what its publisher chose; codes of the trade that come alone
//! are put into a short list of words.

use super::{Element, text};
use stock::command::MOST_TOPIC;
use wire::topic::{SEPARATOR, is_whole};

/// The topic of a record without a subject that is understood.
const UNSORTED: &str = "unsorted";

/// Words for codes of Thema, by what the codes begin with, the longer ones first. Source: Thema 1.5, Editeur.
const THEMA: [(&str, &str); 37] = [
    ("FB", "fiction / general"),
    ("FF", "fiction / crime"),
    ("FH", "fiction / thrillers"),
    ("FK", "fiction / horror"),
    ("FL", "fiction / science fiction"),
    ("FM", "fiction / fantasy"),
    ("FR", "fiction / romance"),
    ("FV", "fiction / historical"),
    ("FX", "fiction / narrative themes"),
    ("XA", "comics"),
    ("YF", "children / fiction"),
    ("YN", "children / non-fiction"),
    ("NH", "history / general"),
    ("PB", "science / mathematics"),
    ("PH", "science / physics"),
    ("DC", "literature / poetry"),
    ("DN", "literature / biography and prose"),
    ("A", "arts"),
    ("C", "language"),
    ("D", "literature"),
    ("F", "fiction"),
    ("G", "reference"),
    ("J", "society"),
    ("K", "business"),
    ("L", "law"),
    ("M", "medicine"),
    ("N", "history"),
    ("P", "science"),
    ("Q", "philosophy and religion"),
    ("R", "earth and environment"),
    ("S", "sports"),
    ("T", "technology"),
    ("U", "computing"),
    ("V", "health"),
    ("W", "lifestyle"),
    ("X", "comics"),
    ("Y", "children"),
];

/// The topic of these subjects: the main one's, or the first that can be understood.
pub(super) fn topic(subjects: &[&Element]) -> String {
    let (main, others): (Vec<&Element>, Vec<&Element>) =
        subjects.iter().partition(|subject| subject.all("MainSubject").next().is_some());
    let ordered = || main.iter().chain(&others);
    let words = ordered().find_map(|subject| heading(subject));
    words.or_else(|| ordered().find_map(|subject| of_code(subject))).unwrap_or_else(|| UNSORTED.to_owned())
}

/// The words of a subject, as many of its path as a topic may have.
fn heading(subject: &Element) -> Option<String> {
    // List 27: keywords are no topic.
    if subject.says("SubjectSchemeIdentifier") == "20" {
        return None;
    }
    let words = text::line(subject.says("SubjectHeadingText"));
    let mut path: Vec<&str> = words.split(SEPARATOR).map(str::trim).filter(|part| !part.is_empty()).collect();
    while path.len() > 1 && path.join(SEPARATOR).chars().count() > MOST_TOPIC {
        path.pop();
    }
    Some(path.join(SEPARATOR)).filter(|topic| is_whole(topic) && topic.chars().count() <= MOST_TOPIC)
}

fn of_code(subject: &Element) -> Option<String> {
    // List 27: Thema, which is the one that all of the trade reads.
    if subject.says("SubjectSchemeIdentifier") != "93" {
        return None;
    }
    let code = subject.says("SubjectCode");
    THEMA.iter().find(|(begins, _)| code.starts_with(begins)).map(|(_, topic)| (*topic).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(scheme: &str, code: &str, heading: &str, main: bool) -> Element {
        let leaf = |name, text: &str| Element { name, text: text.to_owned(), ..Element::default() };
        let mut inside = vec![
            leaf("SubjectSchemeIdentifier", scheme),
            leaf("SubjectCode", code),
            leaf("SubjectHeadingText", heading),
        ];
        inside.extend(main.then(|| leaf("MainSubject", "")));
        Element { name: "Subject", inside, ..Element::default() }
    }

    fn of(subjects: &[Element]) -> String {
        topic(&subjects.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_main_subjects_words_come_before_others_and_words_before_codes() {
        let code = subject("93", "FFC", "", true);
        let words = subject("10", "FIC022000", "FICTION / Mystery & Detective", false);
        let main = subject("10", "", "Novels", true);
        assert_eq!(of(&[code, words]), "FICTION / Mystery & Detective");
        assert_eq!(of(&[subject("10", "", "Others", false), main]), "Novels");
    }

    #[test]
    fn codes_alone_are_put_into_words_and_keywords_are_no_topic() {
        assert_eq!(of(&[subject("93", "FFC", "", true)]), "fiction / crime");
        assert_eq!(of(&[subject("93", "UYQ", "", false)]), "computing");
        let keywords = subject("20", "", "murder; butler", true);
        assert_eq!(of(&[keywords, subject("93", "1KBB", "", false)]), "unsorted");
        assert_eq!(of(&[]), "unsorted");
        let longer = |(one, _): &(&str, &str), other: &str| one.starts_with(other) && one.len() > other.len();
        let shadowed = |at: usize| THEMA[at + 1..].iter().any(|later| longer(later, THEMA[at].0));
        assert!((0..THEMA.len()).all(|at| !shadowed(at)), "the longer codes come first");
    }

    #[test]
    fn a_path_is_cut_at_its_end_and_a_name_that_is_too_long_is_no_topic() {
        let long = "x".repeat(60);
        assert_eq!(of(&[subject("10", "", &format!("{long} / {long} / y"), true)]), long);
        assert_eq!(of(&[subject("10", "", &long.repeat(2), true)]), "unsorted");
    }
}
