//! What is known of every member, and who waits for it to change.

use crate::clock;
use cluster::{Member, ReplicaName};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

/// What is known of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has asked it or heard from it yet.
    Unknown,
    /// It says that it may take traffic.
    Ready,
    /// It answers, but may not take traffic; it says why.
    NotReady(String),
    /// It does not answer; what happened instead.
    Down(String),
}

/// One member as it was last seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Who.
    pub member: Member,
    /// In which state.
    pub state: State,
    /// Since when it is in this state, in unix milliseconds.
    pub since_ms: u64,
    /// What its tier last said about itself in `/readyz`; `{}` before that.
    pub detail: Value,
    /// How long its last good probe took, in microseconds.
    pub rtt_us: Option<u64>,
}

/// What a probe found out.
pub(super) enum Finding {
    Ready { detail: Value, rtt_us: u64 },
    NotReady { why: String, detail: Option<Value> },
    Down { why: String },
}

impl Seen {
    /// A member that nobody has asked yet.
    pub(super) fn unknown(member: &Member, now_ms: u64) -> Self {
        Self { member: member.clone(), state: State::Unknown, since_ms: now_ms, detail: json!({}), rtt_us: None }
    }

    /// Takes in what a probe found, and says in which state the member is by it.
    pub(super) fn found(&mut self, finding: Finding) -> State {
        match finding {
            Finding::Ready { detail, rtt_us } => {
                self.detail = detail;
                self.rtt_us = Some(rtt_us);
                State::Ready
            }
            Finding::NotReady { why, detail } => {
                self.detail = detail.unwrap_or_else(|| json!({}));
                State::NotReady(why)
            }
            Finding::Down { why } => State::Down(why),
        }
    }
}

/// The members in their order. Waiters are woken when a state changes, not when a detail does.
pub(super) struct Table {
    rows: watch::Sender<Vec<Row>>,
    /// One a member: wakes its prober.
    nudges: Vec<Notify>,
}

struct Row {
    seen: Seen,
    /// How often callers have marked this member down.
    marks: u64,
}

impl Table {
    pub(super) fn new(members: &[Member]) -> Self {
        let since_ms = clock::now_ms();
        let unknown = |member: &Member| Row { seen: Seen::unknown(member, since_ms), marks: 0 };
        let rows = watch::Sender::new(members.iter().map(unknown).collect());
        Self { rows, nudges: members.iter().map(|_| Notify::new()).collect() }
    }

    pub(super) fn view(&self) -> Vec<Seen> {
        self.rows.borrow().iter().map(|row| row.seen.clone()).collect()
    }

    pub(super) fn is_ready(&self, name: &ReplicaName) -> bool {
        self.rows.borrow().iter().any(|row| row.seen.member.name == *name && row.seen.state == State::Ready)
    }

    pub(super) fn is_down(&self, name: &ReplicaName) -> bool {
        self.rows.borrow().iter().any(|row| row.seen.member.name == *name && matches!(row.seen.state, State::Down(_)))
    }

    /// The members that are ready, or if there is none, those that nobody has heard of yet.
    pub(super) fn candidates(&self) -> Vec<Member> {
        let rows = self.rows.borrow();
        let in_state = |state: &State| -> Vec<Member> {
            rows.iter().filter(|row| row.seen.state == *state).map(|row| row.seen.member.clone()).collect()
        };
        let ready = in_state(&State::Ready);
        if ready.is_empty() { in_state(&State::Unknown) } else { ready }
    }

    /// Waits until `wanted` is true of any member.
    pub(super) async fn until(&self, wanted: impl Fn(&Seen) -> bool) {
        let mut changes = self.rows.subscribe();
        // It fails only when the sender is gone, and the sender is `self`.
        let _ = changes.wait_for(|rows| rows.iter().any(|row| wanted(&row.seen))).await;
    }

    /// How often callers have marked this member down; a probe remembers it from its beginning.
    pub(super) fn marks(&self, at: usize) -> u64 {
        self.rows.borrow()[at].marks
    }

    /// Waits until somebody wants this member probed now.
    pub(super) async fn nudged(&self, at: usize) {
        self.nudges[at].notified().await;
    }

    /// Writes down what a probe found that began when this member had been marked down `marks` times.
    ///
    /// False, and nothing written, when it was marked again since: the probe may have seen the time before that.
    pub(super) fn record(&self, at: usize, finding: Finding, marks: u64) -> bool {
        let mut recorded = true;
        self.rows.send_if_modified(|rows| {
            let row = &mut rows[at];
            let is_good = matches!(finding, Finding::Ready { .. });
            if is_good && row.marks != marks {
                recorded = false;
                return false;
            }
            let state = row.seen.found(finding);
            row.enter(state)
        });
        recorded
    }

