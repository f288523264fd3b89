//! A million titles, and eight clients who search them: tantivy as `search` uses it beside SQLite's FTS5.
//!
//! `cargo run --release -p search --example million -- tantivy|fts5 [titles] [seed]`. What it prints is what
//! `docs/decisions/0010` was decided by. Titles and names are made of words that are as unevenly common as real ones.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OpenFlags};
use search::{Ask, Document, Filters, Index, Query, Sort};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Thread, ThreadId};
use std::time::{Duration, Instant};
use wire::{ItemId, Money};

const CLIENTS: usize = 8;
const QUESTIONS: usize = 16_000;
const PAGE: usize = 24;
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Words by how common they are: the n-th is as common as 1/n.
struct Words(Vec<String>);

impl Words {
    fn new(number: usize, random: &mut SmallRng) -> Self {
        const SYLLABLES: [&str; 24] = [
            "the", "an", "of", "in", "er", "ra", "to", "mi", "lo", "ka", "ne", "si", "du", "ba", "ve", "or", "al",
            "tin", "mar", "son", "gre", "vil", "hou", "sta",
        ];
        let mut seen = std::collections::BTreeSet::new();
        let mut words = Vec::new();
        while words.len() < number {
            let syllables = 1 + words.len().ilog2_or_zero() / 5 + random.random_range(0..2);
            let word: String = (0..syllables).map(|_| SYLLABLES[random.random_range(0..SYLLABLES.len())]).collect();
            if seen.insert(word.clone()) || syllables > 4 {
                words.push(word);
            }
        }
        Self(words)
    }

    fn any(&self, random: &mut SmallRng) -> &str {
        // The inverse of a Zipf distribution with exponent one, near enough.
        let most = f64::from(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        let place = most.powf(random.random::<f64>()) - 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of words"
        )]
        let place = place as usize;
        &self.0[place.min(self.0.len() - 1)]
    }
}

trait Logarithm {
    fn ilog2_or_zero(self) -> usize;
}

impl Logarithm for usize {
    fn ilog2_or_zero(self) -> usize {
        self.checked_ilog2().map_or(0, |log| log as usize)
    }
}

/// The shop: books made of words, always the same for a seed.
struct Shop {
    titles: Words,
    names: Words,
    random: SmallRng,
}

impl Shop {
    fn new(seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let (titles, names) = (Words::new(150_000, &mut random), Words::new(80_000, &mut random));
        Self { titles, names, random }
    }

    fn text(&mut self, of_titles: bool, words: usize) -> String {
        let list = if of_titles { &self.titles } else { &self.names };
        (0..words).map(|_| list.any(&mut self.random)).collect::<Vec<_>>().join(" ")
    }

    fn book(&mut self, id: u32) -> Document {
        let (title_words, topic) = (self.random.random_range(2..9), self.random.random_range(0..60_u32));
        Document {
            id: ItemId(id),
            title: self.text(true, title_words),
            authors: self.text(false, 2),
            isbn: format!("978{:010}", self.random.random_range(0..10_000_000_000_u64)),
            topic: format!("topic{}", topic * topic / 60),
            language: ["en", "en", "en", "fr", "de", "es"][self.random.random_range(0..6)].into(),
            price: Money::from_cents(self.random.random_range(100..9_000)).unwrap_or_default(),
            available: self.random.random_range(0..10) > 0,
            year: Some(self.random.random_range(1800..2026)),
        }
    }

    /// What somebody types who looks for something: often a book that exists, sometimes not finished or misspelt.
    fn question(&mut self) -> Ask {
        let words = self.random.random_range(1..4);
        let typed = match self.random.random_range(0..10) {
            0..5 => self.text(true, words),
            5..8 => self.text(false, words.min(2)),
            8 => self.unfinished(),
            _ => self.misspelt(),
        };
        let filters = if self.random.random_range(0..4) == 0 {
            Filters { language: Some("fr".into()), available: Some(true), ..Filters::default() }
        } else {
            Filters::default()
        };
        let sort = if self.random.random_range(0..8) == 0 { Sort::PriceUp } else { Sort::Relevance };
        Ask { query: Query::parse(&typed).unwrap_or_default(), filters, sort, limit: PAGE, after: None }
    }

    fn unfinished(&mut self) -> String {
        let mut text = self.text(true, 2);
        text.truncate(text.len().saturating_sub(2).max(3));
        text
    }

    fn misspelt(&mut self) -> String {
        let mut letters: Vec<char> = self.text(false, 1).chars().collect();
        let place = self.random.random_range(0..letters.len());
        letters[place] = 'q';
        letters.into_iter().collect()
    }
}

