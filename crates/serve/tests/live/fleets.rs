//! Who may be asked: learnt from probes, and sooner from calls that failed.

use crate::stage::{PATIENCE, caller, free_port, listener, member, secrets, start};
use actix_web::web::ServiceConfig;
use cluster::{Member, Secrets};
use serde_json::{Value, json};
use serve::{CallError, Fleet, State};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

fn nothing(_: &mut ServiceConfig) {}

fn watch(secrets: &Secrets, members: &[&Member]) -> Fleet {
    Fleet::watch(caller(secrets), members.iter().map(|&member| member.clone()).collect())
}

/// Waits until the only member of the fleet is in the state that `wanted` describes.
async fn seen_as(fleet: &Fleet, wanted: impl Fn(&State) -> bool) -> State {
    let seen = async {
        loop {
            let state = fleet.view()[0].state.clone();
            if wanted(&state) {
                return state;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, seen).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_goes_down_with_the_first_call_that_fails_and_comes_back_by_itself() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, nothing);
    let replica = shop.member.clone();
    let fleet = watch(&secrets, &[&replica]);
    assert!(fleet.until_ready(&replica.name, PATIENCE).await);
    assert!(fleet.view()[0].rtt_us.is_some());

    shop.stop().await;
    let error = caller(&secrets).get::<Value>(&replica, "/healthz", Duration::from_secs(5)).await.unwrap_err();
    fleet.failed(&replica.name, &error);
    assert!(!fleet.is_ready(&replica.name), "at once, without a probe");
    assert!(fleet.ready().is_empty());
    assert!(!fleet.until_any_ready(Duration::from_millis(1)).await);

    let again = start(replica.clone(), &secrets, nothing);
    assert!(fleet.until_ready(&replica.name, PATIENCE).await);
    assert_eq!(fleet.ready(), [replica]);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_refused_says_nothing_against_its_replica() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, nothing);
    let fleet = watch(&secrets, &[&shop.member]);
    assert!(fleet.until_any_ready(PATIENCE).await);
    let refused = caller(&secrets).get::<Value>(&shop.member, "/nowhere", Duration::from_secs(5)).await.unwrap_err();
    fleet.failed(&shop.member.name, &refused);
    fleet.failed(&shop.member.name, &CallError::Busy { to: shop.member.name.clone() });
    assert!(fleet.is_ready(&shop.member.name));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_alive_after_all_is_ready_again_after_one_probe() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, nothing);
    let name = &shop.member.name;
    let fleet = watch(&secrets, &[&shop.member]);
    assert!(fleet.until_ready(name, PATIENCE).await);
    fleet.failed(name, &CallError::TimedOut { to: name.clone(), after_ms: 5 });
    assert!(fleet.until_ready(name, PATIENCE).await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_not_ready_says_why_and_is_ready_when_it_says_so() {
    let secrets = secrets();
    let shop = start(member("catalogA", 0), &secrets, nothing);
    shop.readiness.hold("catching-up", "40 entries behind");
    shop.readiness.set_detail(Arc::new(|| json!({"entries": 7})));
    let fleet = watch(&secrets, &[&shop.member]);
    let state = seen_as(&fleet, |state| *state != State::Unknown).await;
    assert_eq!(state, State::NotReady("40 entries behind".into()));
    assert_eq!(fleet.view()[0].detail, json!({"entries": 7}));
    assert!(fleet.ready().is_empty());

    shop.readiness.release("catching-up");
    assert!(fleet.until_any_ready(PATIENCE).await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_does_not_listen_or_does_not_answer_is_down() {
    let secrets = secrets();
    let (_listener, port) = listener().await;
    for port in [port, free_port().await] {
        let fleet = watch(&secrets, &[&member("catalogA", port)]);
        seen_as(&fleet, |state| matches!(state, State::Down(_))).await;
        assert!(fleet.ready().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_or_another_cluster_at_its_address_is_not_the_member() {
    let (ours, theirs) = (secrets(), secrets());
    let shop = start(member("catalogB", 0), &ours, nothing);
    let fleet = watch(&ours, &[&member("catalogA", shop.member.port)]);
    let state = seen_as(&fleet, |state| *state != State::Unknown).await;
    assert_eq!(state, State::NotReady("catalogB answers at its address".into()));

    let fleet = watch(&theirs, &[&shop.member]);
    let state = seen_as(&fleet, |state| *state != State::Unknown).await;
    assert_eq!(state, State::NotReady("a replica of another cluster answers at its address".into()));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_begin_with_every_ready_member_in_turn_and_name_them_all() {
    let secrets = secrets();
    let shops = ["catalogA", "catalogB"].map(|name| start(member(name, 0), &secrets, nothing));
    let fleet = watch(&secrets, &[&shops[0].member, &shops[1].member]);
    for shop in &shops {
        assert!(fleet.until_ready(&shop.member.name, PATIENCE).await);
    }
    let rounds: Vec<Vec<Member>> = (0..4).map(|_| fleet.ready()).collect();
    assert!(rounds.iter().all(|round| round.len() == 2));
    assert_ne!(rounds[0], rounds[1]);
    assert_eq!((&rounds[0], &rounds[1]), (&rounds[2], &rounds[3]));
    let first: BTreeSet<_> = rounds.iter().map(|round| round[0].name.clone()).collect();
    assert_eq!(first.len(), 2);
    for shop in shops {
        shop.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_probed_any_more_when_the_last_handle_is_gone() {
    let (listener, port) = listener().await;
    let fleet = watch(&secrets(), &[&member("catalogA", port)]);
    let second = fleet.clone();
    let (mut probe, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    drop(fleet);
    let (_later, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    drop(second);
    let mut said = Vec::new();
    // The end of the stream: the prober has hung up.
    timeout(PATIENCE, probe.read_to_end(&mut said)).await.unwrap().unwrap();
    assert!(String::from_utf8(said).unwrap().starts_with("GET /readyz "));
    // Probes that were under way when the handle went may still have knocked; after them, silence.
    let knocks = async { while listener.accept().await.is_ok() {} };
    assert!(timeout(Duration::from_secs(1), knocks).await.is_err());
}
