//! A real Chromium of a test, with a profile of its own: what a customer sees of a page, with its script or without.
//!
//! It is driven by chromedriver over `WebDriver`, a protocol of the W3C that is HTTP and JSON: the few commands that the tests
//! need are here. Both programs are found, never installed: `./runme.sh test` does that where it can.

use crate::process::{Process, tail};
use crate::{Ports, awaits};
use base64::Engine as _;
use reqwest::Client;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Until chromedriver listens.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);
/// The longest that a command may take: starting a browser on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// Until a page shows what it should.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);
/// How an element is named in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// What keeps a browser to itself.
const FLAGS: [&str; 11] = [
    "--headless",
    "--accept-lang=en",
    // Chromedriver and it then speak over a pipe, and it ends when that breaks.
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A running chromedriver.
#[derive(Debug)]
pub struct Driver {
    _process: Process,
    port: u16,
    url: String,
    http: Client,
    directory: TempDir,
    _ports: Ports,
}

impl Driver {
    /// Starts one; `None`, and a line on stderr, where there is no browser.
    ///
    /// # Panics
    /// When `REQUIRE_BROWSER=1` and there is none, or it does not listen.
    pub async fn start() -> Option<Self> {
        if let Some(missing) = ["chromedriver", "chromium"].into_iter().find(|program| !in_path(program)) {
            let required = std::env::var_os("REQUIRE_BROWSER").is_some_and(|value| value == "1");
            assert!(!required, "REQUIRE_BROWSER=1, and {missing} is missing");
            eprintln!("SKIPPED: {missing} is missing (Debian: apt-get install chromium chromium-driver)");
            return None;
        }
        let directory = TempDir::with_prefix("bookend-browser-").expect("a directory");
        let ports = Ports::take();
        let port = ports.port(0);
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).arg("--allowed-ips=").env("HOME", directory.path());
        let process =
            Process::start(&mut command, &directory.path().join("log")).expect("a program that is there starts");
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let driver =
            Self { _process: process, port, url: format!("http://127.0.0.1:{port}"), http, directory, _ports: ports };
        awaits(LISTENS_WITHIN, "chromedriver listens", async || {
            let answer = driver.http.get(format!("{}/status", driver.url)).send().await;
            answer.map(|_| ()).map_err(|error| format!("{error}\n{}", tail(&driver.directory.path().join("log"))))
        })
        .await;
        Some(driver)
    }

    /// A browser with a new profile.
    pub async fn browser(&self) -> Browser<'_> {
        self.with(&json!({})).await
    }

    /// A browser with a new profile, in which pages have no script.
    pub async fn without_script(&self) -> Browser<'_> {
        self.with(&json!({"profile.managed_default_content_settings.javascript": 2})).await
    }

    async fn with(&self, preferences: &Value) -> Browser<'_> {
        let profile = TempDir::with_prefix_in("profile-", self.directory.path()).expect("a directory");
        let session = self.session(profile.path(), preferences).await;
        Browser { driver: self, session, profile, preferences: preferences.clone() }
    }

    async fn session(&self, profile: &Path, preferences: &Value) -> String {
        let arguments: Vec<String> = FLAGS
            .iter()
            .map(|&flag| flag.to_owned())
            .chain([format!("--user-data-dir={}", profile.display()), "--window-size=1000,1000".to_owned()])
            .collect();
        let options = json!({"args": arguments, "prefs": preferences});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let made = self.call("POST", "/session", Some(wanted)).await;
        made["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}")).to_owned()
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.tried(method, path, body).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    async fn tried(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let request = self.http.request(method.parse().expect("a method"), format!("{}{path}", self.url));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let good = answer.status().is_success();
        let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        if good { Ok(answer["value"].take()) } else { Err(answer["value"]["message"].to_string()) }
    }
}

/// One browser with one tab to begin with.
#[derive(Debug)]
pub struct Browser<'a> {
    driver: &'a Driver,
    session: String,
    profile: TempDir,
    preferences: Value,
}

