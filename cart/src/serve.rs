//! `cart serve`: one replica, from its files to its routes and back to a clean stop.

use crate::heal::{self, Compared, Peers};
use crate::http::{self, Tier};
use crate::standing::Me;
use crate::store;
use crate::writer::Objects;
use cluster::{Member, Roster, Secrets};
use membership::{BootId, Membership, Settings};
use replica::{Database, Room};
use serde_json::json;
use serve::command_line::{Fatal, Place};
use serve::{Caller, Fleet, Limits, Readiness, Server, clock};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use wire::cart::actor_of_the_shop;

/// Serves until the process is told to stop; everything accepted is on disk when it returns. Carts that have been empty for
/// `forget_after` are forgotten.
pub(crate) async fn serve(place: Place, room: Option<Room>, forget_after: Duration) -> Result<(), Fatal> {
    let Place { roster, secrets, member, paths } = place;
    serve::telemetry::start(member.name.as_str());
    let readiness = Readiness::new(&member.name);
    readiness.set_roster(&roster);
    let directory = paths.replica_dir(&member.name);
    let database = Database::open(&directory, store::KIND.file, store::KIND.tables)?;
    let unreadable = |error: rusqlite::Error| Fatal::Failed(format!("can't read {}: {error}", directory.display()));
    room.map_or(Ok(()), |room| room.limit(&database.writer)).map_err(unreadable)?;
    let actor = actor_of_the_shop(Uuid::new_v4().as_u128());
    let me = Me { name: member.name.clone(), birth: Uuid::new_v4().to_string() };
    let (objects, writer) = Objects::start(database, me.clone(), actor).map_err(unreadable)?;

    let membership = join(&roster, &member, &secrets, directory.join("membership.json"))?;
    let caller = Caller::new(&secrets, &member.name);
    let others: Vec<Member> = roster.peers_of(&member.name).into_iter().cloned().collect();
    let members: Vec<Member> = roster.of(member.tier).cloned().collect();
    let tier = Tier { me, objects: objects.clone() };
    let fleet = Fleet::watch(caller.clone(), others.clone());
    let peers = Peers { tier: tier.clone(), caller, fleet, compared: Compared::default() };
    let (shown, views) = (objects.clone(), membership.views());
    readiness.set_detail(Arc::new(move || {
        let (view, standing) = (views.borrow(), shown.standing());
        let present: Vec<&str> = view.members.iter().map(|one| one.member.name.as_str()).collect();
        json!({
            "objects": shown.digests().objects(),
            "hints": shown.owed().len(),
            "layout": standing.as_ref().map(|standing| standing.epoch().to_string()),
            "whole": standing.is_some_and(|standing| standing.is_whole()),
            "present": present,
            "present_by": view.source,
            "present_fresh": view.healthy,
        })
    }));

    let server = Server { member, secrets, readiness: readiness.clone(), limits: Limits::default() };
    let bound = server.bind(http::routes(&tier))?;
    let mut healing = tokio::task::JoinSet::new();
    healing.spawn(heal::deliver(peers.clone()));
    healing.spawn(heal::bring_home(peers.clone()));
    for other in others {
        healing.spawn(heal::compare(peers.clone(), other));
    }
    healing.spawn(heal::forget_empty(peers.clone(), forget_after));
    healing.spawn(heal::keep_up(peers.clone()));
    let ready = readiness.clone();
    healing.spawn(async move {
        ready.hold("layout", "looking for the other cart replicas, to learn who holds what");
        ready.release("starting");
        heal::find(&peers, &members).await;
        ready.release("layout");
    });
    bound.run().await?;

    healing.shutdown().await;
    membership.close().await;
    objects.stop().await;
    // A writer that panicked has said so in the log; there is nothing left to wait for.
    drop(tokio::task::spawn_blocking(move || writer.join()).await);
    Ok(())
}

/// Says that this replica is there, and hears who else is: a hint, which nothing rests on.
fn join(roster: &Roster, member: &Member, secrets: &Secrets, file: PathBuf) -> Result<Membership, Fatal> {
    let boot = BootId::random().map_err(|error| Fatal::Failed(format!("no random number can be had: {error}")))?;
    let settings = Settings::new(roster, member.tier, secrets.cluster, clock::now_ms).remembering(file);
    let settings = settings.registering(&member.name, boot).map_err(|error| Fatal::Usage(error.to_string()))?;
    Ok(Membership::start(settings))
}
