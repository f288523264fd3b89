//! Catalogs and order replicas in a few lines: one stock for all, no disk, and moods.

mod carts;
mod retirement;
mod search;

pub(crate) use carts::cart;

use actix_web::web::{Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpResponse, web};
use journal::ActorId;
use serde::Deserialize;
use serve::{Insider, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use wire::item::TopicCount;
use wire::order::{Order, OrderState, OrdersOf, Outcome, Place, Purchase, Receipt};
use wire::sale::{Line, Refused, SaleRef, SoldLine};
use wire::{ItemId, ItemState, Money, OrderId, OrderNumber, Part, Problem, Register, Shortfall, Stamp};

/// The one actor of this shop.
fn actor() -> ActorId {
    ActorId::from_bits(1)
}

pub(crate) fn register<T>(value: T, at: u64) -> Register<T> {
    Register { value, stamp: Stamp(at, actor()) }
}

/// A book with `units` in stock.
pub(crate) fn book(id: u32, title: &str, topic: &str, cents: u64, units: i64) -> ItemState {
    ItemState {
        title: register(title.into(), 1),
        authors: register("Somebody; Else".into(), 1),
        year: register(Some(1899), 1),
        language: register("en".into(), 1),
        topic: register(topic.into(), 1),
        cost: register(Money::from_cents(cents).expect("a price"), 1),
        parts: [(actor(), Part { seq: 1, net: units })].into(),
        ..ItemState::unknown(ItemId(id))
    }
}

/// How a replica behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Well,
    /// Does what it is asked, and breaks the connection before it answers.
    DiesMidway,
    /// Never answers.
    Silent,
    /// Says that it can't.
    Refuses,
    /// Shows the stock from before all sales.
    Lags,
    /// Has no index to search yet, and is well otherwise.
    Builds,
}

/// What all replicas know together.
pub(crate) struct World {
    pub(crate) books: Mutex<BTreeMap<ItemId, ItemState>>,
    opening: Mutex<BTreeMap<ItemId, ItemState>>,
    orders: Mutex<BTreeMap<OrderId, Receipt>>,
    moods: Mutex<BTreeMap<String, Mood>>,
    /// What is answered to whoever wants this book.
    pub(crate) refusals: Mutex<BTreeMap<ItemId, Refused>>,
    /// Books that can only be sold by asking others.
    pub(crate) alone: Mutex<BTreeSet<ItemId>>,
    /// Every purchase that arrived: where, and which order.
    pub(crate) purchases: Mutex<Vec<(String, OrderId)>>,
    /// Every book that a catalog was asked for.
    pub(crate) reads: Mutex<Vec<(String, ItemId)>>,
    /// Who holds units of a book.
    pub(crate) holders: Mutex<BTreeMap<ItemId, BTreeMap<String, u64>>>,
    /// Units that a catalog has left behind.
    pub(crate) left_behind: Mutex<u64>,
    /// What each cart replica holds.
    objects: Mutex<BTreeMap<String, carts::Held>>,
}

impl World {
    pub(crate) fn new(books: Vec<ItemState>) -> Self {
        let books: BTreeMap<_, _> = books.into_iter().map(|book| (book.id, book)).collect();
        Self {
            opening: Mutex::new(books.clone()),
            books: Mutex::new(books),
            orders: Mutex::default(),
            moods: Mutex::default(),
            refusals: Mutex::default(),
            alone: Mutex::default(),
            purchases: Mutex::default(),
            reads: Mutex::default(),
            holders: Mutex::default(),
            left_behind: Mutex::default(),
            objects: Mutex::default(),
        }
    }

    pub(crate) fn set_mood(&self, replica: &str, mood: Mood) {
        self.moods.lock().expect("no panic").insert(replica.into(), mood);
    }

    fn mood(&self, replica: &str) -> Mood {
        self.moods.lock().expect("no panic").get(replica).copied().unwrap_or(Mood::Well)
    }

    pub(crate) fn refuse(&self, refused: Refused) {
        let item = match &refused {
            Refused::Short { lines } => lines[0].item,
            Refused::HeldElsewhere { item, .. } | Refused::AskAlone { item, .. } => *item,
            Refused::OtherBasket { .. } | Refused::NotNow { .. } | Refused::Unsure { .. } => ItemId(1),
        };
        self.refusals.lock().expect("no panic").insert(item, refused);
    }

    /// How many orders there are.
    pub(crate) fn orders(&self) -> usize {
        self.orders.lock().expect("no panic").len()
    }

    /// Units that were sold of a book.
    pub(crate) fn sold(&self, item: u32) -> u64 {
        let count = |books: &Mutex<BTreeMap<_, ItemState>>| books.lock().expect("no panic")[&ItemId(item)].count();
        count(&self.opening) - count(&self.books)
    }

    fn shown(&self, replica: &str) -> BTreeMap<ItemId, ItemState> {
        let books = if self.mood(replica) == Mood::Lags { &self.opening } else { &self.books };
        books.lock().expect("no panic").clone()
    }

