//! A replica that comes: what is typed for it, and how far it is.

use super::{Check, Sign, Step, answers, find, lag, others};
use crate::desk::Seat;
use cluster::{Member, ReplicaName, Tier};
use serve::State;
use wire::cart::Layouts;

/// The name that a further replica of this tier gets: the first that nobody has.
pub fn next_name(tier: Tier, seats: &[Seat]) -> Option<ReplicaName> {
    let names = ('A'..='Z').filter_map(|letter| format!("{tier}{letter}").parse::<ReplicaName>().ok());
    names.into_iter().find(|name| find(seats, name.as_str()).is_none())
}

/// What is typed so that a replica comes. `written` is everyone whom env.cfg names, as far as that is known.
pub fn steps(name: &ReplicaName, written: &[Member]) -> Vec<Step> {
    let mut steps = Vec::new();
    if written.iter().all(|member| member.name != *name) {
        let ip = written.iter().find(|member| member.tier == name.tier()).or(written.first());
        let ip = ip.map_or_else(|| "127.0.0.1".to_owned(), |member| member.ip.to_string());
        let port = written.iter().map(|member| member.port).max().and_then(|port| port.checked_add(1));
        let port = port.map_or_else(|| "PORT".to_owned(), |port| port.to_string());
        let lines = [format!("{name}_ip={ip}"), format!("{name}_port={port}")];
        let says = "Write it into env.cfg, with a port that is free.";
        steps.push(Step { says: says.into(), lines: lines.into() });
    }
    if matches!(name.tier(), Tier::Catalog | Tier::Order) {
        let command = format!("{} join --name {name}", name.tier());
        steps.push(Step::new("On its machine, let it read everything before anybody knows of it.", &[&command]));
    }
    steps.push(Step::new("Let the others know of it, and start it.", &["./runme.sh reload"]));
    let alone = "Let the frontends know of it. Where there is one alone, it is away for a moment.";
    steps.push(Step::new(alone, &["./runme.sh reload frontend"]));
    steps
}

/// How far the replica `name` is, of everyone in its tier. `layouts` are those of the carts.
pub fn checks(name: &ReplicaName, seats: &[Seat], layouts: Option<&Layouts>) -> Vec<Check> {
    let Some(seat) = find(seats, name.as_str()) else {
        return vec![Check::when(false, format!("env.cfg names {name}"))];
    };
    let mut checks = vec![written(seat), reachable(seat)];
    if answers(seat) {
        checks.extend(others(seats, name.as_str()).filter(|other| answers(other)).map(|other| meets(other, seat)));
        checks.push(match &seat.seen.state {
            State::NotReady(why) => Check::when(false, format!("It takes part: {why}")),
            _ => Check::when(true, "It has read what the others wrote, and takes part"),
        });
        checks.extend(share(seat, layouts));
    }
    checks.push(Check::when(seat.known, "This frontend knows of it and asks it"));
    checks
}

/// Whether nothing is to be waited for.
pub fn is_settled(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.sign == Sign::Holds)
}

fn written(seat: &Seat) -> Check {
    let address = seat.seen.member.address();
    if seat.written {
        return Check::when(true, format!("env.cfg names it, at {address}"));
    }
    Check::new(Sign::Wrong, "env.cfg names it: it was taken out, and whoever is restarted knows it no more")
}

fn reachable(seat: &Seat) -> Check {
    match &seat.seen.state {
        State::Unknown => Check::when(false, "It answers: nobody has asked it yet"),
        State::Down(why) => Check::when(false, format!("It answers: {why}")),
        State::NotReady(why) if !answers(seat) => Check::new(Sign::Wrong, format!("It answers: {why}")),
        State::Ready | State::NotReady(_) => Check::when(true, "It answers, and is of this cluster"),
    }
}

/// Whether another replica of the tier knows of it, and how far it has read that one.
fn meets(other: &Seat, seat: &Seat) -> Check {
    let (them, name) = (other.name(), seat.name());
    if seat.seen.member.tier == Tier::Cart {
        let present = other.seen.detail.get("present").and_then(|present| present.as_array());
        let knows = present.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name)));
        return Check::when(knows, format!("{them} knows of it"));
    }
    match lag(other, name) {
        None => Check::when(false, format!("{them} knows of it: it has read an older env.cfg")),
        Some(0) => Check::when(true, format!("{them} knows of it, and it has all that {them} wrote")),
        Some(lacks) => Check::when(false, format!("It has all that {them} wrote: {lacks} entries are missing")),
    }
}

