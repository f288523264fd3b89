//! `order join`: reads everything before the replica starts for the first time, and says who has to learn of it.

use crate::machine::Orders;
use crate::serve::{FILE, PUSHES};
use crate::store::TABLES;
use replica::Setup;
use serve::Caller;
use serve::command_line::{Fatal, Place};

pub(super) async fn join(place: Place) -> Result<(), Fatal> {
    let strangers = place.who_reads_another_env_cfg().await;
    let Place { roster, paths, secrets, member } = place;
    let name = member.name.clone();
    let peers = roster.peers_of(&name).into_iter().cloned().collect();
    let caller = Caller::new(&secrets, &name);
    let machine = Orders::new(member.name.clone());
    let setup = Setup { member, peers, evidence: Vec::new(), paths, file: FILE, tables: TABLES, room: None };
    let progress = |entries| eprintln!("{name}: {entries} entries so far");
    let joined = replica::join(setup, machine, caller, PUSHES, progress).await?;
    println!("{name} has read {} entries from {}.", joined.entries, joined.read.join(", "));
    if strangers.is_empty() {
        println!("Everyone who runs knows of it: start it with ./runme.sh up.");
    } else {
        let names: Vec<&str> = strangers.iter().map(cluster::ReplicaName::as_str).collect();
        let names = names.join(", ");
        println!("To be restarted with this env.cfg, one after the other, before it is started: {names}.");
        println!("./runme.sh reload does both.");
    }
    Ok(())
}
