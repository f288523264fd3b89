//! `/lists/{id}`: a list, for whoever has its link, and the forms that write it. A link to read shows it without forms.
//!
//! The address is the secret, so nobody keeps the page, nothing outside the shop is told where a visitor comes from, and no
//! search engine lists it. A script may take the forms over (`static/list.js`); each works without.

use super::code::Code;
use super::failure::{PageRefusal, wrong};
use super::form::{Visit, admitted_to_list};
use super::give::{self, Given};
use super::{Frame, own_page, page, see_other, status_of};
use crate::browse::Unread;
use crate::lists::edit::{Edit, Item, Kind, NOTE_MOST, NotEdited};
use crate::lists::{Link, NoList, Sheet, SheetLine};
use crate::objects::NoCopies;
use crate::say::Say;
use crate::session::{Seen, Session};
use crate::shop::Shop;
use crate::static_files::{IMPORTED_HREFS, LIST_SCRIPT_HREF};
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use crdt::CounterMap;
use futures::future::join_all;
use serde::Deserialize;
use serve::input::Form;
use uuid::Uuid;
use wire::{Problem, Quantity};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListPage {
    frame: Frame,
    /// Its id, where it may be written.
    id: String,
    /// Its state as JSON, for a script; empty where it can only be read.
    state: String,
    name: String,
    /// The name that somebody gave it; empty where nobody did.
    own_name: String,
    kind: Kind,
    kinds: [Kind; 3],
    lines: Vec<Row>,
    /// What a script makes new lines of.
    blank: Row,
    read_only: bool,
    /// Whether its books can be given.
    gives: bool,
    /// Where forms go.
    action: String,
    /// The link to read; empty where there is none to give.
    read_href: String,
    /// The link of this page and the one to read, for the camera of a phone; none where the shop is not told where it is.
    code: Option<Code>,
    read_code: Option<Code>,
    token: String,
    notice: Option<&'static str>,
    /// What the script says, as JSON that can stand in a script element.
    words: String,
    script: &'static str,
    imported: &'static [String],
}

/// A line in words.
#[derive(Default)]
struct Row {
    item: String,
    title: String,
    /// The book's page; empty for a line in words.
    href: String,
    count: i64,
    note: String,
    /// Who put it there; empty where nobody said.
    by: String,
    /// What others give of it, on a page for those who give.
    given: Given,
}

/// What a form of the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    pub(super) token: Option<String>,
    r#do: Option<String>,
    what: Option<String>,
    pub(super) item: Option<String>,
    count: Option<String>,
    note: Option<String>,
    by: Option<String>,
    name: Option<String>,
    kind: Option<String>,
}

/// The list's page. It starts a session, because its forms belong to one.
pub(super) async fn list(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let link = linked(&shop, &id)?;
    let visit = Visit::begin(&shop, &request);
    let answer = shown(&shop, &request, link, &visit.session, StatusCode::OK, None).await?;
    Ok(visit.answered(&shop, &request, answer))
}

/// The page of any list, before anything is known of it: what a browser shows offline, and fills with its own copy.
pub(super) async fn shell(request: HttpRequest) -> HttpResponse {
    let mut page_ = ListPage::of(&request, &Sheet::default(), Vec::new());
    page_.name = page_.frame.say.lists.list.into();
    // Whoever sees it is on the page of some list, and the shop can't be asked.
    page_.frame.here = String::new();
    page(StatusCode::OK, &page_)
}

