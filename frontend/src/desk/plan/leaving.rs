//! A replica that goes, for good or because its disk is lost.

use super::{Act, Check, Plan, Sign, Step, answers, find, lag, moved, others, taken_out};
use crate::desk::Seat;
use crate::words::counted;
use placement::Moves;
use std::collections::BTreeSet;
use wire::Problem;
use wire::cart::{COPIES, Layouts};
use wire::retirement::Done;

/// What it means to retire the catalog `name`: what the one that takes over has `planned`, and what it can't know.
pub fn leaving_catalog(
    name: &str,
    catalogs: &[Seat],
    orders: &[Seat],
    planned: &Result<(String, Done), Problem>,
) -> Plan {
    let meant = planned.as_ref().map(|(_, done)| done.actors.as_slice()).unwrap_or_default();
    // One that seemed to run a moment ago, as who is to be retired, does not.
    let is_meant = |seat: &Seat| {
        let actor = seat.seen.detail.get("actor").and_then(serde_json::Value::as_str);
        actor.is_some_and(|actor| meant.iter().any(|ended| ended.actor.to_string() == actor))
    };
    let runs = find(catalogs, name).is_some_and(|seat| answers(seat) && !is_meant(seat));
    let mut plan = Plan { act: Some(Act::Retire), ..Plan::default() };
    plan.must.push(match (runs, planned) {
        (false, _) => Check::when(true, format!("{name} does not answer")),
        (true, Ok(_)) => Check::when(true, format!("{name} runs as somebody new: what it was before is meant")),
        (true, Err(_)) => Check::new(Sign::Wrong, format!("{name} does not run any more")),
    });
    for other in others(catalogs, name) {
        plan.must
            .push(Check::when(answers(other), format!("{} answers: it may have read the last entries", other.name())));
    }
    for order in orders.iter().filter(|order| order.written) {
        plan.must.push(Check::when(answers(order), format!("{} answers: it may know the last sales", order.name())));
    }
    let told = catalogs.iter().filter_map(|seat| seat.seen.detail.get("retired")?.as_array()).flatten();
    let retired: BTreeSet<&str> = told.filter_map(serde_json::Value::as_str).collect();
    match planned {
        Ok((_, done)) if is_over(done, &retired) => return retired_already(name, runs),
        Ok((taker, done)) => would(&mut plan, taker, done, &retired),
        Err(problem) => {
            plan.would.extend(held(name, catalogs));
            plan.refused = Some(format!("{} {}", sentence(&problem.detail), instead(name, problem)));
        }
    }
    if let (false, Ok((_, done))) = (runs, planned) {
        away(&mut plan, name, done.units);
        plan.steps.extend(taken_out(name));
    }
    if !runs && others(catalogs, name).count() == 1 {
        let left =
            "One catalog is left then: while it is away nothing is sold, and a disk that is lost is not read again.";
        plan.warnings.push(left.into());
    }
    plan
}

/// What one that runs holds, and others would take over.
fn held(name: &str, catalogs: &[Seat]) -> Option<String> {
    let units = find(catalogs, name).filter(|seat| answers(seat))?.seen.detail.get("units_held")?.as_u64()?;
    let units = counted(units, "unit", "units");
    Some(format!("{name} may sell {units} alone now. Another catalog would take over what is left of them."))
}

/// What is left to do for one of which nothing is left.
pub fn retired_already(name: &str, runs: bool) -> Plan {
    let would = vec![format!("Nothing that {name} left behind is without an owner.")];
    let steps = if runs { Vec::new() } else { taken_out(name).into() };
    Plan { would, steps, ..Plan::default() }
}

fn would(plan: &mut Plan, taker: &str, done: &Done, retired: &BTreeSet<&str>) {
    for ended in &done.actors {
        let known = if retired.contains(ended.actor.to_string().as_str()) { "ended" } else { "would end" };
        plan.would
            .push(format!("The journal of {} (actor {}) {known} at entry {}.", ended.replica, ended.actor, ended.end));
    }
    let (units, titles) = (counted(done.units, "unit", "units"), counted(done.titles, "title", "titles"));
    plan.would.push(format!("{taker} would take over {units} of {titles}, and may sell them from then on."));
    if done.sales > 0 {
        let sales = counted(done.sales, "sale", "sales");
        plan.would.push(format!("{taker} would make {sales} its own that only orders know: their numbers stay."));
    }
}

