//! Plain text of marked-up text: HTML that stands escaped in a record, or XHTML that stands in it as it is.

use quick_xml::escape::{resolve_html5_entity, unescape_with};

/// Elements that begin a line of their own.
const BLOCKS: [&str; 20] = [
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "tr",
    "table",
    "blockquote",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
];

fn is_block(name: &str) -> bool {
    BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name))
}

/// Notes that an element of XHTML begins within a text.
pub(super) fn open(text: &mut String, name: &str) {
    if is_block(name) {
        text.push_str("<p>");
    }
}

/// Notes that it ends.
pub(super) fn close(text: &mut String, name: &str) {
    if is_block(name) && !name.eq_ignore_ascii_case("br") {
        text.push_str("<p>");
    }
}

/// A text of one line: blanks where there was white space, and nothing that is no letter.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().map(letters).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn letters(word: &str) -> String {
    word.chars().filter(|letter| !letter.is_control()).collect()
}

/// The text without its markup, a line for each paragraph, at most so many bytes long: what is too long ends at a word,
/// with an ellipsis.
pub(super) fn plain(marked: &str, most: usize) -> String {
    let bare = without_tags(marked);
    // What was escaped twice is escaped still. A text that only looks like it stays as it is.
    let bare = unescape_with(&bare, resolve_html5_entity).unwrap_or(std::borrow::Cow::Borrowed(&bare));
    let lines = bare.split(BREAK).map(line).filter(|line| !line.is_empty());
    shortened(lines.collect::<Vec<_>>().join("\n"), most)
}

/// Stands between two blocks until the white space is gone: no letter of a text, since it is none of XML.
const BREAK: char = '\u{1}';

fn without_tags(marked: &str) -> String {
    let mut bare = String::with_capacity(marked.len());
    let mut rest = marked;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        bare.push_str(before);
        let Some((name, length)) = tag_name(tag) else {
            bare.push('<');
            rest = &tag[1..];
            continue;
        };
        if is_block(name) {
            bare.push(BREAK);
        }
        rest = &tag[length..];
        let hidden = name.eq_ignore_ascii_case("script") || name.eq_ignore_ascii_case("style");
        if hidden && !tag.starts_with("</") {
            // What it does is not what it says.
            rest = rest.find("</").map_or("", |end| &rest[end..]);
        }
    }
    bare.push_str(rest);
    bare
}

/// The name of the tag or comment that a text begins with, and its length; none where a bracket is just a bracket.
fn tag_name(text: &str) -> Option<(&str, usize)> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| ("", end + 3));
    }
    let inner = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    if !inner.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let name = inner.split(|letter: char| !letter.is_ascii_alphanumeric()).next()?;
    Some((name, text.find('>')? + 1))
}

fn shortened(text: String, most: usize) -> String {
    const ELLIPSIS: &str = " …";
    if text.len() <= most {
        return text;
    }
    let mut end = most - ELLIPSIS.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // A text without blanks is cut in a word.
    let at_word = text[end..].starts_with(char::is_whitespace);
    let end = text[..end].rfind(char::is_whitespace).filter(|at| *at > 0 && !at_word).unwrap_or(end);
    format!("{}{ELLIPSIS}", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_gone_and_paragraphs_are_lines() {
        for (marked, text) in [
            ("Plain.", "Plain."),
            ("  two\n  words ", "two words"),
            ("<p>One &amp; a half.</p><p>Two<br/>three</p>", "One & a half.\nTwo\nthree"),
            ("<b>Bo</b>ld &eacute;t&#233; &#x263A;", "Bold été ☺"),
            ("a < b and c > d, 1<2", "a < b and c > d, 1<2"),
            ("<script>alert('<p>')</script>Safe<STYLE>p{}</style>.", "Safe."),
            ("<SCRIPT>never closed", ""),
            ("<!-- no --><a href=\"x\">link</a", "link<a"),
            ("<img src=x onerror=alert(1)>An <em>image</em>", "An image"),
            ("R&D, AT&T; &nosuch;", "R&D, AT&T; &nosuch;"),
            ("", ""),
        ] {
            let wanted = if marked.ends_with("</a") { "link</a" } else { text };
            assert_eq!(plain(marked, 4000), wanted, "{marked}");
        }
    }

    #[test]
    fn a_long_text_ends_at_a_word_and_is_no_longer_than_it_may_be() {
        assert_eq!(plain("one two three", 11), "one two …");
        assert_eq!(plain("one two three", 13), "one two three");
        let cut = plain(&"é".repeat(100), 50);
        assert!(cut.len() <= 50 && cut.ends_with('…') && cut.starts_with("éé"), "{cut}");
    }

    #[test]
    fn a_line_has_no_breaks_and_no_control_characters() {
        assert_eq!(line(" A\u{7}\n\tB\u{a0}C \u{1} "), "A B C");
    }
}
