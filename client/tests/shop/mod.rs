//! A shop of a few lines behind the APIs that the client asks, with one fault at most.

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;
use wire::classic::{Bought, BoughtOrder, Failure, Item, Items};
use wire::v1::{Book, Books};
use wire::{ItemId, Money, OrderId, OrderNumber};

/// What is wrong with the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It sells whether or not anything is left.
    SellsTooMuch,
    /// What it sold stays in its stock.
    KeepsTheUnits,
    /// It tells every tenth buyer of the order before.
    TellsOneOrderTwice,
    /// It makes a new order of a key it has seen.
    ForgetsKeys,
    /// It sells, and answers every tenth buyer with a failure.
    LosesAnswers,
    /// The tenth question, and all that come meanwhile, wait for so long.
    HangsOnce(Duration),
}

/// A shop that is open until it is dropped.
pub(crate) struct Shop {
    address: SocketAddr,
    books: Arc<Shelf>,
    server: ServerHandle,
}

struct Shelf {
    fault: Option<Fault>,
    left: Mutex<BTreeMap<u32, u64>>,
    orders: Mutex<BTreeMap<String, u64>>,
    asked: AtomicU64,
    hung: AtomicBool,
    hanging: tokio::sync::RwLock<()>,
}

#[derive(Deserialize)]
struct Wanted {
    id: u32,
}

#[derive(Deserialize)]
struct Listed {
    topic: String,
}

impl Shop {
    /// A shop of ten titles with `units` of each.
    pub(crate) fn open(units: u64, fault: Option<Fault>) -> Self {
        let shelf = Arc::new(Shelf {
            fault,
            left: Mutex::new((1..=10).map(|id| (id, units)).collect()),
            orders: Mutex::default(),
            asked: AtomicU64::new(0),
            hung: AtomicBool::new(false),
            hanging: tokio::sync::RwLock::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (books, data) = (Arc::clone(&shelf), Data::from(shelf));
        let (ready, server) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(data.clone())
                        .route("/api/v1/books", web::get().to(list))
                        .route("/lookup", web::get().to(lookup))
                        .route("/search", web::get().to(search))
                        .route("/buy", web::post().to(buy))
                };
                let server = HttpServer::new(app).workers(1).tcp_nodelay(true).disable_signals();
                let server = server.listen(listener).expect("it listens").run();
                ready.send(server.handle()).expect("somebody waits for it");
                server.await.expect("it serves");
            });
        });
        let server = server.recv().expect("it starts");
        Self { address, books, server }
    }

    /// Where it is.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many orders it has.
    pub(crate) fn sold(&self) -> u64 {
        self.books.orders.lock().expect("no panic").len() as u64
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Told; nobody needs to see it happen.
        drop(self.server.stop(false));
    }
}

impl Shelf {
    /// Waits where the shop hangs.
    async fn enter(&self) -> u64 {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some(Fault::HangsOnce(time)) = self.fault {
            if number >= 10 && !self.hung.swap(true, Ordering::Relaxed) {
                let _closed = self.hanging.write().await;
                tokio::time::sleep(time).await;
            }
            drop(self.hanging.read().await);
        }
        number
    }

    fn book(&self, id: u32) -> Item {
        let count = self.left.lock().expect("no panic").get(&id).copied().unwrap_or(0);
        Item { id: ItemId(id), title: format!("Book {id}"), topic: "measuring".into(), cost: Money::default(), count }
    }
}

async fn list(shelf: Data<Shelf>) -> HttpResponse {
    let left = shelf.left.lock().expect("no panic").clone();
    let book = |(id, available): (u32, u64)| Book {
        title: format!("Book {id}"),
        topic: Some("measuring".to_owned()),
        price_cents: 100,
        available,
        ..Book::from(&wire::ItemState::unknown(ItemId(id)))
    };
    HttpResponse::Ok().json(Books { books: left.into_iter().map(book).collect(), next: None })
}

async fn lookup(shelf: Data<Shelf>, wanted: Query<Wanted>) -> HttpResponse {
    shelf.enter().await;
    HttpResponse::Ok().insert_header(("x-served-by", "shop; cache=hit")).json(Items::found(vec![shelf.book(wanted.id)]))
}

async fn search(shelf: Data<Shelf>, listed: Query<Listed>) -> HttpResponse {
    shelf.enter().await;
    assert_eq!(listed.topic, "measuring");
    HttpResponse::Ok().json(Items::found((1..=10).map(|id| shelf.book(id)).collect()))
}

async fn buy(shelf: Data<Shelf>, wanted: Query<Wanted>, request: HttpRequest) -> HttpResponse {
    let number = shelf.enter().await;
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).expect("a key").to_owned();
    let mut orders = shelf.orders.lock().expect("no panic");
    let fresh = orders.len() as u64 + 1;
    let tenth = number % 10 == 9;
    let known = orders.get(&key).copied().filter(|_| shelf.fault != Some(Fault::ForgetsKeys));
    let (order, first) = if let Some(order) = known {
        (order, false)
    } else {
        let mut left = shelf.left.lock().expect("no panic");
        let left = left.entry(wanted.id).or_default();
        if *left == 0 && shelf.fault != Some(Fault::SellsTooMuch) {
            let gone = format!("The item with id {} is no longer present in the catalog server", wanted.id);
            return HttpResponse::NotFound().json(Failure::new(404, gone));
        }
        if shelf.fault != Some(Fault::KeepsTheUnits) {
            *left = left.saturating_sub(1);
        }
        // Forgotten keys stay counted, so that their orders are new ones.
        let key = if orders.contains_key(&key) { Uuid::new_v4().to_string() } else { key };
        orders.insert(key, fresh);
        (fresh, true)
    };
    if first && tenth && shelf.fault == Some(Fault::LosesAnswers) {
        return HttpResponse::ServiceUnavailable().json(Failure::new(503, "Ask again with the same key."));
    }
    let told = if first && tenth && shelf.fault == Some(Fault::TellsOneOrderTwice) { order - 1 } else { order };
    let order = BoughtOrder { id: OrderNumber(told), uuid: OrderId(Uuid::from_u128(told.into())), copies: 2 };
    let message = format!("Item with id {} bought successfully.", wanted.id);
    HttpResponse::Ok().json(Bought { message, order, status: "Success".into(), validation_code: 200 })
}
