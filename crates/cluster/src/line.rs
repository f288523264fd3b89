//! What one line of `env.cfg` says: nothing, or a key and a value.
//!
//! The file may also be read by a shell, so `export `, quotes and comments mean here what they mean
//! there. Nothing is expanded: a `$` is a dollar sign. What the keys mean is decided in `parse.rs`.

use crate::mistakes::Mistake;

/// A line that gives a key a value; both are trimmed, neither is checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
}

/// Reads one line; `None` when it is blank or a comment.
///
/// # Errors
/// A [`Mistake`] when there is no `=`, or when quotes do not match.
pub(crate) fn read(line: &str) -> Result<Option<Setting<'_>>, Mistake> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (key, rest) = line.split_once('=').ok_or_else(|| Mistake::no_equals(line))?;
    let key = key.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(key).trim();
    Ok(Some(Setting { key, value: value(key, rest.trim_start())? }))
}

/// The value at the start of `rest`, without its quotes and the comment after it.
fn value<'a>(key: &str, rest: &'a str) -> Result<&'a str, Mistake> {
    let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        return Ok(before_comment(rest));
    };
    let (value, after) = rest[1..].split_once(quote).ok_or_else(|| Mistake::OpenQuote { key: key.to_owned() })?;
    if before_comment(after).is_empty() { Ok(value.trim()) } else { Err(Mistake::AfterQuote { key: key.to_owned() }) }
}

/// `text` up to a `#` that stands at its start or after a space.
fn before_comment(text: &str) -> &str {
    let comment = text
        .match_indices('#')
        .map(|(position, _)| position)
        .find(|&position| text[..position].chars().next_back().is_none_or(char::is_whitespace));
    text[..comment.unwrap_or(text.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_may_be_written_the_way_a_shell_would_accept_it() {
        for line in [
            "catalogA_port=8011",
            "  catalogA_port = 8011  ",
            "export catalogA_port=8011",
            "export\tcatalogA_port='8011'",
            "catalogA_port=\"8011\" # the first one",
            "catalogA_port=8011 # \"the first one\"",
            "catalogA_port=8011\r",
        ] {
            assert_eq!(read(line), Ok(Some(Setting { key: "catalogA_port", value: "8011" })), "{line:?}");
        }
    }

    #[test]
    fn a_hash_inside_a_word_or_quotes_belongs_to_the_value() {
        assert_eq!(read("k=a#b"), Ok(Some(Setting { key: "k", value: "a#b" })));
        assert_eq!(read("k='a # b'"), Ok(Some(Setting { key: "k", value: "a # b" })));
        assert_eq!(read("k=# nothing"), Ok(Some(Setting { key: "k", value: "" })));
    }

    #[test]
    fn a_key_that_only_begins_like_export_is_left_whole() {
        assert_eq!(read("exported=1"), Ok(Some(Setting { key: "exported", value: "1" })));
    }

    #[test]
    fn blank_lines_and_comments_say_nothing() {
        for line in ["", "   ", "\r", "# catalogA_port=8011", "   # indented"] {
            assert_eq!(read(line), Ok(None), "{line:?}");
        }
    }

    #[test]
    fn quotes_that_do_not_match_are_named() {
        assert_eq!(read("k=\"8011"), Err(Mistake::OpenQuote { key: "k".into() }));
        assert_eq!(read("k='8011' 8012"), Err(Mistake::AfterQuote { key: "k".into() }));
    }
}
