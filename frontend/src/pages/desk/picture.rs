//! `/desk`: the shop as it is now, drawn, and kept up to date while somebody looks.
//!
//! The page is whole without JavaScript: reloading it looks again. With it, the same picture comes once a second as a
//! server-sent event (`pages/events.rs`).

mod drawing;
mod spread;

use super::rights::Rights;
use super::{Around, session, to_the_way_in};
use crate::about::{Replica, replicas};
use crate::desk::Counts;
use crate::pages::events::{Told, event, going_on, no_place};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page, title_of};
use crate::say::ENGLISH;
use crate::shop::Shop;
use crate::static_files::{DESK_SCRIPT_HREF, DESK_STYLE_HREF};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use cluster::ReplicaName;
use drawing::{Curve, Map};
use serde::Deserialize;
use serve::input::parse_pairs;
use serve::{Fleet, Seen, State, clock};
use spread::Spread;
use std::collections::BTreeMap;
use wire::{ItemId, Problem};

#[derive(Template)]
#[template(path = "pages/desk/picture.html")]
struct PicturePage {
    frame: Frame,
    style: &'static str,
    script: &'static str,
    around: Around,
    /// The number of the book whose copies are drawn; empty where none is chosen.
    book: String,
    /// Where the picture goes on.
    events: String,
    picture: Picture,
}

/// What changes from one moment to the next.
#[derive(Template)]
#[template(path = "parts/desk_picture.html")]
struct Picture {
    map: Map,
    spread: Spread,
    buys: Curve,
    hits: Curve,
    cached: u64,
    copies: Option<Copies>,
    tiers: Vec<Tier>,
}

/// Whose the copies of one book are.
struct Copies {
    href: String,
    title: String,
    rights: Rights,
}

struct Tier {
    name: &'static str,
    replicas: Vec<Replica>,
    /// How many entries each replica lacks of what another one wrote, at most.
    behind: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Asked {
    /// The number of a book, as it was typed.
    #[serde(default)]
    book: String,
}

impl Asked {
    fn read(request: &HttpRequest) -> Result<Option<ItemId>, Problem> {
        let Self { book } = parse_pairs(request.query_string().as_bytes())?;
        let wrong = |_| Problem::invalid("book", "book is wrong: the number of a book.");
        Some(book.trim()).filter(|book| !book.is_empty()).map(|book| book.parse().map_err(wrong)).transpose()
    }
}

impl Picture {
    async fn of(shop: &Shop, book: Option<ItemId>) -> Self {
        let (catalogs, orders) = (shop.browse.catalogs(), shop.checkout.orders());
        let tiers = [
            ("Order desks", orders.fleet(), orders.answered_last()),
            ("Catalogs", catalogs.fleet(), catalogs.answered_last()),
            ("Carts, lists and accounts", shop.objects.fleet(), None),
        ];
        let tier = |(name, fleet, last): (_, &Fleet, Option<ReplicaName>)| Tier {
            name,
            replicas: replicas(fleet, last.as_ref()),
            behind: behind(&fleet.view()),
        };
        let tiers: Vec<Tier> =
            tiers.into_iter().filter(|(_, fleet, _)| !fleet.members().is_empty()).map(tier).collect();
        let names: Vec<String> = catalogs.fleet().members().iter().map(|member| member.name.to_string()).collect();
        let beats = shop.desk.pulse.beats();
        let share = |beat: &Counts| (beat.hits * 100).checked_div(beat.hits + beat.misses);
        Self {
            map: Map::of(shop.about.name(), &tiers),
            spread: Spread::of(&shop.desk.trails.latest(), &names, clock::now_ms()),
            buys: Curve::of(beats.iter().map(|beat| Some(beat.buys)), None),
            hits: Curve::of(beats.iter().map(share), Some(100)),
            cached: shop.browse.cache().tally().items,
            copies: match book {
                Some(item) => Some(Copies::of(shop, item).await),
                None => None,
            },
            tiers,
        }
    }
}

impl Copies {
    async fn of(shop: &Shop, item: ItemId) -> Self {
        let (title, rights) = futures::join!(title_of(shop, &ENGLISH, item), Rights::of(shop, item));
        Self { href: format!("/desk/books/{item}"), title, rights }
    }
}

/// How many entries each replica lacks, as those who answer tell it of each other.
fn behind(seen: &[Seen]) -> BTreeMap<String, u64> {
    let mut behind = BTreeMap::new();
    let tells = seen.iter().filter(|one| matches!(one.state, State::Ready | State::NotReady(_)));
    for (name, lag) in tells.filter_map(|one| one.detail.get("lag")?.as_object()).flatten() {
        let most: &mut u64 = behind.entry(name.clone()).or_default();
        *most = lag.as_u64().unwrap_or(0).max(*most);
    }
    behind
}

pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let book = Asked::read(&request)?;
    let query = book.map_or_else(String::new, |book| format!("?book={book}"));
    Ok(own_page(
        StatusCode::OK,
        &PicturePage {
            frame: Frame::new("The shop now · Desk · Bookend").unlisted(),
            style: &DESK_STYLE_HREF,
            script: &DESK_SCRIPT_HREF,
            around: Around::of(&shop, &session, "picture"),
            book: book.map_or_else(String::new, |book| book.to_string()),
            events: format!("/desk/events{query}"),
            picture: Picture::of(&shop, book).await,
        },
    ))
}

/// The picture, again and again, as long as the operator's session lasts.
pub(super) async fn events(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let problem = |status, kind, why: &str| PageRefusal::from(Problem::definite(status, kind, why.to_owned()));
    let session =
        session(&shop, &request).ok_or_else(|| problem(401, "not-signed-in", "Sign in at the desk first."))?;
    let book = Asked::read(&request)?;
    let Some(place) = shop.desk.watchers.place() else { return Ok(no_place()) };
    Ok(going_on(place, async move || {
        if session.has_ended(clock::now_ms() / 1000) {
            return Told::Over;
        }
        Picture::of(&shop, book).await.render().map_or(Told::Over, |html| Told::Event(event("picture", &html)))
    }))
}
