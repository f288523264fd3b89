//! What people do to a list, one at a time: the edits of forms, as edits of a map of counters. Pure.
//!
//! A line is a book of the shop or anything else in words, told apart by its name alone: digits are a book. What a list is
//! called stands in an item that is not shown as a line. Browsers write the same names (`static/list.js`).

use crate::objects::Author;
use crdt::CounterMap;
use std::fmt;
use std::str::FromStr;
use wire::{ItemId, Quantity};

/// The item that says what a list is called and for.
pub const ABOUT: &str = "@list";
/// The most characters of a list's name.
pub const NAME_MOST: usize = 80;
/// The most characters of a line in words.
pub const WORDS_MOST: usize = 120;
/// The most characters of a note.
pub const NOTE_MOST: usize = 300;
/// The most characters of the name of whoever put a line there.
pub const BY_MOST: usize = 40;

/// Why an edit can't be made; it begins with the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEdited {
    /// A text is too long.
    #[error("{0}: at most {1} characters")]
    TooLong(&'static str, usize),
    /// A line that would be none.
    #[error("what: the number of a book, its title, or a few words")]
    NoLine,
    /// A kind that is none.
    #[error("kind: wish, reading or gift")]
    NoKind,
    /// There is no such line on the list.
    #[error("item: it is not on the list any more")]
    NotThere,
    /// The counter map refuses it.
    #[error(transparent)]
    Counters(#[from] crdt::EditError),
}

/// What a list is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// What somebody would like to have.
    #[default]
    Wish,
    /// What somebody wants to read.
    Reading,
    /// What somebody may be given.
    Gift,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Wish, Self::Reading, Self::Gift];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wish => "wish",
            Self::Reading => "reading",
            Self::Gift => "gift",
        }
    }
}

impl FromStr for Kind {
    type Err = NotEdited;
    fn from_str(text: &str) -> Result<Self, NotEdited> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NotEdited::NoKind)
    }
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A book of the shop.
    Book(ItemId),
    /// Anything else, in words.
    Words(String),
}

impl FromStr for Item {
    type Err = NotEdited;
    fn from_str(text: &str) -> Result<Self, NotEdited> {
        let words = one_line(text);
        if words.is_empty() || words.starts_with('@') {
            return Err(NotEdited::NoLine);
        }
        if words.bytes().all(|byte| byte.is_ascii_digit()) {
            return words.parse().map(Self::Book).map_err(|_| NotEdited::NoLine);
        }
        within("what", words, WORDS_MOST).map(Self::Words)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Book(item) => item.fmt(to),
            Self::Words(words) => to.write_str(words),
        }
    }
}

/// The text on one line, without blanks around it.
fn one_line(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn within(field: &'static str, text: String, most: usize) -> Result<String, NotEdited> {
    if text.chars().count() > most { Err(NotEdited::TooLong(field, most)) } else { Ok(text) }
}

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// It shall be on the list: once, if it is not there yet, so that pressing twice does no more than once.
    Add {
        /// Which line.
        item: Item,
        /// What the shop calls it, for those who read the list where no catalog answers.
        title: Option<String>,
        /// Who puts it there, as they want to be called; empty where they don't say.
        by: String,
    },
    /// So many are wanted.
    Count {
        /// Which line.
        item: Item,
        /// How many.
        count: Quantity,
    },
    /// A word about a line; an empty one takes the last away.
    Note {
        /// Which line.
        item: Item,
        /// The word.
        note: String,
    },
    /// A line is taken off.
    Remove {
        /// Which line.
        item: Item,
    },
    /// What the list is called and for.
    About {
        /// Its name.
        name: String,
        /// What it is for.
        kind: Kind,
    },
}