/// Writes, and sends the browser back to the list: reloading that writes nothing.
pub(super) async fn edit(
    shop: Data<Shop>,
    id: Path<String>,
    sent: Form<Sent>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Form(sent) = sent;
    let link = linked(&shop, &id)?;
    let list = match link {
        Link::Write(list) => list,
        Link::Read(list) if sent.r#do.as_deref() == Some("give") => {
            return give::give(&shop, list, &id, &sent, &request).await;
        }
        Link::Read(_) => {
            let why = "With this link the list can only be read.";
            return Err(PageRefusal::from(Problem::definite(403, "read-only", why)).with_way_back_to_list(&id));
        }
    };
    let session = admitted_to_list(&shop, &request, sent.token.as_deref(), &list.to_string())?;
    let told = |why: Problem| {
        let say = visitor::say(&request);
        let said = wrong(say, &why).unwrap_or(say.failures.wrong.1);
        if why.status < 500 { Ok((status_of(&why), Some(said))) } else { Err(why) }
    };
    let edit = match read(&shop, &session.seen, &sent).await {
        Ok(edit) => edit,
        Err(why) => {
            let (status, why) = told(why)?;
            return shown(&shop, &request, link, &session, status, why).await;
        }
    };
    match shop.lists.edit(list, &[edit]).await {
        Ok(()) => Ok(super::not_kept(see_other(&format!("/lists/{list}")))),
        Err(why @ NoList::Wrong(_)) => {
            let (status, why) = told(why.into())?;
            shown(&shop, &request, link, &session, status, why).await
        }
        Err(why) => Err(PageRefusal::from(in_words(why)).with_way_back_to_list(&list.to_string())),
    }
}

/// A refusal that is said in the words of lists: of an order there would be more to fear.
fn in_words(why: NoList) -> Problem {
    match why {
        NoList::NoCopies(NoCopies::Uncertain) => {
            Problem::uncertain(503, "list-in-doubt", "No answer came in time, so the change may have been made.")
        }
        why => why.into(),
    }
}

/// A state, as a script reads it.
fn json(state: &CounterMap) -> String {
    serde_json::to_string(state).unwrap_or_default()
}

/// What an address means.
pub(super) fn linked(shop: &Shop, text: &str) -> Result<Link, Problem> {
    let unknown = || Problem::definite(404, "no-such-list", "There is no such list.");
    shop.lists.links.open(text).ok_or_else(unknown)
}

/// The edit that a form asks for.
async fn read(shop: &Shop, seen: &Seen, sent: &Sent) -> Result<Edit, Problem> {
    let text = |name: &'static str, value: &Option<String>| {
        value.clone().ok_or_else(|| Problem::missing(name, format!("The form has no {name}: open the list again.")))
    };
    let item = || -> Result<Item, Problem> { text("item", &sent.item)?.parse().map_err(|why| named(&why)) };
    match sent.r#do.as_deref() {
        Some("add") => add(shop, seen, &text("what", &sent.what)?, sent.by.as_deref().unwrap_or_default()).await,
        Some("count") => {
            let count: Result<Quantity, _> = text("count", &sent.count)?.parse();
            let count = count.map_err(|why| Problem::invalid("count", format!("The number of copies: {why}.")))?;
            Ok(Edit::Count { item: item()?, count })
        }
        Some("note") => Ok(Edit::Note { item: item()?, note: text("note", &sent.note)? }),
        Some("remove") => Ok(Edit::Remove { item: item()? }),
        Some("about") => about(text("name", &sent.name)?, text("kind", &sent.kind)?.as_str()),
        _ => Err(Problem::invalid("do", "What the form shall do: add, count, note, remove or about.")),
    }
}

pub(super) fn about(name: String, kind: &str) -> Result<Edit, Problem> {
    Ok(Edit::About { name, kind: kind.parse().map_err(|why| named(&why))? })
}

/// "Put this there": the book with this number or title, or else what it says; by whom, as far as they say.
pub(super) async fn add(shop: &Shop, seen: &Seen, what: &str, by: &str) -> Result<Edit, Problem> {
    let by = by.to_owned();
    let item: Item = what.parse().map_err(|why| named(&why))?;
    let found = match &item {
        Item::Book(number) => Some(shop.browse.book(*number, seen).await.map_err(not_there)?.value),
        // Where no catalog answers it stays in words: nobody's list waits for the shop.
        Item::Words(words) => shop.browse.titled(words, seen).await.unwrap_or_default(),
    };
    Ok(match found {
        Some(book) => {
            let title = book.state().title.value.chars().take(NOTE_MOST).collect();
            Edit::Add { item: Item::Book(book.id()), title: Some(title), by }
        }
        None => Edit::Add { item, title: None, by },
    })
}