/// Whether nothing of it is left to be done.
fn is_over(done: &Done, retired: &BTreeSet<&str>) -> bool {
    let ended = done.actors.iter().all(|ended| retired.contains(ended.actor.to_string().as_str()));
    ended && done.units == 0 && done.sales == 0
}

/// What is dangerous where somebody does not answer.
fn away(plan: &mut Plan, name: &str, units: u64) {
    let units = counted(units, "unit", "units");
    plan.warnings.push(format!(
        "See that its process has ended. If it was only cut off and sells on, up to {units} may be sold a second time \
         before it hears of this: ./runme.sh down {name}"
    ));
    plan.warnings.push(format!(
        "If its disk is whole, start it again instead: then nothing is lost. Deliveries and losses that only {name} knew \
         of are forgotten by this: count those books."
    ));
    plan.warnings.push(format!(
        "Its data must not come back: remove the directory {name} of the data directory before it starts on it again."
    ));
}

fn sentence(detail: &str) -> String {
    let text = detail.trim_end_matches('.');
    format!("{text}.")
}

/// What to do where a retirement is refused.
fn instead(name: &str, problem: &Problem) -> String {
    match problem.kind.as_str() {
        "it-answers" => format!("Type ./runme.sh down {name}, and look here again."),
        "member-missing" => format!(
            "Type ./runme.sh up. If it is lost too, both are retired in one call: catalog retire {name} and its name."
        ),
        "order-missing" => "Type ./runme.sh up, and look here again.".into(),
        "not-here" => "This frontend has read another env.cfg than the catalogs: ./runme.sh reload frontend".into(),
        "never-there" => "There is nothing to retire.".into(),
        "taker-away" | "starting" => "Start it, and look here again.".into(),
        _ => "Nothing was changed.".into(),
    }
}

/// What it means to take the order replica `name` away. It owns nothing, so there is nothing for the desk to do.
pub fn leaving_order(name: &str, orders: &[Seat]) -> Plan {
    let mut plan = Plan::default();
    plan.would.push("An order replica owns nothing: the others have every order that it has told them of.".into());
    let Some(seat) = find(orders, name).filter(|seat| answers(seat)) else {
        plan.warnings.push(format!(
            "{name} does not answer. Orders that it told nobody of are made again by the others from the catalogs' \
             journals, under the same ids and numbers."
        ));
        plan.steps.push(Step::new(
            "To have it back after its disk is lost, start it on an empty directory: it reads everything from the others.",
            &["./runme.sh up"],
        ));
        plan.steps.extend(taken_out(name));
        return plan;
    };
    for other in others(orders, name) {
        let lacks = lag(seat, other.name());
        let says = match lacks {
            Some(0) => format!("{} has every order that {name} took", other.name()),
            Some(lacks) => format!("{} has every order that {name} took: {lacks} entries are missing", other.name()),
            None => format!("{} has every order that {name} took: {name} does not know of it", other.name()),
        };
        plan.must.push(Check::when(lacks == Some(0) && answers(other), says));
    }
    if others(orders, name).count() == 0 {
        let only = "It is the only order replica: without it nothing is sold.";
        plan.refused = Some(format!("{only} Add another one first."));
    } else if plan.must.iter().any(|check| check.sign != Sign::Holds) {
        plan.refused = Some("Wait until another replica has everything, and look here again.".into());
    } else {
        plan.steps.extend(taken_out(name));
    }
    if others(orders, name).count() == 1 {
        plan.warnings.push(
            "One order replica is left then: each order is on one disk alone, and while it is away nothing is sold."
                .into(),
        );
    }
    plan
}

/// What would be done with the cart replica `name`: one that answers gives to the others what it holds.
pub fn cart_act(name: &str, carts: &[Seat]) -> Act {
    if find(carts, name).is_some_and(answers) { Act::Remove } else { Act::GiveUp }
}

/// What it means to change the layout so, for the cart replica `name`; `change` is the layout there is, and what would move.
pub fn leaving_cart(name: &str, act: Act, carts: &[Seat], change: &Result<(Layouts, Moves), Problem>) -> Plan {
    let mut plan = Plan { act: Some(act), ..Plan::default() };
    match change {
        Ok((now, moves)) => {
            let version = now.latest().version.saturating_add(1);
            plan.would.push(format!("Layout {version} would follow layout {}. {}", now.now().version, moved(moves)));
            if let Some(next) = now.next() {
                plan.warnings.push(format!("Layout {} is still coming, and is given up for this one.", next.version));
            }
            let holders = now.latest().holders.keys().filter(|holder| *holder != name).count();
            if act != Act::Add && holders < COPIES {
                let copies = counted(holders as u64, "replica", "replicas");
                plan.warnings.push(format!("Each cart and each list would be on {copies} only, and not on {COPIES}."));
            }
        }
        Err(problem) => plan.refused = Some(sentence(&problem.detail)),
    }
    plan.would.push("Carts and lists are read and written meanwhile, by both layouts.".into());
    for other in others(carts, name) {
        plan.must.push(Check::when(answers(other), format!("{} answers: the change waits for it", other.name())));
    }
    if act == Act::GiveUp {
        plan.warnings.push(format!(
            "{name} does not answer. If its disk is whole, start it again (./runme.sh up), and take it away then: what only \
             {name} has is given up by this, and nobody will look for it."
        ));
    }
    if act != Act::Add {
        plan.steps.extend(taken_out(name));
    }
    plan
}

