//! Books and their stock, in the envelope of the classic API.

use super::{Shop, unreadable};
use crate::store;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serve::params::idempotency_key;
use serve::{ClassicRefusal, Insider, Operator, Refusal, input};
use stock::Fields;
use stock::command::{Command, MOST_UNITS, Reply};
use wire::classic::{Item, Items, Written};
use wire::{Cause, IdempotencyKey, ItemId, ItemState, Money, OperatorName, Problem, Way};

#[derive(Deserialize)]
pub(super) struct OfTopic {
    topic: Option<String>,
}

/// `GET /item`, `GET /item?topic=…`: all books, or all of a topic, in the order of their ids.
pub(super) async fn list(shop: Data<Shop>, of: input::Query<OfTopic>) -> Result<HttpResponse, ClassicRefusal> {
    let states =
        shop.peers.replica.readers().read(move |books| store::of_topic(books, of.0.topic.as_deref(), None, None)).await;
    let states = states.map_err(|error| ClassicRefusal(unreadable(&error)))?;
    let items: Vec<_> = states.iter().filter_map(|state| item(state)).collect();
    Ok(HttpResponse::Ok().json(Items::found(items)))
}

/// `GET /item/{id}`.
pub(super) async fn show(shop: Data<Shop>, id: Path<String>) -> Result<HttpResponse, ClassicRefusal> {
    let id = parse(&id)?;
    let states = shop.peers.replica.readers().read(move |books| store::states(books, &[id])).await;
    let states = states.map_err(|error| ClassicRefusal(unreadable(&error)))?;
    match states.get(&id).and_then(|state| item(state)) {
        Some(item) => Ok(HttpResponse::Ok().json(Items::found(vec![item]))),
        None => Err(ClassicRefusal(no_such(id))),
    }
}

fn item(state: &str) -> Option<Item> {
    // What is stored was written by this program; a text that can't be read is a damaged file, which `check` names.
    serde_json::from_str::<ItemState>(state).ok().as_ref().map(Item::from)
}

fn parse(id: &str) -> Result<ItemId, ClassicRefusal> {
    id.parse().map_err(|error: wire::NotValid| ClassicRefusal(Problem::invalid("id", error.to_string())))
}

fn no_such(id: ItemId) -> Problem {
    wire::shortfall::no_such_item(id)
}

/// What changes of a book: its price, and its stock by an absolute count or by a difference, not both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    count: Option<i64>,
    cost: Option<Money>,
    delta: Option<i64>,
    /// What whoever asks calls themselves.
    #[serde(default)]
    by: OperatorName,
}

#[derive(Deserialize)]
pub(super) struct Force {
    #[serde(default)]
    force: bool,
}

/// Refuses a number of units that is a slip of the finger.
fn within(field: &str, units: u64) -> Result<(), Problem> {
    match units {
        0..=MOST_UNITS => Ok(()),
        _ => Err(Problem::invalid(field, format!("{field} is at most {MOST_UNITS}"))),
    }
}

impl Change {
    fn check(&self) -> Result<(), Problem> {
        match self {
            Self { count: None, cost: None, delta: None, .. } => {
                Err(Problem::missing("count", "give at least one of count, cost and delta"))
            }
            Self { count: Some(_), delta: Some(_), .. } => {
                Err(Problem::invalid("delta", "give either count, the new number of units, or delta, the difference"))
            }
            Self { count: Some(..=-1), .. } => Err(Problem::invalid(
                "count",
                "count is the new number of units and can't be negative; to take units away use delta",
            )),
            Self { count: Some(count), .. } => within("count", count.unsigned_abs()),
            Self { delta: Some(delta), .. } => within("delta", delta.unsigned_abs()),
            _ => Ok(()),
        }
    }
}

/// `PUT /item/{id}`: an operator changes price or stock.
pub(super) async fn change(
    _: Operator,
    request: HttpRequest,
    shop: Data<Shop>,
    id: Path<String>,
    force: input::Query<Force>,
    change: input::Json<Change>,
) -> Result<HttpResponse, ClassicRefusal> {
    let (id, change) = (parse(&id)?, change.into_inner());
    change.check().map_err(ClassicRefusal)?;
    let key = idempotency_key(&request).map_err(ClassicRefusal)?;
    // Stock first: it is what may be refused for a reason.
    if let Some(count) = change.count {
        let count = u64::try_from(count).unwrap_or(0);
        let take = TakeStock { item: id, count, force: force.0.force, by: change.by.clone(), import: false };
        take_stock(&shop, take).await.map_err(ClassicRefusal)?;
    }
    if let Some(delta) = change.delta {
        adjust(&shop, id, delta, key, &change.by).await.map_err(ClassicRefusal)?;
    }
    if let Some(cost) = change.cost {
        let fields = Fields { cost: Some(cost), ..Fields::default() };
        let set = Command::Set { item: id, fields }.caused(edited(&change.by));
        let set = shop.peers.replica.ask(set).await.map(Reply::adjusted);
        let only_half = |error: replica::WriteError| match (change.count, change.delta) {
            (None, None) => error.problem(),
            _ => Problem::uncertain(
                503,
                "half",
                format!("the stock was changed, the price was not ({error}); send the price alone"),
            ),
        };
        set.map_err(|error| ClassicRefusal(only_half(error)))?.map_err(|_| ClassicRefusal(no_such(id)))?;
    }
    Ok(HttpResponse::Created().json(Written::done()))
}

