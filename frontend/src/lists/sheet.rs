//! A list as people read it: its name, what it is for, and its lines, of what a map of counters shows. Pure.

use super::edit::{ABOUT, BY_MOST, Item, Kind};
use crdt::CounterMap;

/// A list to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it is called; empty where nobody said.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Its lines: books by their numbers, then what stands there in words.
    pub lines: Vec<SheetLine>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetLine {
    /// What.
    pub item: Item,
    /// How many: at least 1.
    pub count: i64,
    /// What the shop called it when it was put there.
    pub title: Option<String>,
    /// A word about it; empty where there is none.
    pub note: String,
    /// Who put it there, as they called themselves; empty where nobody said.
    pub by: String,
}

impl Sheet {
    /// What there is to read of `map`. What programs have put there under names that are no line is left out.
    pub fn of(map: &CounterMap) -> Self {
        let lines = map.lines();
        let about = |field| lines.get(ABOUT).and_then(|line| line.fields.get(field)).map(String::as_str);
        let line = |(id, line): (&String, &crdt::Line)| {
            let field = |name| line.fields.get(name).filter(|value| !value.is_empty()).cloned();
            let (title, note) = (field("title"), field("note").unwrap_or_default());
            // A program may have put anything there.
            let by = field("by").unwrap_or_default().chars().take(BY_MOST).collect();
            Some(SheetLine { item: id.parse().ok()?, count: line.count, title, note, by })
        };
        let mut all: Vec<SheetLine> = lines.iter().filter_map(line).collect();
        all.sort_by_key(|line| match &line.item {
            Item::Book(item) => (0, item.0, String::new()),
            Item::Words(words) => (1, 0, words.to_lowercase()),
        });
        Self {
            name: about("name").unwrap_or_default().to_owned(),
            kind: about("kind").and_then(|kind| kind.parse().ok()).unwrap_or_default(),
            lines: all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::Actor;

    #[test]
    fn a_list_is_read_in_order_without_the_item_that_names_it() {
        let (mut map, actor) = (CounterMap::new(), Actor::from_bits(1));
        for item in ["Zola", "10", "9", "austen", ABOUT, "@else"] {
            map.add(actor, item, 2).expect("an edit");
        }
        map.set(actor, ABOUT, "name", "Mine", 1).expect("it is there");
        map.set(actor, ABOUT, "kind", "reading", 1).expect("it is there");
        map.set(actor, "9", "note", "soon", 1).expect("it is there");
        map.set(actor, "9", "by", &"Ann".repeat(400), 1).expect("it is there");
        let sheet = Sheet::of(&map);
        let items: Vec<String> = sheet.lines.iter().map(|line| line.item.to_string()).collect();
        assert_eq!(items, ["9", "10", "austen", "Zola"]);
        assert_eq!((sheet.name.as_str(), sheet.kind, sheet.lines[0].note.as_str()), ("Mine", Kind::Reading, "soon"));
        assert_eq!(sheet.lines[0].by.chars().count(), BY_MOST);
        assert_eq!(Sheet::of(&CounterMap::new()), Sheet::default());
    }
}
