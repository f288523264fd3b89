//! Replicas as they are seen, for the tests of plans.

use crate::desk::Seat;
use cluster::{Member, ReplicaName};
use serde_json::{Value, json};
use serve::{Seen, State};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use wire::cart::{Layout, Layouts};

pub(super) fn name(text: &str) -> ReplicaName {
    text.parse().expect("a name")
}

fn member(text: &str, port: u16) -> Member {
    let name = name(text);
    let (tier, letter) = (name.tier(), name.letter());
    Member { name, tier, letter, ip: Ipv4Addr::LOCALHOST.into(), port }
}

/// What env.cfg names: from port 8010 on.
pub(super) fn written(names: &[&str]) -> Vec<Member> {
    (8010..).zip(names).map(|(port, name)| member(name, port)).collect()
}

/// One that is ready and says this of itself.
pub(super) fn seat(name: &str, detail: Value) -> Seat {
    let seen = Seen { member: member(name, 8011), state: State::Ready, since_ms: 0, detail, rtt_us: None };
    Seat { seen, known: true, written: true }
}

/// One that does not answer.
pub(super) fn silent(name: &str) -> Seat {
    let mut seat = seat(name, json!({}));
    seat.seen.state = State::Down("connection refused".into());
    seat
}

/// The same, new in env.cfg.
pub(super) fn new(seat: Seat) -> Seat {
    Seat { known: false, ..seat }
}

pub(super) fn layouts(names: &[&str]) -> Layouts {
    let members = names.iter().map(|name| ((*name).to_owned(), "127.0.0.1".to_owned()));
    Layouts::first(Layout::first(members), BTreeSet::new())
}
