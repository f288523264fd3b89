//! One browser and the program that drives it, spoken to over `WebDriver`. Each has a driver of its own: geckodriver has one
//! browser and no more.

use super::engine::Engine;
use crate::process::{Process, tail};
use crate::{Ports, awaits};
use reqwest::Client;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Until the driver listens.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);
/// The longest that a command may take: starting a browser on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running driver, and the browser that it has.
#[derive(Debug)]
pub(super) struct Session {
    id: String,
    /// The browser's process, where the driver says which one it is.
    browser: Option<u64>,
    port: u16,
    http: Client,
    log: PathBuf,
    _process: Process,
    _ports: Ports,
}

impl Session {
    /// Starts a driver, and a browser as `wanted`; what they write goes to `log`, and they are at home beside it.
    ///
    /// # Panics
    /// When there is no browser in the end.
    pub(super) async fn start(engine: Engine, log: &Path, wanted: &Value) -> Self {
        let ports = Ports::take();
        let port = ports.port(0);
        let home = log.parent().expect("a log is in a directory");
        let mut command = engine.driver([port, ports.port(1)], home);
        let process = Process::start(&mut command, log).expect("a program that is there starts");
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let log = log.to_owned();
        let mut session = Self { id: String::new(), browser: None, port, http, log, _process: process, _ports: ports };
        awaits(LISTENS_WITHIN, &format!("the driver of {engine:?} listens"), async || {
            let answer = session.http.get(format!("http://127.0.0.1:{port}/status")).send().await;
            answer.map(|_| ()).map_err(|error| format!("{error}\n{}", tail(&session.log)))
        })
        .await;
        session.begins(wanted).await;
        session
    }

    /// Has a browser as `wanted`, in the place of the one that has ended.
    pub(super) async fn begins(&mut self, wanted: &Value) {
        let made = self.asks("POST", "/session", Some(wanted)).await;
        let made = made.unwrap_or_else(|error| panic!("no browser: {error}\n{}", tail(&self.log)));
        made["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}")).clone_into(&mut self.id);
        self.browser = made["capabilities"]["moz:processID"].as_u64();
    }

    /// Ends the browser; its driver stays.
    pub(super) async fn ends(&self) {
        self.call("DELETE", "", None).await;
    }

    /// What the driver answers to a command of this session.
    ///
    /// # Panics
    /// When it does not do it.
    pub(super) async fn call(&self, method: &str, command: &str, body: Option<&Value>) -> Value {
        self.tried(method, command, body).await.unwrap_or_else(|error| panic!("{method} {command}: {error}"))
    }

    /// The same, where it may well not.
    pub(super) async fn tried(&self, method: &str, command: &str, body: Option<&Value>) -> Result<Value, String> {
        self.asks(method, &format!("/session/{}{command}", self.id), body).await
    }

    async fn asks(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let address = format!("http://127.0.0.1:{}{path}", self.port);
        let request = self.http.request(method.parse().expect("a method"), address);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let good = answer.status().is_success();
        let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        if good { Ok(answer["value"].take()) } else { Err(answer["value"]["message"].to_string()) }
    }

    /// The same as [`Session::ends`], where nothing can be awaited; whether the driver did it.
    fn ends_now(&self) -> std::io::Result<bool> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(LISTENS_WITHIN))?;
        let head = format!("DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.id);
        connection.write_all(head.as_bytes())?;
        let mut answer = [0; 64];
        let length = connection.read(&mut answer)?;
        Ok(answer[..length].starts_with(b"HTTP/1.1 200"))
    }
}

impl Drop for Session {
    /// Ends the browser: one whose driver is killed would be left behind.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("{}", tail(&self.log));
        }
        let ended = self.ends_now();
        if matches!(ended, Ok(true)) {
            return;
        }
        eprintln!("a browser did not end when it was asked to: {ended:?}");
        if let Some(process) = self.browser {
            let _ = Command::new("kill").arg("-KILL").arg(process.to_string()).status();
        }
    }
}
