//! `/lists`: making a list, opening one, and putting a book on one. Which lists a browser knows is kept in the browser, by a
//! script (`static/lists.js`): the shop has no list of anybody's lists.

use super::failure::{PageRefusal, wrong};
use super::form::{Visit, admitted_to_list};
use super::list::{about, add, linked};
use super::{Frame, not_kept, page, see_other, status_of};
use crate::lists::Link;
use crate::lists::edit::Kind;
use crate::session::Session;
use crate::shop::Shop;
use crate::static_files::{IMPORTED_HREFS, LISTS_SCRIPT_HREF};
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::{Form, Query};
use uuid::Uuid;
use wire::{ItemId, Problem};

#[derive(Template)]
#[template(path = "pages/lists.html")]
struct ListsPage {
    frame: Frame,
    /// What shall be put on a list.
    book: Option<Chosen>,
    kinds: [Kind; 3],
    token: String,
    notice: Option<&'static str>,
    /// What the script says, as JSON that can stand in a script element.
    words: String,
    script: &'static str,
    imported: &'static [String],
}

/// A book that shall be put on a list.
struct Chosen {
    number: ItemId,
    title: String,
    href: String,
}

/// What the address says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    book: Option<String>,
}

/// What a form of the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    token: Option<String>,
    r#do: Option<String>,
    what: Option<String>,
    name: Option<String>,
    kind: Option<String>,
    list: Option<String>,
}

/// The page. It starts a session, because its forms belong to one.
pub(super) async fn lists(
    shop: Data<Shop>,
    asked: Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let visit = Visit::begin(&shop, &request);
    let answer = shown(&shop, &request, asked.into_inner().book.as_deref(), &visit.session, None).await?;
    Ok(visit.answered(&shop, &request, answer))
}

/// Makes a list, or opens one, with a book on it where one was chosen, and sends the browser there.
pub(super) async fn begin(
    shop: Data<Shop>,
    sent: Form<Sent>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Form(sent) = sent;
    let session = admitted_to_list(&shop, &request, sent.token.as_deref(), "")?;
    let done = match sent.r#do.as_deref() {
        Some("make") => make(&shop, &request, &session, &sent).await,
        Some("open") => open(&shop, &session, &sent).await,
        _ => Err(Problem::invalid("do", "What the form shall do: make or open.")),
    };
    match done {
        Ok(href) => Ok(not_kept(see_other(&href))),
        Err(why) if why.status < 500 && why.status != 429 => {
            let say = visitor::say(&request);
            let said = wrong(say, &why).unwrap_or(say.failures.wrong.1);
            let mut answer = shown(&shop, &request, sent.what.as_deref(), &session, Some(said)).await?;
            *answer.status_mut() = status_of(&why);
            Ok(answer)
        }
        Err(why) => Err(PageRefusal::from(why).with_way_back_to_list("")),
    }
}

async fn make(shop: &Shop, request: &HttpRequest, session: &Session, sent: &Sent) -> Result<String, Problem> {
    let kind = sent.kind.as_deref().unwrap_or(Kind::default().as_str());
    let mut edits = vec![about(sent.name.clone().unwrap_or_default(), kind)?];
    if let Some(what) = &sent.what {
        edits.push(add(shop, &session.seen, what, "").await?);
    }
    visitor::newcomer(request, shop)?;
    let id = Uuid::new_v4();
    shop.lists.make(id).await?;
    shop.lists.edit(id, &edits).await?;
    Ok(format!("/lists/{id}"))
}

/// Opens the list whose link or id was pasted.
async fn open(shop: &Shop, session: &Session, sent: &Sent) -> Result<String, Problem> {
    let pasted = sent.list.as_deref().unwrap_or_default().trim();
    let last = pasted.split(['?', '#']).next().and_then(|address| address.rsplit('/').find(|part| !part.is_empty()));
    let text = last.unwrap_or_default();
    let not_one =
        || Problem::invalid("list", "This is no link of a list of this shop: check that all of it was copied.");
    let link = linked(shop, text).map_err(|_| not_one())?;
    // Whether there is one, before somebody is sent there.
    shop.lists.state(link.list()).await?;
    if let Some(what) = &sent.what {
        let Link::Write(id) = link else {
            return Err(Problem::definite(422, "read-only", "With this link the list can only be read.").at("list"));
        };
        let edit = add(shop, &session.seen, what, "").await?;
        shop.lists.edit(id, &[edit]).await?;
    }
    Ok(format!("/lists/{text}"))
}

async fn shown(
    shop: &Shop,
    request: &HttpRequest,
    book: Option<&str>,
    session: &Session,
    notice: Option<&'static str>,
) -> Result<HttpResponse, PageRefusal> {
    let book = match book {
        None => None,
        Some(text) => {
            let no_book = || Problem::definite(404, "no-such-item", "There is no such book.");
            let number: ItemId = text.parse().map_err(|_| no_book())?;
            let found = shop.browse.book(number, &session.seen).await.map_err(Problem::from)?;
            let title = found.value.state().title.value.clone();
            Some(Chosen { number, title, href: format!("/books/{number}") })
        }
    };
    let say = visitor::say(request);
    let page_ = ListsPage {
        frame: Frame::titled(request, say.around.lists).of(shop, session),
        words: say.scripts.to_json(),
        book,
        kinds: Kind::ALL,
        token: shop.signer.form_token(session),
        notice,
        script: &LISTS_SCRIPT_HREF,
        imported: &IMPORTED_HREFS,
    };
    Ok(page(StatusCode::OK, &page_))
}
