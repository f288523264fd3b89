//! The reference for reads: an actix-web handler that returns bytes it was given.
//!
//! It is the shape of the shop's server (threads, keep-alive, no delay) with nothing in it: no log, no cache, no
//! check. The answers are captured from the shop by one request each, so that the same bytes go over the wire. It runs in
//! a process of its own, `bench __bare`, which reads them from its standard input and ends when that is closed.

use crate::error::{BenchError, While};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// As many as the shop's servers have, see `serve::Limits`.
const WORKERS: usize = 2;
/// As long as theirs.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Connections in all; theirs take 4,096.
const CONNECTIONS: usize = 4096;
/// What the server writes itself.
const OWN_HEADERS: [&str; 4] = ["date", "content-length", "connection", "transfer-encoding"];

/// One answer, for every request of its path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Captured {
    path: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Captured {
    /// Asks the shop at `origin` once for `path`, which may have a query.
    pub(crate) async fn of(http: &reqwest::Client, origin: &str, path: &str) -> Result<Self, BenchError> {
        let doing = format!("asking the shop for {path}");
        let answer = http.get(format!("{origin}{path}")).send().await.during(&doing)?;
        if !answer.status().is_success() {
            return Err(BenchError::new(format!("{doing}: it answered {}", answer.status())));
        }
        let status = answer.status().as_u16();
        let sent = answer.headers().iter().filter(|(name, _)| !OWN_HEADERS.contains(&name.as_str()));
        let headers =
            sent.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
        let path = path.split('?').next().unwrap_or(path).to_owned();
        Ok(Self { path, status, headers, body: answer.text().await.during(&doing)? })
    }
}

/// The bare server as a child of this process. Dropping it ends it.
pub(crate) struct Bare {
    origin: String,
    process: Child,
    _open: ChildStdin,
}

impl Bare {
    /// Starts it with these answers.
    pub(crate) async fn start(answers: &[Captured]) -> Result<Self, BenchError> {
        let doing = "starting the bare server";
        let program = std::env::current_exe().during(doing)?;
        let mut command = Command::new(program);
        command.args(["__bare", "--port", "0"]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().during(doing)?;
        let (Some(mut input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(BenchError::new("the bare server has no standard input and output"));
        };
        let mut line = serde_json::to_string(answers).during(doing)?;
        line.push('\n');
        input.write_all(line.as_bytes()).await.during(doing)?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port).await.during(doing)?;
        let port: u16 = port.trim().parse().during("the bare server said no port")?;
        Ok(Self { origin: format!("http://127.0.0.1:{port}"), process, _open: input })
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Ends it, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<(), BenchError> {
        self.process.kill().await.during("stopping the bare server")
    }
}

/// The process itself: answers until its standard input is closed.
pub(crate) fn serve(port: u16) -> Result<(), BenchError> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).during("reading the answers")?;
    let answers: Vec<Captured> = serde_json::from_str(&line).during("reading the answers")?;
    let answers = answers.into_iter().map(Answer::prepared).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    runtime.during("starting")?.block_on(async move {
        let app = move || {
            let route = |app: App<_>, answer: &Answer| {
                let (path, answer) = (answer.path.clone(), answer.clone());
                app.route(&path, web::get().to(move || std::future::ready(answer.respond())))
            };
            answers.iter().fold(App::new(), route)
        };
        let server = HttpServer::new(app)
            .workers(WORKERS)
            .max_connections(CONNECTIONS / WORKERS)
            .keep_alive(KEEP_ALIVE)
            .tcp_nodelay(true)
            .shutdown_timeout(1)
            .bind(("127.0.0.1", port))
            .during("listening")?;
        let port = server.addrs().first().map_or(port, std::net::SocketAddr::port);
        println!("{port}");
        std::io::stdout().flush().during("printing the port")?;
        let server = server.run();
        let handle = server.handle();
        let (gone, parent) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            // Ends at the end of the input, which is the end of the parent.
            drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
            let _parent_waits = gone.send(());
        });
        tokio::spawn(async move {
            drop(parent.await);
            handle.stop(false).await;
        });
        server.await.during("serving")
    })
}

/// An answer with nothing left to do but to send it.
#[derive(Clone)]
struct Answer {
    path: String,
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Answer {
    fn prepared(captured: Captured) -> Result<Self, BenchError> {
        let Captured { path, status, headers, body } = captured;
        let header = |(name, value): (String, String)| {
            Ok((HeaderName::try_from(name).during("a header")?, HeaderValue::try_from(value).during("a header")?))
        };
        let headers = headers.into_iter().map(header).collect::<Result<_, BenchError>>()?;
        Ok(Self { path, status: StatusCode::from_u16(status).during("a status")?, headers, body: body.into() })
    }

    fn respond(&self) -> HttpResponse<Bytes> {
        let mut response = HttpResponse::with_body(self.status, self.body.clone());
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response
    }
}
