//! Spreading the stock in the background, while nobody waits: each replica asks for its share.
//!
//! What each should hold is `stock::share`. Only liveness depends on this; a book is looked at when it changed, and
//! every book once after the start.

use crate::changes::Follower;
use crate::peers::Peers;
use cluster::Member;
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use stock::{TransferMode, TransferRequest};
use wire::ItemId;

/// Books looked at in one go, of those that changed and of the first scan each.
const MOST: usize = 1000;
/// Leaves the shop the machine between two goes.
const PAUSE: Duration = Duration::from_millis(250);
/// How long what changed may have to wait for somebody to share with.
const PATIENCE: Duration = Duration::from_secs(1);
/// After the last book.
const END: ItemId = ItemId(u32::MAX);

/// Spreads for as long as the process lives.
pub(crate) async fn spread(peers: Peers, follower: Follower) {
    let mut scanned = None;
    let mut again = BTreeSet::new();
    loop {
        let mut items: Vec<ItemId> = follower.take(MOST).into_iter().map(|state| state.id).collect();
        items.extend(again.extract_if(.., |_| true).take(MOST));
        // Beside what changes, not after it: a busy shop always changes, and the first scan is what spreads a new one.
        items.extend(next_page(&peers, &mut scanned).await);
        if items.is_empty() && scanned == Some(END) {
            follower.wait().await;
        } else {
            let unanswered = look_at(&peers, &items).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the stock could not be looked at for spreading");
                items
            });
            // Whoever did not answer is left alone for a while.
            let pause = if unanswered.is_empty() { Duration::ZERO } else { PATIENCE };
            again.extend(unanswered);
            tokio::time::sleep(pause).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The next books of the first scan, which waits until somebody is there to share with.
async fn next_page(peers: &Peers, scanned: &mut Option<ItemId>) -> Vec<ItemId> {
    if *scanned == Some(END) || !peers.fleet.until_any_ready(PATIENCE).await {
        return Vec::new();
    }
    let (after, limit) = (*scanned, u32::try_from(MOST).ok());
    let page = peers.replica.readers().read(move |books| crate::store::of_topic(books, None, after, limit)).await;
    // What could not be read is read again.
    let Ok(page) = page else { return Vec::new() };
    let id = |state: &String| serde_json::from_str::<wire::ItemState>(state).ok().map(|state| state.id);
    let items: Vec<_> = page.iter().filter_map(id).collect();
    *scanned = items.last().copied().or(Some(END));
    items
}

/// Asks for this replica's share of these books; returns those whose giver did not answer, to be asked again.
async fn look_at(peers: &Peers, items: &[ItemId]) -> rusqlite::Result<Vec<ItemId>> {
    let Some(me) = peers.replica.published().me else { return Ok(items.to_vec()) };
    let looked = items.to_vec();
    let books = peers.replica.readers().read(move |books| crate::store::books(books, &looked)).await?;
    let mut wishes: BTreeMap<ActorId, Vec<TransferRequest>> = BTreeMap::new();
    for book in books.iter().filter(|book| book.exists()) {
        let givers = peers.givers(me, book.state.id);
        if let Some(wish) = stock::wish(book, me, &givers) {
            let at_least = book.given(wish.from, me) + wish.units;
            let mode = TransferMode::Balance { keep: wish.keep };
            wishes.entry(wish.from).or_default().push(TransferRequest { item: book.state.id, to: me, at_least, mode });
        }
    }
    let mut unanswered = Vec::new();
    for (actor, requests) in wishes {
        let answered = match peers.that_is(actor).await {
            Some(giver) => ask(peers, &giver, &requests).await,
            None => false,
        };
        if !answered {
            unanswered.extend(requests.iter().map(|request| request.item));
        }
    }
    Ok(unanswered)
}

async fn ask(peers: &Peers, giver: &Member, requests: &[TransferRequest]) -> bool {
    let asked = peers.ask_for(giver, requests).await;
    match &asked {
        Ok(_) => tracing::debug!(giver = %giver.name, books = requests.len(), "asked for a share of the stock"),
        Err(error) => tracing::debug!(giver = %giver.name, %error, "a share of the stock was not given; later"),
    }
    asked.is_ok()
}
