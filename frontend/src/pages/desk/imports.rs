//! `/desk/imports`: files of books that are brought in from a browser, how far each is, and what is wrong with its rows.
//!
//! A file is one catalog's, which stands in the address of its page: a frontend keeps nothing of it. The page is whole without
//! JavaScript, and looks again by itself; with it, how far it is comes once a second as a server-sent event.

use super::{Around, Notice, csv, meant, session, to_the_way_in, upload};
use crate::desk::OperatorSession;
use crate::pages::events::{Told, event, going_on, no_place};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page, see_other, status_of};
use crate::say::ENGLISH;
use crate::shop::Shop;
use crate::static_files::{DESK_SCRIPT_HREF, DESK_STYLE_HREF};
use crate::words::{Moment, counted};
use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures::stream;
use serde::Deserialize;
use serve::clock;
use serve::input::Form;
use uuid::Uuid;
use wire::Problem;
use wire::import::{MOST_BYTES, Phase, Status, Wanted};

/// Imports that are listed.
const LISTED: usize = 20;
/// Bad rows that a page shows; the file has more of them.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "pages/desk/imports.html")]
struct ImportsPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    notice: Option<Notice>,
    /// What the form asks for.
    wanted: Wanted,
    most_mib: u64,
    imports: Vec<Listed>,
}

struct Listed {
    href: String,
    name: String,
    who: String,
    when: Moment,
    state: String,
}

#[derive(Template)]
#[template(path = "pages/desk/import.html")]
struct ImportPage {
    frame: Frame,
    style: &'static str,
    script: &'static str,
    around: Around,
    href: String,
    name: String,
    over: bool,
    progress: Progress,
}

/// How far it is: what changes from one moment to the next.
#[derive(Template)]
#[template(path = "parts/desk_import.html")]
struct Progress {
    href: String,
    state: String,
    /// Whether it went wrong.
    failed: bool,
    /// Hundredths; `None` where there is nothing to measure.
    percent: Option<u64>,
    who: String,
    when: Moment,
    catalog: String,
    facts: Vec<(&'static str, String)>,
    rows: Vec<wire::import::BadRow>,
    /// What is said of the rows that are not shown.
    more: String,
    not_counted: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    token: String,
}

/// What a file is called.
fn called(status: &Status) -> String {
    if status.wanted.name.is_empty() { "A file without a name".to_owned() } else { status.wanted.name.clone() }
}

fn state(status: &Status) -> String {
    let check_only = status.wanted.check_only;
    match &status.phase {
        Phase::Arriving => format!("Arriving: {} KiB so far", status.bytes >> 10),
        Phase::Waiting => "Waiting until another import is done".to_owned(),
        Phase::Checking => format!("Checking: {} so far", counted(status.good + status.bad, "row", "rows")),
        Phase::Importing => {
            format!("Importing: {} of {}", ENGLISH.number(status.done), counted(status.good, "book", "books"))
        }
        Phase::Done if check_only && status.bad == 0 => {
            format!("Checked: all {} are good, and nothing was imported", counted(status.good, "row", "rows"))
        }
        Phase::Done if check_only => {
            let (good, bad) =
                (counted(status.good, "good row", "good rows"), counted(status.bad, "bad one", "bad ones"));
            format!("Checked: {good} and {bad}; nothing was imported")
        }
        Phase::Done => format!("Imported {}", counted(status.done, "book", "books")),
        Phase::Cancelled if status.done > 0 => {
            format!("Cancelled after {}: they stay", counted(status.done, "book", "books"))
        }
        Phase::Cancelled => "Cancelled: nothing was imported".to_owned(),
        Phase::Stopped(why) => why.clone(),
    }
}

fn percent(status: &Status) -> Option<u64> {
    match status.phase {
        Phase::Checking => (status.read * 100).checked_div(status.bytes),
        Phase::Importing => (status.done * 100).checked_div(status.good),
        _ => None,
    }
}

fn href(catalog: &str, id: Uuid) -> String {
    format!("/desk/imports/{catalog}/{id}")
}

impl Progress {
    fn of(catalog: &str, status: &Status, rows: Vec<wire::import::BadRow>) -> Self {
        let (told, shown) = (rows.len(), rows.len().min(SHOWN));
        let more = match status.bad {
            bad if bad > told as u64 => {
                let (told, bad) = (ENGLISH.number(told as u64), ENGLISH.number(bad));
                format!("The file has the first {told} of {bad} bad rows.")
            }
            _ if told > shown => {
                format!("These are the first {shown} of {}; the file has all.", ENGLISH.number(told as u64))
            }
            _ => String::new(),
        };
        let facts = [
            ("Good rows", status.good),
            ("Bad rows", status.bad),
            ("Books added", status.added),
            ("Books changed", status.changed),
            ("Counted anew", status.recounted),
        ];
        let only_checks = status.wanted.check_only;
        Self {
            href: href(catalog, status.id),
            state: state(status),
            failed: matches!(status.phase, Phase::Stopped(_)),
            percent: percent(status),
            who: status.wanted.by.to_string(),
            when: Moment::of(status.began_ms),
            catalog: catalog.to_owned(),
            facts: facts
                .into_iter()
                .take(if only_checks { 2 } else { 5 })
                .map(|(name, number)| (name, ENGLISH.number(number)))
                .collect(),
            rows: rows.into_iter().take(shown).collect(),
            more,
            not_counted: status.not_counted.clone(),
        }
    }

