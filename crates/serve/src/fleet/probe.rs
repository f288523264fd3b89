//! Asks one member over and over whether it may take traffic.

use super::table::{Finding, Table};
use crate::caller::Caller;
use crate::health::Ready;
use cluster::Member;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between probes of a member that is ready.
const CALM: Duration = Duration::from_millis(250);

/// Between probes of a member that is not: it comes back within a second, and buyers are waiting.
const EAGER: Duration = Duration::from_millis(100);

/// A probe that takes longer than this has failed: a paused process still accepts connections.
const DEADLINE: Duration = Duration::from_millis(400);

pub(super) async fn forever(table: Arc<Table>, at: usize, caller: Caller, member: Member) {
    loop {
        let marks = table.marks(at);
        let finding = probe(&caller, &member).await;
        let ready = matches!(finding, Finding::Ready { .. });
        if !table.record(at, finding, marks) {
            // Somebody marked it down meanwhile: what this probe saw may be older than that.
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        }
        let pause = if ready { CALM } else { EAGER };
        // Both outcomes mean the same: probe again.
        let _ = tokio::time::timeout(pause, table.nudged(at)).await;
    }
}

pub(super) async fn probe(caller: &Caller, member: &Member) -> Finding {
    let started = Instant::now();
    let answer = match caller.look(member, "/readyz", DEADLINE).await {
        Ok(answer) => answer,
        Err(error) => return Finding::Down { why: error.to_string() },
    };
    let rtt_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    match serde_json::from_slice::<Ready>(&answer.body) {
        // Another replica of this cluster on that port: asking it for this one's stock would go astray.
        Ok(said) if said.replica != member.name.as_str() => {
            Finding::NotReady { why: format!("{} answers at its address", said.replica), detail: None }
        }
        Ok(said) if said.ready => Finding::Ready { detail: said.detail, rtt_us },
        Ok(said) => Finding::NotReady { why: reasons(&said), detail: Some(said.detail) },
        Err(_) => Finding::NotReady { why: strange(answer.status), detail: None },
    }
}

fn reasons(said: &Ready) -> String {
    let whys: Vec<&str> = said.reasons.iter().map(|reason| reason.why.as_str()).collect();
    whys.join("; ")
}

fn strange(status: u16) -> String {
    match status {
        403 => "a replica of another cluster answers at its address".to_owned(),
        status => format!("something else answers at its address, with status {status}"),
    }
}
