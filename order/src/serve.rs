//! `order serve`: one replica, from its files to its routes and back to a clean stop.

use crate::catalogs::Catalogs;
use crate::checkout::Checkout;
use crate::http::{self, Shop};
use crate::machine::Orders;
use crate::roll_forward::roll_forward;
use crate::store::{self, JOURNALLED};
use cluster::{Member, Tier};
use replica::{Links, Replica, Room, Setup};
use serve::command_line::{Fatal, Place};
use serve::{Caller, Fleet, Limits, Readiness, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// How long a replica that starts waits for peers that may be starting too.
const MEETING: Duration = Duration::from_millis(400);

/// Serves until the process is told to stop; everything accepted is on disk when it returns.
pub(crate) async fn serve(place: Place, room: Option<Room>) -> Result<(), Fatal> {
    let setup = Setup::new(&place, JOURNALLED, room);
    let Place { roster, secrets, member, .. } = place;
    serve::telemetry::start(member.name.as_str());
    let readiness = Readiness::new(&member.name);
    readiness.set_roster(&roster);
    let caller = Caller::new(&secrets, &member.name);
    let peers: Vec<Member> = roster.peers_of(&member.name).into_iter().cloned().collect();
    let catalogs: Vec<Member> = roster.of(Tier::Catalog).cloned().collect();

    let tables = Orders::new(member.name.clone());
    let (replica, writer) = Replica::start(setup, tables, caller.clone(), readiness.clone())?;

    let links =
        Links::start(replica.clone(), caller.clone(), Fleet::watch(caller.clone(), peers.clone()), JOURNALLED.pushes);
    let checkout = Checkout::new(replica.clone(), links, Catalogs::new(caller, catalogs));
    let shop = Shop::new(checkout.clone(), &secrets);
    let server = Server { member, secrets, readiness: readiness.clone(), limits: Limits::default() };
    let bound = server.bind(http::routes(&shop))?;

    show_detail(&readiness, checkout.clone());
    tokio::spawn(open_when_caught_up(checkout.clone(), peers, readiness));
    let rolling = tokio::spawn(roll_forward(checkout));
    bound.run().await?;

    rolling.abort();
    replica.stop().await;
    writer.finished().await;
    Ok(())
}

/// Lets buyers in once this replica has read what its peers wrote meanwhile; where nobody answers it goes on with what
/// it has, since a sale that was made is answered again by the catalogs.
async fn open_when_caught_up(checkout: Checkout, peers: Vec<Member>, readiness: Readiness) {
    readiness.hold("catching-up", "reading what the other replicas wrote meanwhile");
    readiness.release("starting");
    let began = Instant::now();
    for peer in &peers {
        // Replicas that start together meet before they take orders: `copies` then counts the peer from the first one on.
        while let Err(error) = checkout.links.catch_up_with(peer).await {
            if began.elapsed() > MEETING {
                tracing::info!(peer = %peer.name, %error, "a peer could not be asked what was missed; later");
                break;
            }
            tokio::time::sleep(MEETING / 10).await;
        }
    }
    readiness.release("catching-up");
}

/// What `/readyz` and the about page show. Orders are counted now and then, not at every look.
fn show_detail(readiness: &Readiness, checkout: Checkout) {
    let orders = Arc::new(AtomicI64::new(0));
    let (counted, shown) = (orders.clone(), checkout.clone());
    tokio::spawn(async move {
        loop {
            if let Ok(count) = checkout.replica.readers().read(store::count).await {
                counted.store(count, Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    });
    readiness.set_detail(Arc::new(move || {
        let mut detail = shown.links.detail();
        detail.insert("orders".into(), orders.load(Ordering::Relaxed).into());
        detail.into()
    }));
}
