//! `/desk/replicas`: everyone in the shop and what they hold; one of them, and how far it is on its way in.
//!
//! What taking one away means, and the doing, is `replicas/change.rs`.

pub(super) mod change;

use super::{Around, session, to_the_way_in};
use crate::about::{Replica, for_operators};
use crate::desk::Seat;
use crate::desk::plan::{Check, Step, checks, is_settled, next_name, steps};
use crate::pages::events::{Told, event, going_on, no_place};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page};
use crate::shop::Shop;
use crate::static_files::{DESK_SCRIPT_HREF, DESK_STYLE_HREF};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use cluster::{ReplicaName, Tier};
use serde::Deserialize;
use serve::input::parse_pairs;
use serve::{Fleet, clock};
use wire::Problem;
use wire::cart::Layouts;
use wire::retirement::Stranded;

/// The tiers of which the desk knows more than that they answer, in the order in which a shop starts.
const TIERS: [(Tier, &str, &str); 3] = [
    (Tier::Catalog, "Catalogs", "catalog"),
    (Tier::Order, "Order desks", "order replica"),
    (Tier::Cart, "Carts, lists and accounts", "cart replica"),
];

#[derive(Template)]
#[template(path = "pages/desk/replicas.html")]
struct ReplicasPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    tiers: Vec<TierSeen>,
    /// What is wrong with env.cfg.
    wrong: Option<String>,
    /// What nobody can sell; `None` where no catalog tells.
    stranded: Option<Vec<Stranded>>,
}

struct TierSeen {
    name: &'static str,
    /// What one of it is called.
    one: &'static str,
    replicas: Vec<Replica>,
    /// The name that a further one gets.
    next: Option<ReplicaName>,
}

#[derive(Template)]
#[template(path = "pages/desk/replica.html")]
struct ReplicaPage {
    frame: Frame,
    style: &'static str,
    script: &'static str,
    around: Around,
    name: ReplicaName,
    live: Live,
    /// What is wrong with env.cfg.
    wrong: Option<String>,
    notice: Option<&'static str>,
    /// What is typed where it is not there yet.
    steps: Vec<Step>,
    /// What can be done with it: where, and the words for it.
    links: Vec<(String, &'static str)>,
}

/// What changes from one moment to the next.
#[derive(Template)]
#[template(path = "parts/desk_replica.html")]
struct Live {
    /// How it does; `None` where nobody knows of it yet.
    replica: Option<Replica>,
    checks: Vec<Check>,
    settled: bool,
}

#[derive(Deserialize)]
struct Asked {
    /// What was done, when the page comes after a form.
    done: Option<String>,
}

/// The replicas of a tier, as this frontend asks them.
fn fleet(shop: &Shop, tier: Tier) -> &Fleet {
    match tier {
        Tier::Catalog => shop.browse.catalogs().fleet(),
        Tier::Order => shop.checkout.orders().fleet(),
        Tier::Cart | Tier::Frontend => shop.objects.fleet(),
    }
}

async fn seats(shop: &Shop, tier: Tier) -> Vec<Seat> {
    shop.desk.census.of(tier, fleet(shop, tier)).await
}

/// The replica in an address.
fn named(text: &str) -> Result<ReplicaName, Problem> {
    let name = text.parse::<ReplicaName>().ok().filter(|name| TIERS.iter().any(|(tier, ..)| *tier == name.tier()));
    let none = "Replicas are called catalogA to catalogZ, orderA to orderZ and cartA to cartZ.";
    name.ok_or_else(|| Problem::definite(404, "no-such-replica", none))
}

fn told(seat: &Seat) -> Replica {
    let mut replica = for_operators(&seat.seen, None, clock::now_ms());
    if !seat.known {
        replica.facts.push("new in env.cfg: this frontend does not ask it yet".into());
    }
    if !seat.written {
        replica.facts.push("taken out of env.cfg".into());
    }
    replica
}

pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let mut tiers = Vec::new();
    for (tier, name, one) in TIERS {
        let seats = seats(&shop, tier).await;
        tiers.push(TierSeen { name, one, replicas: seats.iter().map(told).collect(), next: next_name(tier, &seats) });
    }
    let page = ReplicasPage {
        frame: Frame::new("Replicas · Desk · Bookend").unlisted(),
        style: &DESK_STYLE_HREF,
        around: Around::of(&shop, &session, "replicas"),
        tiers,
        wrong: shop.desk.census.written().await.err(),
        stranded: shop.browse.catalogs().stranded().await.ok(),
    };
    Ok(own_page(StatusCode::OK, &page))
}

/// The layouts of the carts, where they matter to a replica of this name.
async fn layouts(shop: &Shop, name: &ReplicaName) -> Option<Layouts> {
    if name.tier() == Tier::Cart { shop.objects.layouts().await.ok() } else { None }
}

impl Live {
    fn of(name: &ReplicaName, seats: &[Seat], layouts: Option<&Layouts>) -> Self {
        let checks = checks(name, seats, layouts);
        let seat = seats.iter().find(|seat| seat.name() == name.as_str());
        Self { replica: seat.map(told), settled: is_settled(&checks), checks }
    }
}

pub(super) async fn show(
    shop: Data<Shop>,
    name: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let name = named(&name)?;
    let (seats, layouts) = futures::join!(seats(&shop, name.tier()), layouts(&shop, &name));
    let live = Live::of(&name, &seats, layouts.as_ref());
    let written = shop.desk.census.written().await;
    let seat = seats.iter().find(|seat| seat.name() == name.as_str());
    let (is_there, is_in) = (seat.is_some(), seat.is_some_and(|seat| seat.known && seat.written));
    let mut links = Vec::new();
    if layouts.as_ref().is_some_and(|layouts| is_there && !layouts.latest().holders.contains_key(name.as_str())) {
        links.push((format!("/desk/replicas/{name}/join"), "Give it its part of carts and lists"));
    }
    if is_there || name.tier() == Tier::Catalog {
        links.push((format!("/desk/replicas/{name}/leave"), "Take it away, or settle what it lost"));
    }
    let page = ReplicaPage {
        frame: Frame::new(format!("{name} · Desk · Bookend")).unlisted(),
        style: &DESK_STYLE_HREF,
        script: &DESK_SCRIPT_HREF,
        around: Around::of(&shop, &session, "replicas"),
        live,
        notice: asked.done.is_some().then_some("The layout of the carts changes. Below is how far it is."),
        steps: if is_in { Vec::new() } else { steps(&name, written.as_deref().unwrap_or_default()) },
        wrong: written.err(),
        links,
        name,
    };
    Ok(own_page(StatusCode::OK, &page))
}

/// How far it is, again and again, as long as the operator's session lasts.
pub(super) async fn events(
    shop: Data<Shop>,
    name: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = session(&shop, &request)
        .ok_or_else(|| Problem::definite(401, "not-signed-in", "Sign in at the desk first."))?;
    let name = named(&name)?;
    let Some(place) = shop.desk.watchers.place() else { return Ok(no_place()) };
    Ok(going_on(place, async move || {
        if session.has_ended(clock::now_ms() / 1000) {
            return Told::Over;
        }
        let (seats, layouts) = futures::join!(seats(&shop, name.tier()), layouts(&shop, &name));
        let live = Live::of(&name, &seats, layouts.as_ref());
        live.render().map_or(Told::Over, |html| Told::Event(event("picture", &html)))
    }))
}
