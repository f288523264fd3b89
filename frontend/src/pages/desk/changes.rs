//! `/desk/changes`: who changed what, the latest first, of all books or of one; and the same as a CSV file.

use super::{Around, csv, session, to_the_way_in};
use crate::cursor::ChangeCursor;
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page, unnamed};
use crate::shop::Shop;
use crate::static_files::DESK_STYLE_HREF;
use crate::words::{Moment, money};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures::stream;
use serde::Deserialize;
use serve::input::parse_pairs;
use std::io;
use wire::change::{Change, ChangePlace, Changed};
use wire::{ItemId, OrderNumber, Problem, Way};

/// Changes on one page.
const PAGE: usize = 50;
/// Changes that are read in one go for the file.
const PART: usize = 500;
/// What the columns of the file are called.
const COLUMNS: [&str; 10] = ["when", "who", "way", "book", "title", "what", "was", "now", "replica", "entry"];

#[derive(Template)]
#[template(path = "pages/desk/changes.html")]
struct ChangesPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    heading: String,
    /// The number that was asked for, as it was typed.
    book: String,
    /// Why that is none.
    notice: Option<&'static str>,
    changes: Vec<Row>,
    /// What is said where there are none.
    nothing: &'static str,
    /// Whether this is not the first page.
    later: bool,
    /// The address of the first page.
    latest: String,
    next: Option<String>,
    /// The address of the file.
    export: String,
}

/// A change in words.
struct Row {
    when: Moment,
    who: String,
    book: Option<ItemId>,
    title: String,
    way: &'static str,
    lines: Vec<Line>,
}

/// One thing before and since.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// `price`; empty where the words around say it.
    field: String,
    was: Option<String>,
    now: String,
}

impl Line {
    fn new(field: &str, was: impl Into<Option<String>>, now: String) -> Self {
        Self { field: field.to_owned(), was: was.into(), now }
    }

    fn said(text: String) -> Self {
        Self::new("", None, text)
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    book: String,
    cursor: Option<String>,
}

impl Asked {
    fn read(request: &HttpRequest) -> Result<Self, Problem> {
        parse_pairs(request.query_string().as_bytes())
    }

    /// The book that is asked for, if one is.
    fn item(&self) -> Result<Option<ItemId>, Problem> {
        match self.book.trim() {
            "" => Ok(None),
            number => number.parse().map(Some).map_err(|_| Problem::invalid("book", NO_NUMBER)),
        }
    }

    fn before(&self) -> Result<Option<ChangePlace>, Problem> {
        let cursor = self.cursor.as_ref().map(|text| text.parse::<ChangeCursor>()).transpose();
        Ok(cursor.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0))
    }
}

/// What is said of something that is no book's number.
const NO_NUMBER: &str = "A book's number is a whole number, such as 48.";

pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let asked = Asked::read(&request)?;
    let around = Around::of(&shop, &session, "changes");
    let (Ok(item), before) = (asked.item(), asked.before()?) else {
        let page = ChangesPage { notice: Some(NO_NUMBER), ..page(around, asked.book, None) };
        return Ok(own_page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let mut changes = shop.browse.catalogs().changes(item, before, PAGE + 1).await.map_err(Problem::from)?;
    let more = changes.len() > PAGE;
    changes.truncate(PAGE);
    let last = changes.last().filter(|_| more).map(|last| ChangeCursor(last.place));
    let empty = page(around, asked.book, item);
    let page = ChangesPage {
        next: last.map(|last| format!("/desk/changes?book={}&cursor={last}", number(item))),
        later: before.is_some(),
        changes: changes.into_iter().map(|change| words(change, &shop.currency)).collect(),
        ..empty
    };
    Ok(own_page(StatusCode::OK, &page))
}

/// The page without a change on it.
fn page(around: Around, book: String, item: Option<ItemId>) -> ChangesPage {
    let (heading, nothing) = match item {
        Some(item) => (format!("Changes of book {item}"), "Nobody has changed this book since changes are recorded."),
        None => ("Changes".to_owned(), "Nobody has changed anything since changes are recorded."),
    };
    ChangesPage {
        frame: Frame::new(format!("{heading} · Desk · Bookend")).unlisted(),
        style: &DESK_STYLE_HREF,
        around,
        heading,
        book,
        notice: None,
        changes: Vec::new(),
        nothing,
        later: false,
        latest: format!("/desk/changes?book={}", number(item)),
        next: None,
        export: format!("/desk/changes.csv?book={}", number(item)),
    }
}

fn number(item: Option<ItemId>) -> String {
    item.map(|item| item.to_string()).unwrap_or_default()
}

fn words(change: Change, currency: &str) -> Row {
    let price = |price: wire::Money| money(price.cents().into(), currency);
    let lines = match change.what {
        Changed::Units { was, now } => vec![Line::new("units", was.to_string(), now.to_string())],
        Changed::Price { was, now } => vec![Line::new("price", price(was), price(now))],
        Changed::Added { .. } => vec![Line::said("A new book.".to_owned())],
        Changed::Fields(fields) => {
            let was = |was: String| Some(was).filter(|was| !was.is_empty());
            fields.into_iter().map(|one| Line::new(&one.field, was(one.was), one.now)).collect()
        }
        Changed::Order { number, to } => vec![Line::said(format!("Order {} is {to}.", order(number)))],
        Changed::Retired { replica, end } => vec![Line::said(format!("{replica}; its journal ends at entry {end}."))],
        Changed::Note(text) => vec![Line::said(text)],
    };
    let title = match change.item {
        Some(item) if change.title.is_empty() => unnamed(item),
        _ => change.title,
    };
    Row {
        when: Moment::of(change.place.at_ms),
        who: change.cause.by.to_string(),
        book: change.item,
        title,
        way: way(change.cause.way),
        lines,
    }
}

/// The number of an order that may not be known.
fn order(number: Option<OrderNumber>) -> String {
    number.map_or_else(|| "that is not known here".to_owned(), |number| number.to_string())
}

/// What is said of how a change was made; nothing where that goes without saying.
fn way(way: Way) -> &'static str {
    match way {
        Way::Edit | Way::Order | Way::Other => "",
        Way::StockTake => "Counted",
        Way::Import => "Import",
        Way::Retirement => "Retired",
    }
}

