//! Clients who ask one question after the other, and what the system says of this process.

use crate::Failure;
use search::Ask;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Thread, ThreadId};
use std::time::{Duration, Instant};

/// A line of which so many are served at once, in the order in which they came: as a catalog lets people search.
pub(crate) struct Turns {
    line: Mutex<Line>,
    at_once: usize,
}

#[derive(Default)]
struct Line {
    served: usize,
    waiting: VecDeque<Thread>,
    called: Vec<ThreadId>,
}

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self { line: Mutex::default(), at_once }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take<T>(&self, serve: impl FnOnce() -> T) -> T {
        self.wait();
        let answer = serve();
        let mut line = self.line();
        match line.waiting.pop_front() {
            Some(next) => {
                line.called.push(next.id());
                drop(line);
                next.unpark();
            }
            None => line.served -= 1,
        }
        answer
    }

    fn wait(&self) {
        let mut line = self.line();
        if line.served < self.at_once {
            line.served += 1;
            return;
        }
        let me = std::thread::current();
        line.waiting.push_back(me.clone());
        while !line.called.contains(&me.id()) {
            drop(line);
            std::thread::park();
            line = self.line();
        }
        line.called.retain(|called| *called != me.id());
    }
}

/// Lets so many clients ask one question after the other, and prints how long they waited.
pub(crate) fn clients<F>(how: &str, clients: usize, asks: &[Ask], connect: impl Fn() -> F + Sync) -> Result<(), Failure>
where
    F: Fn(&Ask) -> Result<u64, Failure>,
{
    let (next, began, busy) = (AtomicUsize::new(0), Instant::now(), busy()?);
    let one = || -> Result<(Vec<Duration>, u64), Failure> {
        let search = connect();
        let (mut waited, mut found) = (Vec::new(), 0);
        while let Some(ask) = asks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let began = Instant::now();
            found += u64::from(search(ask)? > 0);
            waited.push(began.elapsed());
        }
        Ok((waited, found))
    };
    let (mut waited, mut found) = (Vec::new(), 0);
    std::thread::scope(|scope| -> Result<(), Failure> {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        for thread in threads {
            let (its, with_books) = thread.join().map_err(|_| "a client panicked")??;
            waited.extend(its);
            found += with_books;
        }
        Ok(())
    })?;
    waited.sort_unstable();
    let at = |part: usize| waited[(waited.len() * part / 1000).min(waited.len() - 1)];
    let rate = waited.len() as u128 * 1_000_000 / began.elapsed().as_micros().max(1);
    println!(
        "{how}: {clients} clients, {} questions, {found} found something: p50 {:.2?}, p90 {:.2?}, p99 {:.2?}, p99.9 {:.2?}, \
         most {:.2?}, {rate} a second, {} us of a core each, {}",
        waited.len(),
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000),
        (self::busy()? - busy) * 1_000_000 / 100 / waited.len() as u64,
        memory()?
    );
    Ok(())
}

/// Megabytes on disk.
pub(crate) fn size(path: &Path) -> Result<u64, Failure> {
    if path.is_file() {
        return Ok(path.metadata()?.len() / 1_000_000);
    }
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes / 1_000_000)
}

/// How long this process has kept cores busy, in hundredths of a second.
fn busy() -> Result<u64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let times = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Ok(times.map(str::parse::<u64>).sum::<Result<u64, _>>()?)
}

/// What the kernel says: memory of its own, and of files that it looks into.
pub(crate) fn memory() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let lines = status.lines().filter(|line| line.starts_with("RssAnon") || line.starts_with("RssFile"));
    Ok(lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", "))
}
