//! The documents of terms, ready to be asked for one after the other, upwards: each sought in a list, or all read into a set.

use super::matching::Place;
use crate::Failed;
use crate::bits::Bits;
use crate::document;
use tantivy::DocSet as _;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings as _, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

/// Terms of which a document has to have one.
pub(super) struct Terms<'a> {
    pub(super) index: &'a InvertedIndexReader,
    pub(super) list: Vec<TermInfo>,
}

impl<'a> Terms<'a> {
    pub(super) fn none(index: &'a InvertedIndexReader) -> Self {
        Self { index, list: Vec::new() }
    }

    fn read_into(&self, bits: &mut Bits) -> Result<(), Failed> {
        self.list.iter().try_for_each(|term| bits.add(term, self.index))
    }

    /// How many documents they have, at most.
    pub(super) fn documents(&self) -> u64 {
        self.list.iter().map(|term| u64::from(term.doc_freq)).sum()
    }

    /// Their documents, ready to be asked for by so many others.
    pub(super) fn members(&self, place: &Place<'_>, asking: u64) -> Result<Members, Failed> {
        Ok(match self.list.as_slice() {
            [] => Members::None,
            [term] if !is_worth_a_set(asking, term) => {
                Members::Listed(Box::new(self.index.read_postings_from_terminfo(term, IndexRecordOption::Basic)?))
            }
            _ => {
                let mut bits = Bits::empty(place.segment.max_doc());
                self.read_into(&mut bits)?;
                Members::Set(bits)
            }
        })
    }
}

/// From so many documents on it can be faster to read all documents of a term into a set than to seek each in its list.
pub(super) const MANY: u64 = 1_000;
/// How many documents can be read one after the other while one is sought.
const A_SEEK: u64 = 16;

fn is_worth_a_set(asking: u64, term: &TermInfo) -> bool {
    asking >= MANY && asking * A_SEEK >= u64::from(term.doc_freq)
}

/// Documents, each of which is asked for upwards.
pub(super) enum Members {
    None,
    Listed(Box<SegmentPostings>),
    Set(Bits),
}

impl Members {
    /// Adds what is in the set to `all`; `false` where there is a list instead.
    pub(super) fn add_to(&self, all: &mut Bits) -> bool {
        match self {
            Self::None => {}
            Self::Listed(_) => return false,
            Self::Set(bits) => all.add_all(bits),
        }
        true
    }

    pub(super) fn has(&mut self, doc: u32) -> bool {
        match self {
            Self::None => false,
            Self::Listed(postings) => stands_at(postings, doc),
            Self::Set(bits) => bits.has(doc),
        }
    }
}

/// The documents of one word, with where it stands in each.
pub(super) enum Standing {
    None,
    Listed(Box<SegmentPostings>),
    Sets { named: Bits, beside: Bits },
}

impl Standing {
    /// Adds what is in the sets to `all`; `false` where there is a list instead.
    pub(super) fn add_to(&self, all: &mut Bits) -> bool {
        match self {
            Self::None => {}
            Self::Listed(_) => return false,
            Self::Sets { named, beside } => {
                all.add_all(named);
                all.add_all(beside);
            }
        }
        true
    }

    pub(super) fn of(term: Option<&TermInfo>, place: &Place<'_>, asking: u64) -> Result<Self, Failed> {
        let Some(term) = term else { return Ok(Self::None) };
        if !is_worth_a_set(asking, term) {
            let postings = place.words.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
            return Ok(Self::Listed(Box::new(postings)));
        }
        let documents = place.segment.max_doc();
        let (mut named, mut beside) = (Bits::empty(documents), Bits::empty(documents));
        let mut block = place.words.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        while !block.docs().is_empty() {
            for (doc, written) in block.docs().iter().zip(block.freqs()) {
                let set = match standing(*written) {
                    document::Place::Named => &mut named,
                    document::Place::Beside => &mut beside,
                };
                set.put(*doc);
            }
            block.advance();
        }
        Ok(Self::Sets { named, beside })
    }

    pub(super) fn at(&mut self, doc: u32) -> Option<document::Place> {
        match self {
            Self::None => None,
            Self::Listed(postings) => stands_at(postings, doc).then(|| standing(postings.term_freq())),
            Self::Sets { named, .. } if named.has(doc) => Some(document::Place::Named),
            Self::Sets { beside, .. } => beside.has(doc).then_some(document::Place::Beside),
        }
    }
}

/// A word is written once for each rank of its place.
fn standing(written: u32) -> document::Place {
    if written > 1 { document::Place::Named } else { document::Place::Beside }
}

/// Whether a list that was asked for nothing above `doc` has it.
fn stands_at(postings: &mut SegmentPostings, doc: u32) -> bool {
    if postings.doc() < doc {
        postings.seek(doc);
    }
    postings.doc() == doc
}