/// What is left to do for the cart replica `name`, which is not in the latest layout; `None` where there is more to it.
pub fn left_cart(name: &str, act: Act, layouts: &Layouts) -> Option<Plan> {
    let holds = layouts.latest().holders.contains_key(name);
    // One that dies before the others have everything may have to be given up.
    if holds || act == Act::Add || (act == Act::GiveUp && layouts.now().holders.contains_key(name)) {
        return None;
    }
    let epoch = layouts.epoch();
    let lacking: Vec<&str> = layouts.lacking().map(String::as_str).collect();
    if lacking.is_empty() {
        let would = vec![format!("{name} holds nothing under layout {epoch}: it may go.")];
        return Some(Plan { would, steps: taken_out(name).into(), ..Plan::default() });
    }
    let must =
        lacking.iter().map(|other| Check::when(false, format!("{other} has its part of layout {epoch}"))).collect();
    let refused =
        format!("The layout is changing already. {name} must run until the others have everything; look here again.");
    Some(Plan { must, refused: Some(refused), ..Plan::default() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{layouts, seat, silent};
    use super::*;
    use serde_json::json;
    use wire::retirement::Ended;

    const ACTOR: &str = "000102030405060708090a0b0c0d0e0f";

    fn done(units: u64) -> Done {
        let ended = Ended { actor: ACTOR.parse().expect("an actor"), replica: "catalogB".into(), end: 7 };
        Done { actors: vec![ended], titles: 2, units, sales: 1, ..Done::default() }
    }

    fn up(name: &str) -> Seat {
        seat(name, json!({"actor": "x", "lag": {}}))
    }

    fn refusal(kind: &str) -> Result<(String, Done), Problem> {
        Err(Problem::definite(409, kind, "it is so"))
    }

    #[test]
    fn retiring_one_that_is_gone_says_what_is_given_over_and_how_many_could_be_sold_twice() {
        let planned = Ok(("catalogA".to_owned(), done(12)));
        let plan = leaving_catalog("catalogB", &[up("catalogA"), silent("catalogB")], &[up("orderA")], &planned);
        assert_eq!(plan.allowed(), Some(Act::Retire));
        assert!(plan.must.iter().all(|check| check.sign == Sign::Holds) && plan.must.len() == 3, "{plan:?}");
        let all = plan.would.join(" ");
        assert!(
            all.contains("would end at entry 7") && all.contains("12 units of 2 titles") && all.contains("1 sale ")
        );
        let warned = plan.warnings.join(" ");
        assert!(warned.contains("up to 12 units") && warned.contains("One catalog is left"), "{warned}");
        assert!(plan.steps[0].lines[0] == "./runme.sh down catalogB", "{plan:?}");
    }

    #[test]
    fn what_is_refused_stays_so_and_says_what_to_do_instead() {
        let seats = [up("catalogA"), seat("catalogB", json!({"actor": "x", "units_held": 9}))];
        let plan = leaving_catalog("catalogB", &seats, &[], &refusal("it-answers"));
        assert!(plan.would[0].starts_with("catalogB may sell 9 units alone now."), "{plan:?}");
        assert!(plan.allowed().is_none() && plan.steps.is_empty(), "{plan:?}");
        assert_eq!(plan.refused.as_deref(), Some("it is so. Type ./runme.sh down catalogB, and look here again."));
        assert_eq!(plan.must[0].sign, Sign::Wrong);
        for kind in ["member-missing", "order-missing", "not-here", "never-there", "starting", "anything"] {
            assert!(leaving_catalog("catalogB", &seats, &[], &refusal(kind)).allowed().is_none(), "{kind}");
        }
    }

    #[test]
    fn one_that_is_back_as_somebody_new_stays_and_what_was_ended_before_is_said_to_be() {
        let planned = Ok(("catalogA".to_owned(), done(0)));
        let knows = seat("catalogA", json!({"retired": [ACTOR]}));
        let seems_up = [up("catalogA"), seat("catalogB", json!({"actor": ACTOR}))];
        let plan = leaving_catalog("catalogB", &seems_up, &[], &planned);
        assert!(!plan.warnings.is_empty(), "what was seen is older than what is planned: {plan:?}");
        let plan = leaving_catalog("catalogB", &[knows, up("catalogB")], &[], &planned);
        assert!(plan.would[0].contains("ended at entry 7") && plan.warnings.is_empty(), "{plan:?}");
        assert!(plan.steps.is_empty(), "it goes on");
        let knows = seat("catalogA", json!({"retired": [ACTOR]}));
        let over = Ok(("catalogA".to_owned(), Done { sales: 0, ..done(0) }));
        let plan = leaving_catalog("catalogB", &[knows, silent("catalogB")], &[], &over);
        assert!(plan.act.is_none() && plan.steps.len() == 2, "{plan:?}");
        let nothing = Ok(("catalogA".to_owned(), Done::default()));
        assert!(leaving_catalog("catalogB", &[up("catalogA")], &[], &nothing).allowed().is_none());
    }

    #[test]
    fn an_order_replica_goes_when_the_others_have_all_it_took_and_not_before() {
        let of = |lag| [seat("orderA", json!({"lag": {"orderB": lag}})), up("orderB")];
        let plan = leaving_order("orderA", &of(0));
        assert!(plan.refused.is_none() && plan.steps.len() == 2 && plan.warnings.len() == 1, "{plan:?}");
        assert!(leaving_order("orderA", &of(3)).refused.is_some_and(|why| why.contains("Wait")));
        assert!(leaving_order("orderA", &of(0)[..1]).refused.is_some_and(|why| why.contains("only order replica")));
        let lost = leaving_order("orderB", &[up("orderA"), silent("orderB")]);
        assert!(lost.refused.is_none() && lost.warnings[0].contains("made again"), "{lost:?}");
    }

    #[test]
    fn a_cart_replica_that_is_in_no_layout_goes_when_the_others_have_everything() {
        let now = layouts(&["cartA", "cartB"]);
        assert!(left_cart("cartB", Act::Remove, &now).is_none());
        let wanted = now.differing(&wire::cart::Difference { remove: vec!["cartB"], ..Default::default() });
        let mut coming = now.change(wanted.expect("a layout")).expect("a change");
        let waits = left_cart("cartB", Act::Remove, &coming).expect("nothing to be done");
        assert!(waits.refused.is_some_and(|why| why.contains("must run")) && waits.must.len() == 1);
        assert!(left_cart("cartB", Act::GiveUp, &coming).is_none(), "it died meanwhile");
        coming.note_whole("cartA");
        let left = left_cart("cartB", Act::GiveUp, &coming).expect("nothing to be done");
        assert!(left.refused.is_none() && left.steps.len() == 2 && left.act.is_none(), "{left:?}");
        assert!(left_cart("cartB", Act::Add, &coming).is_none());
    }

    #[test]
    fn a_cart_replica_that_answers_gives_what_it_has_and_one_that_does_not_is_given_up() {
        let seats = [up("cartA"), up("cartB"), up("cartC"), silent("cartD")];
        assert_eq!((cart_act("cartA", &seats), cart_act("cartD", &seats)), (Act::Remove, Act::GiveUp));
        let moves = Moves { copies: 3072, moved: 1024, share: 1.0 / 3.0, least_share: 0.25 };
        let change = Ok((layouts(&["cartA", "cartB", "cartC"]), moves));
        let plan = leaving_cart("cartC", Act::Remove, &seats, &change);
        assert!(plan.would[0].contains("1024 of 3072") && plan.would[0].contains("33 %"), "{plan:?}");
        assert!(plan.warnings[0].contains("on 2 replicas only"), "{plan:?}");
        let lost = leaving_cart("cartD", Act::GiveUp, &seats, &change);
        assert!(lost.warnings.iter().any(|text| text.contains("given up by this")), "{lost:?}");
        let refused = Err(Problem::invalid("remove", "cartX holds nothing"));
        assert!(leaving_cart("cartX", Act::Remove, &seats, &refused).allowed().is_none());
        let added = leaving_cart("cartD", Act::Add, &seats, &change);
        assert!(added.steps.is_empty() && added.allowed() == Some(Act::Add));
    }
}
