//! From what is found in the index to what is told of it: with the books' states, as the tables have them.

use super::Finder;
use super::news::document;
use crate::machine::Catalog;
use crate::store;
use replica::Replica;
use search::{Ask, meant};
use serde_json::value::RawValue;
use wire::search::{Choice, Facets, Found, PriceBand, Wanted};
use wire::{ItemState, Problem};

/// The most topics that are counted out.
const MOST_TOPICS: usize = 100;

impl Finder {
    /// Answers a frontend, with the books as `replica` knows them now.
    ///
    /// # Errors
    /// 422 for a question that can't be understood, 503 when there is no answer here.
    pub(crate) async fn answer(
        &self,
        replica: &Replica<Catalog>,
        wanted: &Wanted,
    ) -> Result<Found<Box<RawValue>>, Problem> {
        let ask = Ask::try_from(wanted)?;
        let query = ask.query.clone();
        let found = self.search(ask).await?;
        let ids = found.ids.clone();
        let states = replica.readers().read(move |books| store::states(books, &ids)).await;
        let states = states.map_err(|error| crate::http::unreadable(&error))?;
        let in_order: Vec<&String> = found.ids.iter().filter_map(|id| states.get(id)).collect();
        let best = in_order.first().filter(|_| found.lenient && wanted.cursor.is_none());
        let best = best.and_then(|state| serde_json::from_str::<ItemState>(state).ok());
        let meant = best.as_ref().and_then(document).and_then(|book| meant(&query, &book));
        let raw = |state: &&String| RawValue::from_string((*state).clone()).ok();
        Ok(Found {
            books: in_order.iter().filter_map(raw).collect(),
            total: found.total,
            unfiltered: found.unfiltered,
            facets: facets(found.facets),
            next: found.next.map(|next| next.to_string()),
            meant,
            unknown: found.unknown,
        })
    }
}

fn facets(counted: search::Facets) -> Facets {
    let choices = |counted: Vec<(String, u64)>, most: usize| {
        counted.into_iter().take(most).map(|(value, books)| Choice { value, books }).collect()
    };
    let band = |band: search::Band| PriceBand { min_cents: band.from, max_cents: band.to, books: band.books };
    Facets {
        topics: choices(counted.topics, MOST_TOPICS),
        languages: choices(counted.languages, MOST_TOPICS),
        prices: counted.prices.into_iter().map(band).collect(),
        available: counted.available,
        sold_out: counted.sold_out,
    }
}
