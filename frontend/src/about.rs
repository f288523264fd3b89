//! How the shop is doing: who is up and since when, who lags, who holds how many units.
//!
//! Everything here is what the replicas said of themselves in `/readyz` and what calling them showed; nothing is asked
//! on the spot, so looking costs nothing. What it looks like is `pages/about.rs`' business.

use crate::browse::Browse;
use crate::cache::Tally;
use crate::checkout::Checkout;
use crate::objects::Objects;
use crate::say::{ENGLISH, Say};
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
    /// Where more is said of it; empty for who may not see that.
    pub href: String,
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

    /// For how long it has been running, in seconds.
    pub fn up_s(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}

/// The replicas of one tier, by name, as the operator is told of them: in English, and with what they say of their reasons.
pub fn replicas(fleet: &Fleet, last: Option<&ReplicaName>) -> Vec<Replica> {
    let now_ms = clock::now_ms();
    fleet.view().iter().map(|seen| for_operators(seen, last, now_ms)).collect()
}

/// One replica as the operator is told of it, at `now_ms`.
pub fn for_operators(seen: &Seen, last: Option<&ReplicaName>, now_ms: u64) -> Replica {
    let mut replica = replica(&ENGLISH, seen, last, now_ms);
    replica.href = format!("/desk/replicas/{}", seen.member.name);
    if let State::NotReady(why) = &seen.state {
        replica.state = format!("{}: {why}", replica.state);
    }
    let layout = seen.detail.get("layout").and_then(Value::as_str);
    replica.facts.extend(layout.map(|epoch| format!("layout {epoch}")));
    replica.facts.extend(frozen(&seen.detail).map(|(journal, why)| format!("journal {journal}: {why}")));
    replica
}

/// The same for a visitor, in a few words.
pub(crate) fn replicas_in(say: &Say, fleet: &Fleet, last: Option<&ReplicaName>) -> Vec<Replica> {
    let now_ms = clock::now_ms();
    fleet.view().iter().map(|seen| replica(say, seen, last, now_ms)).collect()
}

fn replica(say: &Say, seen: &Seen, last: Option<&ReplicaName>, now_ms: u64) -> Replica {
    let (style, state) = match &seen.state {
        State::Ready => ("up", say.doing.up.to_owned()),
        State::NotReady(_) => ("waiting", say.doing.not_ready.to_owned()),
        State::Down(_) => ("down", say.doing.down.to_owned()),
        State::Unknown => ("unknown", say.doing.unknown.to_owned()),
    };
    let facts =
        if matches!(seen.state, State::Ready | State::NotReady(_)) { facts(say, &seen.detail) } else { Vec::new() };
    Replica {
        name: seen.member.name.to_string(),
        href: String::new(),
        style,
        state,
        since: say.span(now_ms.saturating_sub(seen.since_ms) / 1000),
        facts,
        answered_last: last == Some(&seen.member.name),
    }
}

/// What a replica says of itself, in words; what isn't understood is left out.
fn facts(say: &Say, detail: &Value) -> Vec<String> {
    let number = |name: &str| detail.get(name).and_then(Value::as_u64);
    let said = &say.doing;
    let mut facts = Vec::new();
    facts.extend(number("titles").map(|titles| say.titles(titles)));
    facts.extend(number("units_held").map(|units| say.counted(&said.units, units)));
    facts.extend(number("orders").map(|orders| say.counted(&said.orders_kept, orders)));
    facts.extend(number("objects").map(|objects| say.counted(&said.objects, objects)));
    facts.extend(number("hints").filter(|hints| *hints > 0).map(|hints| say.counted(&said.hints, hints)));
    if detail.get("whole").and_then(Value::as_bool) == Some(false) {
        facts.push(said.filling.into());
    }
    if let Some(lag) = detail.get("lag").and_then(Value::as_object) {
        let behind: Vec<String> = lag
            .iter()
            .filter_map(|(peer, entries)| Some((peer, entries.as_u64()?)))
            .filter(|(_, entries)| *entries > 0)
            .map(|(peer, entries)| (said.lacks)(peer, entries))
            .collect();
        if behind.is_empty() {
            facts.push(said.in_step.into());
        }
        facts.extend(behind);
    }
    facts.extend(frozen(detail).map(|(journal, _)| (said.frozen)(journal)));
    if let Some(retired) = detail.get("retired").and_then(Value::as_array).filter(|retired| !retired.is_empty()) {
        facts.push(say.counted(&said.retired, retired.len() as u64));
    }
    facts
}

/// Journals with two histories, by their writers, and why they are not believed: a restored backup that went on writing,
/// for one.
fn frozen(detail: &Value) -> impl Iterator<Item = (&str, &str)> {
    let frozen = detail.get("frozen").and_then(Value::as_object).into_iter().flatten().take(MOST_FROZEN);
    frozen.map(|(actor, why)| (start(actor), why.as_str().unwrap_or("it can't be trusted")))
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
    use crate::say::GERMAN;

    #[test]
    fn what_a_replica_says_of_itself_is_put_into_words() {
        let catalog = json!({"actor": "00", "titles": 1, "units_held": 12, "lag": {"catalogB": 0}, "frozen": {}});
        assert_eq!(facts(&ENGLISH, &catalog), ["1 title", "may sell 12 units alone", "in step with its peers"]);
        let order =
            json!({"orders": 2, "lag": {"orderB": 1, "orderC": 0}, "frozen": {"0a": "it forked"}, "retired": ["0b"]});
        let forked = "believes nothing new of journal 0a";
        assert_eq!(facts(&ENGLISH, &order), ["2 orders", "orderB lacks 1 entry of it", forked, "1 journal is retired"]);
        assert_eq!(frozen(&order).collect::<Vec<_>>(), [("0a", "it forked")], "the operator is told why");
        assert_eq!(facts(&GERMAN, &order)[..2], ["2 Bestellungen", "orderB fehlt davon 1 Eintrag"]);
        let cart = json!({"objects": 3, "hints": 1, "layout": "1", "whole": false});
        assert_eq!(
            facts(&ENGLISH, &cart),
            ["3 carts, lists and accounts", "keeps 1 copy for others", "is being filled from the others"]
        );
        assert_eq!(facts(&ENGLISH, &json!({"objects": 1, "hints": 0, "whole": true})), ["1 cart, list or account"]);
        for strange in [json!({}), json!(null), json!({"titles": "many", "lag": 3})] {
            assert_eq!(facts(&ENGLISH, &strange), [""; 0], "{strange}");
        }
    }
}
