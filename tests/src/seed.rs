//! Opening stock: CSV files as `catalog init` and `catalog import` read them.

use crate::repository;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// The columns, in their order.
pub const HEADER: &str = "id,title,authors,year,language,topic,price,units";

/// The stock with which the shop opens unless a test brings its own.
pub fn opening_stock() -> PathBuf {
    repository().join("catalog/seed/books.csv")
}

/// A file of made-up books: for each id, so many units.
pub fn books(stock: impl IntoIterator<Item = (u32, u64)>) -> String {
    let rows = stock
        .into_iter()
        .map(|(id, units)| format!("{id},Title {id},Author {id},1900,en,topic {},12.50,{units}\n", id % 10));
    format!("{HEADER}\n{}", rows.collect::<String>())
}

/// The units of each book in the text of such a file.
///
/// # Panics
/// When a row has no id or no units.
pub fn units(csv: &str) -> BTreeMap<u32, u64> {
    let number = |field: Option<&str>| field.and_then(|text| text.trim().parse::<u64>().ok());
    let rows = csv.lines().skip(1).filter(|line| !line.is_empty());
    rows.map(|row| {
        let id = number(row.split(',').next()).and_then(|id| u32::try_from(id).ok());
        let units = number(row.rsplit(',').next());
        id.zip(units).unwrap_or_else(|| panic!("not a row of a book: {row}"))
    })
    .collect()
}

/// The units of each book of the opening stock.
///
/// # Panics
/// When the file can't be read.
pub fn opening_units() -> BTreeMap<u32, u64> {
    units(&fs::read_to_string(opening_stock()).expect("the seed is in the repository"))
}