/// Whether it has something of its own to work with.
fn share(seat: &Seat, layouts: Option<&Layouts>) -> Option<Check> {
    match seat.seen.member.tier {
        Tier::Catalog => {
            let units = seat.seen.detail.get("units_held").and_then(serde_json::Value::as_u64).unwrap_or(0);
            let says = if units > 0 {
                format!("It was given its share: it may sell {units} units alone")
            } else {
                "It was given its share: it may sell nothing alone, and is given units of books that sell".to_owned()
            };
            Some(Check::when(units > 0, says))
        }
        Tier::Cart => Some(part(seat.name(), layouts)),
        Tier::Order | Tier::Frontend => None,
    }
}

fn part(name: &str, layouts: Option<&Layouts>) -> Check {
    let Some(layouts) = layouts else {
        return Check::when(false, "It has its part: no cart replica tells which layout there is");
    };
    let epoch = layouts.epoch();
    if !layouts.latest().holders.contains_key(name) {
        return Check::when(false, format!("It has its part: it is not in layout {epoch}, and holds nothing"));
    }
    let lacking: Vec<&str> = layouts.lacking().map(String::as_str).collect();
    if lacking.is_empty() {
        return Check::when(true, format!("It has its part of layout {epoch}"));
    }
    Check::when(false, format!("Layout {epoch} stands: still waiting for {}", lacking.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{layouts, name, new, seat, silent, written};
    use super::*;
    use serde_json::json;

    fn says(checks: &[Check]) -> Vec<(&'static str, &str)> {
        checks.iter().map(|check| (check.word(), check.says.as_str())).collect()
    }

    #[test]
    fn a_catalog_on_its_way_is_followed_from_the_file_to_its_share() {
        let known = |lag| seat("catalogA", json!({"actor": "a", "lag": {"catalogB": 0, "catalogC": lag}}));
        let before = seat("catalogA", json!({"actor": "a", "lag": {"catalogB": 0}}));
        let wanted = name("catalogC");
        assert_eq!(
            says(&checks(&wanted, std::slice::from_ref(&before), None)),
            [("Not yet", "env.cfg names catalogC")]
        );
        let silent = new(silent("catalogC"));
        let told = checks(&wanted, &[before.clone(), silent], None);
        assert_eq!(told.iter().map(Check::word).collect::<Vec<_>>(), ["Yes", "Not yet", "Not yet"]);
        let runs = new(seat("catalogC", json!({"actor": "c", "units_held": 0, "lag": {}})));
        let told = checks(&wanted, &[before, runs.clone()], None);
        assert!(told[2].says.contains("read an older env.cfg"), "{told:?}");
        let told = checks(&wanted, &[known(12), runs], None);
        assert_eq!(told[2].says, "It has all that catalogA wrote: 12 entries are missing");
        let done = seat("catalogC", json!({"actor": "c", "units_held": 7, "lag": {"catalogA": 0}}));
        let told = checks(&wanted, &[known(0), done], None);
        assert!(is_settled(&told) && told[4].says.contains("7 units"), "{told:?}");
    }

    #[test]
    fn a_stranger_at_its_address_is_wrong_and_nothing_is_believed_of_it() {
        let mut stranger = new(seat("orderC", json!({})));
        stranger.seen.state = State::NotReady("a replica of another cluster answers at its address".into());
        let told = checks(&name("orderC"), &[seat("orderA", json!({"lag": {"orderC": 0}})), stranger], None);
        assert_eq!((told.len(), told[1].word()), (3, "No"));
        assert!(told[1].says.contains("another cluster"), "{told:?}");
    }

    #[test]
    fn a_cart_replica_holds_nothing_before_the_layout_says_so() {
        let seats = [seat("cartA", json!({"present": ["cartA", "cartD"]})), seat("cartD", json!({"objects": 0}))];
        let told = checks(&name("cartD"), &seats, Some(&layouts(&["cartA"])));
        assert!(told[4].word() == "Not yet" && told[4].says.contains("not in layout 1"), "{told:?}");
        assert!(is_settled(&checks(&name("cartD"), &seats, Some(&layouts(&["cartA", "cartD"])))));
        assert!(!is_settled(&checks(&name("cartD"), &seats, None)));
    }

    #[test]
    fn the_next_one_gets_a_free_name_and_port_and_reads_before_anybody_knows_of_it() {
        let seats = [seat("catalogA", json!({})), seat("catalogC", json!({}))];
        let next = next_name(Tier::Catalog, &seats).expect("a name");
        assert_eq!(next.as_str(), "catalogB");
        let lines: Vec<String> =
            steps(&next, &written(&["catalogA", "orderA"])).into_iter().flat_map(|step| step.lines).collect();
        let wanted = ["catalogB_ip=127.0.0.1", "catalogB_port=8012", "catalog join --name catalogB"];
        assert_eq!(lines[..3], wanted);
        assert_eq!(lines[3..], ["./runme.sh reload", "./runme.sh reload frontend"]);
        let cart = steps(&name("cartD"), &written(&["cartD"]));
        assert_eq!(cart[0].lines, ["./runme.sh reload"], "it is in the file, and reads nothing beforehand");
    }
}
