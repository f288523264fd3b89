//! What three copies cost whoever reads and writes a list, beside one: the same questions to two shops, turn by turn.
//!
//! Each customer has a list of ten books, writes it and reads it, over and over. At a quorum of three the slower of the
//! two fastest replicas counts, all of them write to the same disk, and a write asks before it sends; one replica alone is
//! its own quorum. What is aimed at counts with arrivals at a constant rate, on the clock, as people come; a few clients
//! who never rest show what is left where nothing waits for anybody else.

use super::Setting;
use crate::error::BenchError;
use crate::figures::{Figure, Goal, Unit};
use crate::load::{self, Ask, Load};
use crate::shop::Shop;
use client::outcome::Latency;

/// Arrivals a second: what the machine does with half of its time left.
const RATE: u32 = 200;
/// Clients who never rest.
const CLIENTS: u32 = 4;
/// A quorum may take so many times as long as one replica.
const AIM: f64 = 3.0;

/// Percentiles of one kind of question, a value a round.
#[derive(Default)]
struct Times {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Times {
    fn note(&mut self, latency: &Latency) {
        self.p50.push(load::ms(latency.p50));
        self.p99.push(load::ms(latency.p99));
    }
}

/// One way in which customers come, at both shops.
#[derive(Default)]
struct Way {
    three: [Times; 2],
    one: [Times; 2],
}

/// The kinds of questions.
const KINDS: [&str; 2] = ["read", "write"];

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let three = Shop::open_with(&setting.place, &["cartA", "cartB", "cartC"]).await?;
    let one = Shop::open_with(&setting.place, &["cartA"]).await?;
    let (mut arriving, mut restless) = (Way::default(), Way::default());
    for round in setting.rounds() {
        for (load, way) in [(Load::Rate(RATE), &mut arriving), (Load::Clients(CLIENTS), &mut restless)] {
            // In turn the first, so that neither has always what the other left behind.
            let mut turns = [(&three, &mut way.three), (&one, &mut way.one)];
            turns.rotate_left(usize::from(round % 2 == 0));
            for (shop, times) in turns {
                asks(shop, load, setting, times).await?;
            }
        }
    }
    three.close();
    one.close();
    let mut figures = arriving.figures(&format!("{RATE} arrivals a second"), Some(Goal::AtMost(AIM)));
    figures.extend(restless.figures(&format!("{CLIENTS} clients"), None));
    Ok(figures)
}

async fn asks(shop: &Shop, load: Load, setting: &Setting, times: &mut [Times; 2]) -> Result<(), BenchError> {
    let outcome = load::run(&shop.origin(), Ask::Lists, load, setting.span).await?;
    for (kind, times) in KINDS.into_iter().zip(times) {
        times.note(load::latency(&outcome, kind)?);
    }
    Ok(())
}

impl Way {
    /// The figures, of which the 99th percentiles have this goal.
    fn figures(self, load: &str, goal: Option<Goal>) -> Vec<Figure> {
        let sides = KINDS.into_iter().zip(self.three.into_iter().zip(self.one));
        let figures = sides.flat_map(|(kind, (three, one))| {
            let beside = |percentile: &str, three, one| {
                let what = format!("a list, {kind}, {load}, {percentile}");
                Figure::beside(what, Unit::Milliseconds, three, "one replica", one)
            };
            let tail = beside("p99", three.p99, one.p99);
            [beside("p50", three.p50, one.p50), Figure { goal, ..tail }]
        });
        figures.collect()
    }
}
