//! Where the browsers of a test come from: a kind of browser that is there, and a directory for what they keep.

use super::Browser;
use super::engine::Engine;
use super::session::Session;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Makes browsers of one kind.
#[derive(Debug)]
pub struct Driver {
    engine: Engine,
    directory: TempDir,
    made: AtomicU32,
}

impl Driver {
    /// One for this kind; `None`, and a line on stderr, where there is no such browser.
    ///
    /// # Panics
    /// When `REQUIRE_BROWSER=1` and there is no Chromium.
    pub fn of(engine: Engine) -> Option<Self> {
        if !engine.is_there() {
            return None;
        }
        let directory = TempDir::with_prefix("bookend-browser-").expect("a directory");
        Some(Self { engine, directory, made: AtomicU32::new(0) })
    }

    /// The kind of its browsers.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A browser with a new profile.
    pub async fn browser(&self) -> Browser<'_> {
        self.with(true).await
    }

    /// A browser with a new profile, in which pages have no script.
    pub async fn without_script(&self) -> Browser<'_> {
        self.with(false).await
    }

    async fn with(&self, scripts: bool) -> Browser<'_> {
        // Each is at home in a directory of its own, in which also its driver writes.
        let home = self.directory.path().join(self.made.fetch_add(1, Ordering::Relaxed).to_string());
        let profile = home.join("profile");
        std::fs::create_dir_all(&profile).expect("a directory can be made in a new one");
        let wanted = self.engine.capabilities(&profile, scripts);
        let session = Session::start(self.engine, &home.join("log"), &wanted).await;
        Browser { driver: self, session, wanted }
    }

    /// The processes that have this driver's directory in their command line: its browsers, and nothing once they are gone.
    pub fn processes(&self) -> Vec<String> {
        let directory = self.directory.path().to_string_lossy().into_owned();
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let lines = all.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
        lines.filter(|line| line.contains(&directory)).collect()
    }
}
