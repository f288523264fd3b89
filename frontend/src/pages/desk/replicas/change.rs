//! `/desk/replicas/{name}/leave` and `…/join`: what it means that a replica goes, or that a cart replica gets its part; and
//! the doing, once its name was typed.
//!
//! A catalog is retired by the catalog that takes over, in calls of some seconds each: a form is one of them, and where
//! something is left the next form goes on. Nothing of it is kept here, so any frontend can go on.

use super::super::Notice;
use super::{Around, layouts, named, seats};
use crate::desk::OperatorSession;
use crate::desk::plan::{
    Act, Plan, answers, cart_act, leaving_cart, leaving_catalog, leaving_order, left_cart, retired_already,
};
use crate::pages::desk::{meant, session, to_the_way_in};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page, see_other, status_of};
use crate::shop::Shop;
use crate::static_files::{DESK_SCRIPT_HREF, DESK_STYLE_HREF};
use crate::words::counted;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use cluster::{ReplicaName, Tier};
use serde::Deserialize;
use serve::input::Form;
use wire::cart::Difference;
use wire::retirement::Done;
use wire::{Cause, OperatorName, Problem, Way};

#[derive(Template)]
#[template(path = "pages/desk/change.html")]
struct ChangePage {
    frame: Frame,
    style: &'static str,
    script: &'static str,
    around: Around,
    name: ReplicaName,
    heading: String,
    /// Where the form goes.
    action: String,
    plan: Plan,
    /// What was done so far of what is not finished.
    so_far: Option<Done>,
    notice: Option<Notice>,
}

/// What a form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages::desk) struct Sent {
    token: String,
    /// What is to be done.
    #[serde(rename = "do")]
    act: String,
    /// The name of the replica, as it was typed.
    confirm: String,
    #[serde(default)]
    titles: u64,
    #[serde(default)]
    units: u64,
    #[serde(default)]
    sales: u64,
    #[serde(default)]
    twice: u64,
}

impl Sent {
    /// What was done by the forms before this one: shown, and nothing else.
    fn so_far(&self) -> Done {
        let Self { titles, units, sales, twice, .. } = *self;
        Done { titles, units, sales, twice, ..Done::default() }
    }
}

/// Whether it comes or goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whither {
    In,
    Out,
}

impl Whither {
    const fn word(self) -> &'static str {
        match self {
            Self::In => "join",
            Self::Out => "leave",
        }
    }
}

/// How the layout of the carts differs by this.
fn difference(act: Act, name: &str, host: String) -> Difference<'_> {
    match act {
        Act::Add => Difference { add: vec![(name, host)], ..Difference::default() },
        Act::GiveUp => Difference { lost: vec![name], ..Difference::default() },
        Act::Remove | Act::Retire => Difference { remove: vec![name], ..Difference::default() },
    }
}

/// What it means, as things are now; and how the layout of the carts would differ, where that is it.
async fn plan<'a>(
    shop: &Shop,
    name: &'a ReplicaName,
    whither: Whither,
    by: &OperatorName,
) -> Result<(Plan, Difference<'a>), Problem> {
    if (name.tier(), whither) == (Tier::Catalog, Whither::Out) {
        // Also one that is in env.cfg no more may have left something behind. It takes a moment; who answers is seen after it.
        let planned = shop.browse.catalogs().retire(name.as_str(), true, by).await;
        let (catalogs, orders) = futures::join!(seats(shop, Tier::Catalog), seats(shop, Tier::Order));
        return Ok((leaving_catalog(name.as_str(), &catalogs, &orders, &planned), Difference::default()));
    }
    let of_tier = seats(shop, name.tier()).await;
    let seat = of_tier.iter().find(|seat| seat.name() == name.as_str());
    match (name.tier(), whither) {
        (Tier::Order, Whither::Out) if seat.is_some() => {
            Ok((leaving_order(name.as_str(), &of_tier), Difference::default()))
        }
        (Tier::Cart, _) if seat.is_some() => {
            let act = if whither == Whither::In { Act::Add } else { cart_act(name.as_str(), &of_tier) };
            let host = seat.map(|seat| seat.seen.member.ip.to_string()).unwrap_or_default();
            let difference = difference(act, name.as_str(), host);
            let layouts = layouts(shop, name).await;
            if let Some(plan) = layouts.and_then(|layouts| left_cart(name.as_str(), act, &layouts)) {
                return Ok((plan, Difference::default()));
            }
            let change = shop.objects.would_move(&difference).await;
            Ok((leaving_cart(name.as_str(), act, &of_tier, &change), difference))
        }
        _ => Err(Problem::definite(
            404,
            "no-such-replica",
            format!("Nothing is known of {name} that could be done here."),
        )),
    }
}

fn page(shop: &Shop, session: &OperatorSession, name: &ReplicaName, whither: Whither, plan: Plan) -> ChangePage {
    let heading = match (whither, name.tier()) {
        (Whither::In, _) => format!("Give {name} its part"),
        (Whither::Out, Tier::Catalog) => format!("Retire {name}"),
        (Whither::Out, _) => format!("Take {name} away"),
    };
    ChangePage {
        frame: Frame::new(format!("{heading} · Desk · Bookend")).unlisted(),
        style: &DESK_STYLE_HREF,
        script: &DESK_SCRIPT_HREF,
        around: Around::of(shop, session, "replicas"),
        action: format!("/desk/replicas/{name}/{}", whither.word()),
        name: name.clone(),
        heading,
        plan,
        so_far: None,
        notice: None,
    }
}

async fn show(shop: &Shop, name: &str, whither: Whither, request: &HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(shop, request) else { return Ok(to_the_way_in()) };
    let name = named(name)?;
    let (plan, _) = plan(shop, &name, whither, session.who()).await?;
    Ok(own_page(StatusCode::OK, &page(shop, &session, &name, whither, plan)))
}

