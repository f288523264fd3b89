//! A real browser of a test, with a profile of its own: what a customer sees of a page, with its script or without.
//!
//! It is driven over `WebDriver`, a protocol of the W3C that is HTTP and JSON: the few commands that the tests need are here.
//! The programs are found, never installed: `./runme.sh test` does that where it can. What differs between the kinds of
//! browsers is in `engine` and `looks`.

mod driver;
mod engine;
mod keys;
mod looks;
mod session;

pub use driver::Driver;
pub use engine::Engine;
pub use keys::{Focus, Key};

use crate::awaits;
use base64::Engine as _;
use serde_json::{Value, json};
use session::Session;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Until a page shows what it should.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);
/// How an element is named in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser with one tab to begin with.
#[derive(Debug)]
pub struct Browser<'a> {
    driver: &'a Driver,
    session: Session,
    /// What its session asks for.
    wanted: Value,
}

impl Browser<'_> {
    async fn get(&self, command: &str) -> Value {
        self.session.call("GET", command, None).await
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        self.session.call("POST", command, Some(&body)).await
    }

    /// Ends the browser, and starts it again with what it had on its disk.
    pub async fn restarts(&mut self) {
        self.session.ends().await;
        self.session.begins(&self.wanted).await;
    }

    /// Opens an address, and waits until it is loaded.
    pub async fn opens(&self, url: &str) {
        self.post("/url", json!({"url": url})).await;
    }

    /// Where it is.
    pub async fn address(&self) -> String {
        self.get("/url").await.as_str().expect("a text").to_owned()
    }

    /// Opens another tab and goes there; tells its handle and that of the tab that there was.
    pub async fn opens_tab(&self) -> (String, String) {
        let before = self.get("/window").await.as_str().expect("a text").to_owned();
        let made = self.post("/window/new", json!({"type": "tab"})).await;
        let tab = made["handle"].as_str().expect("a text").to_owned();
        self.goes_to(&tab).await;
        (tab, before)
    }

    /// Goes to a tab.
    pub async fn goes_to(&self, tab: &str) {
        self.post("/window", json!({"handle": tab})).await;
    }

    /// What the body of an asynchronous function returns in the page, given `arguments`.
    ///
    /// # Panics
    /// When it throws.
    pub async fn runs(&self, body: &str, arguments: &[Value]) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];\n\
             (async (...given) => {{ {body} }})(...[...arguments].slice(0, -1))\n\
             .then((value) => done({{ value: value ?? null }}), (error) => done({{ error: String(error) }}));"
        );
        let mut answer = self.post("/execute/async", json!({"script": script, "args": arguments})).await;
        assert!(answer.get("error").is_none(), "{answer} in {body}");
        answer["value"].take()
    }

    /// Does something of which another page comes, and waits until it is there.
    async fn comes_anew(&self, does: impl AsyncFnOnce()) {
        let asks = json!({"script": "return [performance.timeOrigin, document.readyState]", "args": []});
        let before = self.post("/execute/sync", asks.clone()).await;
        does().await;
        awaits(SHOWN_WITHIN, "another page is there", async || {
            let now = self.session.tried("POST", "/execute/sync", Some(&asks)).await?;
            if now[0] != before[0] && now[1] == "complete" { Ok(()) } else { Err(self.address().await) }
        })
        .await;
    }

    /// What a script returns that runs in the page at once, with `arguments`: also where the page may have no script of its own.
    pub async fn at_once(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": arguments})).await
    }

    /// Waits until the page's script has taken over.
    pub async fn is_ready(&self) {
        self.shows_where("html[data-ready]", |found| !found.is_empty(), "the page is ready").await;
    }

    /// The text of each element that fits, hidden ones too, with single blanks.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let found = self.post("/elements", json!({"using": "css selector", "value": selector})).await;
        let mut texts = Vec::new();
        for element in found.as_array().expect("a list") {
            let id = element[ELEMENT].as_str().expect("a text");
            let path = format!("/element/{id}/property/textContent");
            // It may be gone by now.
            let text = self.session.tried("GET", &path, None).await.unwrap_or_default();
            texts.push(text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "));
        }
        texts
    }

    /// Waits until the first element that fits says this.
    pub async fn says(&self, selector: &str, text: &str) {
        self.shows_where(selector, |texts| texts.first().is_some_and(|first| first == text), text).await;
    }

    /// Waits until the elements that fit say exactly this, in any order.
    pub async fn shows(&self, selector: &str, wanted: &[&str]) {
        let mut wanted: Vec<&str> = wanted.to_vec();
        wanted.sort_unstable();
        let is_it = |texts: &[String]| {
            let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            texts.sort_unstable();
            texts == wanted
        };
        self.shows_where(selector, is_it, &format!("{wanted:?}")).await;
    }

    async fn shows_where(&self, selector: &str, is_it: impl Fn(&[String]) -> bool, what: &str) {
        awaits(SHOWN_WITHIN, &format!("{selector} shows {what}"), async || {
            let texts = self.texts(selector).await;
            if is_it(&texts) { Ok(()) } else { Err(format!("{texts:?} at {}", self.address().await)) }
        })
        .await;
    }

    /// Does something to the first element that fits, as soon as there is one: a page that is about to go may still have it.
    async fn does(&self, selector: &str, command: &str, body: &Value) {
        awaits(SHOWN_WITHIN, &format!("{selector} is there"), async || {
            let wanted = json!({"using": "css selector", "value": selector});
            let found = self.session.tried("POST", "/element", Some(&wanted)).await?;
            let element = found[ELEMENT].as_str().ok_or("it has no name")?;
            self.session.tried("POST", &format!("/element/{element}/{command}"), Some(body)).await
        })
        .await;
    }

    /// Presses an element, as a mouse does.
    pub async fn clicks(&self, selector: &str) {
        self.does(selector, "click", &json!({})).await;
    }

    /// Types a text into a field, in the place of what is there.
    pub async fn types(&self, selector: &str, text: &str) {
        // As people do it, Control and A: to clear a field takes the focus away from it, and its page may fill it again.
        self.does(selector, "value", &json!({"text": "\u{e009}a"})).await;
        self.does(selector, "value", &json!({"text": text})).await;
    }

    /// Chooses a file of this machine in a field for files.
    pub async fn chooses(&self, selector: &str, file: &Path) {
        self.does(selector, "value", &json!({"text": file.to_string_lossy()})).await;
    }

    /// Keeps a picture of the page under `target/browser/`, one of a Firefox under `target/browser/firefox/`, and says where.
    ///
    /// # Panics
    /// When it can't be written.
    pub async fn keeps_picture(&self, name: &str) -> PathBuf {
        let picture = self.get("/screenshot").await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().expect("a text"));
        // target/<profile>/deps/<test>
        let directory = crate::programs().parent().expect("programs are in target/<profile>").join("browser");
        let directory = if self.driver.engine() == Engine::Firefox { directory.join("firefox") } else { directory };
        fs::create_dir_all(&directory).expect("target/ can be written");
        let path = directory.join(format!("{name}.png"));
        fs::write(&path, bytes.expect("a picture in base64")).expect("target/ can be written");
        path
    }
}
