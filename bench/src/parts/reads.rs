//! A cached lookup and a cached search: the shop's frontend beside a handler that does nothing.
//!
//! How many answers a second is measured with clients that never rest. How long an answer takes is measured then too,
//! and once more with a quarter of the arrivals that the handler can answer: where both processors are busy all the time, the
//! tail is the time for which the system let another thread run, the client's own among them.

use super::Setting;
use crate::bare::{Bare, Captured};
use crate::error::BenchError;
use crate::figures::{Figure, Goal, Unit};
use crate::floor::client;
use crate::load::{self, Ask, Load};
use crate::shop::Shop;

const CLIENTS: u32 = 16;

#[derive(Default)]
struct Column {
    rates: Vec<f64>,
    waits: Vec<f64>,
    calm_waits: Vec<f64>,
}

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let shop = Shop::open(&setting.place).await?;
    let http = client()?;
    let mut answers = Vec::new();
    for path in [Ask::Lookup.path(), Ask::Search.path(), load::LISTING.to_owned()] {
        answers.push(Captured::of(&http, &shop.origin(), &path).await?);
    }
    let bare = Bare::start(&answers).await?;
    let mut figures = Vec::new();
    for ask in [Ask::Lookup, Ask::Search] {
        let (mut ours, mut theirs) = (Column::default(), Column::default());
        // Both are warm, and asked as often as the handler can answer.
        ours.measures(&shop.origin(), ask, setting).await?;
        theirs.measures(bare.origin(), ask, setting).await?;
        let calm = Load::Rate(load::rate(theirs.rates.iter().sum::<f64>() / 4.0));
        (ours, theirs) = (Column::default(), Column::default());
        for _ in setting.rounds() {
            theirs.measures(bare.origin(), ask, setting).await?;
            ours.measures(&shop.origin(), ask, setting).await?;
            theirs.calm_waits.push(p99(bare.origin(), ask, calm, setting).await?);
            ours.calm_waits.push(p99(&shop.origin(), ask, calm, setting).await?);
        }
        let (rate, wait) = (format!("{ask}, answers"), format!("{ask}, p99"));
        let calmly = format!("{ask}, p99 at a quarter of that rate");
        let name = "bare handler";
        figures.push(Figure::beside(rate, Unit::PerSecond, ours.rates, name, theirs.rates).aims(Goal::AtLeast(0.95)));
        figures.push(Figure::beside(wait, Unit::Milliseconds, ours.waits, name, theirs.waits).aims(Goal::AtMost(1.2)));
        let calm = Figure::beside(calmly, Unit::Milliseconds, ours.calm_waits, name, theirs.calm_waits);
        figures.push(calm.aims(Goal::AtMost(1.2)));
    }
    bare.stop().await?;
    shop.close();
    Ok(figures)
}

async fn p99(origin: &str, ask: Ask, load: Load, setting: &Setting) -> Result<f64, BenchError> {
    let outcome = load::run(origin, ask, load, setting.span).await?;
    load::all_answered(&outcome).map(|series| load::ms(series.latency.p99))
}

impl Column {
    async fn measures(&mut self, origin: &str, ask: Ask, setting: &Setting) -> Result<(), BenchError> {
        let outcome = load::run(origin, ask, Load::Clients(CLIENTS), setting.span).await?;
        let series = load::all_answered(&outcome)?;
        self.rates.push(series.per_second);
        self.waits.push(load::ms(series.latency.p99));
        Ok(())
    }
}
