//! A million titles, and eight clients who search them: tantivy as `search` uses it, beside its own queries, and SQLite's FTS5.
//!
//! `cargo run --release -p search --example million -- tantivy|fts5 [titles] [seed]`. What it prints is what
//! `docs/decisions/0010` was decided by.

mod clients;
mod fts5;
mod raw;
mod titles;

use clients::{Turns, clients, memory, size};
use search::{Ask, Index};
use std::path::Path;
use std::time::Instant;
use titles::Shop;

const CLIENTS: usize = 8;
const QUESTIONS: usize = 16_000;
const PAGE: usize = 24;
type Failure = Box<dyn std::error::Error + Send + Sync>;

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
        "fts5" => fts5::fts5(&directory.join("fts5.db"), titles, &mut shop),
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
    let raw = raw::Raw::open(&place)?;
    for _ in 0..3 {
        clients("in turns", CLIENTS, &asks, || |ask: &Ask| turns.take(|| Ok(index.search(ask)?.total)))?;
        clients("in turns, the engine by itself", CLIENTS, &asks, || |ask: &Ask| turns.take(|| raw.search(ask)))?;
    }
    let began = Instant::now();
    for id in 0..1_000 {
        writer.put(&shop.book(id))?;
    }
    writer.commit("")?;
    println!("1000 books changed in {:.1?}, {}", began.elapsed(), memory()?);
    Ok(())
}
