//! What the columns of a CSV file are called: by us, or by whoever made it.

use csv::StringRecord;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The columns, in the order in which they are written.
pub(crate) const COLUMNS: [&str; 13] = [
    "id",
    "title",
    "authors",
    "year",
    "language",
    "topic",
    "price",
    "units",
    "isbn",
    "publisher",
    "published",
    "format",
    "description",
];
/// The column with the place of a cover, which is read and never written: covers go out with a backup.
const COVER: &str = "cover";
/// The columns that a file must have, beside `id` or `isbn`.
const NEEDED: [&str; 3] = ["title", "topic", "price"];

/// Our names of columns, each with the file's own: `title=Titel,price=Preis`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapping(BTreeMap<&'static str, String>);

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut names = BTreeMap::new();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (ours, theirs) =
                pair.split_once('=').ok_or_else(|| format!("{pair:?}: write it as title=Titel,price=Preis"))?;
            let ours = known(ours).ok_or_else(|| format!("{ours:?} is no column; known are {}", COLUMNS.join(", ")))?;
            if theirs.trim().is_empty() {
                return Err(format!("{ours}= is followed by the name that the file has for it"));
            }
            if names.insert(ours, theirs.trim().to_owned()).is_some() {
                return Err(format!("{ours} is mapped twice"));
            }
        }
        Ok(Self(names))
    }
}

fn known(name: &str) -> Option<&'static str> {
    COLUMNS.into_iter().chain([COVER]).find(|known| known.eq_ignore_ascii_case(name.trim()))
}

impl Mapping {
    /// Where each column is, by our names. With a mapping, the file is somebody else's: columns that are not known are left
    /// alone, and ours are taken by their own names too. Without one, a column that is not known is a slip of the pen.
    ///
    /// # Errors
    /// Where a column is missing, unknown, or stands twice.
    pub(crate) fn columns(&self, header: &StringRecord) -> Result<BTreeMap<&'static str, usize>, String> {
        let mut columns = BTreeMap::new();
        for (index, name) in header.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let mapped = self.0.iter().find(|(_, theirs)| theirs.to_lowercase() == name.to_lowercase());
            let column = match mapped {
                Some((ours, _)) => Some(*ours),
                None => known(name).filter(|ours| !self.0.contains_key(ours)),
            };
            match column {
                Some(column) if columns.insert(column, index).is_some() => {
                    return Err(format!("column {name} stands twice"));
                }
                None if self.0.is_empty() => {
                    let why = "other names are mapped with --map title=Titel";
                    return Err(format!("unknown column {name:?}; known are {}; {why}", COLUMNS.join(", ")));
                }
                _ => (),
            }
        }
        let lacks = |name: &str| !columns.contains_key(name);
        if let Some((ours, theirs)) = self.0.iter().find(|(ours, _)| lacks(ours)) {
            return Err(format!("there is no column {theirs:?}, which was to be {ours}"));
        }
        if let Some(missing) = NEEDED.into_iter().find(|name| lacks(name)) {
            return Err(format!("column {missing} is missing; needed are {}, and id or isbn", NEEDED.join(", ")));
        }
        if lacks("id") && lacks("isbn") {
            return Err("a file needs a column id, or a column isbn, by which its books are found again".into());
        }
        Ok(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(mapping: &str, header: &[&str]) -> Result<BTreeMap<&'static str, usize>, String> {
        mapping.parse::<Mapping>().expect(mapping).columns(&StringRecord::from(header.to_vec()))
    }

    #[test]
    fn a_mapping_gives_columns_their_names_and_leaves_the_others_alone() {
        let header = ["EAN", "Titel", "price", "Lagerplatz", "Gebiet", "title"];
        let found = columns("title=titel, isbn=EAN,topic=Gebiet", &header).expect("all there");
        assert_eq!(found, [("title", 1), ("isbn", 0), ("price", 2), ("topic", 4)].into());
    }

    #[test]
    fn without_a_mapping_an_unknown_column_is_a_mistake() {
        let unknown = columns("", &["id", "title", "topic", "price", "colour"]).expect_err("unknown");
        assert!(unknown.contains("unknown column \"colour\""), "{unknown}");
    }

    #[test]
    fn what_a_mapping_names_must_be_there_and_is_named_once() {
        let missing = columns("price=Preis", &["id", "title", "topic", "price"]).expect_err("missing");
        assert!(missing.contains("\"Preis\""), "{missing}");
        assert!(columns("", &["title", "topic", "price"]).expect_err("no id").contains("id, or a column isbn"));
        for wrong in ["title", "colour=Farbe", "title=", "title=A,title=B"] {
            let _ = wrong.parse::<Mapping>().expect_err(wrong);
        }
    }
}
