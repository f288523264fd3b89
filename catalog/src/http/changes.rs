//! Who had what changed, as the journals tell it; and notes of what no other entry tells.

use super::{Shop, unreadable};
use crate::store::{self, WantedEntry};
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use journal::ActorId;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serve::{Insider, Operator, Refusal, input};
use std::collections::BTreeMap;
use stock::command::{Command, Reply};
use stock::{Fields, Op, Text};
use wire::change::{Change, ChangePlace, Changed, FieldChange};
use wire::{Cause, ItemId, ItemState, OrderId, OrderNumber, Problem};

/// The most changes of one answer.
const MOST: u32 = 500;

/// Which changes are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Those of this book, imports included; those that are listed where none is named.
    item: Option<ItemId>,
    /// Those before this one.
    before: Option<ChangePlace>,
    limit: u32,
}

/// Changes, the latest first, as far as the journals were read here.
pub(super) async fn read(
    _: Insider,
    shop: Data<Shop>,
    asked: input::Json<Asked>,
) -> Result<Json<Vec<Change>>, Refusal> {
    let Asked { item, before, limit } = asked.0;
    let read = move |from: &Connection| {
        let entries = store::changes(from, item, before, limit.min(MOST))?;
        let titles = titles(from, &entries)?;
        let names = Names { titles, numbers: numbers(from, &entries)?, replicas: store::incarnations(from)? };
        Ok(entries.into_iter().map(|entry| told(entry, &names)).collect::<Vec<_>>())
    };
    let changes = shop.peers.replica.readers().read(read).await;
    changes.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

/// What the books of these entries are called now.
fn titles(from: &Connection, entries: &[WantedEntry]) -> rusqlite::Result<BTreeMap<ItemId, String>> {
    let items: Vec<ItemId> = entries.iter().filter_map(|entry| entry.item).collect();
    let states = store::states(from, &items)?;
    let title = |state: &String| serde_json::from_str::<ItemState>(state).ok().map(|state| state.title.value);
    Ok(states.iter().filter_map(|(item, state)| Some((*item, title(state)?))).collect())
}

/// The short numbers of the orders of these entries: an order's id opens it, and is told nobody.
fn numbers(from: &Connection, entries: &[WantedEntry]) -> rusqlite::Result<BTreeMap<OrderId, OrderNumber>> {
    let orders: Vec<OrderId> = entries.iter().filter_map(|entry| entry.op.order()).collect();
    let sales = store::sales(from, &orders)?;
    Ok(sales.into_iter().map(|known| (known.sale.order, known.sale.number)).collect())
}

/// What things are called in front of people.
struct Names {
    titles: BTreeMap<ItemId, String>,
    numbers: BTreeMap<OrderId, OrderNumber>,
    replicas: BTreeMap<ActorId, String>,
}

fn told(entry: WantedEntry, Names { titles, numbers, replicas }: &Names) -> Change {
    let WantedEntry { place, item, op } = entry;
    let named = |actor: ActorId| replicas.get(&actor).cloned().unwrap_or_else(|| actor.to_string());
    // What has a row has a reason.
    let why = op.why().cloned();
    let (before, cause) = why.map_or((None, None), |why| (Some((why.units, why.fields)), Some(why.cause)));
    let (units, fields) = before.unwrap_or_default();
    let was = units.unwrap_or(0);
    let what = match op {
        Op::Mint { n, .. } => Changed::Units { was, now: was.saturating_add(n) },
        Op::Burn { n, .. } => Changed::Units { was, now: was.saturating_sub(n) },
        Op::Set { fields: now, .. } => set(fields.as_ref(), &now),
        Op::Advance { order, to, .. } => Changed::Order { number: numbers.get(&order).copied(), to },
        Op::Retire { actor, end, .. } => Changed::Retired { replica: named(actor), end: end.seq },
        Op::Note { text, .. } => Changed::Note(text.into()),
        Op::Open { .. } | Op::Give { .. } | Op::Sell(_) | Op::Void { .. } | Op::Inherit { .. } => {
            Changed::Note("An entry of another kind.".into())
        }
    };
    let title = item.and_then(|item| titles.get(&item).cloned()).unwrap_or_default();
    let cause = cause.unwrap_or(Cause { by: wire::OperatorName::default(), way: wire::Way::Other });
    Change { place, replica: named(place.actor), cause, item, title, what }
}

/// What a `Set` changed; `was` is what there was, and nothing where the book was new.
fn set(was: Option<&Fields>, now: &Fields) -> Changed {
    let Some(was) = was else { return Changed::Added { title: now.title.clone().unwrap_or_default() } };
    if let (Some(was), Some(now)) = (was.cost, now.cost.filter(|cost| *now == price_alone(*cost))) {
        return Changed::Price { was, now };
    }
    let (was, now) = (words(was), words(now));
    let change = |(field, now): (&&'static str, &String)| FieldChange {
        field: (*field).to_owned(),
        was: was.get(field).cloned().unwrap_or_default(),
        now: now.clone(),
    };
    Changed::Fields(now.iter().map(change).collect())
}

fn price_alone(cost: wire::Money) -> Fields {
    Fields { cost: Some(cost), ..Fields::default() }
}

/// The fields that are there, as imports call and write them, long texts cut short.
fn words(fields: &Fields) -> BTreeMap<&'static str, String> {
    fn text<T: ToString>(value: Option<&T>) -> Option<String> {
        value.map(ToString::to_string)
    }
    let short = |text: &String| text.chars().take(200).collect();
    let all = [
        ("title", fields.title.clone()),
        ("authors", fields.authors.clone()),
        ("year", text(fields.year.as_ref())),
        ("language", fields.language.clone()),
        ("topic", fields.topic.clone()),
        ("price", text(fields.cost.as_ref())),
        ("isbn", text(fields.isbn.as_ref())),
        ("publisher", fields.publisher.clone()),
        ("published", text(fields.published.as_ref())),
        ("format", text(fields.format.as_ref())),
        ("description", fields.description.as_ref().map(short)),
        (
            "cover",
            fields.cover.as_ref().map(|cover| cover.as_ref().map(|cover| cover.hash.to_string()).unwrap_or_default()),
        ),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Something to be told that no other entry tells.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    cause: Cause,
    #[serde(default)]
    item: Option<ItemId>,
    text: Text,
}

/// Writes a note into this replica's journal.
pub(super) async fn note(_: Operator, shop: Data<Shop>, note: input::Json<Note>) -> Result<HttpResponse, Refusal> {
    let Note { cause, item, text } = note.0;
    let noted = shop.peers.replica.ask(Command::Note { item, text }.caused(cause)).await.map(Reply::adjusted);
    noted.map_err(|error| Refusal(error.problem()))?.map_err(|error| Refusal(not_noted(&error)))?;
    Ok(HttpResponse::NoContent().finish())
}

fn not_noted(error: &stock::NotAdjusted) -> Problem {
    Problem::definite(500, "not-noted", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Money;

    fn priced(cents: u64) -> Fields {
        price_alone(Money::from_cents(cents).expect("small"))
    }

    #[test]
    fn a_price_alone_is_told_as_one_and_other_fields_by_their_names() {
        let (was, now) = (priced(1000), priced(1250));
        let told = set(Some(&was), &now);
        assert!(matches!(told, Changed::Price { was, now } if (was.cents(), now.cents()) == (1000, 1250)), "{told:?}");
        let now = Fields { description: Some("x".repeat(4000)), ..now };
        let Changed::Fields(fields) = set(Some(&was), &now) else { panic!("fields") };
        let told: Vec<_> = fields.iter().map(|one| (one.field.as_str(), one.was.as_str(), one.now.len())).collect();
        assert_eq!(told, [("description", "", 200), ("price", "10.00", 5)]);
        let new = Fields { title: Some("Emma".into()), ..now };
        assert_eq!(set(None, &new), Changed::Added { title: "Emma".into() });
    }
}
