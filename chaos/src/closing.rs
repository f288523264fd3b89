//! What the shop says of itself when everything is mended: each replica's books, orders and journals, and when they
//! agreed. Read directly, without any link in between; judged elsewhere.

mod carts;

pub(crate) use carts::CartView;

use crate::error::{ChaosError, While as _};
use crate::fault::Replica;
use crate::shop::Shop;
use journal::ActorId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use stock::Op;
use uuid::Uuid;
use wire::ItemState;
use wire::sale::{Sale, SaleRef};

/// Between two looks at whether all agree.
const LOOK: Duration = Duration::from_millis(200);
/// So long it is looked; what takes longer is a breach long since.
const LOOKS_FOR: Duration = Duration::from_secs(30);
/// How long a replica may take to tell all it has.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most differences that are told.
const SHOWN: usize = 4;

/// Everything the replicas hold at the end.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// The opening stock: units of each title.
    pub stock: BTreeMap<u32, u64>,
    /// The catalogs.
    pub catalogs: Vec<CatalogView>,
    /// The order replicas.
    pub orders: Vec<OrderView>,
    /// The cart replicas.
    pub carts: Vec<CartView>,
    /// When all agreed.
    pub agreement: Agreement,
    /// What each replica's own check said, and whether it found nothing wrong.
    pub checks: Vec<(Replica, bool, String)>,
}

/// When the replicas were equal again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// When the last thing was mended and the last customer had gone, milliseconds since the run began.
    pub mended_ms: u64,
    /// When a look found all replicas of each tier equal.
    pub agreed_ms: Option<u64>,
    /// How they last differed.
    pub differs: String,
}

/// One catalog.
#[derive(Clone, Debug)]
pub struct CatalogView {
    /// Which.
    pub replica: Replica,
    /// Who it writes as.
    pub actor: ActorId,
    /// Whose journals it does not believe any more.
    pub frozen: BTreeSet<ActorId>,
    /// Its books.
    pub books: Vec<ItemState>,
    /// All entries of all journals it holds.
    pub journal: Vec<Entry<Op>>,
}

/// One order replica.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// Which.
    pub replica: Replica,
    /// Who it writes as.
    pub actor: ActorId,
    /// Its orders.
    pub rows: BTreeSet<OrderRow>,
    /// Orders that are found under a number that is not theirs.
    pub aliases: BTreeMap<u64, Uuid>,
    /// All entries of all journals it holds.
    pub journal: Vec<Entry<OrderOp>>,
}

/// An entry of a journal.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry<O> {
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number.
    pub seq: u64,
    /// What it says.
    pub body: O,
}

/// What order replicas write, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum OrderOp {
    /// The first entry of an incarnation.
    Open {
        /// Of which replica.
        replica: String,
    },
    /// An order, on this sale.
    Place {
        /// The sale.
        sale: Sale,
        /// Where it stands.
        at: SaleRef,
    },
}

/// One line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderRow {
    /// The order's id.
    pub uuid: Uuid,
    /// Its number.
    pub number: u64,
    /// The title.
    pub item: u32,
    /// How many units.
    pub quantity: u64,
}

/// What a replica says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) ready: bool,
    pub(crate) actor: Option<ActorId>,
    pub(crate) frozen: BTreeSet<ActorId>,
    pub(crate) units_held: u64,
}

impl Shop {
    /// What a replica says of itself, if it answers within `patience`.
    pub(crate) async fn report(&self, replica: Replica, patience: Duration) -> Option<Report> {
        self.report_at(&self.url(replica), patience).await
    }

    /// What the replica at `url` says of itself, if it answers within `patience`.
    pub(crate) async fn report_at(&self, url: &str, patience: Duration) -> Option<Report> {
        let answer = self.http.get(format!("{url}/readyz")).timeout(patience).send().await.ok()?;
        let body: Value = answer.json().await.ok()?;
        let detail = &body["detail"];
        let frozen = detail["frozen"].as_object().into_iter().flatten();
        Some(Report {
            ready: body["ready"].as_bool()?,
            actor: detail["actor"].as_str().and_then(|actor| actor.parse().ok()),
            frozen: frozen.filter_map(|(actor, _)| actor.parse().ok()).collect(),
            units_held: detail["units_held"].as_u64().unwrap_or(0),
        })
    }

