//! A set of documents of one segment, and those sets of it that are worth keeping.

use crate::Failed;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;

/// Sets of so many documents or more are kept: what many books begin with is what many people type.
const KEPT_FROM: u64 = 2_000;
/// The most sets that are kept of a segment; of a million books each is 125 kB.
const MOST_KEPT: usize = 200;

/// A set of documents.
pub(crate) struct Bits {
    bits: Vec<u64>,
    /// How often one was put in: no fewer than there are.
    added: u64,
}

impl Bits {
    /// None of `documents`.
    pub(crate) fn empty(documents: u32) -> Self {
        Self { bits: vec![0; documents as usize / 64 + 1], added: 0 }
    }

    /// How many there are, at most.
    pub(crate) fn at_most(&self) -> u64 {
        self.added
    }

    pub(crate) fn has(&self, doc: u32) -> bool {
        self.bits[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    /// Adds the documents of a term.
    pub(crate) fn add(&mut self, term: &TermInfo, index: &InvertedIndexReader) -> Result<(), Failed> {
        self.added += u64::from(term.doc_freq);
        let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while !block.docs().is_empty() {
            for doc in block.docs() {
                self.bits[*doc as usize / 64] |= 1 << (doc % 64);
            }
            block.advance();
        }
        Ok(())
    }

    /// Adds those of another set of the same segment.
    pub(crate) fn add_all(&mut self, other: &Self) {
        self.added += other.added;
        for (bits, more) in self.bits.iter_mut().zip(&other.bits) {
            *bits |= more;
        }
    }

    /// Each of them, upwards.
    pub(crate) fn each(&self) -> impl Iterator<Item = u32> + '_ {
        self.bits.iter().zip((0_u32..).step_by(64)).flat_map(|(bits, first)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < 64).then_some(first + bit)
            })
        })
    }
}

/// Sets of a segment by the beginning that all their words have. A segment does not change, so they stay true; who of them
/// was deleted since is asked elsewhere.
#[derive(Default)]
pub(crate) struct Beginnings(Mutex<HashMap<String, Arc<Bits>>>);

impl Beginnings {
    pub(crate) fn kept(&self, beginning: &str) -> Option<Arc<Bits>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(beginning).cloned()
    }

    /// Keeps a set where it is large enough to be worth it.
    pub(crate) fn keep(&self, beginning: &str, bits: Bits) -> Arc<Bits> {
        let bits = Arc::new(bits);
        if bits.added >= KEPT_FROM {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
            kept.insert(beginning.to_owned(), Arc::clone(&bits));
        }
        bits
    }
}
