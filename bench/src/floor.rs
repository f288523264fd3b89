//! The floor of a buy: what its disk writes and its calls cost with nothing in between.
//!
//! Two appends of 4 KiB, each synced, on the disk of the shop's data, and four small calls to the bare server over one
//! kept connection, one after the other. A sale at least writes the catalog's and the order's log, and is asked for
//! over four hops there and back. One client, which goes on as soon as it has its answer.

use crate::bare::Bare;
use crate::error::{BenchError, While};
use crate::stats::percentile;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const WRITES: usize = 2;
const CALLS: usize = 4;
const BLOCK: [u8; 4096] = [b'.'; 4096];

/// What was measured, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Floor {
    /// The median of the whole.
    pub(crate) p50: f64,
    /// Its 99th percentile.
    pub(crate) p99: f64,
    /// The median of one append with its sync.
    pub(crate) write: f64,
    /// The median of one call.
    pub(crate) call: f64,
}

/// Measures for `span`; the file is in `directory`, the calls ask `path` of the bare server.
pub(crate) async fn measure(directory: &Path, bare: &Bare, path: &str, span: Duration) -> Result<Floor, BenchError> {
    let mut file = tempfile::tempfile_in(directory).during("making a file to write to")?;
    let http = client()?;
    let url = format!("{}{path}", bare.origin());
    let (mut whole, mut writes, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    call(&http, &url).await?;
    let began = Instant::now();
    while began.elapsed() < span {
        let start = Instant::now();
        for _ in 0..WRITES {
            let start = Instant::now();
            // The writer of a replica waits for its disk in the same way: nothing else is to be done meanwhile.
            tokio::task::block_in_place(|| append(&mut file))?;
            writes.push(ms(start));
        }
        for _ in 0..CALLS {
            let start = Instant::now();
            call(&http, &url).await?;
            calls.push(ms(start));
        }
        whole.push(ms(start));
    }
    let of = |values: &[f64], percent| {
        percentile(values, percent).ok_or_else(|| BenchError::new("the floor of a buy was not measured even once"))
    };
    Ok(Floor { p50: of(&whole, 50)?, p99: of(&whole, 99)?, write: of(&writes, 50)?, call: of(&calls, 50)? })
}

/// A client that keeps its connections, like the callers between the replicas.
pub(crate) fn client() -> Result<reqwest::Client, BenchError> {
    let builder = reqwest::Client::builder().no_proxy().http1_only().tcp_nodelay(true);
    builder.timeout(Duration::from_secs(10)).build().during("making an HTTP client")
}

fn append(file: &mut File) -> Result<(), BenchError> {
    file.write_all(&BLOCK).and_then(|()| file.sync_data()).during("writing to the disk")
}

async fn call(http: &reqwest::Client, url: &str) -> Result<(), BenchError> {
    http.get(url).send().await.during("calling the bare server")?.bytes().await.map(drop).during("reading its answer")
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
