//! A cached lookup and a cached search: the shop's frontend beside a handler that does nothing.

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
        ours.measures(&shop.origin(), ask, setting).await?;
        ours = Column::default();
        for _ in setting.rounds() {
            theirs.measures(bare.origin(), ask, setting).await?;
            ours.measures(&shop.origin(), ask, setting).await?;
        }
        let (rate, wait) = (format!("{ask}, answers"), format!("{ask}, p99"));
        let name = "bare handler";
        figures.push(Figure::beside(rate, Unit::PerSecond, ours.rates, name, theirs.rates).aims(Goal::AtLeast(0.95)));
        figures.push(Figure::beside(wait, Unit::Milliseconds, ours.waits, name, theirs.waits).aims(Goal::AtMost(1.2)));
    }
    bare.stop().await?;
    shop.close();
    Ok(figures)
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
