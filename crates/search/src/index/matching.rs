//! Which documents of a segment have all the words, and how well.
//!
//! Each word is looked up in the segment's dictionary: as it is, and where it may be unfinished or misspelt as all the
//! words that it may stand for. The rarest word leads; of each document that has it the others are asked.

use super::terms::{MANY, Members, Standing, Terms};
use crate::Failed;
use crate::bits::Bits;
use crate::document;
use crate::query::{Query, Word};
use crate::rank::Fit;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, SegmentReader, TERMINATED, Term};

/// Whether a word may stand for one that is a letter different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    AsTyped,
    Misspelt,
}

/// Where is looked: a segment, its words, and what they begin with.
pub(super) struct Place<'a> {
    pub(super) segment: &'a SegmentReader,
    pub(super) words: &'a InvertedIndexReader,
    pub(super) beginnings: &'a InvertedIndexReader,
}

/// The words of a question as they are found in one segment.
pub(super) struct Expansion<'a> {
    words: Vec<Expanded<'a>>,
    without: Terms<'a>,
}

/// A word of the question, and the words of the segment that it may stand for.
struct Expanded<'a> {
    whole: Option<TermInfo>,
    begun: Terms<'a>,
    misspelt: Terms<'a>,
}

impl Expanded<'_> {
    fn is_empty(&self) -> bool {
        self.whole.is_none() && self.begun.list.is_empty() && self.misspelt.list.is_empty()
    }

    /// How many documents it leads to, at most.
    fn documents(&self) -> u64 {
        let whole = self.whole.as_ref().map_or(0, |term| term.doc_freq);
        u64::from(whole) + self.begun.documents() + self.misspelt.documents()
    }

    /// The documents it leads to, upwards.
    fn listed(&self, place: &Place<'_>) -> Result<Vec<u32>, Failed> {
        let mut listed = Vec::new();
        let whole = self.whole.iter().map(|term| (term, place.words));
        let begun = self.begun.list.iter().map(|term| (term, self.begun.index));
        let misspelt = self.misspelt.list.iter().map(|term| (term, self.misspelt.index));
        for (term, index) in whole.chain(begun).chain(misspelt) {
            let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
            while !block.docs().is_empty() {
                listed.extend_from_slice(block.docs());
                block.advance();
            }
        }
        listed.sort_unstable();
        listed.dedup();
        Ok(listed)
    }
}

impl<'a> Expansion<'a> {
    pub(super) fn of(query: &Query, place: &Place<'a>, how: Strictness) -> Result<Self, Failed> {
        let mut words = Vec::with_capacity(query.words.len());
        for word in &query.words {
            words.push(expanded(word, place, how)?);
        }
        let mut without = Terms::none(place.words);
        for word in &query.without {
            without.list.extend(place.words.terms().get(word)?);
        }
        Ok(Self { words, without })
    }
}

fn expanded<'a>(word: &Word, place: &Place<'a>, how: Strictness) -> Result<Expanded<'a>, Failed> {
    let whole = place.words.terms().get(&word.text)?;
    let begun = if word.open { begun(&word.text, place)? } else { Terms::none(place.words) };
    let is_misspelt = how == Strictness::Misspelt && word.may_be_misspelt();
    let misspelt = if is_misspelt { misspelt(&word.text, place)? } else { Terms::none(place.words) };
    Ok(Expanded { whole, begun, misspelt })
}

/// The words that begin with `beginning` and go on. What many words may begin with is indexed by itself.
fn begun<'a>(beginning: &str, place: &Place<'a>) -> Result<Terms<'a>, Failed> {
    if document::is_beginning(beginning) {
        let list = place.beginnings.terms().get(beginning)?.into_iter().collect();
        return Ok(Terms { index: place.beginnings, list });
    }
    // No word has the byte 255.
    let end = [beginning.as_bytes(), &[0xff]].concat();
    let mut stream = place.words.terms().range().gt(beginning).lt(end).into_stream()?;
    let mut list = Vec::new();
    while stream.advance() {
        list.push(stream.value().clone());
    }
    Ok(Terms { index: place.words, list })
}

