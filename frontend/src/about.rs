//! How the shop is doing: who is up and since when, who lags, who holds how many units.
//!
//! Everything here is what the replicas said of themselves in `/readyz` and what calling them showed; nothing is asked
//! on the spot, so looking costs nothing. What it looks like is `pages/about.rs`' business.

use crate::browse::Browse;
use crate::cache::Tally;
use crate::checkout::Checkout;
use crate::objects::Objects;
use crate::words::{counted, span};
use cluster::ReplicaName;
use serde_json::{Value, json};
use serve::{Fleet, Seen, State, clock};
use std::time::Instant;

/// Journals that are not believed any more and are named, a replica: there is more than one only after a disaster.
const MOST_FROZEN: usize = 5;

/// The frontend itself.
pub struct About {
    name: ReplicaName,
    started: Instant,
}

/// One replica, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// `catalogA`.
    pub name: String,
    /// `up`, `waiting`, `down` or `unknown`: how it is drawn.
    pub style: &'static str,
    /// `Up`, `Not ready: catching up`, `Down`.
    pub state: String,
    /// For how long: `4 min`.
    pub since: String,
    /// What it says of itself: `210 titles`, `in step with its peers`.
    pub facts: Vec<String>,
    /// Whether it was the one of its tier that answered last.
    pub answered_last: bool,
}

impl About {
    /// About the frontend `name`, which starts now.
    pub fn new(name: ReplicaName) -> Self {
        Self { name, started: Instant::now() }
    }

    /// The frontend's name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// For how long it has been running: `4 min`.
    pub fn up_for(&self) -> String {
        span(self.started.elapsed().as_secs())
    }
}

/// The replicas of one tier, by name.
pub fn replicas(fleet: &Fleet, last: Option<&ReplicaName>) -> Vec<Replica> {
    let now_ms = clock::now_ms();
    fleet.view().iter().map(|seen| replica(seen, last, now_ms)).collect()
}

fn replica(seen: &Seen, last: Option<&ReplicaName>, now_ms: u64) -> Replica {
    let (style, state) = match &seen.state {
        State::Ready => ("up", "Up".to_owned()),
        State::NotReady(why) => ("waiting", format!("Not ready: {why}")),
        State::Down(_) => ("down", "Down".to_owned()),
        State::Unknown => ("unknown", "Not heard from yet".to_owned()),
    };
    let facts = if matches!(seen.state, State::Ready | State::NotReady(_)) { facts(&seen.detail) } else { Vec::new() };
    Replica {
        name: seen.member.name.to_string(),
        style,
        state,
        since: span(now_ms.saturating_sub(seen.since_ms) / 1000),
        facts,
        answered_last: last == Some(&seen.member.name),
    }
}

/// What a replica says of itself, in words; what isn't understood is left out.
fn facts(detail: &Value) -> Vec<String> {
    let number = |name: &str| detail.get(name).and_then(Value::as_u64);
    let mut facts = Vec::new();
    if let Some(titles) = number("titles") {
        facts.push(counted(titles, "title", "titles"));
    }
    if let Some(units) = number("units_held") {
        facts.push(format!("may sell {} alone", counted(units, "unit", "units")));
    }
    if let Some(orders) = number("orders") {
        facts.push(counted(orders, "order", "orders"));
    }
    if let Some(objects) = number("objects") {
        facts.push(counted(objects, "cart, list or account", "carts, lists and accounts"));
    }
    if let Some(hints) = number("hints").filter(|hints| *hints > 0) {
        facts.push(format!("keeps {} for others", counted(hints, "copy", "copies")));
    }
    if detail.get("whole").and_then(Value::as_bool) == Some(false) {
        facts.push("is being filled from the others".into());
    }
    if let Some(lag) = detail.get("lag").and_then(Value::as_object) {
        let behind: Vec<String> = lag
            .iter()
            .filter_map(|(peer, entries)| Some((peer, entries.as_u64()?)))
            .filter(|(_, entries)| *entries > 0)
            .map(|(peer, entries)| format!("{peer} lacks {} of it", counted(entries, "entry", "entries")))
            .collect();
        if behind.is_empty() {
            facts.push("in step with its peers".into());
        }
        facts.extend(behind);
    }
    // Journals with two histories, by their writers: a restored backup that went on writing, for one.
    for (actor, why) in detail.get("frozen").and_then(Value::as_object).into_iter().flatten().take(MOST_FROZEN) {
        let why = why.as_str().unwrap_or("it can't be trusted");
        facts.push(format!("believes nothing new of journal {}: {why}", start(actor)));
    }
    if let Some(retired) = detail.get("retired").and_then(Value::as_array).filter(|retired| !retired.is_empty()) {
        facts.push(format!("{} retired", counted(retired.len() as u64, "journal is", "journals are")));
    }
    facts
}

/// As much of a long id as tells it from others at a glance.
fn start(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// What the frontend's own `/readyz` says: who of the others is ready, and how the cache does.
pub fn detail(browse: &Browse, checkout: &Checkout, objects: &Objects) -> Value {
    let tier = |fleet: &Fleet| -> Value {
        fleet
            .view()
            .into_iter()
            .map(|seen| (seen.member.name.to_string(), state_name(&seen.state).into()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let cache: Tally = browse.cache().tally();
    json!({
        "catalogs": tier(browse.catalogs().fleet()),
        "orders": tier(checkout.orders().fleet()),
        "carts": tier(objects.fleet()),
        "cache": cache,
    })
}

fn state_name(state: &State) -> &'static str {
    match state {
        State::Unknown => "unknown",
        State::Ready => "ready",
        State::NotReady(_) => "not ready",
        State::Down(_) => "down",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_replica_says_of_itself_is_put_into_words() {
        let catalog = json!({"actor": "00", "titles": 1, "units_held": 12, "lag": {"catalogB": 0}, "frozen": {}});
        assert_eq!(facts(&catalog), ["1 title", "may sell 12 units alone", "in step with its peers"]);
        let order =
            json!({"orders": 2, "lag": {"orderB": 1, "orderC": 0}, "frozen": {"0a": "it forked"}, "retired": ["0b"]});
        let forked = "believes nothing new of journal 0a: it forked";
        assert_eq!(facts(&order), ["2 orders", "orderB lacks 1 entry of it", forked, "1 journal is retired"]);
        let cart = json!({"objects": 3, "hints": 1, "layout": "1", "whole": false});
        assert_eq!(
            facts(&cart),
            ["3 carts, lists and accounts", "keeps 1 copy for others", "is being filled from the others"]
        );
        assert_eq!(facts(&json!({"objects": 1, "hints": 0, "whole": true})), ["1 cart, list or account"]);
        for strange in [json!({}), json!(null), json!({"titles": "many", "lag": 3})] {
            assert_eq!(facts(&strange), [""; 0], "{strange}");
        }
    }
}
