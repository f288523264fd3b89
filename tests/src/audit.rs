//! What must be true of the whole shop: its copies agree, no unit is lost or sold twice, no order disappears.

use crate::{Bought, Cluster, awaits};
use ::cluster::Tier;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;
use wire::classic::{Item, Items};

/// Until an order that nobody wrote down is made of its sale, and all know it.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);

/// One line of an order as an order replica lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderRow {
    /// The order's id.
    pub uuid: Uuid,
    /// The order's short number.
    pub number: u64,
    /// Which book.
    pub item: u32,
    /// How many units.
    pub quantity: u64,
}

impl Cluster {
    /// Every book as a catalog replica lists it.
    ///
    /// # Errors
    /// Why it did not.
    pub async fn shelf(&self, catalog: &str) -> Result<Vec<Item>, String> {
        let answer = self.get(catalog, "/item").await;
        if answer.status != 200 {
            return Err(format!("{catalog}: {answer}"));
        }
        let items: Items = serde_json::from_str(&answer.text).map_err(|error| format!("{catalog}: {error}"))?;
        Ok(items.item)
    }

    /// Every order as an order replica lists it.
    ///
    /// # Errors
    /// Why it did not.
    pub async fn orders(&self, order: &str) -> Result<BTreeSet<OrderRow>, String> {
        let answer = self.get(order, "/orders").await;
        if answer.status != 200 {
            return Err(format!("{order}: {answer}"));
        }
        let listed = answer.json();
        let rows = listed["order"].as_array().ok_or_else(|| format!("{order}: {answer}"))?;
        let read: Option<Vec<OrderRow>> = rows
            .iter()
            .map(|row| {
                Some(OrderRow {
                    uuid: row["uuid"].as_str()?.parse().ok()?,
                    number: row["id"].as_u64()?,
                    item: row["item_id"].as_u64()?.try_into().ok()?,
                    quantity: row["quantity"].as_u64()?,
                })
            })
            .collect();
        let read = read.ok_or_else(|| format!("{order}: a row is not an order: {}", answer.text))?;
        let set: BTreeSet<OrderRow> = read.iter().cloned().collect();
        if set.len() == read.len() { Ok(set) } else { Err(format!("{order} lists an order twice")) }
    }

    /// Waits until every cart replica lacks nothing: until then it counts towards no quorum for what it may lack.
    ///
    /// # Panics
    /// When one still may after `deadline`.
    pub async fn carts_count_within(&self, deadline: Duration) {
        for name in self.names(Tier::Cart) {
            awaits(deadline, &format!("nothing is lacking at {name}"), async || {
                let ready = self.get(name, "/readyz").await;
                if ready.json()["detail"]["whole"] == true { Ok(()) } else { Err(ready.text) }
            })
            .await;
        }
    }

