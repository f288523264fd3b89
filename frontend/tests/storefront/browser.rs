//! What a browser does with a page of the shop.

use crate::stage::{Answer, Stage};
use reqwest::Method;
use serde_json::Value;

/// A browser with one cookie.
pub(crate) struct Browser<'a> {
    stage: &'a Stage,
    pub(crate) frontend: usize,
    pub(crate) cookie: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self { stage, frontend: 0, cookie: String::new() }
    }

    /// The same browser, after something happened to the stage in between.
    pub(crate) fn with_cookie(stage: &'a Stage, cookie: &str) -> Self {
        Self { cookie: cookie.into(), ..Self::new(stage) }
    }

    pub(crate) async fn opens(&mut self, path: &str) -> Answer {
        let mut request = self.stage.request_to(self.frontend, Method::GET, path).header("Accept", "text/html");
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
        self.keep(Stage::send(request).await)
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        if !answer.cookie().is_empty() {
            self.cookie = answer.cookie();
        }
        answer
    }
}
