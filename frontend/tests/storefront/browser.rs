//! What a browser does with a page of the shop.

use crate::stage::{Answer, Stage};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// A browser with one cookie, and no language that it likes best.
pub(crate) struct Browser<'a> {
    stage: &'a Stage,
    pub(crate) frontend: usize,
    pub(crate) cookie: String,
    /// What it says of languages; nothing where this is empty.
    pub(crate) language: &'static str,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self { stage, frontend: 0, cookie: String::new(), language: "" }
    }

    /// The same browser, after something happened to the stage in between.
    pub(crate) fn with_cookie(stage: &'a Stage, cookie: &str) -> Self {
        Self { cookie: cookie.into(), ..Self::new(stage) }
    }

    pub(crate) async fn opens(&mut self, path: &str) -> Answer {
        let request = self.stage.request_to(self.frontend, Method::GET, path).header("Accept", "text/html");
        let mut request = self.speaks(request);
        if !self.cookie.is_empty() {
            request = request.header("Cookie", &self.cookie);
        }
        self.keep(Stage::send(request).await)
    }

    /// What a script on a page of the shop asks for, with a body of JSON where there is one.
    pub(crate) async fn calls(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.stage.request_to(self.frontend, method, path).header("Sec-Fetch-Site", "same-origin");
        if !self.cookie.is_empty() {
            request = request.header("Cookie", &self.cookie);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.keep(Stage::send(request).await)
    }

    /// Sends the form of the book's page `from`, as it stands.
    pub(crate) async fn buys(&mut self, item: u32, from: &Answer) -> Answer {
        self.sends(item, &[("token", &from.field("token")), ("key", &from.field("key")), ("quantity", "1")]).await
    }

    pub(crate) async fn sends(&mut self, item: u32, form: &[(&str, &str)]) -> Answer {
        let request = self
            .stage
            .request_to(self.frontend, Method::POST, &format!("/books/{item}/buy"))
            .header("Cookie", &self.cookie)
            .header("Sec-Fetch-Site", "same-origin")
            .form(form);
        self.keep(Stage::send(self.speaks(request)).await)
    }

    /// Sends a form of a page of the shop: its token, and these fields.
    pub(crate) async fn posts(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let token = page.field("token");
        let fields: Vec<(&str, &str)> = [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.posts_as_it_is(path, &fields).await
    }

    /// Sends a form with these fields and no other.
    pub(crate) async fn posts_as_it_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self
            .stage
            .request_to(self.frontend, Method::POST, path)
            .header("Cookie", &self.cookie)
            .header("Accept", "text/html")
            .header("Sec-Fetch-Site", "same-origin")
            .form(fields);
        self.keep(Stage::send(self.speaks(request)).await)
    }

    /// Goes on where an answer leads.
    pub(crate) async fn follows(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{answer:?}");
        self.opens(answer.header("location")).await
    }

    /// Puts books into the cart by the form of a book's page, and sees the cart.
    pub(crate) async fn puts_in(&mut self, item: u32, copies: u32) -> Answer {
        let page = self.opens(&format!("/books/{item}")).await;
        let (item, copies) = (item.to_string(), copies.to_string());
        let fields = [("key", page.field("key")), ("item", item), ("quantity", copies)];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.posts("/cart/items", &page, &fields).await;
        self.follows(&answer).await
    }

    fn speaks(&self, request: RequestBuilder) -> RequestBuilder {
        if self.language.is_empty() { request } else { request.header("Accept-Language", self.language) }
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        if !answer.cookie().is_empty() {
            self.cookie = answer.cookie();
        }
        answer
    }
}
