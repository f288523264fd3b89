//! Spreading the stock in the background, while nobody waits: each replica asks for its share.
//!
//! What each should hold is `stock::share`. Only liveness depends on this; a book is looked at when it changed, and every
//! book once with everyone who comes (`stock::Sweep`).

use crate::changes::Follower;
use crate::peers::Peers;
use cluster::Member;
use journal::ActorId;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use stock::{Page, Sweep, TransferMode, TransferRequest};
use wire::ItemId;

/// Books looked at in one go, of those that changed and of a sweep each.
const MOST: usize = 1000;
/// Leaves the shop the machine between two goes.
const PAUSE: Duration = Duration::from_millis(250);
/// How long somebody to share with may go unnoticed, and whoever did not answer is left alone.
const PATIENCE: Duration = Duration::from_secs(1);

/// Spreads for as long as the process lives.
pub(crate) async fn spread(peers: Peers, follower: Follower) {
    let (mut sweep, mut again) = (Sweep::default(), BTreeSet::new());
    loop {
        if follower.has_missed_some() {
            sweep.missed_some();
        }
        // Beside what changes, not after it: a busy shop always changes, and a sweep is what spreads a new one.
        let others = peers.others();
        let page = sweep.next(&others.keys().copied().collect());
        let mut items: Vec<ItemId> = follower.take(MOST).into_iter().map(|state| state.id).collect();
        items.extend(again.extract_if(.., |_| true).take(MOST));
        if let Some(page) = page {
            items.extend(read(&peers, &mut sweep, page).await);
        } else if items.is_empty() {
            // Somebody to share with may come without any news.
            drop(tokio::time::timeout(PATIENCE, follower.wait()).await);
            continue;
        }
        let unanswered = look_at(&peers, &others, &items).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the stock could not be looked at for spreading");
            items
        });
        // Whoever did not answer is left alone for a while.
        let pause = if unanswered.is_empty() { PAUSE } else { PATIENCE };
        again.extend(unanswered);
        tokio::time::sleep(pause).await;
    }
}

/// The books of a page. What could not be read is read again.
async fn read(peers: &Peers, sweep: &mut Sweep, page: Page) -> Vec<ItemId> {
    let limit = u32::try_from(MOST).ok();
    let states = move |books: &Connection| crate::store::of_topic(books, None, page.after, limit);
    let Ok(states) = peers.replica.readers().read(states).await else { return Vec::new() };
    let id = |state: &String| serde_json::from_str::<wire::ItemState>(state).ok().map(|state| state.id);
    let items: Vec<_> = states.iter().filter_map(id).collect();
    sweep.looked_at(items.last().copied());
    items
}

/// Asks the others for this replica's share of these books; returns those whose giver did not answer, to be asked again.
async fn look_at(peers: &Peers, others: &BTreeMap<ActorId, Member>, items: &[ItemId]) -> rusqlite::Result<Vec<ItemId>> {
    let Some(me) = peers.replica.published().me else { return Ok(items.to_vec()) };
    let looked = items.to_vec();
    let books = peers.replica.readers().read(move |books| crate::store::books(books, &looked)).await?;
    let mut wishes: BTreeMap<ActorId, Vec<TransferRequest>> = BTreeMap::new();
    for book in books.iter().filter(|book| book.exists()) {
        let home = peers.home_of(book.state.id).name;
        let others = others.iter().map(|(actor, member)| (*actor, member.name == home));
        let givers: Vec<_> = others.chain([(me, peers.me.name == home)]).collect();
        if let Some(wish) = stock::wish(book, me, &givers) {
            let at_least = book.given(wish.from, me) + wish.units;
            let mode = TransferMode::Balance { keep: wish.keep };
            wishes.entry(wish.from).or_default().push(TransferRequest { item: book.state.id, to: me, at_least, mode });
        }
    }
    let mut unanswered = Vec::new();
    for (actor, requests) in wishes {
        if !ask(peers, &others[&actor], &requests).await {
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
