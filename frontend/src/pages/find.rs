//! `/find?q=…`: what a search finds, with what it can be narrowed to, in an order of one's choice.
//!
//! Every choice is a link and the whole question is in the address, so a page can be kept, shared and gone back to. Which
//! links there are is `find/choices.rs`; what the box suggests is `static/search.js`.

mod choices;

use super::card::Card;
use super::failure::PageRefusal;
use super::form::Visit;
use super::{Frame, page};
use crate::browse::Results;
use crate::say::Say;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use choices::{Chosen, Facet, Sorting};
use wire::Problem;
use wire::search::Wanted;

/// Books on one page.
const PAGE: usize = 48;
/// Nobody looks for more letters than this.
const LONGEST: usize = 512;

#[derive(Template)]
#[template(path = "pages/find.html")]
struct FindPage {
    frame: Frame,
    query: String,
    /// Whether anything is looked for.
    asked: bool,
    /// `12 titles`.
    total: String,
    books: Vec<Card>,
    facets: Vec<Facet>,
    sorting: Vec<Sorting>,
    meant: Option<Meant>,
    unknown: Vec<String>,
    /// Where there is more without filters: `Without them: 3 titles`, and where.
    without: Option<(String, String)>,
    first: Option<String>,
    next: Option<String>,
}

/// What was probably meant.
struct Meant {
    words: String,
    href: String,
}

pub(super) async fn find(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let chosen = Chosen::read(request.query_string())?;
    if chosen.q.len() > LONGEST {
        return Err(Problem::invalid("q", "That is a very long search: try a few words of it.").into());
    }
    let (say, visit) = (visitor::say(&request), Visit::begin(&shop, &request));
    let mut found = if chosen.is_empty() {
        FindPage::empty(&request, &chosen)
    } else {
        let wanted = Wanted { limit: PAGE, ..chosen.wanted()? };
        let results = shop.browse.search(wanted, &visit.session.seen).await?.value;
        FindPage::of(&request, say, &chosen, &results, &shop.currency)
    };
    found.frame = found.frame.of(&shop, &visit.session);
    Ok(visit.answered(&shop, &request, page(StatusCode::OK, &found)))
}

impl FindPage {
    fn empty(request: &HttpRequest, chosen: &Chosen) -> Self {
        Self {
            frame: Frame::titled(request, visitor::say(request).find.title).searching(&chosen.q).unlisted(),
            query: String::new(),
            asked: false,
            total: String::new(),
            books: Vec::new(),
            facets: Vec::new(),
            sorting: Vec::new(),
            meant: None,
            unknown: Vec::new(),
            without: None,
            first: None,
            next: None,
        }
    }

    fn of(request: &HttpRequest, say: &Say, chosen: &Chosen, results: &Results, currency: &str) -> Self {
        let query = chosen.q.trim().to_owned();
        let title = if query.is_empty() { say.find.books } else { &query };
        let meant = results.meant.as_ref().map(|words| {
            let href = chosen.asking(words).href();
            Meant { words: words.clone(), href }
        });
        let without = (results.total == 0 && results.unfiltered > 0)
            .then(|| ((say.find.unfiltered)(&say.titles(results.unfiltered)), chosen.unfiltered().href()));
        Self {
            frame: Frame::titled(request, title).searching(&query).unlisted(),
            asked: true,
            total: say.titles(results.total),
            books: results.books.iter().map(|book| Card::of(say, book, currency)).collect(),
            facets: choices::facets(say, chosen, &results.facets, currency),
            sorting: choices::sorting(say, chosen),
            meant,
            unknown: results.unknown.clone(),
            without,
            first: chosen.cursor.as_ref().map(|_| chosen.first_page().href()),
            next: results.next.as_ref().map(|next| chosen.going_on(next).href()),
            query,
        }
    }
}
