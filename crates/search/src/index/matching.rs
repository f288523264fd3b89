//! Which documents of a segment have all the words, and how well.
//!
//! Each word is looked up in the segment's dictionary: as it is, and where it may be unfinished or misspelt as all the
//! words that it may stand for. The rarest word leads; of each document that has it the others are asked.

use crate::Failed;
use crate::bits::Bits;
use crate::columns::Columns;
use crate::document;
use crate::query::{Query, Word};
use crate::rank::Fit;
use std::sync::Arc;
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

/// Where is looked: a segment, its dictionary and its columns.
pub(super) struct Place<'a> {
    pub(super) segment: &'a SegmentReader,
    pub(super) index: &'a InvertedIndexReader,
    pub(super) columns: &'a Columns,
}

/// The words of a question as they are found in one segment.
pub(super) struct Expansion {
    words: Vec<Expanded>,
    without: Vec<TermInfo>,
}

/// A word of the question, and the words of the segment that it may stand for.
struct Expanded {
    whole: Option<TermInfo>,
    begun: Option<Arc<Bits>>,
    misspelt: Vec<TermInfo>,
}

impl Expanded {
    fn is_empty(&self) -> bool {
        self.whole.is_none() && self.begun.is_none() && self.misspelt.is_empty()
    }

    /// How many documents it leads to, at most.
    fn documents(&self) -> u64 {
        let begun = self.begun.as_ref().map_or(0, |bits| bits.at_most());
        begun + self.whole.iter().chain(&self.misspelt).map(|term| u64::from(term.doc_freq)).sum::<u64>()
    }
}

impl Expansion {
    pub(super) fn of(query: &Query, place: &Place<'_>, how: Strictness) -> Result<Self, Failed> {
        let mut words = Vec::with_capacity(query.words.len());
        for word in &query.words {
            words.push(expanded(word, place, how)?);
        }
        let mut without = Vec::new();
        for word in &query.without {
            without.extend(place.index.terms().get(word)?);
        }
        Ok(Self { words, without })
    }
}

/// The documents whose words begin with `beginning` and go on; `None` where there are none.
fn begun(beginning: &str, place: &Place<'_>) -> Result<Option<Arc<Bits>>, Failed> {
    if let Some(kept) = place.columns.beginnings.kept(beginning) {
        return Ok(Some(kept));
    }
    // No word has the byte 255.
    let end = [beginning.as_bytes(), &[0xff]].concat();
    let mut stream = place.index.terms().range().gt(beginning).lt(end).into_stream()?;
    let mut bits = None;
    while stream.advance() {
        let bits = bits.get_or_insert_with(|| Bits::empty(place.segment.max_doc()));
        bits.add(stream.value(), place.index)?;
    }
    Ok(bits.map(|bits| place.columns.beginnings.keep(beginning, bits)))
}

fn expanded(word: &Word, place: &Place<'_>, how: Strictness) -> Result<Expanded, Failed> {
    let terms = place.index.terms();
    let whole = terms.get(&word.text)?;
    let begun = if word.open { begun(&word.text, place)? } else { None };
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

/// The documents of these terms; `None` where there are no terms.
fn set(terms: &[TermInfo], index: &InvertedIndexReader, documents: u32) -> Result<Option<Bits>, Failed> {
    if terms.is_empty() {
        return Ok(None);
    }
    let mut bits = Bits::empty(documents);
    for term in terms {
        bits.add(term, index)?;
    }
    Ok(Some(bits))
}

/// A word, ready to be asked of one document after the other, upwards.
struct Asked {
    whole: Option<SegmentPostings>,
    begun: Option<Arc<Bits>>,
    misspelt: Option<Bits>,
}

impl Asked {
    fn open(word: &Expanded, index: &InvertedIndexReader, documents: u32) -> Result<Self, Failed> {
        let whole = word.whole.as_ref().map(|term| read(term, index)).transpose()?;
        Ok(Self { whole, begun: word.begun.clone(), misspelt: set(&word.misspelt, index, documents)? })
    }

    /// How the word stands in `doc`, which is above every one asked for before.
    fn fit(&mut self, doc: u32) -> Option<Fit> {
        if let Some(whole) = &mut self.whole {
            if whole.doc() < doc {
                whole.seek(doc);
            }
            if whole.doc() == doc {
                return Some(Fit::Whole(standing(whole.term_freq())));
            }
        }
        if self.begun.as_ref().is_some_and(|bits| bits.has(doc)) {
            Some(Fit::Begun)
        } else if self.misspelt.as_ref().is_some_and(|bits| bits.has(doc)) {
            Some(Fit::Misspelt)
        } else {
            None
        }
    }
}

/// A word is written once for each rank of its place.
fn standing(written: u32) -> document::Place {
    if written > 1 { document::Place::Named } else { document::Place::Beside }
}

fn read(term: &TermInfo, index: &InvertedIndexReader) -> Result<SegmentPostings, Failed> {
    Ok(index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?)
}

/// Shows each living document that has all the words, upwards, with its points.
pub(super) fn each(
    expansion: &Expansion,
    Place { index, segment, .. }: &Place<'_>,
    mut show: impl FnMut(u32, u32),
) -> Result<(), Failed> {
    if expansion.words.is_empty() || expansion.words.iter().any(Expanded::is_empty) {
        return Ok(());
    }
    let documents = segment.max_doc();
    let mut words: Vec<&Expanded> = expansion.words.iter().collect();
    words.sort_by_key(|word| word.documents());
    let hidden = set(&expansion.without, index, documents)?;
    let mut asked = Vec::with_capacity(words.len());
    for word in &words {
        asked.push(Asked::open(word, index, documents)?);
    }
    let mut look = |doc: u32| {
        if segment.is_deleted(doc) || hidden.as_ref().is_some_and(|bits| bits.has(doc)) {
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
        Some(term) if lead.begun.is_none() && lead.misspelt.is_empty() => {
            let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
            while !block.docs().is_empty() {
                block.docs().iter().copied().for_each(&mut look);
                block.advance();
            }
        }
        whole => {
            let mut bits = Bits::empty(documents);
            for term in whole.iter().chain(&lead.misspelt) {
                bits.add(term, index)?;
            }
            if let Some(begun) = &lead.begun {
                bits.add_all(begun);
            }
            bits.each().for_each(look);
        }
    }
    Ok(())
}

/// Whether a living document has the word. A segment also knows the words of those that were replaced.
pub(super) fn anybody_has(word: &Word, place: &Place<'_>, how: Strictness) -> Result<bool, Failed> {
    let Expanded { whole, begun, misspelt } = expanded(word, place, how)?;
    for term in whole.iter().chain(&misspelt) {
        if first_alive(&mut read(term, place.index)?, place.segment).is_some() {
            return Ok(true);
        }
    }
    Ok(begun.is_some_and(|begun| begun.each().any(|doc| !place.segment.is_deleted(doc))))
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
