//! Which documents of a segment have all the words, and how well.
//!
//! Each word is looked up in the segment's dictionary: as it is, and where it may be unfinished or misspelt as all the
//! words that it may stand for. The rarest word leads; of each document that has it the others are asked.

use crate::Failed;
use crate::document::Place;
use crate::query::{Query, Word};
use crate::rank::Fit;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings as _, SegmentPostings, TermInfo};
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, SegmentReader, TERMINATED, Term};

/// Whether a word may stand for one that is a letter different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    AsTyped,
    Misspelt,
}

/// The words of a question as they are found in one segment.
pub(super) struct Expansion {
    words: Vec<Expanded>,
    without: Vec<TermInfo>,
}

/// A word of the question, and the words of the segment that it may stand for.
struct Expanded {
    whole: Option<TermInfo>,
    begun: Vec<TermInfo>,
    misspelt: Vec<TermInfo>,
}

impl Expanded {
    fn is_empty(&self) -> bool {
        self.whole.is_none() && self.begun.is_empty() && self.misspelt.is_empty()
    }

    /// How many documents it leads to, at most.
    fn documents(&self) -> u64 {
        self.whole.iter().chain(&self.begun).chain(&self.misspelt).map(|term| u64::from(term.doc_freq)).sum()
    }
}

impl Expansion {
    pub(super) fn of(query: &Query, index: &InvertedIndexReader, how: Strictness) -> Result<Self, Failed> {
        let mut words = Vec::with_capacity(query.words.len());
        for word in &query.words {
            words.push(expanded(word, index, how)?);
        }
        let mut without = Vec::new();
        for word in &query.without {
            without.extend(index.terms().get(word)?);
        }
        Ok(Self { words, without })
    }
}

fn expanded(word: &Word, index: &InvertedIndexReader, how: Strictness) -> Result<Expanded, Failed> {
    let terms = index.terms();
    let whole = terms.get(&word.text)?;
    let mut begun = Vec::new();
    if word.open {
        // No word has the byte 255.
        let end = [word.text.as_bytes(), &[0xff]].concat();
        let mut stream = terms.range().gt(&word.text).lt(end).into_stream()?;
        while stream.advance() {
            begun.push(stream.value().clone());
        }
    }
    let mut misspelt = Vec::new();
    if how == Strictness::Misspelt && word.may_be_misspelt() {
        // The automaton needs the word alone, of whatever field.
        let term = Term::from_field_text(Field::from_field_id(0), &word.text);
        let automaton = FuzzyTermQuery::new(term, 1, true).automaton()?;
        let mut stream = terms.search(automaton).into_stream()?;
        while let Some((other, info)) = stream.next() {
            if other != word.text.as_bytes() {
                misspelt.push(info.clone());
            }
        }
    }
    Ok(Expanded { whole, begun, misspelt })
}

/// A set of documents of a segment.
struct Bits(Vec<u64>);

impl Bits {
    fn empty(documents: u32) -> Self {
        Self(vec![0; documents as usize / 64 + 1])
    }

    fn has(&self, doc: u32) -> bool {
        self.0[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    fn add(&mut self, terms: &[TermInfo], index: &InvertedIndexReader) -> Result<(), Failed> {
        for term in terms {
            let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
            while !block.docs().is_empty() {
                for doc in block.docs() {
                    self.0[*doc as usize / 64] |= 1 << (doc % 64);
                }
                block.advance();
            }
        }
        Ok(())
    }

    fn each(&self) -> impl Iterator<Item = u32> + '_ {
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

/// A word, ready to be asked of one document after the other, upwards.
struct Asked {
    whole: Option<SegmentPostings>,
    begun: Option<Bits>,
    misspelt: Option<Bits>,
}

impl Asked {
    fn open(word: &Expanded, index: &InvertedIndexReader, documents: u32) -> Result<Self, Failed> {
        let set = |terms: &[TermInfo]| -> Result<Option<Bits>, Failed> {
            if terms.is_empty() {
                return Ok(None);
            }
            let mut bits = Bits::empty(documents);
            bits.add(terms, index)?;
            Ok(Some(bits))
        };
        let whole = word.whole.as_ref().map(|term| read(term, index)).transpose()?;
        Ok(Self { whole, begun: set(&word.begun)?, misspelt: set(&word.misspelt)? })
    }

    /// How the word stands in `doc`, which is above every one asked for before.
    fn fit(&mut self, doc: u32) -> Option<Fit> {
        if let Some(whole) = &mut self.whole {
            if whole.doc() < doc {
                whole.seek(doc);
            }
            if whole.doc() == doc {
                return Some(Fit::Whole(place(whole.term_freq())));
            }
        }
        let in_set = |set: &Option<Bits>| set.as_ref().is_some_and(|bits| bits.has(doc));
        if in_set(&self.begun) {
            Some(Fit::Begun)
        } else if in_set(&self.misspelt) {
            Some(Fit::Misspelt)
        } else {
            None
        }
    }
}

/// A word is written once for each rank of its place.
fn place(written: u32) -> Place {
    if written > 1 { Place::Named } else { Place::Beside }
}

fn read(term: &TermInfo, index: &InvertedIndexReader) -> Result<SegmentPostings, Failed> {
    Ok(index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?)
}

/// Shows each living document that has all the words, upwards, with its points.
pub(super) fn each(
    expansion: &Expansion,
    index: &InvertedIndexReader,
    segment: &SegmentReader,
    mut show: impl FnMut(u32, u32),
) -> Result<(), Failed> {
    if expansion.words.is_empty() || expansion.words.iter().any(Expanded::is_empty) {
        return Ok(());
    }
    let documents = segment.max_doc();
    let mut words: Vec<&Expanded> = expansion.words.iter().collect();
    words.sort_by_key(|word| word.documents());
    let mut hidden = Bits::empty(documents);
    hidden.add(&expansion.without, index)?;
    let nothing_hidden = expansion.without.is_empty();
    let mut asked = Vec::with_capacity(words.len());
    for word in &words {
        asked.push(Asked::open(word, index, documents)?);
    }
    let mut look = |doc: u32| {
        if segment.is_deleted(doc) || !nothing_hidden && hidden.has(doc) {
            return;
        }
        let mut points = 0;
        for word in &mut asked {
            let Some(fit) = word.fit(doc) else { return };
            points += fit.points();
        }
        show(doc, points);
    };
    let lead = words[0];
    match &lead.whole {
        Some(term) if lead.begun.is_empty() && lead.misspelt.is_empty() => {
            let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
            while !block.docs().is_empty() {
                block.docs().iter().copied().for_each(&mut look);
                block.advance();
            }
        }
        whole => {
            let mut bits = Bits::empty(documents);
            for terms in [whole.as_slice(), &lead.begun, &lead.misspelt] {
                bits.add(terms, index)?;
            }
            bits.each().for_each(look);
        }
    }
    Ok(())
}

/// Whether a living document has the word. A segment also knows the words of those that were replaced.
pub(super) fn anybody_has(
    word: &Word,
    index: &InvertedIndexReader,
    segment: &SegmentReader,
    how: Strictness,
) -> Result<bool, Failed> {
    let Expanded { whole, begun, misspelt } = expanded(word, index, how)?;
    for term in whole.iter().chain(&begun).chain(&misspelt) {
        if first_alive(&mut read(term, index)?, segment).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first of these documents that was not deleted.
pub(super) fn first_alive(postings: &mut SegmentPostings, segment: &SegmentReader) -> Option<u32> {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        if !segment.is_deleted(doc) {
            return Some(doc);
        }
        doc = postings.advance();
    }
    None
}