pub(in crate::pages::desk) async fn show_leave(
    shop: Data<Shop>,
    name: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    show(&shop, &name, Whither::Out, &request).await
}

pub(in crate::pages::desk) async fn show_join(
    shop: Data<Shop>,
    name: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    show(&shop, &name, Whither::In, &request).await
}

pub(in crate::pages::desk) async fn leave(
    shop: Data<Shop>,
    name: Path<String>,
    request: HttpRequest,
    sent: Form<Sent>,
) -> Result<HttpResponse, PageRefusal> {
    change(&shop, &name, Whither::Out, &request, &sent.0).await
}

pub(in crate::pages::desk) async fn join(
    shop: Data<Shop>,
    name: Path<String>,
    request: HttpRequest,
    sent: Form<Sent>,
) -> Result<HttpResponse, PageRefusal> {
    change(&shop, &name, Whither::In, &request, &sent.0).await
}

/// Does what was confirmed, as long as it is what would be done now.
async fn change(
    shop: &Shop,
    name: &str,
    whither: Whither,
    request: &HttpRequest,
    sent: &Sent,
) -> Result<HttpResponse, PageRefusal> {
    let session = meant(shop, request, &sent.token)?;
    let name = named(name)?;
    let act: Act = sent.act.parse().map_err(|why: wire::NotValid| Problem::invalid("do", format!("{why}.")))?;
    let (plan, difference) = plan(shop, &name, whither, session.who()).await?;
    let refuse = |plan: Plan, status, text: String| {
        let page = page(shop, &session, &name, whither, plan);
        Ok(own_page(status, &ChangePage { notice: Some(Notice { text, refused: true }), ..page }))
    };
    if plan.allowed() != Some(act) {
        return refuse(
            plan,
            StatusCode::CONFLICT,
            "Things have changed since, so nothing was done. Look again.".into(),
        );
    }
    if sent.confirm.trim() != name.as_str() {
        let text = format!("Nothing was done: to confirm it, type {name}.");
        return refuse(plan, StatusCode::UNPROCESSABLE_ENTITY, text);
    }
    let done = match act {
        Act::Retire => retire(shop, &session, &name, sent).await,
        Act::Remove | Act::GiveUp | Act::Add => lay_out(shop, &session, &name, act, &difference).await,
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(problem) => refuse(plan, status_of(&problem), problem.detail),
    }
}

/// One call of a retirement, and how far it is after it.
async fn retire(
    shop: &Shop,
    session: &OperatorSession,
    name: &ReplicaName,
    sent: &Sent,
) -> Result<HttpResponse, Problem> {
    let (taker, done) = shop.browse.catalogs().retire(name.as_str(), false, session.who()).await?;
    let done = sent.so_far().and(done);
    tracing::info!(operator = session.name(), who = %session.who(), %name, %taker, ?done, "a catalog was retired at the desk");
    let runs = seats(shop, Tier::Catalog).await.iter().any(|seat| seat.name() == name.as_str() && answers(seat));
    let page = page(shop, session, name, Whither::Out, retired_already(name.as_str(), runs));
    let text = taken_over(&taker, &done);
    let so_far = done.unfinished.then_some(done);
    Ok(own_page(StatusCode::OK, &ChangePage { notice: Some(Notice { text, refused: false }), so_far, ..page }))
}

/// What was taken over, in words.
fn taken_over(taker: &str, done: &Done) -> String {
    let (units, titles) = (counted(done.units, "unit", "units"), counted(done.titles, "title", "titles"));
    let sales = counted(done.sales, "sale", "sales");
    let begin = if done.unfinished { "So far " } else { "Done: " };
    let text = format!("{begin}{taker} took over {units} of {titles}, and {sales} that only orders knew.");
    if done.twice == 0 {
        return text;
    }
    let orders = counted(done.twice, "order was", "orders were");
    format!("{text} {orders} sold twice, and nobody was left to take one back: their units are on the shelf.")
}

/// Another layout of the carts, and a word of it in the record.
async fn lay_out(
    shop: &Shop,
    session: &OperatorSession,
    name: &ReplicaName,
    act: Act,
    difference: &Difference<'_>,
) -> Result<HttpResponse, Problem> {
    let epoch = shop.objects.lay_out(difference).await?.epoch();
    tracing::info!(operator = session.name(), who = %session.who(), %name, %act, %epoch, "the layout of the carts was changed at the desk");
    let what = match act {
        Act::Add => format!("{name} gets its part"),
        Act::GiveUp => format!("{name} is given up"),
        Act::Remove | Act::Retire => format!("{name} gives its part to the others"),
    };
    let cause = Cause { by: session.who().clone(), way: Way::Other };
    // The change is made whether or not it can be noted.
    if let Err(problem) =
        shop.browse.catalogs().note(&cause, None, &format!("Layout of the carts {epoch}: {what}.")).await
    {
        tracing::warn!(%name, why = problem.detail, "a change of the layout is not in the record");
    }
    Ok(see_other(&format!("/desk/replicas/{name}?done={act}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_over_is_said_with_what_came_before() {
        let before = Done { titles: 1, units: 2, sales: 3, ..Done::default() };
        let done = before.and(Done { titles: 1, units: 4, twice: 1, ..Done::default() });
        let text = taken_over("catalogA", &done);
        assert!(text.starts_with("Done: catalogA took over 6 units of 2 titles, and 3 sales"), "{text}");
        assert!(text.contains("1 order was sold twice"), "{text}");
        assert!(taken_over("catalogA", &Done { unfinished: true, ..Done::default() }).starts_with("So far "));
    }
}
