//! A large shop: its titles come in by an import, people search them, and a catalog starts again.
//!
//! The reference of searching is the index alone: a copy of what a catalog has on its disk, asked the same questions in this
//! process, by as many clients, one search a core at a time.

mod questions;

use super::Setting;
use crate::error::{BenchError, While};
use crate::figures::{Figure, Goal, Unit};
use crate::floor::client;
use crate::shop::{Shop, TITLES};
use crate::stats::{float, percentile};
use questions::Questions;
use search::{Ask, Index};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wire::search::Wanted;

/// People who search and never rest.
const CLIENTS: u64 = 8;
/// Books on a page.
const PAGE: usize = 24;
/// The replica that is looked at.
const REPLICA: &str = "catalogA";
/// Longer than this no index needs to be built or brought up.
const PATIENCE: Duration = Duration::from_mins(10);

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let shop = Shop::open(&setting.place).await?;
    let directory = tempfile::Builder::new().prefix("titles-").tempdir_in(&setting.place.scratch);
    let directory = directory.during("making a directory")?;
    let file = directory.path().join("titles.csv");
    eprintln!("  making up {} titles", setting.titles);
    let number = setting.titles.to_string();
    shop.catalog(&["generate".as_ref(), number.as_ref(), "--output".as_ref(), file.as_os_str()]).await?;
    let began = Instant::now();
    shop.catalog(&["import".as_ref(), file.as_os_str()]).await?;
    let imported = float(setting.titles) / began.elapsed().as_secs_f64();
    eprintln!("  waiting for the search index");
    let all = format!("{} titles", setting.titles + u64::from(TITLES));
    searches(&shop, &all).await?;
    let memory_after_import = shop.memory(REPLICA)?;
    // Its files are whole when it has ended.
    shop.stop(REPLICA).await?;
    let copy = directory.path().join("index");
    copied(&shop.data().join(REPLICA).join("search"), &copy)?;
    let (mut ready, mut searching) = (Vec::new(), Vec::new());
    for round in setting.rounds() {
        if round > 1 {
            shop.stop(REPLICA).await?;
        }
        let (up, started) = tokio::join!(shop.up(), starts(&shop, &all));
        up?;
        let (to_ready, to_search) = started?;
        ready.push(to_ready);
        searching.push(to_search);
    }
    let found = compared(setting, &shop, &copy, &file).await?;
    let memory = shop.memory(REPLICA)?;
    shop.close();
    let mut figures = vec![
        Figure::alone("import of new titles", Unit::PerSecond, vec![imported]).aims(Goal::AtLeast(10_000.0)),
        Figure::alone("a catalog starts, until it is ready", Unit::Seconds, ready).aims(Goal::AtMost(3.0)),
        Figure::alone("a catalog starts, until it searches", Unit::Seconds, searching).aims(Goal::AtMost(3.0)),
        Figure::alone("memory of a catalog, after the import", Unit::Mebibytes, vec![memory_after_import])
            .aims(Goal::AtMost(400.0)),
        Figure::alone("memory of a catalog that was started, after the searches", Unit::Mebibytes, vec![memory])
            .aims(Goal::AtMost(400.0)),
    ];
    figures.extend(found);
    Ok(figures)
}