fn not_there(why: Unread) -> Problem {
    match why {
        Unread::NoSuchItem(item) => {
            Problem::definite(422, "no-such-book", format!("There is no book with the number {item}.")).at("what")
        }
        why @ Unread::NoCatalog(_) => why.into(),
    }
}

/// A refusal of a form's value.
fn named(why: &NotEdited) -> Problem {
    Problem::named(why.to_string())
}

/// The page, perhaps with why something was not done.
pub(super) async fn shown(
    shop: &Shop,
    request: &HttpRequest,
    link: Link,
    session: &Session,
    status: StatusCode,
    notice: Option<&'static str>,
) -> Result<HttpResponse, PageRefusal> {
    let say = visitor::say(request);
    let state = shop.lists.state(link.list()).await.map_err(in_words)?;
    let sheet = Sheet::of(&state);
    let mut rows = join_all(sheet.lines.iter().map(|line| row(shop, say, &session.seen, line))).await;
    let gives = matches!(link, Link::Read(_)) && sheet.kind == Kind::Gift;
    if gives {
        let books = sheet.lines.iter().zip(&mut rows).filter_map(|(line, row)| match line.item {
            Item::Book(item) => Some((item, line.count.unsigned_abs(), row)),
            Item::Words(_) => None,
        });
        let asked = books.take(give::MOST_ASKED).map(async |(item, wanted, row)| {
            row.given = give::given(shop, say, link.list(), item, wanted).await;
        });
        join_all(asked).await;
    }
    let page_ = ListPage::of(request, &sheet, rows);
    let page_ = ListPage { frame: page_.frame.of(shop, session), ..page_ };
    let page_ = match link {
        Link::Read(id) => ListPage {
            read_only: true,
            gives,
            action: format!("/lists/{}", shop.lists.links.to_read(id)),
            token: shop.signer.form_token(session),
            notice,
            ..page_
        },
        Link::Write(id) => ListPage { state: json(&state), notice, ..page_.writable(id, shop, session, request) },
    };
    Ok(own_page(status, &page_))
}

async fn row(shop: &Shop, say: &Say, seen: &Seen, line: &SheetLine) -> Row {
    let (title, href) = match &line.item {
        Item::Words(words) => (words.clone(), String::new()),
        Item::Book(number) => {
            let book = shop.browse.book(*number, seen).await.ok();
            let today = book.map(|found| found.value.state().title.value.clone()).or_else(|| line.title.clone());
            (today.unwrap_or_else(|| say.unnamed(*number)), format!("/books/{number}"))
        }
    };
    Row {
        item: line.item.to_string(),
        title,
        href,
        count: line.count,
        note: line.note.clone(),
        by: line.by.clone(),
        given: Given::default(),
    }
}

impl ListPage {
    fn of(request: &HttpRequest, sheet: &Sheet, lines: Vec<Row>) -> Self {
        let say = visitor::say(request);
        let name = if sheet.name.is_empty() { say.kind(&sheet.kind).to_owned() } else { sheet.name.clone() };
        Self {
            frame: Frame::titled(request, &name).unlisted(),
            id: String::new(),
            state: String::new(),
            name,
            own_name: sheet.name.clone(),
            kind: sheet.kind,
            kinds: Kind::ALL,
            lines,
            blank: Row { href: "/books/".into(), count: 1, ..Row::default() },
            read_only: false,
            gives: false,
            action: String::new(),
            read_href: String::new(),
            code: None,
            read_code: None,
            token: String::new(),
            notice: None,
            words: say.scripts.to_json(),
            script: &LIST_SCRIPT_HREF,
            imported: &IMPORTED_HREFS,
        }
    }

    fn writable(self, id: Uuid, shop: &Shop, session: &Session, request: &HttpRequest) -> Self {
        let (action, read_href) = (format!("/lists/{id}"), format!("/lists/{}", shop.lists.links.to_read(id)));
        let origin = visitor::origin(request);
        let code = |path: &str| origin.as_ref().and_then(|origin| Code::of(&format!("{origin}{path}")));
        Self {
            code: code(&action),
            read_code: code(&read_href),
            action,
            read_href,
            token: shop.signer.form_token(session),
            id: id.to_string(),
            ..self
        }
    }
}