fn edited(by: &OperatorName) -> Cause {
    Cause { by: by.clone(), way: Way::Edit }
}

/// A stock-take, as the replicas ask each other for it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeStock {
    item: ItemId,
    count: u64,
    force: bool,
    #[serde(default)]
    by: OperatorName,
    /// Whether a file counts the book, and not a person.
    #[serde(default)]
    import: bool,
}

impl TakeStock {
    fn cause(&self) -> Cause {
        Cause { by: self.by.clone(), way: if self.import { Way::Import } else { Way::StockTake } }
    }
}

/// Runs at the book's home, so that two counts of one book at once don't both bring the difference.
async fn take_stock(shop: &Shop, take: TakeStock) -> Result<(), Problem> {
    let home = shop.peers.home_of(take.item);
    if home.name == shop.peers.me.name {
        return shop.till.take_stock(take.item, take.count, take.force, &take.cause()).await;
    }
    let answer: Result<(), _> = shop.peers.caller.post(&home, "/internal/stock-take", &take, ALONE).await;
    match answer {
        Ok(()) => Ok(()),
        // Not after a time-out: the home may have counted, and the difference would come twice.
        Err(error) if take.force && error.definite() && shop.peers.fleet.is_down(&home.name) => {
            shop.till.take_stock(take.item, take.count, true, &take.cause()).await
        }
        Err(error) => Err(through(&error, &home.name)),
    }
}

/// How long the home of a book may take, which may have to ask others in turn.
const ALONE: std::time::Duration = std::time::Duration::from_secs(4);

/// With a key it runs at the book's home, where a repetition is noticed; without one it can't be repeated safely and
/// runs here, also while the home is away.
async fn adjust(
    shop: &Shop,
    item: ItemId,
    delta: i64,
    key: Option<IdempotencyKey>,
    by: &OperatorName,
) -> Result<(), Problem> {
    let Some(key) = key else {
        return shop.till.adjust(item, delta, format!("delta-{}", uuid::Uuid::new_v4()), &edited(by)).await;
    };
    let home = shop.peers.home_of(item);
    let adjust = Adjust { item, delta, reference: format!("key-{key}"), by: by.clone() };
    if home.name == shop.peers.me.name {
        return shop.till.adjust(item, delta, adjust.reference, &edited(by)).await;
    }
    let answer: Result<(), _> = shop.peers.caller.post(&home, "/internal/adjust", &adjust, ALONE).await;
    answer.map_err(|error| through(&error, &home.name))
}

/// The home's own refusal, or that it did not answer.
fn through(error: &serve::CallError, home: &cluster::ReplicaName) -> Problem {
    match error {
        serve::CallError::Refused { problem, .. } => (**problem).clone(),
        error => {
            let detail =
                format!("{home}, where changes of this book are made, does not answer; ask again with the same key");
            Problem { definite: error.definite(), ..Problem::uncertain(503, "home-away", detail) }
        }
    }
}

/// An adjustment with a name, as the replicas ask each other for it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adjust {
    item: ItemId,
    delta: i64,
    reference: String,
    #[serde(default)]
    by: OperatorName,
}

pub(super) async fn take_stock_here(
    _: Insider,
    shop: Data<Shop>,
    take: input::Json<TakeStock>,
) -> Result<HttpResponse, Refusal> {
    within("count", take.0.count).map_err(Refusal)?;
    shop.till.take_stock(take.0.item, take.0.count, take.0.force, &take.0.cause()).await.map_err(Refusal)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn adjust_here(
    _: Insider,
    shop: Data<Shop>,
    adjust: input::Json<Adjust>,
) -> Result<HttpResponse, Refusal> {
    let Adjust { item, delta, reference, by } = adjust.into_inner();
    within("delta", delta.unsigned_abs()).map_err(Refusal)?;
    shop.till.adjust(item, delta, reference, &edited(&by)).await.map_err(Refusal)?;
    Ok(HttpResponse::NoContent().finish())
}