/// Milliseconds, a value a round.
#[derive(Default)]
struct Times {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Times {
    fn note(&mut self, waited: &[f64]) -> Result<(), BenchError> {
        let of = |percent| percentile(waited, percent).ok_or_else(|| BenchError::new("nothing was asked"));
        self.p50.push(of(50)?);
        self.p99.push(of(99)?);
        Ok(())
    }
}

/// Searches of the shop, through a frontend that keeps no answers, and of the index alone, turn by turn.
async fn compared(setting: &Setting, shop: &Shop, copy: &Path, file: &Path) -> Result<Vec<Figure>, BenchError> {
    let frontend = shop.second_frontend("off").await?;
    let (index, _writer, _) = Index::open(copy).during("opening a copy of the index")?;
    let questions = Arc::new(Questions::of(file, setting.titles)?);
    let (mut through, mut alone) = (Times::default(), Times::default());
    // What both read for the first time is read before it counts.
    of_shop(frontend.origin(), &questions, 0, setting.span).await?;
    of_index(&index, &questions, 0, setting.span).await?;
    for round in setting.rounds() {
        let seed = u64::from(round);
        if round % 2 == 0 {
            through.note(&of_shop(frontend.origin(), &questions, seed, setting.span).await?)?;
            alone.note(&of_index(&index, &questions, seed, setting.span).await?)?;
        } else {
            alone.note(&of_index(&index, &questions, seed, setting.span).await?)?;
            through.note(&of_shop(frontend.origin(), &questions, seed, setting.span).await?)?;
        }
    }
    frontend.stop().await?;
    let (unit, name) = (Unit::Milliseconds, "the index alone");
    let what = |percentile: &str| format!("a search, {CLIENTS} clients, {percentile}");
    Ok(vec![
        Figure::alone(what("p99"), unit, through.p99.clone()).aims(Goal::AtMost(10.0)),
        Figure::beside(what("p99"), unit, through.p99, name, alone.p99).aims(Goal::AtMost(1.5)),
        Figure::beside(what("p50"), unit, through.p50, name, alone.p50),
    ])
}

/// How long each search through the frontend at `origin` took, in milliseconds.
async fn of_shop(origin: &str, questions: &Arc<Questions>, seed: u64, span: Duration) -> Result<Vec<f64>, BenchError> {
    let http = client()?;
    let url = format!("{origin}/api/v1/books");
    clients(questions, seed, span, move |typed| {
        let (http, url) = (http.clone(), url.clone());
        async move {
            let answer = http.get(url).query(&[("q", typed), ("limit", PAGE.to_string())]).send().await;
            let answer = answer.during("searching")?.error_for_status().during("searching")?;
            answer.bytes().await.during("searching").map(drop)
        }
    })
    .await
}

/// How long each search of the index took, in milliseconds, the wait for a turn with it.
async fn of_index(
    index: &Index,
    questions: &Arc<Questions>,
    seed: u64,
    span: Duration,
) -> Result<Vec<f64>, BenchError> {
    let turns = Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));
    let index = index.clone();
    clients(questions, seed, span, move |typed| {
        let (index, turns) = (index.clone(), turns.clone());
        async move {
            let wanted = Wanted { q: typed, limit: PAGE, ..Wanted::default() };
            let ask = Ask::try_from(&wanted).map_err(|problem| BenchError::new(problem.to_string()))?;
            let turn = turns.acquire_owned().await.during("waiting for a turn")?;
            let search = move || {
                let found = index.search(&ask);
                drop(turn);
                found
            };
            tokio::task::spawn_blocking(search).await.during("searching")?.during("searching").map(drop)
        }
    })
    .await
}

/// Lets clients ask, each one question after the other, and returns how long each took, in milliseconds.
async fn clients<F, A>(questions: &Arc<Questions>, seed: u64, span: Duration, ask: F) -> Result<Vec<f64>, BenchError>
where
    F: Fn(String) -> A + Clone + Send + 'static,
    A: Future<Output = Result<(), BenchError>> + Send,
{
    let mut clients = JoinSet::new();
    let end = Instant::now() + span;
    for client in 0..CLIENTS {
        let (ask, mut asked) = (ask.clone(), Questions::typed(questions, seed * CLIENTS + client));
        clients.spawn(async move {
            let mut waited = Vec::new();
            while Instant::now() < end {
                let typed = asked.next();
                let began = Instant::now();
                ask(typed).await?;
                waited.push(began.elapsed().as_secs_f64() * 1000.0);
            }
            Ok::<_, BenchError>(waited)
        });
    }
    let mut all = Vec::new();
    while let Some(client) = clients.join_next().await {
        all.extend(client.during("searching")??);
    }
    Ok(all)
}

/// Waits until the replica's index has all titles.
async fn searches(shop: &Shop, all: &str) -> Result<(), BenchError> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if shop.state(REPLICA).await.is_some_and(|state| state.search.as_deref() == Some(all)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(BenchError::new(format!("{REPLICA} does not have {all} in its index")))
}

/// Seconds from the start of the replica until it is ready, and until it answers searches.
async fn starts(shop: &Shop, all: &str) -> Result<(f64, f64), BenchError> {
    let (began, mut ready) = (Instant::now(), None);
    while began.elapsed() < PATIENCE {
        if let Some(state) = shop.state(REPLICA).await {
            let up_for = state.up_for.as_secs_f64();
            ready = ready.or(state.ready.then_some(up_for));
            if let Some(ready) = ready.filter(|_| state.search.as_deref() == Some(all)) {
                return Ok((ready, up_for));
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(BenchError::new(format!("{REPLICA} did not start")))
}

/// Copies the files of a directory.
fn copied(from: &Path, to: &PathBuf) -> Result<(), BenchError> {
    fs::create_dir_all(to).during("making a directory")?;
    for entry in fs::read_dir(from).during("reading the search index")? {
        let path = entry.during("reading the search index")?.path();
        let name = path.file_name().unwrap_or(OsStr::new("file"));
        fs::copy(&path, to.join(name)).during("copying the search index")?;
    }
    Ok(())
}
