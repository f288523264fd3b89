//! Buying: one title that everyone wants, and any of 10,000, beside what databases do with the same sale.
//!
//! PostgreSQL has a synchronous standby, as an order of the shop has two copies. SQLite alone commits the rows of one
//! catalog and one order replica in batches of the size that the shop had in that round.

use super::Setting;
use crate::error::{BenchError, While};
use crate::figures::{Figure, Goal, Unit};
use crate::load::{self, Ask, Load};
use crate::postgres::{Postgres, Sale};
use crate::shop::{Shop, TITLES};
use crate::sqlite::Alone;
use client::outcome::Outcome;
use std::collections::BTreeMap;
use std::time::Duration;

const CLIENTS: [u32; 5] = [1, 16, COMPARED, 256, PEAK];
/// So many are more than it takes to reach the peak.
const PEAK: u32 = 512;
/// With so many clients the databases are compared.
const COMPARED: u32 = 64;
/// PostgreSQL gets no more: each client is a process there.
const POSTGRES_CLIENTS: [u32; 3] = [1, 16, COMPARED];
/// SQLite's batches, beside those that the shop had.
const BATCHES: [u32; 4] = [1, 16, 64, 100];
/// How long each way of writing the sale in SQL is tried before the rounds.
const TRIAL: Duration = Duration::from_secs(1);

/// Values of the rounds, by what was measured.
#[derive(Default)]
struct Columns(BTreeMap<String, Vec<f64>>);

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let shop = Shop::open(&setting.place).await?;
    let postgres = match &setting.postgres {
        Some(install) => Some(Reference::start(install.clone(), setting).await?),
        None => None,
    };
    let directory = tempfile::tempdir_in(&setting.place.scratch).during("making a directory for SQLite")?;
    let mut sqlite = Alone::open(directory.path(), TITLES)?;
    buys(&shop, Ask::AnyTitle, COMPARED, setting).await?;
    let mut columns = Columns::default();
    for _ in setting.rounds() {
        for (ask, titles) in [(Ask::OneTitle, 1), (Ask::AnyTitle, TITLES)] {
            if let Some(postgres) = &postgres {
                postgres.measure(&mut columns, titles, setting.span).await?;
            }
            for clients in CLIENTS {
                let bought = buys(&shop, ask, clients, setting).await?;
                columns.note(&ours(titles, clients), bought.per_second);
                if clients == COMPARED {
                    columns.note(&batch(titles), bought.batch);
                    columns.note("copies", bought.two_copies);
                    let size = whole(bought.batch);
                    columns.note(&alone(titles), sqlite.buys_per_second(size, titles, setting.span)?);
                }
            }
        }
        for size in BATCHES {
            let rate = sqlite.buys_per_second(size, 1, setting.span / 4)?;
            columns.note(&format!("SQLite, {size}"), rate);
        }
    }
    sqlite.close()?;
    if let Some(postgres) = postgres {
        postgres.pair.stop();
    }
    shop.close();
    Ok(columns.figures())
}

struct Bought {
    per_second: f64,
    batch: f64,
    two_copies: f64,
}

async fn buys(shop: &Shop, ask: Ask, clients: u32, setting: &Setting) -> Result<Bought, BenchError> {
    let sizes = async |replica: &str| shop.histogram(replica, "journal_batch_size").await;
    let before = (sizes("catalogA").await?, sizes("catalogB").await?);
    let outcome: Outcome = load::run(&shop.origin(), ask, Load::Clients(clients), setting.span).await?;
    let after = (sizes("catalogA").await?, sizes("catalogB").await?);
    // The other catalog only takes in what the title's home pushes, each push one piece of work.
    let batches = [after.0.mean_since(before.0), after.1.mean_since(before.1)];
    let batch = batches.into_iter().flatten().fold(1.0, f64::max);
    let per_second = load::all_answered(&outcome)?.per_second;
    Ok(Bought { per_second, batch, two_copies: load::two_copies(&outcome) })
}

/// PostgreSQL, and the faster way of writing the sale for each number of titles.
struct Reference {
    pair: Postgres,
    one: Sale,
    any: Sale,
}

impl Reference {
    async fn start(install: crate::postgres::Install, setting: &Setting) -> Result<Self, BenchError> {
        eprintln!("  starting PostgreSQL with a synchronous standby");
        let pair = Postgres::start(install, &setting.place.scratch, TITLES).await?;
        let (one, any) = (faster(&pair, 1).await?, faster(&pair, TITLES).await?);
        Ok(Self { pair, one, any })
    }

    async fn measure(&self, columns: &mut Columns, titles: u32, span: Duration) -> Result<(), BenchError> {
        let sale = if titles == 1 { self.one } else { self.any };
        for clients in POSTGRES_CLIENTS {
            columns.note(&theirs(titles, clients), self.pair.sells(sale, titles, clients, span).await?.per_second);
        }
        Ok(())
    }
}