impl Edit {
    /// Makes the edit.
    ///
    /// # Errors
    /// [`NotEdited`]; the list may then be half edited, and is not to be written.
    pub fn make(&self, map: &mut CounterMap, Author { actor, stamp }: Author) -> Result<(), NotEdited> {
        match self {
            Self::Add { item, title, by } => {
                let (id, by) = (item.to_string(), within("by", one_line(by), BY_MOST)?);
                if map.count(&id) == 0 {
                    map.add(actor, &id, 1)?;
                    if let Some(title) = title {
                        map.set(actor, &id, "title", title, stamp)?;
                    }
                    if !by.is_empty() {
                        map.set(actor, &id, "by", &by, stamp)?;
                    }
                }
            }
            Self::Count { item, count } => {
                let id = item.to_string();
                let now = map.count(&id);
                if now == 0 {
                    return Err(NotEdited::NotThere);
                }
                map.add(actor, &id, i64::from(count.units()) - now)?;
            }
            Self::Note { item, note } => {
                let (id, note) = (item.to_string(), within("note", one_line(note), NOTE_MOST)?);
                if map.count(&id) == 0 {
                    return Err(NotEdited::NotThere);
                }
                if map.field(&id, "note").unwrap_or_default() != note {
                    map.set(actor, &id, "note", &note, stamp)?;
                }
            }
            Self::Remove { item } => {
                map.remove(actor, &item.to_string())?;
            }
            Self::About { name, kind } => {
                let name = within("name", one_line(name), NAME_MOST)?;
                if map.count(ABOUT) == 0 {
                    map.add(actor, ABOUT, 1)?;
                }
                for (field, value) in [("name", name.as_str()), ("kind", kind.as_str())] {
                    if map.field(ABOUT, field) != Some(value) {
                        map.set(actor, ABOUT, field, value, stamp)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::Actor;

    fn author(bits: u128) -> Author {
        Author { actor: Actor::from_bits(bits), stamp: 7 }
    }

    fn item(text: &str) -> Item {
        text.parse().expect("a line")
    }

    fn done(map: &mut CounterMap, edit: &Edit) {
        edit.make(map, author(1)).expect("an edit");
    }

    #[test]
    fn digits_are_a_book_and_anything_else_is_words() {
        assert_eq!(item(" 004 "), Item::Book(ItemId(4)));
        assert_eq!(item("4").to_string(), "4");
        assert_eq!(item(" The\tMoon \n and\u{7} 4"), Item::Words("The Moon and 4".into()));
        for wrong in ["", "  ", "@list", " @list", "99999999999", &"x".repeat(WORDS_MOST + 1)] {
            assert!(wrong.parse::<Item>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn to_add_twice_is_to_add_once_and_a_count_is_what_is_wanted_in_all() {
        let mut map = CounterMap::new();
        let add = Edit::Add { item: item("4"), title: Some("Momo".into()), by: String::new() };
        done(&mut map, &add);
        done(&mut map, &add);
        assert_eq!((map.count("4"), map.field("4", "title")), (1, Some("Momo")));
        let count = Quantity::try_from(3).expect("a quantity");
        done(&mut map, &Edit::Count { item: item("4"), count });
        add.make(&mut map, author(2)).expect("an edit");
        Edit::Count { item: item("4"), count }.make(&mut map, author(2)).expect("an edit");
        assert_eq!(map.count("4"), 3);
    }

    #[test]
    fn what_is_not_on_the_list_has_no_count_and_no_note() {
        let mut map = CounterMap::new();
        let count = Quantity::ONE;
        for edit in [Edit::Count { item: item("4"), count }, Edit::Note { item: item("4"), note: "x".into() }] {
            assert_eq!(edit.make(&mut map, author(1)), Err(NotEdited::NotThere));
        }
        done(&mut map, &Edit::Remove { item: item("4") });
        assert!(map.is_empty_of_content());
    }

    #[test]
    fn a_name_stands_in_an_item_that_nobody_can_add() {
        let mut map = CounterMap::new();
        for name in ["For Ada", " For\nAda "] {
            done(&mut map, &Edit::About { name: name.into(), kind: Kind::Gift });
        }
        assert_eq!((map.field(ABOUT, "name"), map.field(ABOUT, "kind")), (Some("For Ada"), Some("gift")));
        assert!(ABOUT.parse::<Item>().is_err());
        let long = Edit::About { name: "x".repeat(NAME_MOST + 1), kind: Kind::Wish };
        assert_eq!(long.make(&mut map, author(1)), Err(NotEdited::TooLong("name", NAME_MOST)));
    }

    /// The edit that a form of the vectors asks for, as the page of a list reads it.
    fn asked(form: &std::collections::BTreeMap<String, String>) -> Edit {
        let text = |name: &str| form.get(name).cloned().unwrap_or_default();
        match text("do").as_str() {
            "add" => Edit::Add { item: item(&text("what")), title: form.get("title").cloned(), by: text("by") },
            "count" => Edit::Count { item: item(&text("item")), count: text("count").parse().expect("a quantity") },
            "note" => Edit::Note { item: item(&text("item")), note: text("note") },
            "remove" => Edit::Remove { item: item(&text("item")) },
            "about" => Edit::About { name: text("name"), kind: text("kind").parse().expect("a kind") },
            other => panic!("{other} is no edit"),
        }
    }

    #[test]
    fn forms_do_to_a_list_what_they_do_to_a_browsers_copy_of_it() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/twin/edits.json")).expect("JSON");
        let mut map = CounterMap::new();
        for step in vectors["steps"].as_array().expect("steps") {
            done(&mut map, &asked(&serde_json::from_value(step["do"].clone()).expect("a form")));
            assert_eq!(serde_json::to_value(map.lines()).expect("JSON"), step["then"], "{step}");
        }
    }

    #[test]
    fn who_puts_it_there_may_have_a_name_of_some_length() {
        let add = |by: String| Edit::Add { item: item("4"), title: None, by };
        let mut map = CounterMap::new();
        assert_eq!(add("x".repeat(BY_MOST + 1)).make(&mut map, author(1)), Err(NotEdited::TooLong("by", BY_MOST)));
        done(&mut map, &add("x".repeat(BY_MOST)));
        assert_eq!(map.field("4", "by").map(str::len), Some(BY_MOST));
    }

    #[test]
    fn a_note_that_says_the_same_is_no_edit() {
        let mut map = CounterMap::new();
        done(&mut map, &Edit::Add { item: item("4"), title: None, by: String::new() });
        let note = Edit::Note { item: item("4"), note: "for me".into() };
        done(&mut map, &note);
        let before = map.version().clone();
        done(&mut map, &note);
        assert_eq!(map.version(), &before);
    }
}
