//! What the cache costs: a buyer, whose purchase goes through a full one or through none; a reader, who misses it.

use super::Setting;
use crate::bare::{Bare, Captured};
use crate::error::{BenchError, While};
use crate::figures::{Figure, Goal, Unit};
use crate::floor::{self, client};
use crate::load::{self, Ask, Load};
use crate::shop::{Shop, TITLES};
use crate::stats::percentile;
use std::time::Instant;

const CLIENTS: u32 = 16;
/// Titles that are looked up twice in a round: the first time they are not in the cache.
const COLD: u32 = 500;

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let mut figures = misses(setting).await?;
    figures.extend(buys(setting).await?);
    Ok(figures)
}

/// A lookup of a book that nobody asked this frontend for yet, the same once more, and once more just after a buy.
async fn misses(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let http = client()?;
    let shop = Shop::open(&setting.place).await?;
    let captured = Captured::of(&http, &shop.origin(), &Ask::Lookup.path()).await?;
    let bare = Bare::start(&[captured]).await?;
    let (mut cold, mut bought, mut hits, mut calls) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // Each round has its own titles, and the one that was captured is in none.
    for round in setting.rounds() {
        let (mut miss, mut hit, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for id in (0..COLD).map(|step| round * COLD + step).filter(|id| *id <= TITLES) {
            let url = format!("{}/lookup?id={id}", shop.origin());
            miss.push(get(&http, &url).await?);
            hit.push(get(&http, &url).await?);
            let buy = http.post(format!("{}/buy?id={id}", shop.origin())).send().await.during("buying a book")?;
            buy.error_for_status().during("buying a book")?;
            after.push(get(&http, &url).await?);
        }
        let call = floor::measure(&setting.place.scratch, &bare, &Ask::Lookup.path(), setting.span / 4).await?.call;
        let p50 = |values: &[f64]| {
            let missing = || BenchError::new("there are fewer titles than rounds need: ask for fewer rounds");
            percentile(values, 50).ok_or_else(missing)
        };
        let hit = p50(&hit)?;
        cold.push(p50(&miss)? - hit);
        bought.push(p50(&after)? - hit);
        hits.push(hit);
        calls.push(call);
    }
    bare.stop().await?;
    shop.close();
    let name = "one call to the bare handler";
    Ok(vec![
        Figure::beside("a lookup after a buy less a hit, p50", Unit::Milliseconds, bought, name, calls.clone())
            .aims(Goal::AtMost(1.0)),
        Figure::beside("a lookup nobody asked for less a hit, p50", Unit::Milliseconds, cold, name, calls.clone()),
        Figure::beside("a hit, p50", Unit::Milliseconds, hits, name, calls),
    ])
}

/// A buy through a frontend that has every book in its cache, and through one without a cache.
async fn buys(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let http = client()?;
    let shop = Shop::open(&setting.place).await?;
    let second = shop.second_frontend("off").await?;
    eprintln!("  filling the cache");
    for id in 1..=TITLES {
        get(&http, &format!("{}/lookup?id={id}", shop.origin())).await?;
    }
    let median = async |origin: &str| {
        let outcome = load::run(origin, Ask::AnyTitle, Load::Clients(CLIENTS), setting.span).await?;
        load::all_answered(&outcome).map(|series| load::ms(series.latency.p50))
    };
    median(&shop.origin()).await?;
    median(second.origin()).await?;
    let (mut full, mut off) = (Vec::new(), Vec::new());
    for round in setting.rounds() {
        // Who is first changes, so that neither is always the one after the other.
        if round % 2 == 0 {
            full.push(median(&shop.origin()).await?);
            off.push(median(second.origin()).await?);
        } else {
            off.push(median(second.origin()).await?);
            full.push(median(&shop.origin()).await?);
        }
    }
    second.stop().await?;
    shop.close();
    let figure = Figure::beside("a buy with a full cache, p50", Unit::Milliseconds, full, "without a cache", off);
    Ok(vec![figure.aims(Goal::AtMost(1.05))])
}

/// How long the answer took, in milliseconds.
async fn get(http: &reqwest::Client, url: &str) -> Result<f64, BenchError> {
    let began = Instant::now();
    let answer = http.get(url).send().await.during("looking up a book")?.error_for_status();
    answer.during("looking up a book")?.bytes().await.during("looking up a book")?;
    Ok(began.elapsed().as_secs_f64() * 1000.0)
}