    async fn get(&self, replica: Replica, path: &str) -> Result<String, ChaosError> {
        let doing = || format!("asking {replica} for {path}");
        let request = self.http.get(format!("{}{path}", self.url(replica))).timeout(PATIENCE);
        let answer = self.as_one_of_them(request).send().await;
        answer.during(doing())?.error_for_status().during(doing())?.text().await.during(doing())
    }

    /// The question as a replica of the shop asks it.
    fn as_one_of_them(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.bearer_auth(self.secrets.token.expose());
        request.header("Bookend-Cluster", self.secrets.cluster.to_string())
    }

    async fn books(&self, replica: Replica) -> Result<Vec<ItemState>, ChaosError> {
        let text = self.get(replica, "/internal/books").await?;
        serde_json::from_str(&text).during(format!("reading the books of {replica}"))
    }

    async fn orders(&self, replica: Replica) -> Result<BTreeSet<OrderRow>, ChaosError> {
        let text = self.get(replica, "/orders").await?;
        let body: Value = serde_json::from_str(&text).during(format!("reading the orders of {replica}"))?;
        let rows = body["order"].as_array().map(Vec::as_slice).unwrap_or_default();
        let read = rows.iter().map(row).collect::<Option<Vec<_>>>();
        read.map(BTreeSet::from_iter).ok_or_else(|| ChaosError::new(format!("{replica} lists what is no order")))
    }

    async fn journal<O: for<'d> Deserialize<'d>>(&self, replica: Replica) -> Result<Vec<Entry<O>>, ChaosError> {
        let dump = self.command(replica, &["dump"]).await?;
        let text = String::from_utf8_lossy(&dump.stdout);
        let read = text.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>();
        read.during(format!("reading the journals of {replica}"))
    }

    async fn has_difference(&self) -> Result<Option<String>, ChaosError> {
        let [one, two] = Replica::CATALOGS;
        let reports = futures::future::join_all(Replica::CATALOGS.map(|at| self.report(at, PATIENCE))).await;
        let frozen: BTreeSet<ActorId> = reports.into_iter().flatten().flat_map(|report| report.frozen).collect();
        let (ours, theirs) = futures::try_join!(self.books(one), self.books(two))?;
        let books = |books: Vec<ItemState>| books.into_iter().map(|book| without(book, &frozen)).collect();
        if let Some(difference) = difference(one, two, &books(ours), &books(theirs)) {
            return Ok(Some(difference));
        }
        let [one, two] = Replica::ORDERS;
        let (ours, theirs) = futures::try_join!(self.orders(one), self.orders(two))?;
        let rows = |rows: BTreeSet<OrderRow>| rows.into_iter().map(|row| format!("{row:?}")).collect();
        match difference(one, two, &rows(ours), &rows(theirs)) {
            None => self.carts_differ().await,
            difference => Ok(difference),
        }
    }

    /// Looks until all replicas of each tier are equal; `now_ms` is the clock of the run, `mended_ms` when to count from.
    pub(crate) async fn agreement(&self, mended_ms: u64, now_ms: impl Fn() -> u64) -> Agreement {
        let began = Instant::now();
        let mut differs = String::new();
        while began.elapsed() < LOOKS_FOR {
            match self.has_difference().await {
                Ok(None) => return Agreement { mended_ms, agreed_ms: Some(now_ms()), differs: String::new() },
                Ok(Some(difference)) => differs = difference,
                Err(why) => differs = why.to_string(),
            }
            tokio::time::sleep(LOOK).await;
        }
        Agreement { mended_ms, agreed_ms: None, differs }
    }