    /// Asks the catalog how far it is.
    async fn ask(shop: &Shop, catalog: &str, id: Uuid) -> Result<(Status, Self), Problem> {
        let catalogs = shop.browse.catalogs();
        let status = catalogs.import(catalog, id).await?;
        let rows = if status.bad > 0 { catalogs.bad_rows(catalog, id).await? } else { Vec::new() };
        let progress = Self::of(catalog, &status, rows);
        Ok((status, progress))
    }
}

/// A form as nobody has filled it in.
fn blank(session: &OperatorSession) -> Wanted {
    Wanted { by: session.who().clone(), check_only: true, ..Wanted::default() }
}

pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> HttpResponse {
    let Some(session) = session(&shop, &request) else { return to_the_way_in() };
    page(&shop, &session, blank(&session), None).await
}

/// The form and the list, with why something came of nothing.
async fn page(shop: &Shop, session: &OperatorSession, wanted: Wanted, refused: Option<Problem>) -> HttpResponse {
    let status = refused.as_ref().map_or(StatusCode::OK, status_of);
    let imports = shop.browse.catalogs().imports().await;
    let listed = |(catalog, status): &(String, Status)| Listed {
        href: href(catalog, status.id),
        name: called(status),
        who: status.wanted.by.to_string(),
        when: Moment::of(status.began_ms),
        state: state(status),
    };
    own_page(
        status,
        &ImportsPage {
            frame: Frame::new("Import · Desk · Bookend").unlisted(),
            style: &DESK_STYLE_HREF,
            around: Around::of(shop, session, "imports"),
            notice: refused.map(|problem| Notice { text: problem.detail, refused: true }),
            wanted,
            most_mib: MOST_BYTES >> 20,
            imports: imports.iter().take(LISTED).map(listed).collect(),
        },
    )
}

/// Takes a file, and leads to the page that says how far it is.
pub(super) async fn send(shop: Data<Shop>, request: HttpRequest, form: Multipart) -> Result<HttpResponse, PageRefusal> {
    serve::intent::meant_it(&request)?;
    let Some(session) = session(&shop, &request) else {
        // Nothing is read of what a stranger sends.
        return meant(&shop, &request, "").map(|_| to_the_way_in());
    };
    let mut wanted = blank(&session);
    Ok(match upload::receive(&shop, &session, &request, form, &mut wanted).await {
        Ok((catalog, id)) => {
            tracing::info!(operator = session.name(), who = %session.who(), catalog, %id, "a file was sent at the desk");
            see_other(&href(&catalog, id))
        }
        Err(problem) => page(&shop, &session, wanted, Some(problem)).await,
    })
}

pub(super) async fn show(
    shop: Data<Shop>,
    place: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let (catalog, id) = named(&place)?;
    let (status, progress) = match Progress::ask(&shop, catalog, id).await {
        Ok(asked) => asked,
        Err(problem) => return Ok(page(&shop, &session, blank(&session), Some(problem)).await),
    };
    Ok(own_page(
        StatusCode::OK,
        &ImportPage {
            frame: Frame::new(format!("{} · Desk · Bookend", called(&status))).unlisted(),
            style: &DESK_STYLE_HREF,
            script: &DESK_SCRIPT_HREF,
            around: Around::of(&shop, &session, "imports"),
            href: href(catalog, id),
            name: called(&status),
            over: status.phase.is_over(),
            progress,
        },
    ))
}

/// Stops it.
pub(super) async fn cancel(
    shop: Data<Shop>,
    place: Path<(String, String)>,
    request: HttpRequest,
    sent: Form<Sent>,
) -> Result<HttpResponse, PageRefusal> {
    let session = meant(&shop, &request, &sent.0.token)?;
    let (catalog, id) = named(&place)?;
    shop.browse.catalogs().cancel_import(catalog, id).await.map_err(back)?;
    tracing::info!(operator = session.name(), who = %session.who(), catalog, %id, "an import is cancelled at the desk");
    Ok(see_other(&href(catalog, id)))
}

/// How far it is, again and again, until it is over.
pub(super) async fn events(
    shop: Data<Shop>,
    place: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let refused = || PageRefusal::from(Problem::definite(401, "not-signed-in", "Sign in at the desk first."));
    let session = session(&shop, &request).ok_or_else(refused)?;
    let (catalog, id) = named(&place).map(|(catalog, id)| (catalog.to_owned(), id))?;
    // An import that there is not has no events.
    shop.browse.catalogs().import(&catalog, id).await.map_err(back)?;
    let Some(place) = shop.desk.watchers.place() else { return Ok(no_place()) };
    let mut over = false;
    Ok(going_on(place, async move || {
        if over || session.has_ended(clock::now_ms() / 1000) {
            return Told::Over;
        }
        // One that does not answer at the moment may do so in a second; the browser asks again.
        let Ok((status, progress)) = Progress::ask(&shop, &catalog, id).await else { return Told::Over };
        over = status.phase.is_over();
        let name = if over { "over" } else { "picture" };
        progress.render().map_or(Told::Over, |html| Told::Event(event(name, &html)))
    }))
}

/// What is wrong with its rows, as a file.
pub(super) async fn bad_rows(
    shop: Data<Shop>,
    place: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Some(_) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let (catalog, id) = named(&place)?;
    let rows = shop.browse.catalogs().bad_rows(catalog, id).await.map_err(back)?;
    let mut text = csv::row(["place", "field", "why"]);
    text.extend(rows.iter().map(|row| csv::row([row.place.as_str(), &row.field, &row.why])));
    Ok(csv::file("bad-rows.csv", stream::once(std::future::ready(Ok(Bytes::from(text))))))
}

fn back(problem: Problem) -> PageRefusal {
    PageRefusal::from(problem).with_way_back("/desk/imports".to_owned())
}

fn named(place: &(String, String)) -> Result<(&str, Uuid), PageRefusal> {
    let none = || back(Problem::definite(404, "no-such-import", "There is no such import."));
    Ok((place.0.as_str(), Uuid::try_parse(&place.1).map_err(|_| none())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(phase: Phase) -> Status {
        let text = r#"{"id":"00000000-0000-4000-8000-000000000001","wanted":{"name":"","by":"Ann","map":"","currency":"",
            "check_only":false,"skip_bad":false},"began_ms":1,"phase":"arriving","bytes":2048,"read":1024,"good":8,"bad":0,
            "done":2,"added":1,"changed":0,"recounted":0,"not_counted":[]}"#;
        Status { phase, ..serde_json::from_str(text).expect("a status") }
    }

    #[test]
    fn every_phase_is_said_in_words_and_measured_where_it_can_be() {
        for (phase, words, part) in [
            (Phase::Arriving, "Arriving: 2 KiB so far", None),
            (Phase::Waiting, "Waiting until another import is done", None),
            (Phase::Checking, "Checking: 8 rows so far", Some(50)),
            (Phase::Importing, "Importing: 2 of 8 books", Some(25)),
            (Phase::Done, "Imported 2 books", None),
            (Phase::Cancelled, "Cancelled after 2 books: they stay", None),
            (Phase::Stopped("Why.".into()), "Why.", None),
        ] {
            let status = status(phase);
            assert_eq!((state(&status).as_str(), percent(&status)), (words, part));
        }
    }
}