/// The words that are a letter different.
fn misspelt<'a>(word: &str, place: &Place<'a>) -> Result<Terms<'a>, Failed> {
    // The automaton needs the word alone, of whatever field.
    let term = Term::from_field_text(Field::from_field_id(0), word);
    let automaton = FuzzyTermQuery::new(term, 1, true).automaton()?;
    let mut stream = place.words.terms().search(automaton).into_stream()?;
    let mut list = Vec::new();
    while let Some((other, info)) = stream.next() {
        if other != word.as_bytes() {
            list.push(info.clone());
        }
    }
    Ok(Terms { index: place.words, list })
}

/// A word, ready to be asked of one document after the other, upwards.
struct Asked {
    whole: Standing,
    begun: Members,
    misspelt: Members,
}

impl Asked {
    fn open(word: &Expanded<'_>, place: &Place<'_>, asking: u64) -> Result<Self, Failed> {
        Ok(Self {
            whole: Standing::of(word.whole.as_ref(), place, asking)?,
            begun: word.begun.members(place, asking)?,
            misspelt: word.misspelt.members(place, asking)?,
        })
    }

    /// The documents that have it, where all of them were read into sets.
    fn all(&self, documents: u32) -> Option<Bits> {
        let mut all = Bits::empty(documents);
        let sets = self.whole.add_to(&mut all) && self.begun.add_to(&mut all) && self.misspelt.add_to(&mut all);
        sets.then_some(all)
    }

    /// How the word stands in `doc`, which is above every one asked for before.
    fn fit(&mut self, doc: u32) -> Option<Fit> {
        if let Some(place) = self.whole.at(doc) {
            Some(Fit::Whole(place))
        } else if self.begun.has(doc) {
            Some(Fit::Begun)
        } else if self.misspelt.has(doc) {
            Some(Fit::Misspelt)
        } else {
            None
        }
    }
}

/// Shows each living document that has all the words, upwards, with its points.
pub(super) fn each(expansion: &Expansion<'_>, place: &Place<'_>, mut show: impl FnMut(u32, u32)) -> Result<(), Failed> {
    if expansion.words.is_empty() || expansion.words.iter().any(Expanded::is_empty) {
        return Ok(());
    }
    let segment = place.segment;
    let mut words: Vec<&Expanded<'_>> = expansion.words.iter().collect();
    words.sort_by_key(|word| word.documents());
    let lead = words[0];
    let asking = lead.documents();
    let mut hidden = expansion.without.members(place, asking)?;
    let mut asked = Vec::with_capacity(words.len());
    for word in &words {
        asked.push(Asked::open(word, place, asking)?);
    }
    let all = if asking >= MANY { asked[0].all(segment.max_doc()) } else { None };
    let look = |doc: u32| {
        if segment.is_deleted(doc) || hidden.has(doc) {
            return;
        }
        let mut points = 0;
        for word in &mut asked {
            let Some(fit) = word.fit(doc) else { return };
            points += fit.points();
        }
        show(doc, points);
    };
    match all {
        Some(all) => all.each().for_each(look),
        None => lead.listed(place)?.into_iter().for_each(look),
    }
    Ok(())
}

/// Whether a living document has the word. A segment also knows the words of those that were replaced.
pub(super) fn anybody_has(word: &Word, place: &Place<'_>, how: Strictness) -> Result<bool, Failed> {
    let Expanded { whole, begun, misspelt } = expanded(word, place, how)?;
    let in_words = whole.iter().chain(&misspelt.list).map(|term| (term, place.words));
    for (term, index) in in_words.chain(begun.list.iter().map(|term| (term, begun.index))) {
        let mut postings = index.read_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        if first_alive(&mut postings, place.segment).is_some() {
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
