//! The report of a run: a table for the terminal, a JSON file for programs and a page for people.
//!
//! Everything is drawn from an [`Outcome`](crate::outcome::Outcome) and from nothing else; nothing here measures anew.

mod audit;
mod chart;
mod date;
mod files;
mod page;
pub mod part;
mod rows;
mod table;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod words;

pub use files::{Written, write};
pub(crate) use rows::together;
pub use table::table;