fn main() -> Result<(), Failure> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let engine = given.first().map_or("tantivy", String::as_str);
    let titles: u32 = given.get(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let seed: u64 = given.get(2).map_or(Ok(1), |text| text.parse())?;
    let directory = std::env::temp_dir().join(format!("bookend-million-{engine}-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    println!("engine {engine}, {titles} titles, seed {seed}");
    let mut shop = Shop::new(seed);
    let outcome = match engine {
        "tantivy" => tantivy(&directory, titles, &mut shop),
        "fts5" => fts5(&directory.join("fts5.db"), titles, &mut shop),
        _ => Err("write tantivy or fts5".into()),
    };
    std::fs::remove_dir_all(&directory)?;
    outcome
}

fn tantivy(directory: &Path, titles: u32, shop: &mut Shop) -> Result<(), Failure> {
    let place = directory.join("index");
    let began = Instant::now();
    let (_, mut writer) = Index::create(&place)?;
    for id in 0..titles {
        writer.add(&shop.book(id))?;
    }
    writer.commit("")?;
    println!("built in {:.1?}", began.elapsed());
    writer.finish()?;
    println!("merged after {:.1?}, {} MB on disk, {}", began.elapsed(), size(&place)?, memory()?);
    let began = Instant::now();
    let (index, mut writer, _) = Index::open(&place)?;
    println!("opened, every file checked, in {:.1?}, {}", began.elapsed(), memory()?);
    let asks: Vec<Ask> = (0..QUESTIONS).map(|_| shop.question()).collect();
    clients("alone", 1, &asks, || |ask: &Ask| Ok(index.search(ask)?.total))?;
    clients("together", CLIENTS, &asks, || |ask: &Ask| Ok(index.search(ask)?.total))?;
    let turns = Turns::new(std::thread::available_parallelism()?.get());
    clients("in turns", CLIENTS, &asks, || |ask: &Ask| turns.take(|| Ok(index.search(ask)?.total)))?;
    let began = Instant::now();
    for id in 0..1_000 {
        writer.put(&shop.book(id))?;
    }
    writer.commit("")?;
    println!("1000 books changed in {:.1?}, {}", began.elapsed(), memory()?);
    Ok(())
}

const TABLES: &str = "pragma journal_mode = wal; pragma synchronous = off;
    create table book (id integer primary key, topic text, language text, price integer, available integer, year integer);
    create virtual table words using fts5(title, authors, topic, isbn, content='', detail='column', prefix='2 3',
        tokenize='unicode61 remove_diacritics 2');";
const BEST: &str = "select rowid from words where words match ?1 order by rank limit 24";
const FILTERED: &str = "select words.rowid from words join book on book.id = words.rowid
    where words match ?1 and language = 'fr' and available order by rank limit 24";
const CHEAPEST: &str = "select words.rowid from words join book on book.id = words.rowid where words match ?1
    order by price, id limit 24";
const COUNTED: &str =
    "select book.topic, language, (price >= 1000) + (price >= 2000) + (price >= 5000), available, count(*)
    from words join book on book.id = words.rowid where words match ?1 group by 1, 2, 3, 4";

fn fts5(file: &PathBuf, titles: u32, shop: &mut Shop) -> Result<(), Failure> {
    let began = Instant::now();
    let mut database = Connection::open(file)?;
    database.execute_batch(TABLES)?;
    let writing = database.transaction()?;
    {
        let mut words =
            writing.prepare("insert into words (rowid, title, authors, topic, isbn) values (?1, ?2, ?3, ?4, ?5)")?;
        let mut books = writing.prepare("insert into book values (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for id in 0..titles {
            let book = shop.book(id);
            words.execute((id, &book.title, &book.authors, &book.topic, &book.isbn))?;
            books.execute((id, &book.topic, &book.language, book.price.cents(), book.available, book.year))?;
        }
    }
    writing.commit()?;
    println!("built in {:.1?}", began.elapsed());
    database.execute("insert into words(words) values ('optimize')", ())?;
    database.execute_batch("pragma wal_checkpoint(truncate)")?;
    println!("merged after {:.1?}, {} MB on disk, {}", began.elapsed(), size(file)?, memory()?);
    let asks: Vec<Ask> = (0..QUESTIONS).map(|_| shop.question()).collect();
    let connect = || {
        let reader =
            Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        move |ask: &Ask| -> Result<u64, Failure> {
            let reader = reader.as_ref().map_err(ToString::to_string)?;
            let word = |word: &search::Word| format!("\"{}\"{}", word.text, if word.open { "*" } else { "" });
            let text = ask.query.words.iter().map(word).collect::<Vec<_>>().join(" ");
            let statement = match (ask.sort, &ask.filters.language) {
                (Sort::PriceUp, _) => CHEAPEST,
                (_, Some(_)) => FILTERED,
                _ => BEST,
            };
            let best = reader.prepare_cached(statement)?.query_map([&text], |row| row.get::<_, u32>(0))?.count();
            let counted =
                reader.prepare_cached(COUNTED)?.query_map([&text], |row| row.get::<_, u64>(4))?.flatten().sum();
            Ok(if best == 0 { 0 } else { counted })
        }
    };
    // Without typing mistakes: FTS5 has no notion of them, and so finds nothing at once.
    clients("alone", 1, &asks[..QUESTIONS / 16], connect)?;
    clients("together", CLIENTS, &asks[..QUESTIONS / 4], connect)
}

/// A line of which so many are served at once, in the order in which they came: as a catalog lets people search.
struct Turns {
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
    fn new(at_once: usize) -> Self {
        Self { line: Mutex::default(), at_once }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take<T>(&self, serve: impl FnOnce() -> T) -> T {
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
fn clients<F>(how: &str, clients: usize, asks: &[Ask], connect: impl Fn() -> F + Sync) -> Result<(), Failure>
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
fn size(path: &Path) -> Result<u64, Failure> {
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
fn memory() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let lines = status.lines().filter(|line| line.starts_with("RssAnon") || line.starts_with("RssFile"));
    Ok(lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", "))
}
