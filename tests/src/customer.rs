//! Somebody who looks and buys: a browser or a client of the classic API, with its cookies.

use crate::Answer;
use reqwest::header::{ACCEPT, COOKIE, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use wire::classic::{Item, Items};

/// A customer; clones are the same one, with the same cookies.
#[derive(Clone, Debug)]
pub struct Customer {
    http: Client,
    frontend: String,
    /// Cookies belong to a host whatever the port, so every frontend of one machine sees the same ones.
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What a customer has on paper after buying.
#[derive(Clone, Debug)]
pub struct Bought {
    /// Which book.
    pub item: u32,
    /// How many units.
    pub quantity: u64,
    /// The order's short number.
    pub number: u64,
    /// The order's id.
    pub uuid: Uuid,
    /// On how many order replicas it was when the answer was given.
    pub copies: u64,
    /// The answer itself.
    pub answer: Answer,
}

impl Customer {
    pub(crate) fn new(http: Client, frontend: String) -> Self {
        Self { http, frontend, cookies: Arc::default() }
    }

    /// The same customer, cookies and all, at another frontend.
    #[must_use]
    pub fn at(&self, url: String) -> Self {
        Self { frontend: url, ..self.clone() }
    }

    /// Buys so many units of a book, with a key of its own.
    ///
    /// # Errors
    /// Any answer but 200.
    pub async fn buys(&self, item: u32, quantity: u64) -> Result<Bought, Answer> {
        self.buys_with_key(item, quantity, &Uuid::new_v4().to_string()).await
    }

    /// Buys with this Idempotency-Key.
    ///
    /// # Errors
    /// Any answer but 200.
    pub async fn buys_with_key(&self, item: u32, quantity: u64, key: &str) -> Result<Bought, Answer> {
        let request = self.request(Method::POST, "/buy").header("Idempotency-Key", key);
        let answer = self.send(request.json(&json!({"id": item, "quantity": quantity}))).await;
        Bought::of(item, quantity, answer)
    }

    /// Looks a book up.
    ///
    /// # Errors
    /// Any answer but 200.
    pub async fn looks_up(&self, item: u32) -> Result<Item, Answer> {
        let answer = self.get(&format!("/lookup?id={item}")).await;
        let mut items = items(answer)?;
        assert_eq!(items.len(), 1, "a lookup finds one book");
        Ok(items.remove(0))
    }

    /// Looks at all books of a topic.
    ///
    /// # Errors
    /// Any answer but 200.
    pub async fn searches(&self, topic: &str) -> Result<Vec<Item>, Answer> {
        items(self.send(self.request(Method::GET, "/search").query(&[("topic", topic)])).await)
    }

    /// Opens a page, as a browser does.
    pub async fn opens(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header(ACCEPT, "text/html")).await
    }

    /// Opens a book's page and presses its button: sends the form with everything that is hidden in it.
    ///
    /// # Panics
    /// When there is no such form on the page.
    pub async fn presses_buy(&self, item: u32) -> Answer {
        let page = self.opens(&format!("/books/{item}")).await;
        self.sends_form(item, page.has_status(200)).await
    }

    /// Sends the form of a book's page that was opened before; the same page again is the same purchase again.
    pub async fn sends_form(&self, item: u32, page: &Answer) -> Answer {
        let hidden = |name| (name, hidden(&page.text, name).unwrap_or_else(|| panic!("no {name} in the form: {page}")));
        let form = [hidden("key"), hidden("token"), ("quantity", "1".to_owned())];
        let request = self.request(Method::POST, &format!("/books/{item}/buy")).header(ACCEPT, "text/html");
        self.send(request.form(&form)).await
    }

    /// Asks for `path` as a program does.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// A request to be sent by [`Customer::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.frontend))
    }

    /// Sends with the cookies got so far, and keeps those that come.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let cookies = self.cookies(|jar| {
            let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            pairs.join("; ")
        });
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies) };
        let answer = Answer::to(request).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie is ASCII");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("name=value");
            self.cookies(|jar| jar.insert(name.to_owned(), value.to_owned()));
        }
        answer
    }

    /// The value of a cookie that came.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies(|jar| jar.get(name).cloned())
    }

    fn cookies<T>(&self, use_them: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        use_them(&mut self.cookies.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bought {
    /// What an answer to a buy says.
    ///
    /// # Errors
    /// Any answer but 200.
    ///
    /// # Panics
    /// When a 200 is not exactly the published answer.
    pub fn of(item: u32, quantity: u64, answer: Answer) -> Result<Self, Answer> {
        if answer.status != 200 {
            return Err(answer);
        }
        let (number, copies) = (answer.integer("/order/id"), answer.integer("/order/copies"));
        let uuid: Uuid = answer.string("/order/uuid").parse().expect("an order's uuid is one");
        let published = format!(
            r#"{{"message":"Item with id {item} bought successfully.","order":{{"id":{number},"uuid":"{uuid}","copies":{copies}}},"status":"Success","validation_code":200}}"#
        );
        assert_eq!(answer.text, published, "not the published answer to a buy");
        Ok(Self { item, quantity, number, uuid, copies, answer })
    }
}

fn items(answer: Answer) -> Result<Vec<Item>, Answer> {
    if answer.status != 200 {
        return Err(answer);
    }
    let items: Items = serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert_eq!(serde_json::to_string(&items).expect("plain data"), answer.text, "not the published envelope");
    Ok(items.item)
}

/// The value of the hidden field `name` of the first of a page's forms that has one.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let field = page.split("<input").skip(1).find(|input| {
        let input = input.split('>').next().unwrap_or_default();
        input.contains(&format!("name=\"{name}\"")) && input.contains("type=\"hidden\"")
    })?;
    let value = field.split("value=\"").nth(1)?.split('"').next()?;
    Some(value.to_owned())
}