    /// Waits until every catalog has read of all books, and finds them all: its index follows what it reads of the others.
    ///
    /// # Panics
    /// When one still does not after `deadline`.
    pub async fn finds_all_within(&self, deadline: Duration) {
        awaits(deadline, "every catalog finds all books", async || {
            let mut found = Vec::new();
            for name in self.names(Tier::Catalog) {
                let detail = self.get(name, "/readyz").await.json()["detail"].clone();
                found.push((detail["search"].clone(), detail["titles"].clone()));
            }
            let all = found.iter().all(|(search, titles)| *search == format!("{titles} titles"));
            if all && found.windows(2).all(|pair| pair[0] == pair[1]) { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
    }

    /// Waits until all catalogs show the same books and all order replicas list the same orders.
    ///
    /// # Panics
    /// When they still differ after `deadline`, with the differences.
    pub async fn agrees_within(&self, deadline: Duration) {
        awaits(deadline, "all replicas agree", async || {
            let mut shelves = Vec::new();
            for name in self.names(Tier::Catalog) {
                let items = self.shelf(name).await?.into_iter().map(|item| format!("{item:?}"));
                shelves.push((name, items.collect::<BTreeSet<_>>()));
            }
            let mut books = Vec::new();
            for name in self.names(Tier::Order) {
                let orders = self.orders(name).await?.into_iter().map(|row| format!("{row:?}"));
                books.push((name, orders.collect::<BTreeSet<_>>()));
            }
            equal(&shelves)?;
            equal(&books)
        })
        .await;
    }

    /// Waits until every order replica knows the others, by buying single units of `item` at each until the answer says
    /// that all have it, and returns what was bought.
    ///
    /// Just after their start they may not have found each other, and an answer does not wait for somebody who is away.
    ///
    /// # Panics
    /// When they have not found each other within seconds.
    pub async fn order_desks_meet(&self, item: u32) -> Vec<Bought> {
        let desks = self.names(Tier::Order);
        let mut bought = Vec::new();
        for desk in &desks {
            awaits(SETTLES_WITHIN, "an order has a copy at every order replica", async || {
                let key = Uuid::new_v4().to_string();
                let order = self.operator().buys(desk, item, 1, &key).await.map_err(|answer| answer.to_string())?;
                let copies = order.copies;
                bought.push(order);
                if copies == desks.len() as u64 { Ok(()) } else { Err(format!("the last one had {copies}")) }
            })
            .await;
        }
        bought
    }

    /// Units sold of each book, in all orders of the first order replica.
    ///
    /// # Panics
    /// When that does not answer.
    pub async fn sold(&self) -> BTreeMap<u32, u64> {
        let first = self.names(Tier::Order)[0];
        let mut sold = BTreeMap::new();
        for row in self.orders(first).await.expect("the order replica answers") {
            *sold.entry(row.item).or_default() += row.quantity;
        }
        sold
    }

    /// Waits until what is left and what was sold add up to `stocked`.
    ///
    /// A sale whose order replica died before it could write the order down becomes an order within seconds, so this
    /// may take a moment.
    ///
    /// # Panics
    /// For each book of which units are missing or were sold twice.
    pub async fn conserves(&self, stocked: &BTreeMap<u32, u64>) {
        let first = self.names(Tier::Catalog)[0];
        awaits(SETTLES_WITHIN, "all units are sold or left", async || {
            let sold = self.sold().await;
            let left = self.shelf(first).await?;
            let left: BTreeMap<u32, u64> = left.iter().map(|item| (item.id.0, item.count)).collect();
            let wrong: Vec<String> = stocked
                .iter()
                .filter_map(|(item, stocked)| {
                    let (sold, left) = (sold.get(item).unwrap_or(&0), left.get(item).unwrap_or(&0));
                    let right = sold + left == *stocked;
                    (!right).then(|| format!("item {item}: {stocked} stocked, {sold} sold, {left} left"))
                })
                .collect();
            if wrong.is_empty() { Ok(()) } else { Err(format!("{wrong:#?}")) }
        })
        .await;
        self.agrees_within(SETTLES_WITHIN).await;
    }

    /// Fails unless each confirmed order is on every order replica under the number and id the customer was told, and
    /// no order was confirmed twice.
    ///
    /// # Panics
    /// With the orders that are not.
    pub async fn keeps(&self, confirmed: &[Bought]) {
        self.agrees_within(SETTLES_WITHIN).await;
        let told: BTreeSet<OrderRow> = confirmed.iter().map(Bought::row).collect();
        assert_eq!(told.len(), confirmed.len(), "one order was confirmed to two customers");
        for name in self.names(Tier::Order) {
            let kept = self.orders(name).await.expect("the order replica answers");
            let listed =
                |row: &OrderRow| kept.iter().filter(|other| other.uuid == row.uuid).cloned().collect::<Vec<_>>();
            let lost: Vec<_> = told.difference(&kept).map(|row| (row, listed(row))).collect();
            let (missing, all) = (lost.len(), told.len());
            assert!(lost.is_empty(), "{name} lacks {missing} of {all} orders; told, and listed instead: {lost:#?}");
        }
    }

    /// Fails unless the number each customer was told leads to the order on every order replica, whatever other numbers
    /// it got while replicas were apart.
    ///
    /// # Panics
    /// With the first order that is not found.
    pub async fn finds(&self, confirmed: &[Bought]) {
        for name in self.names(Tier::Order) {
            for order in confirmed {
                let found = self.get(name, &format!("/orders/{}", order.number)).await;
                let uuid = order.uuid.to_string();
                assert!(found.status == 200 && found.text.contains(&uuid), "{name}, order {}: {found}", order.number);
            }
        }
    }

    /// Fails if a customer was sold something that no order replica knows of, or the other way round.
    ///
    /// # Panics
    /// With the orders that only one side knows.
    pub async fn has_no_orders_but(&self, confirmed: &[Bought]) {
        self.keeps(confirmed).await;
        let told: BTreeSet<OrderRow> = confirmed.iter().map(Bought::row).collect();
        for name in self.names(Tier::Order) {
            let kept = self.orders(name).await.expect("the order replica answers");
            let extra: Vec<_> = kept.difference(&told).collect();
            assert!(extra.is_empty(), "{name} has orders that nobody was told of: {extra:?}");
        }
    }
}

impl Bought {
    /// The row that an order replica must list.
    pub fn row(&self) -> OrderRow {
        OrderRow { uuid: self.uuid, number: self.number, item: self.item, quantity: self.quantity }
    }
}

/// Where two replicas differ, what only one of them has.
fn equal(copies: &[(&str, BTreeSet<String>)]) -> Result<(), String> {
    const SHOWN: usize = 5;
    for pair in copies.windows(2) {
        let [(one, ones), (other, others)] = pair else { continue };
        if ones != others {
            let only =
                |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).take(SHOWN).cloned().collect::<Vec<_>>();
            return Err(format!(
                "only {one} has {:#?}\nonly {other} has {:#?}",
                only(ones, others),
                only(others, ones)
            ));
        }
    }
    Ok(())
}