/// The file: all changes there are, or all of a book, the latest first.
pub(super) async fn csv(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(_) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let item = Asked::read(&request)?.item()?;
    // The first part is read before anything is answered: one that can't be had is a page that says so.
    let first = shop.browse.catalogs().changes(item, None, PART).await.map_err(Problem::from)?;
    let name = item.map_or_else(|| "changes.csv".to_owned(), |item| format!("changes-{item}.csv"));
    let begin = (Some(first), csv::row(COLUMNS));
    let rows = stream::try_unfold(begin, move |(part, mut text)| {
        let shop = shop.clone();
        async move {
            let Some(part) = part else { return Ok(None) };
            text.extend(part.iter().map(rows));
            let before = part.last().filter(|_| part.len() == PART).map(|last| last.place);
            let next = match before {
                None => None,
                before => Some(shop.browse.catalogs().changes(item, before, PART).await.map_err(io::Error::other)?),
            };
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    });
    Ok(csv::file(&name, rows))
}

/// The rows of a change: one a field.
fn rows(change: &Change) -> String {
    let row = |what: &str, was: &str, now: &str| {
        let entry = change.place.seq.to_string();
        csv::row([
            Moment::of(change.place.at_ms).machine.as_str(),
            change.cause.by.as_str(),
            machine_way(change.cause.way),
            &number(change.item),
            &change.title,
            what,
            was,
            now,
            &change.replica,
            &entry,
        ])
    };
    match &change.what {
        Changed::Units { was, now } => row("units", &was.to_string(), &now.to_string()),
        Changed::Price { was, now } => row("price", &was.to_string(), &now.to_string()),
        Changed::Added { title } => row("added", "", title),
        Changed::Fields(fields) => fields.iter().map(|one| row(&one.field, &one.was, &one.now)).collect(),
        Changed::Order { number, to } => row("order", &order(*number), to.as_str()),
        Changed::Retired { replica, end } => row("retired", replica, &format!("ends at entry {end}")),
        Changed::Note(text) => row("note", "", text),
    }
}

fn machine_way(way: Way) -> &'static str {
    match way {
        Way::Edit => "edit",
        Way::StockTake => "stock-take",
        Way::Import => "import",
        Way::Order => "order",
        Way::Retirement => "retirement",
        Way::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::change::FieldChange;
    use wire::{Cause, Money};

    fn change(what: Changed) -> Change {
        let actor = "000102030405060708090a0b0c0d0e0f".parse().expect("an actor");
        Change {
            place: ChangePlace { at_ms: 1_763_695_929_123, actor, seq: 7 },
            replica: "catalogA".into(),
            cause: Cause { by: "Ann".parse().expect("a name"), way: Way::Edit },
            item: Some(ItemId(1)),
            title: "Emma, a novel".into(),
            what,
        }
    }

    #[test]
    fn a_change_of_several_fields_has_a_line_for_each_and_a_row_for_each() {
        let field = |field: &str, was: &str| FieldChange { field: field.into(), was: was.into(), now: "new".into() };
        let change = change(Changed::Fields(vec![field("title", "old"), field("authors", "")]));
        let text = rows(&change);
        let begins = "2025-11-21T03:32:09Z,Ann,edit,1,\"Emma, a novel\"";
        assert_eq!(text, format!("{begins},title,old,new,catalogA,7\r\n{begins},authors,,new,catalogA,7\r\n"));
        let row = words(change, "€");
        let wanted = [Line::new("title", "old".to_owned(), "new".into()), Line::new("authors", None, "new".into())];
        assert_eq!(row.lines, wanted);
    }

    #[test]
    fn a_price_is_shown_with_its_currency_before_and_since() {
        let cents = |cents| Money::from_cents(cents).expect("small");
        let row = words(change(Changed::Price { was: cents(1000), now: cents(1250) }), "€");
        assert_eq!(row.lines, [Line::new("price", "10.00\u{a0}€".to_owned(), "12.50\u{a0}€".into())]);
    }
}
