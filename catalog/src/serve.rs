//! `catalog serve`: one replica, from its files to its routes and back to a clean stop.

use crate::announce::announce;
use crate::changes::{Changes, Whose};
use crate::covers::mend;
use crate::finder::{Finder, Keeper};
use crate::http::{self, Shop};
use crate::imports::Imports;
use crate::machine::Catalog;
use crate::peers::Peers;
use crate::retirement::Retirements;
use crate::spread::spread;
use crate::store::{self, JOURNALLED};
use crate::till::Till;
use cluster::{Member, Tier};
use replica::{Links, Replica, Room, Setup};
use serve::command_line::{Fatal, Place};
use serve::{Caller, Fleet, Limits, Readiness, Server, clock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Serves until the process is told to stop; everything accepted is on disk when it returns.
pub(crate) async fn serve(place: Place, room: Option<Room>) -> Result<(), Fatal> {
    let setup = Setup::new(&place, JOURNALLED, room);
    let Place { roster, paths, secrets, member, .. } = place;
    serve::telemetry::start(member.name.as_str());
    let readiness = Readiness::new(&member.name);
    readiness.set_roster(&roster);
    let caller = Caller::new(&secrets, &member.name);
    let of = |tier| roster.of(tier).cloned().collect::<Vec<Member>>();
    let peers: Vec<Member> = roster.peers_of(&member.name).into_iter().cloned().collect();

    let mut changes = Changes::default();
    let frontends: Vec<_> =
        of(Tier::Frontend).into_iter().map(|frontend| (changes.follow(Whose::Own), frontend)).collect();
    let to_spread = changes.follow(Whose::Everyones);
    let tables = Catalog::new(member.name.clone(), changes, clock::now_ms);
    let (replica, writer) = Replica::start(setup, tables, caller.clone(), readiness.clone())?;

    let fleet = Fleet::watch(caller.clone(), peers);
    let links = Links::start(replica.clone(), caller.clone(), fleet.clone(), JOURNALLED.pushes);
    let peers = Peers { me: member.clone(), replica: replica.clone(), links, fleet, caller: caller.clone() };
    let retirements = Retirements::new(peers.clone(), of(Tier::Order));
    let finder = Finder::new();
    let index = paths.replica_dir(&member.name).join("search");
    let keeper = Keeper::start(finder.clone(), replica.clone(), index);
    let keeper = keeper.map_err(|error| Fatal::Failed(format!("no thread for the search index: {error}")))?;
    let till = Till::new(peers.clone());
    let arriving = paths.replica_dir(&member.name).join("imports");
    let imports = Imports::new(arriving, peers.clone(), tokio::runtime::Handle::current());
    let shop = Shop { till, peers: peers.clone(), retirements, finder: finder.clone(), imports };
    let server = Server { member, secrets, readiness: readiness.clone(), limits: Limits::default() };
    let bound = server.bind(http::routes(&shop))?;

    show_detail(&readiness, peers.clone(), finder);
    let everyone = Fleet::watch(caller.clone(), frontends.iter().map(|(_, frontend)| frontend.clone()).collect());
    for (follower, frontend) in frontends {
        tokio::spawn(announce(follower, frontend, caller.clone(), everyone.clone()));
    }
    tokio::spawn(open_when_caught_up(peers.clone(), readiness));
    let mending = tokio::spawn(mend(peers.clone()));
    let spreading = tokio::spawn(spread(peers, to_spread));
    bound.run().await?;

    spreading.abort();
    mending.abort();
    replica.stop().await;
    writer.finished().await;
    keeper.finished().await;
    Ok(())
}

/// Lets customers in once this replica knows the shop: it has data of its own, or has read a peer's.
///
/// A replica that was away reads what it missed first, where somebody is there to tell; one that finds nobody serves
/// what it has. One that has nothing waits, since it would answer "no such book" to everything.
async fn open_when_caught_up(peers: Peers, readiness: Readiness) {
    readiness.hold("catching-up", "reading what the other replicas wrote meanwhile");
    readiness.release("starting");
    loop {
        let mut answered = 0;
        for peer in peers.fleet.members() {
            answered += usize::from(peers.links.catch_up_with(peer).await.is_ok());
        }
        let stocked =
            peers.replica.readers().read(|books| store::newest(books, 1)).await.is_ok_and(|books| !books.is_empty());
        if stocked || (answered > 0 && answered == peers.fleet.members().len()) {
            break;
        }
        readiness.hold("catching-up", "this replica has no books yet: waiting for a peer, or for `catalog init`");
        peers.fleet.until_any_ready(Duration::from_millis(300)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    readiness.release("catching-up");
}

/// What `/readyz` and the about page show. Titles and units are counted now and then, not at every look.
fn show_detail(readiness: &Readiness, peers: Peers, finder: Finder) {
    let totals = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let (counted, counting) = (totals.clone(), peers.clone());
    tokio::spawn(async move {
        loop {
            if let Some(me) = counting.replica.published().me
                && let Ok((titles, units)) =
                    counting.replica.readers().read(move |books| store::totals(books, me)).await
            {
                counted.0.store(titles, Ordering::Relaxed);
                counted.1.store(units, Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    });
    readiness.set_detail(Arc::new(move || {
        let mut detail = peers.links.detail();
        detail.insert("titles".into(), totals.0.load(Ordering::Relaxed).into());
        detail.insert("search".into(), finder.detail().into());
        detail.insert("units_held".into(), totals.1.load(Ordering::Relaxed).into());
        detail.into()
    }));
}
