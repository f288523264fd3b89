//! What customers and the operator do, until the shop closes.
//!
//! A customer who is not told for certain asks again with the same key. Half of the customers are regulars of one frontend
//! who buy what there is plenty of, so that each frontend always has somebody before it who can be served; the others want
//! single copies too, and go to the other frontend when theirs does not answer.

use crate::error::ChaosError;
use crate::fault::Replica;
use crate::floor::{Asker, Floor};
use crate::ledger::{Answer, Who};
use crate::wares;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Customers before the shop.
pub(crate) const CUSTOMERS: u32 = 12;
/// Between two purchases.
const THINKS_MS: Range<u64> = 20..60;
/// Before the same question is asked again.
const PAUSES_MS: Range<u64> = 80..250;
/// So long a customer asks for one purchase before another is begun; the first is asked for again at closing time.
const INSISTS: Duration = Duration::from_secs(20);
/// So often a customer hears "not now" before it begins another purchase: the units may be where nobody gets at them.
const NOT_NOW: u32 = 3;
/// So long everyone may take to finish when the shop closes.
const FINISHES: Duration = Duration::from_secs(10);

/// A purchase of which nobody knows whether it happened.
#[derive(Clone, Copy)]
struct Open {
    item: u32,
    quantity: u32,
    key: Uuid,
}

struct Customer {
    floor: Floor,
    asker: Asker,
    number: u32,
    at: Replica,
    roams: bool,
    random: StdRng,
}

/// Plays customer `number` of the run with this seed until the shop closes.
pub(crate) async fn shops(floor: Floor, number: u32, seed: u64) -> Result<(), ChaosError> {
    let asker = Asker::new(floor.clone(), Who::Customer(number))?;
    let random = StdRng::seed_from_u64(seed ^ (u64::from(number) << 32));
    let at = Replica::FRONTENDS[(number % 2) as usize];
    let mut customer = Customer { floor, asker, number, at, roams: !wares::is_a_regular(number), random };
    let mut open = Vec::new();
    while !customer.floor.is_closing() {
        if let Some(left) = customer.buys_something().await {
            open.push(left);
        }
        customer.pauses(THINKS_MS).await;
    }
    let until = Instant::now() + FINISHES;
    customer.roams = true;
    for left in open {
        if Instant::now() > until {
            break;
        }
        customer.insists(left, until).await;
    }
    Ok(())
}

impl Customer {
    /// One purchase, with what comes after it. Returned is one that nobody knows of.
    async fn buys_something(&mut self) -> Option<Open> {
        let (item, quantity) = wares::wish(self.number, &mut self.random);
        let wish = Open { item, quantity, key: Uuid::from_u128(self.random.random()) };
        match self.insists(wish, Instant::now() + INSISTS).await {
            Some(Answer::Bought { .. }) => {
                if self.random.random_bool(0.1) {
                    let of = if self.roams { self.at.peer() } else { self.at };
                    self.asker.buys(of, item, quantity, wish.key).await;
                }
                if self.random.random_bool(0.5) {
                    self.asker.looks_up(self.at, item).await;
                }
                None
            }
            Some(Answer::No { status: 404, .. }) => {
                if wares::is_delivered(item) {
                    // An operator who is gone delivers nothing.
                    let _ = self.floor.sold_out.send(item);
                }
                None
            }
            Some(_) => None,
            None => {
                if wares::is_delivered(item) {
                    // It may be that nobody gets at the units that are left.
                    let _ = self.floor.sold_out.send(item);
                }
                Some(wish)
            }
        }
    }

    /// Asks until there is a definite answer; none where there was none in time.
    async fn insists(&mut self, wish: Open, until: Instant) -> Option<Answer> {
        let (mut closes, mut not_now) = (None, 0);
        loop {
            let answer = self.asker.buys(self.at, wish.item, wish.quantity, wish.key).await;
            match answer {
                Answer::Bought { .. } | Answer::No { .. } => return Some(answer),
                Answer::NotNow { .. } => not_now += 1,
                _ => {}
            }
            if self.floor.is_closing() {
                // Now is the time to find out, wherever.
                self.roams = true;
                closes.get_or_insert_with(|| Instant::now() + FINISHES);
            }
            if not_now >= NOT_NOW || Instant::now() > closes.unwrap_or(until) {
                return None;
            }
            if self.roams {
                self.at = self.at.peer();
            }
            self.pauses(PAUSES_MS).await;
        }
    }

    async fn pauses(&mut self, range: Range<u64>) {
        // Not a wait for something: people think.
        tokio::time::sleep(Duration::from_millis(self.random.random_range(range))).await;
    }
}

/// Plays the operator: brings more of what is sold out, each delivery once, until the shop closes.
pub(crate) async fn restocks(
    floor: Floor,
    mut sold_out: mpsc::UnboundedReceiver<u32>,
    seed: u64,
) -> Result<(), ChaosError> {
    let mut asker = Asker::new(floor.clone(), Who::Operator)?;
    let mut random = StdRng::seed_from_u64(!seed);
    let mut closing = floor.closing.clone();
    loop {
        let item = tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return Ok(()),
            item = sold_out.recv() => item,
        };
        let Some(item) = item else { return Ok(()) };
        // Those who found the same empty shelf meanwhile.
        while sold_out.try_recv().is_ok() {}
        let (key, mut at) = (Uuid::from_u128(random.random()), Replica::CATALOGS[usize::from(random.random_bool(0.5))]);
        let mut until = Instant::now() + INSISTS;
        while Instant::now() < until {
            let answer = asker.delivers(at, item, wares::HOT_UNITS, key).await;
            if matches!(answer, Answer::Delivered | Answer::No { .. }) {
                break;
            }
            if floor.is_closing() {
                until = until.min(Instant::now() + FINISHES);
            }
            at = at.peer();
            tokio::time::sleep(Duration::from_millis(random.random_range(PAUSES_MS))).await;
        }
    }
}