    fn sell(&self, purchase: &Purchase) -> Outcome {
        let wanted = purchase.basket.lines();
        let mut orders = self.orders.lock().expect("no panic");
        if let Some(receipt) = orders.get(&purchase.order) {
            let same = receipt.order.lines.iter().map(|line| (line.item, line.quantity));
            return if same.eq(wanted.iter().map(|line| (line.item, line.quantity))) {
                Ok(receipt.clone())
            } else {
                Err(Refused::OtherBasket { order: purchase.order })
            };
        }
        let refusals = self.refusals.lock().expect("no panic");
        if let Some(refused) = wanted.iter().find_map(|line| refusals.get(&line.item)) {
            return Err(refused.clone());
        }
        let mut books = self.books.lock().expect("no panic");
        let short = wanted.iter().filter_map(|line| {
            let left = books.get(&line.item).map(ItemState::count);
            let short = left.is_none_or(|left| left < line.quantity.units().into());
            short.then_some(Shortfall { item: line.item, wanted: line.quantity, left })
        });
        let short: Vec<_> = short.collect();
        if !short.is_empty() {
            return Err(Refused::Short { lines: short });
        }
        // One entry of one journal: higher than any that a book has seen.
        let seq = 1 + books.values().map(|book| book.parts[&actor()].seq).max().unwrap_or_default();
        let (mut lines, mut items) = (Vec::new(), Vec::new());
        for Line { item, quantity } in wanted {
            let book = books.get_mut(item).expect("it is not short");
            let part = book.parts.get_mut(&actor()).expect("every book has a part");
            *part = Part { seq, net: part.net - i64::from(quantity.units()) };
            lines.push(SoldLine { item: *item, quantity: *quantity, cost: book.cost.value });
            items.push(book.clone());
        }
        let order = Order {
            id: purchase.order,
            number: OrderNumber(196 + orders.len() as u64),
            also: Vec::new(),
            buyer: purchase.buyer.clone(),
            lines,
            created_ms: 1_763_695_929_123 + orders.len() as u64,
            sale: SaleRef { actor: actor(), seq },
            told: true,
            advances: Vec::new(),
        };
        let receipt = Receipt { order, copies: 2, state: OrderState::Settled, items };
        // Asked again, it is known already and says nothing of the books.
        orders.insert(purchase.order, Receipt { items: Vec::new(), ..receipt.clone() });
        Ok(receipt)
    }
}

/// One replica of the world.
struct Replica {
    name: String,
    world: Data<World>,
}

impl Replica {
    /// Behaves badly instead of answering, if that is its mood.
    async fn answer(&self, body: HttpResponse) -> HttpResponse {
        match self.world.mood(&self.name) {
            Mood::Well | Mood::Lags | Mood::Builds => body,
            Mood::DiesMidway => panic!("told to die midway"),
            Mood::Silent => std::future::pending().await,
            Mood::Refuses => {
                HttpResponse::ServiceUnavailable().json(Problem::definite(503, "not-now", "told to refuse"))
            }
        }
    }

    /// Whether it does what it is asked, whatever it answers.
    fn stores(&self) -> bool {
        matches!(self.world.mood(&self.name), Mood::Well | Mood::DiesMidway | Mood::Lags | Mood::Builds)
    }
}

fn json(value: &impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok().json(value)
}

/// The routes of a catalog.
pub(crate) fn catalog(name: &str, world: &Data<World>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (name, world) = (name.to_owned(), world.clone());
    move |config| {
        config
            .app_data(Data::new(Replica { name: name.clone(), world: world.clone() }))
            .route("/internal/items/read", web::post().to(read))
            .route("/internal/topics", web::get().to(topics))
            .route("/internal/books", web::get().to(books))
            .route("/internal/newest", web::get().to(newest))
            .route("/internal/related", web::get().to(related))
            .route("/internal/items/{id}/holders", web::get().to(holders))
            .route("/internal/find", web::get().to(find))
            .route("/internal/search", web::post().to(search::search))
            .route("/internal/retire", web::post().to(retirement::retire));
    }
}

async fn read(replica: Data<Replica>, _: Insider, ids: Json<Vec<ItemId>>) -> HttpResponse {
    let reads = ids.iter().map(|id| (replica.name.clone(), *id));
    replica.world.reads.lock().expect("no panic").extend(reads);
    let books = replica.world.shown(&replica.name);
    replica.answer(json(&ids.iter().map(|id| books.get(id)).collect::<Vec<_>>())).await
}

async fn topics(replica: Data<Replica>, _: Insider) -> HttpResponse {
    let mut counts = BTreeMap::<String, u64>::new();
    for book in replica.world.shown(&replica.name).into_values() {
        *counts.entry(book.topic.value).or_default() += 1;
    }
    let counts: Vec<_> = counts.into_iter().map(|(topic, titles)| TopicCount { topic, titles }).collect();
    replica.answer(json(&counts)).await
}

#[derive(Deserialize)]
struct Asked {
    topic: Option<String>,
    #[serde(default)]
    below: bool,
    item: Option<ItemId>,
    #[serde(default)]
    q: String,
    after: Option<ItemId>,
    limit: Option<usize>,
}

