//! Requests that are wrong in every way somebody thought of, drawn from a seed.
//!
//! A request says of itself whether it is HTTP at all, and whether it is still for the address it was made for: what a
//! server owes its sender depends on both.

use crate::endpoints::{Endpoint, Guard};
use crate::raw;
use journal::{ActorId, Body, Head, Run};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// What a sender may show of the cluster.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The cluster's id.
    pub cluster: String,
    /// Its token.
    pub token: String,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its method.
    pub method: String,
    /// Whether it is HTTP: what is not need not be answered in the style of an address.
    pub is_http: bool,
    /// Whether its target is one of the address it was made for.
    pub is_routed: bool,
    /// Whether it says that it wants a page.
    pub wants_page: bool,
}

/// Where requests come from.
#[derive(Debug)]
pub struct Source {
    rng: SmallRng,
    /// What is shown of the cluster; a stranger's own guesses without it.
    credentials: Option<Credentials>,
}

const METHODS: [&str; 12] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get", "X"];
const PLACES: [&str; 26] = [
    "0",
    "7",
    "4294967000",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1.5",
    "abc",
    "%00",
    "%ff",
    "..%2f..%2fetc%2fpasswd",
    "%E6%9C%AC",
    "a%20b",
    "'%22%3Cscript%3E",
    "%25%25",
    "null",
    "+1",
    "00000000-0000-4000-8000-000000000001",
    "00000000000000000000000000000001",
    "shop.css",
    "7.svg",
    "x.js",
    "%0d%0aX:%20y",
    "9223372036854775808",
];
const NAMES: [&str; 14] = [
    "id", "topic", "q", "limit", "cursor", "quantity", "after", "actor", "force", "item", "token", "key", "id[]", "%00",
];
const MEDIA: [&str; 9] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "application/problem+json",
    "",
    "*/*",
    "application/octet-stream",
];
const ODD_HEADERS: [(&str, &str); 16] = [
    ("Cookie", "bookend=AAAA"),
    ("Cookie", "bookend=%00; bookend=;;=;"),
    ("X-Request-Id", "a b\"c"),
    ("X-Forwarded-Proto", "https"),
    ("Origin", "http://evil.example"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Purpose", "prefetch"),
    ("Range", "bytes=0-1"),
    ("If-None-Match", "*"),
    ("Idempotency-Key", ""),
    ("Idempotency-Key", "two words"),
    ("Accept", "text/html"),
    // What is compressed can't be judged by its text.
    ("Accept-Encoding", "zstd, br;q=0, gzip;q=0.0"),
    ("Bookend-Replica", "a\tb"),
    ("Expect", "100-continue"),
    ("Upgrade", "websocket"),
];

impl Source {
    /// Requests of a stranger, or of somebody who knows the secrets.
    pub fn new(seed: u64, credentials: Option<Credentials>) -> Self {
        Self { rng: SmallRng::seed_from_u64(seed), credentials }
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.rng.random_range(0..of.len())]
    }

    fn often(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.rng.random_range(0..=most);
        (0..length).map(|_| self.rng.random()).collect()
    }

    /// A request that was to go to `endpoint`.
    pub fn request(&mut self, endpoint: &Endpoint) -> Noise {
        let method = if self.often(75) { self.one(endpoint.methods) } else { self.one(&METHODS) };
        let (target, is_routed, mut is_http) = self.target(endpoint);
        let mut headers: Vec<(String, Vec<u8>)> = self.shown(endpoint.guard);
        let body = self.body(endpoint);
        if !body.is_empty() && self.often(90) {
            let media = if self.often(70) { MEDIA[usize::from(body.starts_with(b"token"))] } else { self.one(&MEDIA) };
            headers.push(("Content-Type".into(), media.into()));
        }
        while self.often(25) {
            let (name, value) = self.one(&ODD_HEADERS);
            headers.push((name.into(), value.into()));
        }
        if self.often(2) {
            // No header's name or value.
            is_http = false;
            headers.push(("Bad Name".into(), b"\x00\x01".to_vec()));
        }
        let wants_page = headers.iter().any(|(name, value)| name == "Accept" && value == b"text/html");
        let borrowed: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let mut bytes = raw::request(method, &target, &borrowed, &body);
        if self.often(2) {
            is_http = false;
            let at = self.rng.random_range(0..bytes.len().min(40));
            bytes[at] ^= self.rng.random_range(1..=255);
        }
        Noise { bytes, method: method.into(), is_http, is_routed, wants_page }
    }

    /// The target, whether it is still the endpoint's, and whether it is one at all.
    fn target(&mut self, endpoint: &Endpoint) -> (Vec<u8>, bool, bool) {
        let place = self.one(&PLACES);
        let mut path = endpoint.filled(place).into_bytes();
        let (mut is_routed, mut is_http) = (true, true);
        if self.often(10) {
            is_routed = false;
            match self.rng.random_range(0..5) {
                0 => path.extend(b"/"),
                1 => path = [b"//", path.as_slice()].concat(),
                2 => path.extend(b"/../healthz"),
                3 => path = path.to_ascii_uppercase(),
                _ => {
                    is_http = false;
                    path.extend(self.bytes(6));
                }
            }
        }
        if self.often(60) {
            path.push(b'?');
            path.extend(self.query());
        }
        (path, is_routed, is_http)
    }

    fn query(&mut self) -> Vec<u8> {
        if self.often(5) {
            return "%&=;?".repeat(self.rng.random_range(1..40)).into_bytes();
        }
        if self.often(3) {
            return [b"q=".as_slice(), &b"x".repeat(self.rng.random_range(400..20_000))].concat();
        }
        let pairs = self.rng.random_range(0..4);
        let pairs: Vec<String> = (0..pairs).map(|_| format!("{}={}", self.one(&NAMES), self.one(&PLACES))).collect();
        pairs.join("&").into_bytes()
    }

    /// The headers by which somebody is let in, or not.
    fn shown(&mut self, guard: Guard) -> Vec<(String, Vec<u8>)> {
        let bearer = |token: &str| ("Authorization".to_owned(), format!("Bearer {token}").into_bytes());
        let cluster = |id: &str| ("Bookend-Cluster".to_owned(), id.as_bytes().to_vec());
        match self.credentials.clone() {
            // Somebody who may, as a rule.
            Some(known) if self.often(95) => match guard {
                Guard::Open => Vec::new(),
                Guard::Operator => vec![bearer(&known.token)],
                Guard::Insider => vec![bearer(&known.token), cluster(&known.cluster)],
            },
            Some(known) => vec![bearer(&known.token[1..]), cluster(&known.cluster)],
            None if self.often(30) => vec![bearer(&"0".repeat(64)), cluster(&"0".repeat(32))],
            None if self.often(30) => vec![bearer("")],
            None => Vec::new(),
        }
    }

    fn body(&mut self, endpoint: &Endpoint) -> Vec<u8> {
        match self.rng.random_range(0..20) {
            0..=2 => Vec::new(),
            3 => self.bytes(200),
            4 => vec![b'['; self.rng.random_range(1..30_000)],
            5 => "{\"a\":".repeat(self.rng.random_range(1..5_000)).into_bytes(),
            6 => format!("{{\"id\":{}}}", "9".repeat(self.rng.random_range(1..5_000))).into_bytes(),
            7 => b"{\"id\":\"\xff\xfe\"}".to_vec(),
            // Larger than anything here takes without the token.
            8 if self.often(10) => vec![b' '; self.rng.random_range(20_000..400_000)],
            9 => {
                format!("{}={}&{}={}", self.one(&NAMES), self.one(&PLACES), self.one(&NAMES), self.one(&PLACES)).into()
            }
            10..=14 if endpoint.body.contains("runs") => self.push(endpoint),
            _ => self.nearly(endpoint.body),
        }
    }

    /// Entries that chain, of an actor nobody has heard of, with numbers that nobody ought to write.
    fn push(&mut self, endpoint: &Endpoint) -> Vec<u8> {
        let actor = ActorId::from_bits(self.rng.random());
        let count = self.rng.random_range(1..6);
        let bodies = (0..count).map(|_| {
            let op = if endpoint.path == "/update" { self.placement(actor) } else { self.operation() };
            Body::write(&op).expect("JSON")
        });
        let run = Run::following(actor, Head::genesis(actor), bodies.collect());
        json!({"runs": [run]}).to_string().into_bytes()
    }

    fn number(&mut self) -> Value {
        const MOST: u64 = wire::range::MOST;
        let odd =
            [json!(MOST), json!(MOST + 1), json!(i64::MAX), json!(u64::MAX), json!(-1), json!(wire::range::LAST_MS)];
        match self.rng.random_range(0..10) {
            at @ 0..=5 => odd[at].clone(),
            _ => json!(self.rng.random_range(0..200)),
        }
    }

    /// What a catalog may write, of books that nobody stocks.
    fn operation(&mut self) -> Value {
        let item = self.rng.random_range(4_294_967_000_u32..=u32::MAX);
        let number = self.number();
        match self.rng.random_range(0..7) {
            0 => json!({"op": "mint", "item": item, "n": number, "ref": format!("fuzz-{number}")}),
            1 => json!({"op": "burn", "item": item, "n": number, "ref": ""}),
            2 => json!({"op": "give", "item": item, "to": "00000000000000000000000000000001", "cum": number}),
            3 => {
                json!({"op": "set", "item": item, "hlc": number, "fields": {"title": "\u{202e}<b>", "cost": self.number()}})
            }
            4 => json!({"op": "void", "order": uuid::Uuid::from_u128(self.rng.random())}),
            5 => json!({"op": "open", "replica": "catalogZ"}),
            _ => {
                let mut sale = self.sale();
                sale["op"] = json!("sell");
                sale
            }
        }
    }

    /// What an order replica may write.
    fn placement(&mut self, actor: ActorId) -> Value {
        let seq = self.number();
        json!({"op": "place", "sale": self.sale(), "at": {"actor": actor, "seq": seq}, "told": self.often(50)})
    }

    fn sale(&mut self) -> Value {
        let item = self.rng.random_range(4_294_967_000_u32..=u32::MAX);
        let line = json!({"item": item, "quantity": self.rng.random_range(0..102), "cost": 12.5});
        let order = uuid::Uuid::from_u128(self.rng.random());
        json!({"order": order, "number": self.number(), "buyer": "", "lines": [line], "at_ms": self.number()})
    }

    /// A body that is right but for one or two places.
    fn nearly(&mut self, right: &str) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_str::<Value>(right) else { return right.into() };
        for _ in 0..self.rng.random_range(0..3) {
            let mut places = Vec::new();
            pointers(&value, String::new(), &mut places);
            let place = places[self.rng.random_range(0..places.len())].clone();
            let new = self.value();
            if let Some(old) = value.pointer_mut(&place) {
                *old = new;
            }
        }
        if let (true, Some(object)) = (self.often(10), value.as_object_mut()) {
            object.insert("colour".into(), json!("red"));
        }
        let mut text = value.to_string().into_bytes();
        if self.often(5) {
            text.truncate(self.rng.random_range(0..=text.len()));
        }
        text
    }

    fn value(&mut self) -> Value {
        match self.rng.random_range(0..12) {
            0 => json!(self.rng.random::<u64>()),
            1 => json!(self.rng.random::<i64>()),
            2 => json!(u64::MAX),
            3 => json!(i64::MIN),
            4 => json!(1.5),
            5 => json!(null),
            6 => json!([]),
            7 => json!({}),
            8 => json!("x".repeat(self.rng.random_range(0..400))),
            9 => json!("\u{0}\u{1f4da}\u{202e}"),
            10 => json!(true),
            _ => json!(self.rng.random_range(0..3)),
        }
    }
}

/// The places of a value (RFC 6901), itself included.
fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, one)| pointers(one, format!("{here}/{name}"), found)),
        Value::Array(list) => (0..).zip(list).for_each(|(at, one)| pointers(one, format!("{here}/{at}"), found)),
        _ => (),
    }
    found.push(here);
}
