//! What `catalog join` reads beside the journals: the bytes of covers, which are in none of them.

use crate::changes::Changes;
use crate::covers::{Mended, mend_once};
use crate::machine::Catalog;
use crate::store::JOURNALLED;
use cluster::Member;
use replica::{Replica, Setup};
use serve::command_line::{Fatal, Place};
use serve::{Caller, Readiness, clock};
use std::collections::BTreeSet;

pub(super) async fn covers(place: &Place) -> Result<(), Fatal> {
    let name = &place.member.name;
    let caller = Caller::new(&place.secrets, name);
    let tables = Catalog::new(name.clone(), Changes::default(), clock::now_ms);
    let setup = Setup::new(place, JOURNALLED, None);
    let peers: Vec<Member> = place.roster.peers_of(name).into_iter().cloned().collect();
    let (replica, writer) = Replica::start(setup, tables, caller.clone(), Readiness::new(name))?;
    let mended = mend_once(&replica, &caller, &peers, &BTreeSet::new()).await;
    replica.stop().await;
    writer.finished().await;
    let Mended { found, left } = mended.map_err(Fatal::Failed)?;
    if found > 0 {
        println!("{name} has read {found} covers.");
    }
    if !left.is_empty() {
        println!("{} covers nobody has who answers now: it asks again while it runs.", left.len());
    }
    Ok(())
}
