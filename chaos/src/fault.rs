//! What can be done to a shop: to the connections between its processes, to the processes, and to their data.
//!
//! Only names and words; when it is done is `schedule.rs`' business, how is `inject.rs`' and `proxy.rs`'.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The replicas of the shop that is tormented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Replica {
    /// The first catalog, which has the opening stock.
    CatalogA,
    /// The second catalog.
    CatalogB,
    /// The first order replica.
    OrderA,
    /// The second order replica.
    OrderB,
    /// The first cart replica.
    CartA,
    /// The second cart replica.
    CartB,
    /// The third cart replica.
    CartC,
    /// The first frontend.
    Frontend,
    /// The second frontend.
    FrontendB,
}

impl Replica {
    /// Everyone, in the order of start.
    pub const ALL: [Self; 9] = [
        Self::CatalogA,
        Self::CatalogB,
        Self::OrderA,
        Self::OrderB,
        Self::CartA,
        Self::CartB,
        Self::CartC,
        Self::Frontend,
        Self::FrontendB,
    ];
    /// Those that a sale goes through.
    pub const SELLERS: [Self; 6] =
        [Self::CatalogA, Self::CatalogB, Self::OrderA, Self::OrderB, Self::Frontend, Self::FrontendB];
    /// The catalogs.
    pub const CATALOGS: [Self; 2] = [Self::CatalogA, Self::CatalogB];
    /// The order replicas.
    pub const ORDERS: [Self; 2] = [Self::OrderA, Self::OrderB];
    /// The frontends.
    pub const FRONTENDS: [Self; 2] = [Self::Frontend, Self::FrontendB];
    /// The cart replicas.
    pub const CARTS: [Self; 3] = [Self::CartA, Self::CartB, Self::CartC];
    /// Those that keep a journal.
    pub const KEEPERS: [Self; 4] = [Self::CatalogA, Self::CatalogB, Self::OrderA, Self::OrderB];

    /// The name, as in `env.cfg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CatalogA => "catalogA",
            Self::CatalogB => "catalogB",
            Self::OrderA => "orderA",
            Self::OrderB => "orderB",
            Self::CartA => "cartA",
            Self::CartB => "cartB",
            Self::CartC => "cartC",
            Self::Frontend => "frontend",
            Self::FrontendB => "frontendB",
        }
    }

    /// The program: `catalog`, `order`, `cart` or `frontend`.
    pub const fn program(self) -> &'static str {
        match self {
            Self::CatalogA | Self::CatalogB => "catalog",
            Self::OrderA | Self::OrderB => "order",
            Self::CartA | Self::CartB | Self::CartC => "cart",
            Self::Frontend | Self::FrontendB => "frontend",
        }
    }

    /// The other replica of its tier, or the next one where there are three.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::CatalogA => Self::CatalogB,
            Self::CatalogB => Self::CatalogA,
            Self::OrderA => Self::OrderB,
            Self::OrderB => Self::OrderA,
            Self::CartA => Self::CartB,
            Self::CartB => Self::CartC,
            Self::CartC => Self::CartA,
            Self::Frontend => Self::FrontendB,
            Self::FrontendB => Self::Frontend,
        }
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(self.as_str())
    }
}

/// Whoever opens connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Caller {
    /// Those who look and buy, and who write lists.
    Customers,
    /// Whoever restocks.
    Operator,
    /// A replica.
    #[serde(untagged)]
    Replica(Replica),
}

impl fmt::Display for Caller {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customers => to.pad("customers"),
            Self::Operator => to.pad("operator"),
            Self::Replica(replica) => replica.fmt(to),
        }
    }
}

/// Every connection that one party opens to another. Requests go from the first to the second, answers come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Who calls.
    pub from: Caller,
    /// Who is called.
    pub to: Replica,
}

impl Link {
    /// The link over which `from` calls `to`.
    pub const fn between(from: Replica, to: Replica) -> Self {
        Self { from: Caller::Replica(from), to }
    }

    /// Every link of the shop: each replica to each other one, customers to frontends, the operator to catalogs.
    pub fn all() -> Vec<Self> {
        let pairs = Replica::ALL.into_iter().flat_map(|from| {
            Replica::ALL.into_iter().filter(move |to| *to != from).map(move |to| Self::between(from, to))
        });
        let customers = Replica::FRONTENDS.map(|to| Self { from: Caller::Customers, to });
        let operator = Replica::CATALOGS.map(|to| Self { from: Caller::Operator, to });
        pairs.chain(customers).chain(operator).collect()
    }
}

