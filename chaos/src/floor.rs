//! Where customers and the operator meet the shop: how they ask it, and where they write down what it said.

use crate::error::ChaosError;
use crate::fault::{Caller, Replica};
use crate::ledger::{Answer, Ask, Entry, Ledger, Who};
use crate::lists::ListEntry;
use crate::shop::{Shop, client};
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

/// How long whoever asks waits for an answer: less than the shop itself may take for one in a thousand.
pub(crate) const PATIENCE: Duration = Duration::from_millis(2_500);
/// The most letters of a refusal that are kept.
pub(crate) const LETTERS: usize = 160;

/// What everyone on the floor knows.
#[derive(Clone)]
pub(crate) struct Floor {
    pub(crate) began: Instant,
    pub(crate) ledger: Arc<Ledger<Entry>>,
    pub(crate) lists: Arc<Ledger<ListEntry>>,
    pub(crate) closing: watch::Receiver<bool>,
    /// Where titles are named that are sold out.
    pub(crate) sold_out: mpsc::UnboundedSender<u32>,
    frontends: BTreeMap<Replica, String>,
    catalogs: BTreeMap<Replica, String>,
    token: String,
}

/// One who asks: a browser with its cookies, or the operator.
pub(crate) struct Asker {
    floor: Floor,
    who: Who,
    http: reqwest::Client,
    cookie: Option<String>,
}

impl Floor {
    /// The floor before `shop`; everyone on it finishes when `closing` becomes true.
    pub(crate) fn new(
        shop: &Shop,
        (ledger, lists): (Arc<Ledger<Entry>>, Arc<Ledger<ListEntry>>),
        closing: watch::Receiver<bool>,
        sold_out: mpsc::UnboundedSender<u32>,
    ) -> Self {
        let from = |caller: Caller, to: [Replica; 2]| to.map(|to| (to, shop.behind(caller, to))).into();
        Self {
            began: Instant::now(),
            ledger,
            lists,
            closing,
            sold_out,
            frontends: from(Caller::Customers, Replica::FRONTENDS),
            catalogs: from(Caller::Operator, Replica::CATALOGS),
            token: shop.secrets.token.expose().to_owned(),
        }
    }

    /// Where customers find a frontend.
    pub(crate) fn frontend(&self, frontend: Replica) -> &str {
        &self.frontends[&frontend]
    }

    /// Whether everyone finishes what they are at.
    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Asker {
    /// Somebody new, with connections of their own.
    pub(crate) fn new(floor: Floor, who: Who) -> Result<Self, ChaosError> {
        Ok(Self { floor, who, http: client()?, cookie: None })
    }

    /// Buys at this frontend.
    pub(crate) async fn buys(&mut self, of: Replica, item: u32, quantity: u32, key: Uuid) -> Answer {
        let request = self.http.post(format!("{}/buy", self.floor.frontend(of)));
        let request = request.header("Idempotency-Key", key.to_string());
        let request = request.json(&json!({"id": item, "quantity": quantity}));
        self.ask(of, Ask::Buy { item, quantity, key }, request).await
    }

    /// Looks a title up at this frontend.
    pub(crate) async fn looks_up(&mut self, of: Replica, item: u32) -> Answer {
        let request = self.http.get(format!("{}/lookup?id={item}", self.floor.frontend(of)));
        self.ask(of, Ask::Lookup { item }, request).await
    }

    /// Brings units in at this catalog.
    pub(crate) async fn delivers(&mut self, of: Replica, item: u32, units: u64, key: Uuid) -> Answer {
        let request = self.http.put(format!("{}/item/{item}", self.floor.catalogs[&of]));
        let request = request.header("Idempotency-Key", key.to_string()).bearer_auth(&self.floor.token);
        let request = request.json(&json!({"delta": units}));
        self.ask(of, Ask::Deliver { item, units, key }, request).await
    }

    async fn ask(&mut self, of: Replica, ask: Ask, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        };
        let at_ms = self.floor.now_ms();
        let answer = match request.timeout(PATIENCE).send().await {
            Ok(response) => self.read(&ask, response).await,
            Err(error) => Answer::Silence { says: cause(&error) },
        };
        let took_ms = self.floor.now_ms() - at_ms;
        self.floor.ledger.write(Entry { who: self.who, of, at_ms, took_ms, ask, answer: answer.clone() });
        answer
    }

    async fn read(&mut self, ask: &Ask, response: reqwest::Response) -> Answer {
        let status = response.status().as_u16();
        let stale = response.headers().contains_key("x-stale");
        let cookie = response.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
        let text = match response.text().await {
            Ok(text) => text,
            Err(error) => return Answer::Silence { says: cause(&error) },
        };
        // Only with the whole answer: a browser that did not get it keeps nothing of it either.
        if cookie.is_some() {
            self.cookie = cookie;
        }
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        understood(ask, status, &body, stale).unwrap_or_else(|| {
            let says: String = body["message"].as_str().unwrap_or(&text).chars().take(LETTERS).collect();
            match status {
                // "Say it again": the server waited for a request that did not come in time, or has enough to do.
                408 | 429 | 500..600 => Answer::NotNow { status, says },
                400..500 => Answer::No { status, says },
                _ => Answer::Nonsense { says: format!("{status} {says}") },
            }
        })
    }
}

/// The answer, if it is a success and says what it should.
fn understood(ask: &Ask, status: u16, body: &Value, stale: bool) -> Option<Answer> {
    match (ask, status) {
        (Ask::Buy { .. }, 200) => {
            let order = &body["order"];
            let uuid = order["uuid"].as_str()?.parse().ok()?;
            Some(Answer::Bought { uuid, number: order["id"].as_u64()?, copies: order["copies"].as_u64()? })
        }
        (Ask::Lookup { item }, 200) => {
            let found = body["item"].as_array()?.first()?;
            let asked_for = found["id"].as_u64() == Some(u64::from(*item));
            asked_for.then_some(Answer::Left { count: found["count"].as_u64()?, stale })
        }
        (Ask::Deliver { .. }, 201) => Some(Answer::Delivered),
        _ => None,
    }
}

/// The innermost reason of an error: what is around it says where, which is known.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_that_lacks_what_it_should_say_is_none() {
        let buy = Ask::Buy { item: 1, quantity: 1, key: Uuid::from_u128(1) };
        let uuid = Uuid::from_u128(2);
        let body = json!({"order": {"id": 7, "uuid": uuid.to_string(), "copies": 2}});
        assert_eq!(understood(&buy, 200, &body, false), Some(Answer::Bought { uuid, number: 7, copies: 2 }));
        assert_eq!(understood(&buy, 200, &json!({"order": {"id": 7}}), false), None);
        assert_eq!(understood(&buy, 503, &body, false), None);
        let look = Ask::Lookup { item: 1 };
        assert_eq!(understood(&look, 200, &json!({"item": [{"id": 2, "count": 5}]}), false), None);
        let left = Answer::Left { count: 5, stale: true };
        assert_eq!(understood(&look, 200, &json!({"item": [{"id": 1, "count": 5}]}), true), Some(left));
    }
}
