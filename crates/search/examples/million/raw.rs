//! The engine by itself: its own queries and scores over the same files, the best and a count. It has no facets, and what it
//! does of typing mistakes is a second question, as ours.

use crate::{Failure, PAGE};
use search::{Ask, Sort};
use std::ops::Bound;
use std::path::Path;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Query, RangeQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Index, Order, Searcher, Term};

/// An index that is only read.
pub(crate) struct Raw {
    searcher: Searcher,
    words: Field,
    language: Field,
    available: Field,
}

impl Raw {
    pub(crate) fn open(directory: &Path) -> Result<Self, Failure> {
        let index = Index::open_in_dir(directory)?;
        let (schema, searcher) = (index.schema(), index.reader()?.searcher());
        let field = |name| schema.get_field(name);
        Ok(Self { searcher, words: field("words")?, language: field("language")?, available: field("available")? })
    }

    /// How many books it finds.
    pub(crate) fn search(&self, ask: &Ask) -> Result<u64, Failure> {
        let found = self.answer(ask, false)?;
        let misspelt = found == 0 && ask.query.words.iter().any(search::Word::may_be_misspelt);
        if misspelt { self.answer(ask, true) } else { Ok(found) }
    }

    fn answer(&self, ask: &Ask, lenient: bool) -> Result<u64, Failure> {
        let mut parts: Vec<Box<dyn Query>> = Vec::new();
        for word in &ask.query.words {
            let term = Term::from_field_text(self.words, &word.text);
            let distance = u8::from(lenient && word.may_be_misspelt());
            parts.push(match (word.open, distance) {
                (false, 0) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                (false, _) => Box::new(FuzzyTermQuery::new(term, distance, true)),
                (true, _) => Box::new(FuzzyTermQuery::new_prefix(term, distance, true)),
            });
        }
        let mut only = |term: Term| {
            parts.push(Box::new(RangeQuery::new(Bound::Included(term.clone()), Bound::Included(term))));
        };
        if let Some(language) = &ask.filters.language {
            only(Term::from_field_text(self.language, language));
        }
        if let Some(available) = ask.filters.available {
            only(Term::from_field_u64(self.available, available.into()));
        }
        let (query, best) = (BooleanQuery::intersection(parts), TopDocs::with_limit(PAGE));
        let found = if ask.sort == Sort::PriceUp {
            self.searcher.search(&query, &(best.order_by_fast_field::<u64>("price", Order::Asc), Count))?.1
        } else {
            self.searcher.search(&query, &(best.order_by_score(), Count))?.1
        };
        Ok(found as u64)
    }
}
