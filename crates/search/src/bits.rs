//! A set of documents of one segment.

use crate::Failed;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;

/// A set of documents.
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// None of `documents`.
    pub(crate) fn empty(documents: u32) -> Self {
        Self(vec![0; documents as usize / 64 + 1])
    }

    pub(crate) fn has(&self, doc: u32) -> bool {
        self.0[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    pub(crate) fn put(&mut self, doc: u32) {
        self.0[doc as usize / 64] |= 1 << (doc % 64);
    }

    /// Adds the documents of a term.
    pub(crate) fn add(&mut self, term: &TermInfo, index: &InvertedIndexReader) -> Result<(), Failed> {
        let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while !block.docs().is_empty() {
            self.put_all(block.docs());
            block.advance();
        }
        Ok(())
    }

    /// Puts documents in that are in their order.
    fn put_all(&mut self, docs: &[u32]) {
        // Neighbours go in together: one waits for the other where each is written by itself.
        for neighbours in docs.chunk_by(|one, other| one / 64 == other / 64) {
            let bits = neighbours.iter().fold(0, |bits, doc| bits | 1 << (doc % 64));
            self.0[neighbours[0] as usize / 64] |= bits;
        }
    }

    /// Adds those of another set of the same segment.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            *bits |= more;
        }
    }

    /// Each of them, upwards.
    pub(crate) fn each(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().zip((0_u32..).step_by(64)).flat_map(|(bits, first)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < 64).then_some(first + bit)
            })
        })
    }
}