impl fmt::Display for Link {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} → {}", self.from, self.to)
    }
}

/// What happens to what goes over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// New connections are refused, open ones are reset.
    Cut,
    /// Connections are accepted and nothing passes; what was held arrives late, when it is over.
    Blackhole,
    /// Everything comes later, by so many milliseconds and up to so many more.
    Slow {
        /// At least.
        ms: u16,
        /// At most so many more.
        jitter_ms: u16,
    },
    /// Requests pass, answers don't; they arrive late.
    AnswersHeld,
    /// Connections are made and no request passes; they arrive late.
    RequestsHeld,
    /// The called side sees its connections reset, the caller is not told and what it sends is swallowed.
    HalfOpen,
}

impl Trouble {
    /// Whether a caller that is patient for as long as replicas are with each other can still do its work over it.
    pub const fn is_bearable(self) -> bool {
        match self {
            // A probe waits for 400 ms, and both ways count.
            Self::Slow { ms, jitter_ms } => ms as u32 + jitter_ms as u32 <= 100,
            Self::Cut | Self::Blackhole | Self::AnswersHeld | Self::RequestsHeld | Self::HalfOpen => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => to.write_str("cut"),
            Self::Blackhole => to.write_str("blackhole"),
            Self::Slow { ms, jitter_ms } => write!(to, "{ms} to {} ms slower", ms + jitter_ms),
            Self::AnswersHeld => to.write_str("answers held"),
            Self::RequestsHeld => to.write_str("requests held"),
            Self::HalfOpen => to.write_str("half open"),
        }
    }
}

/// One thing that is done to the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Trouble on links.
    Links {
        /// Which.
        links: Vec<Link>,
        /// What trouble.
        trouble: Trouble,
    },
    /// `kill -9`; the supervisor starts it again.
    Kill(Replica),
    /// SIGSTOP, and SIGCONT when it is over.
    Pause(Replica),
    /// The data of so many milliseconds before are put back, the witness is kept.
    OldData {
        /// Whose data.
        replica: Replica,
        /// How old they are.
        age_ms: u64,
    },
    /// A second process is started on the same data: it must refuse.
    Twice(Replica),
    /// A copy of everything is started elsewhere and writes as the same actor, which must be noticed.
    Copied(Replica),
    /// The disk of a replica is full.
    FullDisk(Replica),
    /// A replica's clock is an hour ahead.
    Clock(Replica),
}

impl Fault {
    /// The replica whose process or data it concerns; none for trouble on links.
    pub const fn replica(&self) -> Option<Replica> {
        match self {
            Self::Links { .. } => None,
            Self::Kill(replica)
            | Self::Pause(replica)
            | Self::OldData { replica, .. }
            | Self::Twice(replica)
            | Self::Copied(replica)
            | Self::FullDisk(replica)
            | Self::Clock(replica) => Some(*replica),
        }
    }

    /// Whether the replica loses data: one that keeps a journal is somebody else then, without the units it alone could
    /// sell.
    pub const fn ends_an_incarnation(&self) -> bool {
        matches!(self, Self::OldData { .. } | Self::Copied(_))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Links { links, trouble } => {
                let names: Vec<String> = links.iter().map(ToString::to_string).collect();
                match names.as_slice() {
                    few @ ([] | [_] | [_, _]) => write!(to, "{}: {trouble}", few.join(", ")),
                    [first, others @ ..] => write!(to, "{first} and {} links more: {trouble}", others.len()),
                }
            }
            Self::Kill(replica) => write!(to, "{replica} killed"),
            Self::Pause(replica) => write!(to, "{replica} paused"),
            Self::OldData { replica, age_ms } => {
                write!(to, "{replica}: data of {} s before put back", age_ms.div_ceil(1000))
            }
            Self::Twice(replica) => write!(to, "{replica} started twice"),
            Self::Copied(replica) => write!(to, "{replica}: a copy of it writes too"),
            Self::FullDisk(replica) => write!(to, "{replica}: disk full"),
            Self::Clock(replica) => write!(to, "{replica}: clock an hour ahead"),
        }
    }
}

/// A fault and when: planned, or as it was done. Milliseconds since the run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// What.
    pub fault: Fault,
    /// When it begins.
    pub from_ms: u64,
    /// When it is over; what is broken by it may take longer to mend, see `path.rs`.
    pub to_ms: u64,
}
