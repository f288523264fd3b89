//! How a page is shown and loaded again, and what the browser's console says about it: for this each kind of browser has ways
//! of its own.

use super::Browser;
use super::engine::Engine;
use serde_json::{Value, json};

/// Makes the page of a Firefox as large as it is told. The window stays as it is: it can't be as narrow as a telephone.
const SIZED: &str = "
    const { style } = gBrowser.selectedBrowser;
    for (const [name, value] of [['width', arguments[0]], ['height', arguments[1]]])
        for (const what of [name, `min-${name}`, `max-${name}`]) style.setProperty(what, `${value}px`);";

/// What the console of a Firefox has of pages, at the level of an error, and forgets it.
const ERRORS: &str = "
    const { warningFlag, infoFlag } = Ci.nsIScriptError;
    const all = Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError);
    const errors = all.filter(({ flags, sourceName }) => !(flags & (warningFlag | infoFlag)) && /^https?:/.test(sourceName));
    Services.console.reset();
    return errors.map(({ sourceName, lineNumber, errorMessage }) => `${sourceName} ${lineNumber} ${errorMessage}`);";

impl Browser<'_> {
    /// Loads the page again, as F5 does it, and waits until it is there.
    pub async fn reloads(&self) {
        if self.driver.engine() == Engine::Chromium {
            self.post("/refresh", json!({})).await;
            return;
        }
        // The command of the protocol passes the service worker by in a Firefox.
        self.comes_anew(async || {
            self.within("gBrowser.reload()", json!([])).await;
        })
        .await;
    }

    /// Whether the page is shown light or dark.
    pub async fn is_dark(&self, dark: bool) {
        match self.driver.engine() {
            Engine::Chromium => {
                let features = json!([{"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }}]);
                self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await;
            }
            Engine::Firefox => {
                let sets =
                    "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0])";
                self.within(sets, json!([i32::from(!dark)])).await;
            }
        }
    }

    /// How wide and high the page is, in CSS pixels.
    pub async fn is_sized(&self, width: u32, height: u32) {
        match self.driver.engine() {
            Engine::Chromium => {
                let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
                self.cdp("Emulation.setDeviceMetricsOverride", size).await;
            }
            Engine::Firefox => {
                self.within(SIZED, json!([width, height])).await;
                crate::awaits(super::SHOWN_WITHIN, &format!("the page is {width} x {height} px"), async || {
                    let now = self.at_once("return [innerWidth, innerHeight]", &[]).await;
                    if now == json!([width, height]) { Ok(()) } else { Err(format!("it is {now}")) }
                })
                .await;
            }
        }
    }

    /// What the console has said of pages at the level of an error since it was last asked. Of a Firefox, what it says itself:
    /// faults of scripts and what a policy forbids. What a script says with `console.error` it keeps to itself, and that an
    /// address could not be loaded is no error to it.
    pub async fn errors(&self) -> Vec<String> {
        let texts = match self.driver.engine() {
            Engine::Chromium => {
                let entries = self.post("/se/log", json!({"type": "browser"})).await;
                let entries = entries.as_array().expect("a list").iter();
                entries.filter(|entry| entry["level"] == "SEVERE").map(|entry| entry["message"].clone()).collect()
            }
            Engine::Firefox => self.within(ERRORS, json!([])).await.as_array().expect("a list").clone(),
        };
        texts.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Is in the page again, after having left it by keyboard for the bars around it, which only Firefox has here.
    pub(super) async fn returns(&self) {
        if self.driver.engine() == Engine::Firefox {
            self.within("gBrowser.selectedBrowser.focus()", json!([])).await;
        }
    }

    /// A command of Chromium's own protocol.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// What a script returns that runs in a Firefox itself instead of in its page.
    async fn within(&self, script: &str, arguments: Value) -> Value {
        self.post("/moz/context", json!({"context": "chrome"})).await;
        let answer =
            self.session.tried("POST", "/execute/sync", Some(&json!({"script": script, "args": arguments}))).await;
        self.post("/moz/context", json!({"context": "content"})).await;
        answer.unwrap_or_else(|error| panic!("{error} in {script}"))
    }
}
