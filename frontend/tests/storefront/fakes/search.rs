//! Searching at a catalog in a few lines: by looking at every book.

use super::{Mood, Replica, json};
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use search::{Ask, Document, oracle};
use serve::{Insider, Refusal};
use wire::search::{Choice, Facets, Found, PriceBand, Wanted};
use wire::{ItemState, Problem};

fn document(state: &ItemState) -> Document {
    Document {
        id: state.id,
        title: state.title.value.clone(),
        authors: state.authors.value.clone(),
        isbn: state.isbn.value.map(|isbn| isbn.to_string()).unwrap_or_default(),
        topic: state.topic.value.clone(),
        language: state.language.value.clone(),
        price: state.cost.value,
        available: state.count() > 0,
        year: state.year.value,
    }
}

pub(super) async fn search(replica: Data<Replica>, _: Insider, wanted: Json<Wanted>) -> Result<HttpResponse, Refusal> {
    if replica.world.mood(&replica.name) == Mood::Builds {
        return Err(Refusal(Problem::definite(503, "search-building", "the search index is not ready")));
    }
    let ask = Ask::try_from(&*wanted).map_err(Refusal)?;
    let books = replica.world.shown(&replica.name);
    let documents: Vec<Document> = books.values().map(document).collect();
    let found = oracle::search(&documents, &ask);
    let choices = |counted: &[(String, u64)]| {
        counted.iter().map(|(value, books)| Choice { value: value.clone(), books: *books }).collect()
    };
    let band = |band: &search::Band| PriceBand { min_cents: band.from, max_cents: band.to, books: band.books };
    let first = found.ids.first().filter(|_| found.lenient).and_then(|id| books.get(id));
    Ok(replica
        .answer(json(&Found {
            books: found.ids.iter().filter_map(|id| books.get(id).cloned()).collect(),
            total: found.total,
            unfiltered: found.unfiltered,
            facets: Facets {
                topics: choices(&found.facets.topics),
                languages: choices(&found.facets.languages),
                prices: found.facets.prices.iter().map(band).collect(),
                available: found.facets.available,
                sold_out: found.facets.sold_out,
            },
            next: found.next.map(|next| next.to_string()),
            meant: first.and_then(|state| search::meant(&ask.query, &document(state))),
            unknown: found.unknown,
        }))
        .await)
}
