//! `/books/{id}/events`: the offer of a book, told again when it changes, while its page is open.
//!
//! What is told is what the cache has: the catalogs tell it of every change at once, so a look each second costs nothing.

use super::book::stock_of;
use super::events::{Told, event, going_on, no_place};
use super::failure::PageRefusal;
use super::number;
use crate::say::Say;
use crate::shop::Shop;
use crate::visitor;
use crate::words::StockWords;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use wire::{ItemState, Problem};

/// Price and stock, as they stand on the book's page.
#[derive(Clone, PartialEq, Eq, Template)]
#[template(path = "parts/offer.html")]
pub(super) struct Offer {
    price: String,
    stock: StockWords,
    /// `Last copy`.
    words: String,
}

impl Offer {
    /// The offer of a book with this state and this stock.
    pub(super) fn of(shop: &Shop, say: &Say, state: &ItemState, stock: StockWords) -> Self {
        let price = say.money(state.cost.value.cents().into(), &shop.currency);
        Self { price, stock, words: say.stock(&stock) }
    }
}

pub(super) async fn events(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let (id, seen) = (number(&id)?, visitor::seen(&request, &shop.signer));
    let say = visitor::say(&request);
    // There is such a book, or nothing to be told of it.
    shop.browse.book(id, &seen).await.map_err(Problem::from)?;
    let Some(place) = shop.watchers.place() else { return Ok(no_place()) };
    let mut last = None;
    Ok(going_on(place, async move || {
        // Whoever can't be asked now may be in a moment.
        let Ok(found) = shop.browse.book(id, &seen).await else { return Told::Nothing };
        let state = found.value.state();
        let offer = Offer::of(&shop, say, state, stock_of(&shop, state).await);
        if last.as_ref() == Some(&offer) {
            return Told::Nothing;
        }
        let html = offer.render();
        last = Some(offer);
        html.map_or(Told::Over, |html| Told::Event(event("offer", &html)))
    }))
}