async fn faster(pair: &Postgres, titles: u32) -> Result<Sale, BenchError> {
    let mut tried = Vec::new();
    for sale in [Sale::Statement, Sale::Transaction] {
        tried.push((pair.sells(sale, titles, COMPARED, TRIAL).await?.per_second, sale));
    }
    for (rate, sale) in &tried {
        eprintln!("  PostgreSQL, {titles} titles, as a {sale:?}: {rate:.0}/s");
    }
    let best = tried.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, sale)| sale).ok_or_else(|| BenchError::new("no way of writing the sale was tried"))
}

fn kind(titles: u32) -> &'static str {
    if titles == 1 { "one title" } else { "10,000 titles" }
}

fn ours(titles: u32, clients: u32) -> String {
    format!("buys of {}, {clients} clients", kind(titles))
}

fn theirs(titles: u32, clients: u32) -> String {
    format!("PostgreSQL, {}, {clients}", kind(titles))
}

fn alone(titles: u32) -> String {
    format!("SQLite, {}", kind(titles))
}

fn batch(titles: u32) -> String {
    format!("buys in one commit, {}, {COMPARED} clients", kind(titles))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a batch has 1 to 1,024 buys")]
fn whole(batch: f64) -> u32 {
    batch.round().clamp(1.0, 1024.0) as u32
}

impl Columns {
    fn note(&mut self, what: &str, value: f64) {
        eprintln!("    {what}: {value:.1}");
        self.0.entry(what.to_owned()).or_default().push(value);
    }

    fn get(&self, what: &str) -> Vec<f64> {
        self.0.get(what).cloned().unwrap_or_default()
    }

    fn figures(&self) -> Vec<Figure> {
        let beside = |what: &str, name: String, values: &str| {
            Figure::beside(what, Unit::PerSecond, self.get(what), name, self.get(values))
        };
        let mut figures = Vec::new();
        for (titles, least) in [(1, 10.0), (TITLES, 2.0)] {
            for clients in POSTGRES_CLIENTS {
                let values = theirs(titles, clients);
                if self.0.contains_key(&values) {
                    let figure = beside(&ours(titles, clients), "PostgreSQL".to_owned(), &values);
                    figures.push(if clients == COMPARED { figure.aims(Goal::AtLeast(least)) } else { figure });
                }
            }
            let sqlite = beside(&ours(titles, COMPARED), "SQLite alone".to_owned(), &alone(titles));
            figures.push(if titles == 1 { sqlite.aims(Goal::AtLeast(0.25)) } else { sqlite });
            for clients in [256, PEAK] {
                let name = ours(titles, clients);
                let figure = Figure::alone(&*name, Unit::PerSecond, self.get(&name));
                let aims = titles == 1 && clients == PEAK;
                figures.push(if aims { figure.aims(Goal::AtLeast(10_000.0)) } else { figure });
            }
            figures.push(Figure::alone(batch(titles), Unit::Count, self.get(&batch(titles))));
        }
        let tail = beside(&ours(TITLES, COMPARED), "one title".to_owned(), &ours(1, COMPARED));
        figures.push(tail.aims(Goal::AtLeast(0.7)));
        let copies = Figure::alone("buys answered with two copies", Unit::Share, self.get("copies"));
        figures.push(copies.aims(Goal::AtLeast(1.0)));
        for size in BATCHES {
            let what = format!("SQLite, {size}");
            let buys = if size == 1 { "1 buy".to_owned() } else { format!("{size} buys") };
            figures.push(Figure::alone(
                format!("SQLite alone, {buys} in one commit"),
                Unit::PerSecond,
                self.get(&what),
            ));
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_postgresql_there_are_no_rows_about_it_and_the_rest_is_there() {
        let mut columns = Columns::default();
        for titles in [1, TITLES] {
            for clients in CLIENTS {
                columns.note(&ours(titles, clients), 100.0);
            }
            columns.note(&alone(titles), 200.0);
        }
        let figures = columns.figures();
        let named = |name: &str| {
            figures.iter().filter(|figure| figure.reference.as_ref().is_some_and(|by| by.name == name)).count()
        };
        assert_eq!((named("PostgreSQL"), named("SQLite alone"), named("one title")), (0, 2, 1));
        columns.note(&theirs(1, COMPARED), 5.0);
        let figures = columns.figures();
        let hot = figures.iter().find(|figure| figure.reference.as_ref().is_some_and(|by| by.name == "PostgreSQL"));
        assert_eq!(hot.and_then(Figure::reached), Some(true), "100/s are 20 times 5/s");
    }
}
