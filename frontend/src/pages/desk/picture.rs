//! `/desk`: the shop as it is now, drawn, and kept up to date while somebody looks.
//!
//! The page is whole without JavaScript: reloading it looks again. With it, the same picture comes once a second as a
//! server-sent event (`pages/events.rs`).

mod drawing;

use super::{Around, session, to_the_way_in};
use crate::about::{Replica, replicas};
use crate::desk::Counts;
use crate::pages::events::{Told, event, going_on, no_place};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page};
use crate::shop::Shop;
use crate::static_files::{DESK_SCRIPT_HREF, DESK_STYLE_HREF};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use drawing::{Curve, Map};
use serve::clock;
use wire::Problem;

#[derive(Template)]
#[template(path = "pages/desk/picture.html")]
struct PicturePage {
    frame: Frame,
    style: &'static str,
    script: &'static str,
    around: Around,
    picture: Picture,
}

/// What changes from one moment to the next.
#[derive(Template)]
#[template(path = "parts/desk_picture.html")]
struct Picture {
    map: Map,
    buys: Curve,
    hits: Curve,
    cached: u64,
    tiers: Vec<Tier>,
}

struct Tier {
    name: &'static str,
    replicas: Vec<Replica>,
}

impl Picture {
    fn of(shop: &Shop) -> Self {
        let (catalogs, orders) = (shop.browse.catalogs(), shop.checkout.orders());
        let tiers = [
            ("Order desks", replicas(orders.fleet(), orders.answered_last().as_ref())),
            ("Catalogs", replicas(catalogs.fleet(), catalogs.answered_last().as_ref())),
            ("Carts, lists and accounts", replicas(shop.objects.fleet(), None)),
        ];
        let tiers: Vec<Tier> = tiers
            .into_iter()
            .filter(|(_, replicas)| !replicas.is_empty())
            .map(|(name, replicas)| Tier { name, replicas })
            .collect();
        let beats = shop.desk.pulse.beats();
        let share = |beat: &Counts| (beat.hits * 100).checked_div(beat.hits + beat.misses);
        Self {
            map: Map::of(shop.about.name(), &tiers),
            buys: Curve::of(beats.iter().map(|beat| Some(beat.buys)), None),
            hits: Curve::of(beats.iter().map(share), Some(100)),
            cached: shop.browse.cache().tally().items,
            tiers,
        }
    }
}

pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> HttpResponse {
    let Some(session) = session(&shop, &request) else { return to_the_way_in() };
    own_page(
        StatusCode::OK,
        &PicturePage {
            frame: Frame::new("The shop now · Desk · Bookend").unlisted(),
            style: &DESK_STYLE_HREF,
            script: &DESK_SCRIPT_HREF,
            around: Around::of(&shop, &session, "picture"),
            picture: Picture::of(&shop),
        },
    )
}

/// The picture, again and again, as long as the operator's session lasts.
pub(super) async fn events(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let problem = |status, kind, why: &str| PageRefusal::from(Problem::definite(status, kind, why.to_owned()));
    let session =
        session(&shop, &request).ok_or_else(|| problem(401, "not-signed-in", "Sign in at the desk first."))?;
    let Some(place) = shop.desk.watchers.place() else { return Ok(no_place()) };
    Ok(going_on(place, async move || {
        if session.has_ended(clock::now_ms() / 1000) {
            return Told::Over;
        }
        Picture::of(&shop).render().map_or(Told::Over, |html| Told::Event(event("picture", &html)))
    }))
}
