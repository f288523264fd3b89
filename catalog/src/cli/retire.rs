//! `catalog retire`: asks the replica that does it, call by call, until nothing is left.

use crate::retirement::named;
use cluster::Member;
use serve::Caller;
use serve::command_line::{Fatal, Place};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use wire::OperatorName;
use wire::retirement::{Done, Stranded, Wanted, taker};

/// How long one call may take: it works for two seconds, and asks everyone before that.
const DEADLINE: Duration = Duration::from_mins(2);
/// Before it says how far it is.
const QUIET: Duration = Duration::from_secs(2);

/// What the operator wants.
pub(super) struct Retire {
    pub(super) replicas: Vec<String>,
    pub(super) list: bool,
    pub(super) dry_run: bool,
    pub(super) although_it_answers: bool,
    pub(super) by: OperatorName,
}

pub(super) async fn retire(places: &[Place], retire: Retire) -> Result<(), Fatal> {
    let first = places.first().ok_or_else(|| Fatal::Usage("there is no catalog replica".into()))?;
    let caller = Caller::new(&first.secrets, &first.member.name);
    let members: Vec<&Member> = places.iter().map(|place| &place.member).collect();
    if retire.list {
        return list(&members, &caller).await;
    }
    let replicas = named(&retire.replicas).map_err(Fatal::Usage)?;
    let Retire { dry_run, although_it_answers, by, .. } = retire;
    let wanted = Wanted { replicas, dry_run, although_it_answers, by };
    let taker = taker(members.iter().map(|member| member.name.as_str()), &wanted.replicas);
    let taker = taker.and_then(|name| members.iter().find(|member| member.name.as_str() == name));
    let taker = taker.ok_or_else(|| Fatal::Usage("there is no catalog replica".into()))?;
    let total = until_finished(taker, &caller, &wanted).await?;
    tell(&total, taker, dry_run);
    Ok(())
}

async fn until_finished(taker: &Member, caller: &Caller, wanted: &Wanted) -> Result<Done, Fatal> {
    let began = Instant::now();
    let mut total = Done::default();
    loop {
        let done: Result<Done, _> = caller.post(taker, "/internal/retire", wanted, DEADLINE).await;
        total = total.and(done.map_err(|error| Fatal::Failed(error.to_string()))?);
        if !total.unfinished {
            return Ok(total);
        }
        if began.elapsed() > QUIET {
            eprintln!("so far {} titles, {} units, {} sales", total.titles, total.units, total.sales);
        }
    }
}

fn tell(total: &Done, taker: &Member, dry_run: bool) {
    for ended in &total.actors {
        println!("{}, actor {}: ends at entry {}", ended.replica, ended.actor, ended.end);
    }
    let Done { titles, units, sales, .. } = total;
    let (name, verb) = (&taker.name, if dry_run { "would take over" } else { "took over" });
    println!("{name} {verb} {units} units of {titles} titles, and {sales} sales that only orders knew.");
    if total.twice > 0 {
        println!(
            "{} orders were sold twice, and nobody was left to take one back: their units are on the shelf.",
            total.twice
        );
    }
}

async fn list(members: &[&Member], caller: &Caller) -> Result<(), Fatal> {
    let mut silent = Vec::new();
    for member in members {
        let stranded: Result<Vec<Stranded>, _> = caller.get(member, "/internal/stranded", DEADLINE).await;
        match stranded {
            Ok(stranded) => {
                show(&stranded);
                return Ok(());
            }
            Err(error) => silent.push(error.to_string()),
        }
    }
    Err(Fatal::Failed(silent.join("; ")))
}

fn show(stranded: &[Stranded]) {
    let mut by_replica: BTreeMap<&str, Vec<&Stranded>> = BTreeMap::new();
    for gone in stranded {
        by_replica.entry(&gone.replica).or_default().push(gone);
    }
    if by_replica.is_empty() {
        println!("No replica was ever anybody else: no units are stranded.");
    }
    for Stranded { actor, replica, end, titles, units } in by_replica.into_values().flatten() {
        let end = if end.is_empty() { "not retired" } else { end };
        println!("{replica} was actor {actor}: {units} units of {titles} titles ({end})");
    }
}
