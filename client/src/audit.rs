//! Asking the shop, after the run, whether it kept its word. What must hold is decided in `ledger`.

use crate::drive::Floor;
use crate::error::ClientError;
use crate::ledger::Replay;
use crate::outcome::Audit;
use crate::question::{Failed, Question};
use crate::shop::Connection;
use crate::wares::{Stock, stock};
use std::time::{Duration, Instant};

/// Until every purchase must have an answer, and everything sold must have left the stock that is shown.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);
/// So many orders are asked for again.
const REPLAYS: usize = 200;

/// The verdict on a run, of which the shop had `before` in stock, of its first `most` titles.
pub(crate) async fn audit(floor: &Floor, before: &Stock, most: usize) -> Result<Audit, ClientError> {
    let mut connection = Connection::new(&floor.shop);
    settle(floor, &mut connection).await;
    let mut replays: Vec<Replay> = Vec::new();
    let sample = floor.ledger().sample(REPLAYS);
    let began = Instant::now();
    let wanted = sample.len();
    for bought in sample {
        if began.elapsed() > SETTLES_WITHIN {
            break;
        }
        let answer = connection.ask(&Question::Buy(bought.purchase)).await;
        // No answer says nothing about the order.
        if !matches!(answer.said, Err(Failed { definite: false, .. })) {
            replays.push((bought, answer.said));
        }
    }
    let began = Instant::now();
    let after = loop {
        let after = stock(&connection.books(most).await?);
        // What is shown may be a moment old; what is sold is not.
        if floor.ledger().has_left(before, &after) || began.elapsed() > SETTLES_WITHIN {
            break after;
        }
        tokio::time::sleep(LOOK).await;
    };
    Ok(floor.ledger().audit(before, &after, &replays, wanted))
}

/// Asks again, with the same keys, for purchases of which nobody knows whether they happened.
async fn settle(floor: &Floor, connection: &mut Connection) {
    let began = Instant::now();
    loop {
        let unsure = floor.ledger().take_unsure();
        if unsure.is_empty() {
            return;
        }
        for (at, purchase) in unsure.iter().enumerate() {
            if began.elapsed() > SETTLES_WITHIN {
                let unknown = Failed { why: String::new(), definite: false };
                unsure[at..].iter().for_each(|purchase| floor.ledger().note(*purchase, &Err(unknown.clone())));
                return;
            }
            floor.ask(connection, &Question::Buy(*purchase)).await;
        }
        tokio::time::sleep(LOOK).await;
    }
}