    /// Reads everything; `told` are the numbers that buyers were told, `lists` those that anybody knows of.
    pub(crate) async fn closing(
        &self,
        stock: BTreeMap<u32, u64>,
        agreement: Agreement,
        told: &BTreeMap<u64, Uuid>,
        lists: &BTreeSet<Uuid>,
    ) -> Result<Closing, ChaosError> {
        let (mut catalogs, mut orders, mut checks) = (Vec::new(), Vec::new(), Vec::new());
        for replica in Replica::CATALOGS {
            let report = self.reported(replica).await?;
            let (books, journal) = (self.books(replica).await?, self.journal(replica).await?);
            let actor = report.actor.ok_or_else(|| ChaosError::new(format!("{replica} does not know who it is")))?;
            catalogs.push(CatalogView { replica, actor, frozen: report.frozen, books, journal });
        }
        for replica in Replica::ORDERS {
            let report = self.reported(replica).await?;
            let rows = self.orders(replica).await?;
            let aliases = self.aliases(replica, &rows, told).await;
            let actor = report.actor.ok_or_else(|| ChaosError::new(format!("{replica} does not know who it is")))?;
            orders.push(OrderView { replica, actor, rows, aliases, journal: self.journal(replica).await? });
        }
        for replica in Replica::KEEPERS {
            let check = self.command(replica, &["check"]).await?;
            let said = [check.stdout, check.stderr].map(|said| String::from_utf8_lossy(&said).trim().to_owned());
            checks.push((replica, check.status.success(), said.join(" ").trim().to_owned()));
        }
        let carts = self.carts(lists).await?;
        Ok(Closing { stock, catalogs, orders, carts, agreement, checks })
    }

    async fn reported(&self, replica: Replica) -> Result<Report, ChaosError> {
        let report = self.report(replica, PATIENCE).await;
        report.ok_or_else(|| ChaosError::new(format!("{replica} does not answer, though everything is mended")))
    }

    /// Looks for the orders whose numbers are not those that buyers were told.
    async fn aliases(&self, at: Replica, rows: &BTreeSet<OrderRow>, told: &BTreeMap<u64, Uuid>) -> BTreeMap<u64, Uuid> {
        let listed: BTreeSet<(u64, Uuid)> = rows.iter().map(|row| (row.number, row.uuid)).collect();
        let mut aliases = BTreeMap::new();
        for (number, uuid) in told.iter().filter(|(number, uuid)| !listed.contains(&(**number, **uuid))) {
            let found = self.get(at, &format!("/orders/{number}")).await;
            if found.is_ok_and(|text| text.contains(&uuid.to_string())) {
                aliases.insert(*number, *uuid);
            }
        }
        aliases
    }
}

fn row(row: &Value) -> Option<OrderRow> {
    Some(OrderRow {
        uuid: row["uuid"].as_str()?.parse().ok()?,
        number: row["id"].as_u64()?,
        item: row["item_id"].as_u64()?.try_into().ok()?,
        quantity: row["quantity"].as_u64()?,
    })
}

/// A book without what frozen journals say of it: of these every replica keeps what it believed first.
fn without(mut book: ItemState, frozen: &BTreeSet<ActorId>) -> String {
    book.parts.retain(|actor, _| !frozen.contains(actor));
    // A price that the second writer of a frozen journal set stays with those who believed it.
    if frozen.contains(&book.cost.stamp.1) {
        book.cost = wire::item::Register { value: wire::Money::default(), ..book.cost };
    }
    serde_json::to_string(&book).unwrap_or_default()
}

/// How two sets differ, in a few examples.
fn difference(one: Replica, two: Replica, ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> Option<String> {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        let some: Vec<String> = a.difference(b).take(SHOWN).cloned().collect();
        (a.difference(b).count(), some.join(", "))
    };
    let ((count, some), (others, other)) = (only(ours, theirs), only(theirs, ours));
    (count + others > 0)
        .then(|| format!("{count} only at {one}, {others} only at {two}; at {one}: {some}; at {two}: {other}"))
}

impl OrderOp {
    /// The order that it places, and the sale that stands for it.
    pub fn placed(&self) -> Option<(Uuid, SaleRef)> {
        match self {
            Self::Open { .. } => None,
            Self::Place { sale, at } => Some((sale.order.0, *at)),
        }
    }
}