impl Browser<'_> {
    async fn call(&self, method: &str, command: &str, body: Option<Value>) -> Value {
        self.driver.call(method, &format!("/session/{}{command}", self.session), body).await
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        self.call("POST", command, Some(body)).await
    }

    /// Ends the browser, and starts it again with what it had on its disk.
    pub async fn restarts(&mut self) {
        self.call("DELETE", "", None).await;
        self.session = self.driver.session(self.profile.path(), &self.preferences).await;
    }

    /// Opens an address, and waits until it is loaded.
    pub async fn opens(&self, url: &str) {
        self.post("/url", json!({"url": url})).await;
    }

    /// Loads the page again.
    pub async fn reloads(&self) {
        self.post("/refresh", json!({})).await;
    }

    /// Where it is.
    pub async fn address(&self) -> String {
        self.call("GET", "/url", None).await.as_str().expect("a text").to_owned()
    }

    /// Opens another tab and goes there; tells its handle and that of the tab that there was.
    pub async fn opens_tab(&self) -> (String, String) {
        let before = self.call("GET", "/window", None).await.as_str().expect("a text").to_owned();
        let made = self.post("/window/new", json!({"type": "tab"})).await;
        let tab = made["handle"].as_str().expect("a text").to_owned();
        self.goes_to(&tab).await;
        (tab, before)
    }

    /// Goes to a tab.
    pub async fn goes_to(&self, tab: &str) {
        self.post("/window", json!({"handle": tab})).await;
    }

    /// Whether the page is shown light or dark.
    pub async fn is_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// How wide and high the page is, in CSS pixels.
    pub async fn is_sized(&self, width: u32, height: u32) {
        let parameters = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", parameters).await;
    }

    /// A command of Chromium's own protocol.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
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
            let path = format!("/session/{}/element/{id}/property/textContent", self.session);
            // It may be gone by now.
            let text = self.driver.tried("GET", &path, None).await.unwrap_or_default();
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
        let path = format!("/session/{}/element", self.session);
        awaits(SHOWN_WITHIN, &format!("{selector} is there"), async || {
            let wanted = json!({"using": "css selector", "value": selector});
            let found = self.driver.tried("POST", &path, Some(wanted)).await?;
            let element = found[ELEMENT].as_str().ok_or("it has no name")?;
            self.driver.tried("POST", &format!("{path}/{element}/{command}"), Some(body.clone())).await
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
        self.does(selector, "value", &json!({"text": format!("\u{e009}a\u{e000}{text}")})).await;
    }

    /// Chooses a file of this machine in a field for files.
    pub async fn chooses(&self, selector: &str, file: &Path) {
        self.does(selector, "value", &json!({"text": file.to_string_lossy()})).await;
    }

    /// What the console has said at the level of an error since it was last asked.
    pub async fn errors(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({"type": "browser"})).await;
        let entries = entries.as_array().expect("a list").clone();
        let wrong = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        wrong.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Keeps a picture of the page under `target/browser/`, and says where.
    ///
    /// # Panics
    /// When it can't be written.
    pub async fn keeps_picture(&self, name: &str) -> PathBuf {
        let picture = self.call("GET", "/screenshot", None).await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().expect("a text"));
        // target/<profile>/deps/<test>
        let directory = crate::programs().parent().expect("programs are in target/<profile>").join("browser");
        fs::create_dir_all(&directory).expect("target/ can be written");
        let path = directory.join(format!("{name}.png"));
        fs::write(&path, bytes.expect("a picture in base64")).expect("target/ can be written");
        path
    }
}

impl Drop for Browser<'_> {
    /// Ends it: a browser whose chromedriver is killed would be left behind.
    fn drop(&mut self) {
        let said = || {
            let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.driver.port))?;
            connection.set_read_timeout(Some(LISTENS_WITHIN))?;
            let path = format!("/session/{}", self.session);
            let head = format!("DELETE {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            connection.write_all(head.as_bytes())?;
            connection.read(&mut [0; 64])
        };
        if let Err(error) = said() {
            eprintln!("a browser could not be ended: {error}");
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("{}", tail(&self.directory.path().join("log")));
        }
    }
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