async fn listed(replica: &Replica, asked: &Asked, wanted: impl Fn(&ItemState) -> bool) -> HttpResponse {
    let books = replica.world.shown(&replica.name).into_values();
    let after = books.filter(|book| asked.after.is_none_or(|after| book.id > after) && wanted(book));
    let found: Vec<_> = after.take(asked.limit.unwrap_or(usize::MAX)).collect();
    replica.answer(json(&found)).await
}

async fn books(replica: Data<Replica>, _: Insider, asked: Query<Asked>) -> HttpResponse {
    let within = |topic: &String, of: &str| of == topic || asked.below && wire::topic::child(topic, of).is_some();
    listed(&replica, &asked, |book| asked.topic.as_ref().is_none_or(|topic| within(topic, &book.topic.value))).await
}

/// The others of the topic.
async fn related(replica: Data<Replica>, _: Insider, asked: Query<Asked>) -> HttpResponse {
    let books = replica.world.shown(&replica.name);
    let of = asked.item.and_then(|item| books.get(&item)).map(|book| (book.id, book.topic.value.clone()));
    listed(&replica, &asked, |book| of.as_ref().is_some_and(|(id, topic)| book.id != *id && book.topic.value == *topic))
        .await
}

/// Who holds units of a book, as a test has said.
async fn holders(replica: Data<Replica>, _: Insider, item: Path<ItemId>) -> HttpResponse {
    let holders = replica.world.holders.lock().expect("no panic").get(&item).cloned().unwrap_or_default();
    replica.answer(json(&holders)).await
}

async fn find(replica: Data<Replica>, _: Insider, asked: Query<Asked>) -> HttpResponse {
    let text = |book: &ItemState| format!("{} {}", book.title.value, book.authors.value).to_lowercase();
    let words: Vec<String> = asked.q.split_whitespace().map(str::to_lowercase).collect();
    listed(&replica, &asked, |book| words.iter().all(|word| text(book).contains(word))).await
}

async fn newest(replica: Data<Replica>, _: Insider, asked: Query<Asked>) -> HttpResponse {
    let books = replica.world.shown(&replica.name);
    let found: Vec<_> = books.into_values().rev().take(asked.limit.unwrap_or(usize::MAX)).collect();
    replica.answer(json(&found)).await
}

/// The routes of an order replica.
pub(crate) fn order(name: &str, world: &Data<World>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (name, world) = (name.to_owned(), world.clone());
    move |config| {
        config
            .app_data(Data::new(Replica { name: name.clone(), world: world.clone() }))
            .route("/internal/orders", web::post().to(buy))
            .route("/internal/orders/alone", web::post().to(buy_alone))
            .route("/internal/orders/of", web::post().to(of_buyer))
            .route("/internal/orders/{id}", web::get().to(look));
    }
}

async fn buy(replica: Data<Replica>, _: Insider, purchases: Json<Vec<Purchase>>) -> HttpResponse {
    let world = &replica.world;
    let noted = purchases.iter().map(|purchase| (replica.name.clone(), purchase.order));
    world.purchases.lock().expect("no panic").extend(noted);
    // Who says no does nothing; who dies midway has done it.
    if world.mood(&replica.name) == Mood::Refuses {
        return replica.answer(HttpResponse::Ok().finish()).await;
    }
    let outcome = |purchase: &Purchase| -> Outcome {
        let item = purchase.basket.first();
        if world.alone.lock().expect("no panic").contains(&item) {
            return Err(Refused::AskAlone { item, unsure: false });
        }
        world.sell(purchase)
    };
    let outcomes: Vec<Outcome> = purchases.iter().map(outcome).collect();
    replica.answer(json(&outcomes)).await
}

async fn buy_alone(replica: Data<Replica>, _: Insider, purchase: Json<Purchase>) -> HttpResponse {
    let outcome = replica.world.sell(&purchase);
    replica.answer(json(&outcome)).await
}

async fn of_buyer(replica: Data<Replica>, _: Insider, asked: Json<OrdersOf>) -> HttpResponse {
    let mut listed: Vec<Receipt> = replica.world.orders.lock().expect("no panic").values().cloned().collect();
    let place = |receipt: &Receipt| Place::of(&receipt.order);
    listed
        .retain(|receipt| receipt.order.buyer == asked.buyer && asked.after.is_none_or(|after| place(receipt) < after));
    listed.sort_by_key(|receipt| std::cmp::Reverse(place(receipt)));
    listed.truncate(asked.limit as usize);
    replica.answer(json(&listed)).await
}

async fn look(replica: Data<Replica>, _: Insider, id: Path<String>) -> Result<HttpResponse, Refusal> {
    let unknown = || Problem::definite(404, "no-such-order", "no such order");
    let id: OrderId = id.parse().map_err(|_| unknown())?;
    let found = replica.world.orders.lock().expect("no panic").get(&id).cloned().ok_or_else(unknown)?;
    Ok(replica.answer(json(&found)).await)
}