    pub(super) fn mark_down(&self, name: &ReplicaName, why: &str) {
        self.with_row(name, |row| {
            row.marks += 1;
            row.enter(State::Down(why.to_owned()))
        });
    }

    pub(super) fn heard_from(&self, name: &ReplicaName) {
        // Called after every good call: nearly always there is nothing to do.
        if self.is_ready(name) {
            return;
        }
        self.with_row(name, |row| match row.seen.state {
            State::Unknown => row.enter(State::Ready),
            State::Ready | State::NotReady(_) | State::Down(_) => false,
        });
    }

    /// Changes the row of `name`, if there is one, and has the member probed at once.
    fn with_row(&self, name: &ReplicaName, change: impl FnOnce(&mut Row) -> bool) {
        self.rows.send_if_modified(|rows| {
            let Some(at) = rows.iter().position(|row| row.seen.member.name == *name) else { return false };
            self.nudges[at].notify_one();
            change(&mut rows[at])
        });
    }
}

impl Row {
    /// True when the kind of state changed: that is what people and waiters care about.
    fn enter(&mut self, state: State) -> bool {
        let changed = std::mem::discriminant(&self.seen.state) != std::mem::discriminant(&state);
        if changed {
            let replica = self.seen.member.name.to_string();
            match &state {
                State::Ready => tracing::info!(replica, "is ready"),
                State::NotReady(why) => tracing::info!(replica, why, "is not ready"),
                State::Down(why) => tracing::warn!(replica, why, "is down"),
                State::Unknown => {}
            }
            metrics::gauge!("peer_ready", "peer" => replica).set(if state == State::Ready { 1.0 } else { 0.0 });
            self.seen.since_ms = clock::now_ms();
        }
        self.seen.state = state;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, State, Table};
    use cluster::{Member, ReplicaName};
    use serde_json::json;
    use std::net::Ipv4Addr;

    fn name(text: &str) -> ReplicaName {
        text.parse().expect("a name")
    }

    fn member(text: &str) -> Member {
        let name = name(text);
        let (tier, letter) = (name.tier(), name.letter());
        Member { name, tier, letter, ip: Ipv4Addr::LOCALHOST.into(), port: 1 }
    }

    fn pair() -> Table {
        Table::new(&[member("orderA"), member("orderB")])
    }

    fn good() -> Finding {
        Finding::Ready { detail: json!({}), rtt_us: 1 }
    }

    fn names(table: &Table) -> Vec<String> {
        table.candidates().iter().map(|member| member.name.to_string()).collect()
    }

    #[test]
    fn members_nobody_has_heard_of_are_candidates_until_one_is_known_to_be_ready() {
        let table = pair();
        assert_eq!(names(&table), ["orderA", "orderB"]);
        table.record(1, good(), 0);
        assert_eq!(names(&table), ["orderB"]);
        table.record(1, Finding::Down { why: "gone".into() }, 0);
        assert_eq!(names(&table), ["orderA"]);
        table.record(0, Finding::NotReady { why: "starting".into(), detail: None }, 0);
        assert_eq!(names(&table), Vec::<String>::new());
    }

    #[test]
    fn a_probe_that_began_before_a_call_failed_does_not_bring_the_member_back() {
        let table = pair();
        let before = table.marks(0);
        table.mark_down(&name("orderA"), "broke off");
        assert!(!table.record(0, good(), before));
        assert!(!table.is_ready(&name("orderA")));
        assert!(table.record(0, good(), table.marks(0)));
        assert!(table.is_ready(&name("orderA")));
    }

    #[test]
    fn a_call_that_worked_proves_a_new_member_ready_but_not_one_that_is_down_or_stopping() {
        let table = pair();
        table.heard_from(&name("orderA"));
        assert!(table.is_ready(&name("orderA")));
        table.mark_down(&name("orderA"), "broke off");
        table.heard_from(&name("orderA"));
        assert!(!table.is_ready(&name("orderA")));
        table.record(1, Finding::NotReady { why: "stopping".into(), detail: None }, 0);
        table.heard_from(&name("orderB"));
        assert_eq!(table.view()[1].state, State::NotReady("stopping".into()));
    }

    #[test]
    fn strangers_change_nothing() {
        let table = pair();
        table.mark_down(&name("catalogA"), "gone");
        table.heard_from(&name("catalogA"));
        assert!(table.view().iter().all(|seen| seen.state == State::Unknown));
    }

    #[test]
    fn a_member_keeps_its_since_while_its_state_stays_of_one_kind() {
        let table = pair();
        table.mark_down(&name("orderA"), "first");
        let since = table.view()[0].since_ms;
        table.mark_down(&name("orderA"), "second");
        assert_eq!((table.view()[0].since_ms, table.view()[0].state.clone()), (since, State::Down("second".into())));
    }
}
