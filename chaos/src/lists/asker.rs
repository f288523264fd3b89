//! How a writer of lists asks a frontend, and how the answer is understood.

use super::{ListAnswer, ListAsk, ListEntry, Put, Seen};
use crate::error::ChaosError;
use crate::fault::Replica;
use crate::floor::{Floor, LETTERS, PATIENCE, cause};
use crate::shop::client;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// One who asks about lists, with connections of its own.
pub(super) struct Asker {
    floor: Floor,
    writer: u32,
    http: reqwest::Client,
}

impl Asker {
    /// Somebody new.
    pub(super) fn new(floor: Floor, writer: u32) -> Result<Self, ChaosError> {
        Ok(Self { floor, writer, http: client()? })
    }

    /// Makes a list.
    pub(super) async fn makes(&self, of: Replica) -> ListAnswer {
        let request = self.http.post(format!("{}/api/v1/lists", self.floor.frontend(of)));
        self.ask(of, ListAsk::Make, request).await
    }

    /// Looks at a list.
    pub(super) async fn reads(&self, of: Replica, list: Uuid) -> ListAnswer {
        let request = self.http.get(format!("{}/api/v1/lists/{list}", self.floor.frontend(of)));
        self.ask(of, ListAsk::Read { list }, request).await
    }

    /// Writes a list.
    pub(super) async fn puts(&self, of: Replica, put: Put) -> ListAnswer {
        let items: serde_json::Map<_, _> = put.items.iter().map(|item| (item.clone(), json!({"count": 1}))).collect();
        let mut body = json!({"object": {"type": "counters", "items": items}});
        if let Some(saw) = &put.saw {
            body["context"] = format!("{}.{}", saw.context, saw.signature).into();
        }
        let request = self.http.put(format!("{}/api/v1/lists/{}", self.floor.frontend(of), put.list)).json(&body);
        self.ask(of, ListAsk::Put(put), request).await
    }

    async fn ask(&self, of: Replica, ask: ListAsk, request: reqwest::RequestBuilder) -> ListAnswer {
        let at_ms = self.floor.now_ms();
        let answer = match request.timeout(PATIENCE).send().await {
            Ok(response) => read(&ask, response).await,
            Err(error) => ListAnswer::Unknown { says: cause(&error) },
        };
        let took_ms = self.floor.now_ms() - at_ms;
        self.floor.lists.write(ListEntry { writer: self.writer, of, at_ms, took_ms, ask, answer: answer.clone() });
        answer
    }
}

async fn read(ask: &ListAsk, response: reqwest::Response) -> ListAnswer {
    let status = response.status().as_u16();
    match response.text().await {
        Ok(text) => understood(ask, status, &text),
        Err(error) => ListAnswer::Unknown { says: cause(&error) },
    }
}

/// What an answer means. Only what says so itself has surely not happened, and what makes no sense may have.
fn understood(ask: &ListAsk, status: u16, text: &str) -> ListAnswer {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let success = match (ask, status) {
        (ListAsk::Make, 201) => stored(&body),
        (ListAsk::Put(put), 200) => stored(&body).filter(|stored| is_about(stored, put.list)),
        (ListAsk::Read { .. }, 200) => seen(&body).map(ListAnswer::Shown),
        _ => None,
    };
    success.unwrap_or_else(|| {
        let says: String = body["detail"].as_str().unwrap_or(text).chars().take(LETTERS).collect();
        match body["definite"].as_bool() {
            Some(true) => ListAnswer::Refused { status, says },
            _ => ListAnswer::Unknown { says: format!("{status} {says}") },
        }
    })
}

fn is_about(answer: &ListAnswer, wanted: Uuid) -> bool {
    matches!(answer, ListAnswer::Stored { list, .. } if *list == wanted)
}

fn seen(body: &Value) -> Option<Seen> {
    let items: BTreeSet<String> = body["object"]["items"].as_object()?.keys().cloned().collect();
    let (context, signature) = body["context"].as_str()?.rsplit_once('.')?;
    Some(Seen { items, context: context.parse().ok()?, signature: signature.to_owned() })
}

fn stored(body: &Value) -> Option<ListAnswer> {
    let (list, acks) = (body["id"].as_str()?.parse().ok()?, body["acks"].as_u64()?);
    Some(ListAnswer::Stored { list, seen: seen(body)?, acks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::Context;

    #[test]
    fn a_success_must_say_what_it_should_and_only_a_definite_no_is_one() {
        let list = Uuid::from_u128(7);
        let put = ListAsk::Put(Put { list, adds: "0-0".to_owned(), items: BTreeSet::new(), saw: None });
        let context = Context::default();
        let object = json!({"items": {"0-1": {"count": 2}}});
        let items = BTreeSet::from(["0-1".to_owned()]);
        let seen = Seen { items, context: context.clone(), signature: "ab".to_owned() };
        let body = json!({"id": list.to_string(), "object": object, "context": format!("{context}.ab"), "acks": 2});
        let stored = ListAnswer::Stored { list, seen: seen.clone(), acks: 2 };
        assert_eq!(understood(&put, 200, &body.to_string()), stored);
        let other = body.to_string().replace(&list.to_string(), &Uuid::from_u128(8).to_string());
        for text in [other, json!({"id": list.to_string(), "acks": 2}).to_string(), String::new()] {
            assert!(matches!(understood(&put, 200, &text), ListAnswer::Unknown { .. }), "{text}");
        }
        let no = json!({"detail": "nothing was changed", "definite": true});
        let refused = ListAnswer::Refused { status: 503, says: "nothing was changed".to_owned() };
        assert_eq!(understood(&put, 503, &no.to_string()), refused);
        let maybe = json!({"detail": "no answer came", "definite": false});
        assert!(matches!(understood(&put, 503, &maybe.to_string()), ListAnswer::Unknown { .. }));
        assert_eq!(understood(&ListAsk::Read { list }, 200, &body.to_string()), ListAnswer::Shown(seen));
    }
}
