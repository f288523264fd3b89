//! Finding books by what people type: what is indexed of a book, what a question means, and the index that answers it.
//!
//! From the inside out: [`text`] makes words of texts, [`Query`] reads what was typed, [`Document`] is a book as it is
//! found, [`Ask`] is a whole question (words, filters, order, place), [`Index`] and [`Writer`] answer and keep up.
//! [`oracle`] answers the same questions by looking at every document: tests hold the index against it.
//! The engine is tantivy, `docs/decisions/0010`. There is no HTTP here, and nobody here knows where documents come from.

mod ask;
mod bits;
mod columns;
mod cursor;
mod document;
mod facets;
mod index;
pub mod oracle;
mod query;
mod rank;
mod spelling;
pub mod text;
mod writer;

pub use ask::{Ask, Filters, MOST_HITS, Sort};
pub use cursor::Cursor;
pub use document::Document;
pub use facets::{Band, Facets};
pub use index::{Found, Index, NotOpened};
pub use query::{LONGEST, MOST_WORDS, NotUnderstood, Query, Word};
pub use spelling::meant;
pub use writer::Writer;

/// Why the index can't be read or written: its files are damaged, or the disk is full.
#[derive(Debug, thiserror::Error)]
#[error("the search index can't be used: {0}")]
pub struct Failed(#[from] tantivy::TantivyError);

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self(error.into())
    }
}
