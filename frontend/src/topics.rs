//! The tree of topics, made of the list of all that there are: what is right below one, and how many titles.
//!
//! Pure; how a topic is a path is `wire::topic`'s business.

use std::collections::BTreeMap;
use wire::item::TopicCount;
use wire::topic;

/// The topics right below `under`, or at the top of the tree, by name, each with the titles of all that is below it.
pub fn children(topics: &[TopicCount], under: Option<&str>) -> Vec<TopicCount> {
    let mut counts = BTreeMap::<&str, u64>::new();
    for TopicCount { topic, titles } in topics.iter().filter(|count| !count.topic.is_empty()) {
        let child = match under {
            Some(under) => topic::child(under, topic),
            None => Some(topic::root(topic)),
        };
        if let Some(child) = child {
            *counts.entry(child).or_default() += titles;
        }
    }
    counts.into_iter().map(|(topic, titles)| TopicCount { topic: topic.to_owned(), titles }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_right_below_a_topic_counts_everything_below_it() {
        let topics =
            [("", 9), ("fiction", 1), ("fiction / crime", 2), ("fiction / crime / cosy", 3), ("poetry / x", 4)];
        let topics = topics.map(|(topic, titles)| TopicCount { topic: topic.to_owned(), titles });
        let of =
            |under| children(&topics, under).into_iter().map(|count| (count.topic, count.titles)).collect::<Vec<_>>();
        assert_eq!(of(None), [("fiction".to_owned(), 6), ("poetry".to_owned(), 4)]);
        assert_eq!(of(Some("fiction")), [("fiction / crime".to_owned(), 5)]);
        assert_eq!(of(Some("fiction / crime / cosy")), []);
    }
}
