//! Topics as a tree: a topic is a path such as `fiction / crime`, and one without a slash is a tree of its own.
//!
//! A topic stays one text, so that whoever knows nothing of trees reads and writes it as before. A slash without blanks
//! around it is part of a name: `TCP/IP` is one topic.

/// What stands between a topic and one below it.
pub const SEPARATOR: &str = " / ";

/// The name of a topic without what is above it: `crime`.
pub fn name(topic: &str) -> &str {
    topic.rsplit(SEPARATOR).next().unwrap_or(topic)
}

/// The topics above this one, the topmost first: `fiction`, `fiction / crime` for `fiction / crime / cosy`.
pub fn above(topic: &str) -> impl Iterator<Item = &str> {
    topic.match_indices(SEPARATOR).map(|(end, _)| &topic[..end])
}

/// The topmost topic of the path: `fiction`.
pub fn root(topic: &str) -> &str {
    above(topic).next().unwrap_or(topic)
}

/// The topic right below `topic` on the way to `below`, where that is below it: `fiction / crime` of `fiction` and
/// `fiction / crime / cosy`.
pub fn child<'a>(topic: &str, below: &'a str) -> Option<&'a str> {
    let rest = below.strip_prefix(topic)?.strip_prefix(SEPARATOR)?;
    let length = rest.find(SEPARATOR).unwrap_or(rest.len());
    Some(&below[..below.len() - rest.len() + length])
}

/// Whether `other` is this topic or one below it.
pub fn holds(topic: &str, other: &str) -> bool {
    other == topic || child(topic, other).is_some()
}

/// The texts that are topics below `topic`, as a range: from the first one, inclusive, to the second one, exclusive.
pub fn below(topic: &str) -> (String, String) {
    // The character after a blank: what begins with topic and separator lies before topic, " /" and that.
    (format!("{topic}{SEPARATOR}"), format!("{topic} /!"))
}

/// Whether every part of the path has a name.
pub fn is_whole(topic: &str) -> bool {
    // A slash with one blank at the edge of a part is half of a separator.
    let half = |part: &str| part == "/" || part.starts_with("/ ") || part.ends_with(" /");
    topic.split(SEPARATOR).all(|part| !part.is_empty() && part.trim() == part && !half(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_has_topics_above_it_and_a_name() {
        let topic = "fiction / crime / cosy";
        assert_eq!(above(topic).collect::<Vec<_>>(), ["fiction", "fiction / crime"]);
        assert_eq!((name(topic), root(topic)), ("cosy", "fiction"));
        assert_eq!(child("fiction", topic), Some("fiction / crime"));
        assert_eq!(child("fiction / crime", topic), Some(topic));
        assert_eq!((child(topic, topic), child("fic", topic), child("crime", topic)), (None, None, None));
        assert!(holds("fiction", topic) && holds(topic, topic) && !holds(topic, "fiction") && !holds("fic", topic));
    }

    #[test]
    fn a_flat_topic_is_a_tree_of_its_own_also_with_a_slash_in_it() {
        for topic in ["distributed systems", "TCP/IP", "", "/", "a /b", "öffentlich"] {
            assert_eq!((above(topic).count(), name(topic), root(topic)), (0, topic, topic));
        }
        assert!(is_whole("TCP/IP") && is_whole("fiction / crime"));
        for broken in ["", "/", "a /  / b", " / a", "/ a", "a / ", "a /", "a /  b", "a / / / b"] {
            assert!(!is_whole(broken), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn the_range_has_exactly_what_is_below(topic in "[ab/! ]{1,5}", other in "[ab/! ]{1,9}") {
            let (from, to) = below(&topic);
            let is_below = other.starts_with(&format!("{topic}{SEPARATOR}"));
            prop_assert_eq!((from.as_str()..to.as_str()).contains(&other.as_str()), is_below);
            prop_assert_eq!(child(&topic, &other).is_some(), is_below);
        }
    }
}
