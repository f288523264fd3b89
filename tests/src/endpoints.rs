//! Every address of every tier, in one table: who may ask, how refusals look, and a body that is nearly right.
//!
//! Tests that go everywhere go by this table. `tests/endpoints.rs` compares it with the routes in the sources and with
//! what a running shop answers, so that a new route can't be forgotten here.

mod table;

pub use table::ENDPOINTS;

use cluster::Tier;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anybody.
    Open,
    /// Whoever has the cluster's token.
    Operator,
    /// A replica of the cluster: the token and the cluster's id.
    Insider,
}

/// How a refusal looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The published envelope.
    Classic,
    /// RFC 9457.
    Problem,
    /// A page for people.
    Page,
}

/// One address and what may be done there.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// The tiers that have it.
    pub tiers: &'static [Tier],
    /// The part of the address that several share; empty where there is none.
    pub scope: &'static str,
    /// The rest, with `{…}` where anything may stand.
    pub path: &'static str,
    /// The methods that are routed under this guard.
    pub methods: &'static [&'static str],
    /// Who may ask.
    pub guard: Guard,
    /// How its refusals look.
    pub style: Style,
    /// A body that is nearly right: of the right form, for books that do not exist. Empty where none is taken.
    pub body: &'static str,
}

impl Endpoint {
    /// The whole address.
    pub fn address(&self) -> String {
        format!("{}{}", self.scope, self.path)
    }

    /// The address, with this in the place where anything may stand.
    pub fn filled(&self, with: &str) -> String {
        let mut address = self.address();
        while let (Some(from), Some(to)) = (address.find('{'), address.find('}')) {
            address.replace_range(from..=to, with);
        }
        address
    }

    /// Whether its answer has no end of its own: a page that is told of changes.
    pub fn goes_on(&self) -> bool {
        self.path.ends_with("/events")
    }

    /// Whether asking may change something.
    pub fn writes(&self) -> bool {
        self.methods.iter().any(|method| !matches!(*method, "GET" | "HEAD"))
    }
}

const ACTOR: &str = "00000000000000000000000000000001";
const UUID: &str = "00000000-0000-4000-8000-000000000001";

/// What may stand in the place of `{…}`, so that the address is found: an item, an order, an actor.
pub fn sound(endpoint: &Endpoint) -> String {
    let address = endpoint.address();
    let with = if address.contains("{actor}") {
        ACTOR
    } else if address.contains("/orders/{id}") || address.contains("/lists/{id}") {
        UUID
    } else if address.contains("{bucket}") {
        "7"
    } else if address.contains("{kind}") {
        "fuzz"
    } else if address.contains("/replicas/{name}") {
        "catalogA"
    } else {
        "4294967000"
    };
    endpoint.filled(with)
}
