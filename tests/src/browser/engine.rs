//! What differs between the browsers: their programs, how one is asked for, and what keeps it to itself.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What keeps a Chromium to itself.
const FLAGS: [&str; 12] = [
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
    "--window-size=1000,1000",
];

/// Where nobody listens: what a Firefox wants of others than the shop goes there, and no further.
const NOWHERE: &str = "127.0.0.1";
/// The port of it that is set aside for throwing things away.
const DISCARD: u16 = 9;

/// A kind of browser that the tests drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, by chromedriver: the one that must be there.
    Chromium,
    /// Firefox, by geckodriver: where it is installed.
    Firefox,
}

impl Engine {
    /// Whether it can be started; where it can't, a line on stderr says so.
    ///
    /// # Panics
    /// When `REQUIRE_BROWSER=1` and there is no Chromium.
    pub(super) fn is_there(self) -> bool {
        let Some(missing) = self.missing() else { return true };
        let required = std::env::var_os("REQUIRE_BROWSER").is_some_and(|value| value == "1");
        assert!(!required || self != Self::Chromium, "REQUIRE_BROWSER=1, and {missing} is missing");
        let how = match self {
            Self::Chromium => "Debian: apt-get install chromium chromium-driver",
            Self::Firefox => "Debian: apt-get install firefox-esr; cargo install --locked geckodriver",
        };
        eprintln!("SKIPPED: {missing} is missing ({how})");
        false
    }

    fn missing(self) -> Option<&'static str> {
        match self {
            Self::Chromium => ["chromedriver", "chromium"].into_iter().find(|program| in_path(program).is_none()),
            Self::Firefox if in_path("geckodriver").is_none() => Some("geckodriver"),
            Self::Firefox => firefox().is_none().then_some("firefox-esr"),
        }
    }

    /// Its driver, which is to listen on the first of these ports.
    pub(super) fn driver(self, ports: [u16; 2], home: &Path) -> Command {
        let mut command = match self {
            Self::Chromium => {
                let mut command = Command::new("chromedriver");
                command.arg(format!("--port={}", ports[0])).arg("--allowed-ips=");
                command
            }
            Self::Firefox => {
                let mut command = Command::new("geckodriver");
                command.arg("--port").arg(ports[0].to_string()).arg("--websocket-port").arg(ports[1].to_string());
                // Its console is read, and its pages are shown dark or narrow, from within the browser.
                command.arg("--allow-system-access");
                command.env("MOZ_HEADLESS_WIDTH", "1000").env("MOZ_HEADLESS_HEIGHT", "1000");
                if let Some(program) = firefox() {
                    command.arg("--binary").arg(program);
                }
                command
            }
        };
        command.env("HOME", home);
        for other_home in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            command.env_remove(other_home);
        }
        command
    }

    /// What a new session asks for: a browser with this profile, in which pages have their scripts or not.
    pub(super) fn capabilities(self, profile: &Path, scripts: bool) -> Value {
        let profile = profile.to_string_lossy();
        let wanted = match self {
            Self::Chromium => {
                let own = [format!("--user-data-dir={profile}")];
                let arguments: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).chain(own).collect();
                let preferences =
                    if scripts { json!({}) } else { json!({"profile.managed_default_content_settings.javascript": 2}) };
                json!({
                    "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                    "goog:chromeOptions": {"args": arguments, "prefs": preferences},
                })
            }
            Self::Firefox => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "args": ["-headless", "-profile", profile],
                    "prefs": preferences(scripts),
                },
            }),
        };
        json!({"capabilities": {"alwaysMatch": wanted}})
    }
}

/// The settings of a Firefox: what it has of the tests, and that it asks nobody but the shop. Geckodriver adds its own, which
/// stop updates and reports.
fn preferences(scripts: bool) -> Value {
    json!({
        "javascript.enabled": scripts,
        "intl.accept_languages": "en",
        "ui.systemUsesDarkTheme": 0,
        // It asks whether a shop may keep its lists for good: yes, and no window about it.
        "dom.storageManager.prompt.testing": true,
        "dom.storageManager.prompt.testing.allow": true,
        // Links have the focus too, on any desktop.
        "accessibility.tabfocus": 7,
        "app.normandy.enabled": false,
        "app.update.auto": false,
        "browser.safebrowsing.blockedURIs.enabled": false,
        "browser.safebrowsing.downloads.enabled": false,
        "browser.safebrowsing.malware.enabled": false,
        "browser.safebrowsing.phishing.enabled": false,
        "browser.search.update": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "dom.push.connection.enabled": false,
        "extensions.getAddons.cache.enabled": false,
        "messaging-system.rsexperimentloader.enabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "toolkit.telemetry.enabled": false,
        "toolkit.telemetry.unified": false,
        // What is left wants a proxy, which is not there. The shop is this machine, for which there is none.
        "network.proxy.type": 1,
        "network.proxy.http": NOWHERE,
        "network.proxy.http_port": DISCARD,
        "network.proxy.ssl": NOWHERE,
        "network.proxy.ssl_port": DISCARD,
        "network.proxy.allow_bypass": false,
        "network.proxy.failover_direct": false,
    })
}

fn firefox() -> Option<PathBuf> {
    ["firefox-esr", "firefox"].into_iter().find_map(in_path)
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|program| program.is_file())
}
