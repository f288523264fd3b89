//! The page and the JSON file that a run leaves behind.

use crate::error::{BenchError, While};
use crate::figures::Part;
use crate::parts::Name;
use crate::table;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The page that takes the tables, and the JSON file beside it.
pub(crate) struct Page {
    page: PathBuf,
    values: PathBuf,
}

impl Page {
    /// The page at `path`, which must have a place for each of `parts`.
    pub(crate) fn open(path: &Path, parts: &[Name]) -> Result<Self, BenchError> {
        let text = fs::read_to_string(path)
            .during(format!("reading {} (--quick measures without writing anything)", path.display()))?;
        for name in parts {
            table::placed(&text, &name.to_string(), "").during(path.display())?;
        }
        Ok(Self { page: path.to_owned(), values: path.with_extension("json") })
    }

    /// Writes one part into both; what they say of other parts stays.
    pub(crate) fn take(&self, part: Part) -> Result<(), BenchError> {
        let doing = format!("writing {}", self.page.display());
        let text = fs::read_to_string(&self.page).during(&doing)?;
        let text = table::placed(&text, &part.name, &table::table(&part))?;
        fs::write(&self.page, text).during(&doing)?;
        let doing = format!("writing {}", self.values.display());
        let mut parts: BTreeMap<String, Part> = match fs::read_to_string(&self.values) {
            Ok(text) => serde_json::from_str(&text).during(&doing)?,
            Err(_) => BTreeMap::new(),
        };
        parts.insert(part.name.clone(), part);
        let text = serde_json::to_string_pretty(&parts).during(&doing)?;
        fs::write(&self.values, text + "\n").during(&doing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> Part {
        Part { name: name.to_owned(), machine: "a machine".to_owned(), rounds: 5, seconds: 4, figures: Vec::new() }
    }

    #[test]
    fn a_part_is_written_into_both_files_and_the_others_stay() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("figures.md");
        fs::write(&path, "# Figures\n<!-- figures: reads -->\n<!-- end -->\n<!-- figures: sale -->\n<!-- end -->\n")
            .expect("writes");
        let page = Page::open(&path, &[Name::Reads, Name::Sale]).expect("both have their place");
        page.take(part("reads")).expect("writes");
        page.take(part("sale")).expect("writes");
        let text = fs::read_to_string(&path).expect("reads");
        assert_eq!(text.matches("Medians of 5 rounds, 4 s a measurement, on a machine.").count(), 2);
        let values: BTreeMap<String, Part> =
            serde_json::from_slice(&fs::read(directory.path().join("figures.json")).expect("reads")).expect("JSON");
        assert_eq!(values.keys().collect::<Vec<_>>(), ["reads", "sale"]);
        assert!(Page::open(&path, &[Name::Cache]).is_err(), "the page has no place for it");
    }
}
