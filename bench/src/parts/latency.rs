//! How long a buy takes when the shop has half of the work it can do, beside the floor: its disk writes and calls alone.

use super::Setting;
use crate::bare::{Bare, Captured};
use crate::error::BenchError;
use crate::figures::{Figure, Goal, Unit};
use crate::floor::{self, client};
use crate::load::{self, Ask, Load};
use crate::shop::Shop;

/// With so many clients the peak is reached.
const PEAK: u32 = 256;

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let shop = Shop::open(&setting.place).await?;
    let captured = Captured::of(&client()?, &shop.origin(), &Ask::Lookup.path()).await?;
    let bare = Bare::start(&[captured]).await?;
    let (mut peaks, mut medians, mut tails) = (Vec::new(), Vec::new(), Vec::new());
    let (mut floors, mut floor_tails, mut writes, mut calls) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in setting.rounds() {
        let outcome = load::run(&shop.origin(), Ask::OneTitle, Load::Clients(PEAK), setting.span).await?;
        let peak = load::all_answered(&outcome)?.per_second;
        let floor = floor::measure(&setting.place.scratch, &bare, &Ask::Lookup.path(), setting.span).await?;
        let half = Load::Rate(load::rate(peak / 2.0));
        let outcome = load::run(&shop.origin(), Ask::OneTitle, half, setting.span).await?;
        let latency = load::all_answered(&outcome)?.latency;
        peaks.push(peak);
        medians.push(load::ms(latency.p50));
        tails.push(load::ms(latency.p99));
        floors.push(floor.p50);
        floor_tails.push(floor.p99);
        writes.push(floor.write);
        calls.push(floor.call);
    }
    bare.stop().await?;
    shop.close();
    let wait = Unit::Milliseconds;
    let floor = "two synced writes and four calls";
    Ok(vec![
        Figure::alone("peak of buys, 256 clients", Unit::PerSecond, peaks),
        Figure::alone("a buy at half of the peak, p50", wait, medians.clone()).aims(Goal::AtMost(5.0)),
        Figure::alone("a buy at half of the peak, p99", wait, tails.clone()).aims(Goal::AtMost(25.0)),
        Figure::beside("a buy at half of the peak, p50", wait, medians, floor, floors),
        Figure::beside("a buy at half of the peak, p99", wait, tails, floor, floor_tails),
        Figure::alone("one write of 4 KiB with its sync, p50", wait, writes),
        Figure::alone("one call to the bare handler, p50", wait, calls),
    ])
}
