//! Histories of lists that keep every promise, and the same with one thing wrong in each.

use super::served::SERVED;
use super::{OFF, PUT};
use crate::closing::CartView;
use crate::fault::{Caller, Fault, Link, Replica, Spell, Trouble};
use crate::inject::{Deed, Outcome};
use crate::judge::Case;
use crate::judge::testing::{Story, breaks, holds};
use crate::lists::{ListAnswer, ListAsk, ListEntry, Put, Seen};
use crdt::{Actor, CounterMap, Line};
use std::collections::BTreeSet;
use uuid::Uuid;

const LIST: Uuid = Uuid::from_u128(77);
const GATEWAY: Actor = Actor::from_bits(1);
/// From one question to the next.
const PACE_MS: u64 = 100;

/// One list and what was asked about it; the state is a real one.
struct Tale {
    state: CounterMap,
    entries: Vec<ListEntry>,
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

impl Tale {
    /// A list that was made.
    fn begins() -> Self {
        let mut tale = Self { state: CounterMap::new(), entries: Vec::new() };
        let seen = tale.sees();
        tale.says(ListAsk::Make, ListAnswer::Stored { list: LIST, seen, acks: 3 });
        tale
    }

    fn says(&mut self, ask: ListAsk, answer: ListAnswer) {
        let at_ms = self.entries.len() as u64 * PACE_MS;
        self.entries.push(ListEntry { writer: 0, of: Replica::Frontend, at_ms, took_ms: 10, ask, answer });
    }

    fn sees(&self) -> Seen {
        Seen {
            items: self.state.lines().into_keys().collect(),
            context: self.state.context(),
            signature: String::new(),
        }
    }

    fn reads(&mut self) -> Seen {
        let seen = self.sees();
        self.says(ListAsk::Read { list: LIST }, ListAnswer::Shown(seen.clone()));
        seen
    }

    /// A write, acknowledged by so many; whether it happens is told apart from it.
    fn puts(&mut self, saw: Option<&Seen>, items: &[&str], acks: u64) -> Put {
        let put =
            Put { list: LIST, adds: (*items.last().expect("one")).to_owned(), items: set(items), saw: saw.cloned() };
        self.happens(&put);
        let answer = ListAnswer::Stored { list: LIST, seen: self.sees(), acks };
        self.says(ListAsk::Put(put.clone()), answer);
        put
    }

    fn happens(&mut self, put: &Put) {
        let context = put.saw.as_ref().map(|seen| seen.context.clone()).unwrap_or_default();
        let lines = put.items.iter().map(|item| (item.clone(), Line::of(1))).collect();
        self.state.put(GATEWAY, &context, &lines, 1).expect("an edit");
    }

    /// The last write got no answer.
    fn hears_nothing(&mut self) {
        self.entries.last_mut().expect("a question").answer = ListAnswer::Unknown { says: "no answer".to_owned() };
    }

    /// What is judged of it, where the replicas hold what they should.
    fn case(self) -> Case {
        let shown: Vec<String> = self.state.lines().into_keys().collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        self.case_with(&shown)
    }

    /// What is judged of it, where the replicas hold this.
    fn case_with(self, shown: &[&str]) -> Case {
        let mut case = Story::of(100, |story| story.sells(1, 80)).case();
        let view = |replica| CartView { replica, lists: [(LIST, set(shown))].into() };
        (case.lists, case.closing.carts) = (self.entries, Replica::CARTS.map(view).into());
        case
    }
}

#[test]
fn what_was_put_and_what_was_taken_off_by_those_who_had_seen_it_is_as_it_should_be() {
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let seen = tale.reads();
    tale.puts(Some(&seen), &["0-0", "0-1"], 2);
    tale.puts(Some(&seen), &["1-0"], 1);
    tale.puts(None, &["2-0"], 3);
    let case = tale.case();
    assert_eq!(case.closing.carts[0].lists[&LIST], set(&["0-0", "0-1", "1-0", "2-0"]), "concurrent adds stay");
    holds(&case);
}

#[test]
fn a_lost_acknowledgement_is_found_out_also_at_one_replica_alone() {
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 1);
    let seen = tale.reads();
    tale.puts(Some(&seen), &["0-0", "0-1"], 2);
    breaks(&tale.case_with(&["0-0"]), PUT, "0-1, put by writer 0 at frontend after 0.300 s");
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let mut case = tale.case();
    holds(&case);
    case.closing.carts[1].lists.insert(LIST, set(&[]));
    breaks(&case, PUT, "at cartB");
    case.closing.carts[1].lists.remove(&LIST);
    breaks(&case, PUT, "was made, and cartB does not have it");
}

#[test]
fn an_answer_that_lacks_what_was_put_is_found_out() {
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0", "0-1"], 3);
    let Some(ListAnswer::Stored { seen, .. }) = tale.entries.last_mut().map(|entry| &mut entry.answer) else {
        panic!("it was stored")
    };
    seen.items.remove("0-0");
    breaks(&tale.case(), PUT, "lacks a part of what was put");
}

#[test]
fn leaving_out_what_one_had_not_seen_takes_nothing_off() {
    let mut tale = Tale::begins();
    let before = tale.reads();
    tale.puts(None, &["0-0"], 3);
    tale.puts(Some(&before), &["1-0"], 3);
    breaks(&tale.case_with(&["1-0"]), PUT, "0-0");
    // It had seen one write of the item, and not the other one at the same time.
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let seen = tale.reads();
    tale.puts(Some(&seen), &["0-0", "1-0"], 3);
    tale.puts(Some(&seen), &["2-0"], 3);
    breaks(&tale.case_with(&["1-0", "2-0"]), PUT, "0-0, put by writer 0 at frontend after 0.300 s");
}

#[test]
fn an_item_that_comes_back_is_found_out_unless_it_was_put_on_again_meanwhile() {
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let seen = tale.reads();
    tale.puts(Some(&seen), &["1-0"], 2);
    breaks(&tale.case_with(&["0-0", "1-0"]), OFF, "0-0, which was taken off");
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let seen = tale.reads();
    tale.puts(Some(&seen), &["1-0"], 2);
    tale.puts(Some(&seen), &["0-0", "2-0"], 2);
    holds(&tale.case());
}

/// Customers were cut off, so that nobody is to blame for what they did not hear.
fn unheard(mut case: Case) -> Case {
    let links = vec![Link { from: Caller::Customers, to: Replica::Frontend }];
    case.deeds = vec![done(Fault::Links { links, trouble: Trouble::Blackhole }, 0, 1_000)];
    case
}

#[test]
fn a_write_without_an_answer_may_have_happened_or_not_until_it_is_seen() {
    for shown in [&["0-0"][..], &[]] {
        let mut tale = Tale::begins();
        tale.puts(None, &["0-0"], 3);
        tale.hears_nothing();
        holds(&unheard(tale.case_with(shown)));
    }
    // Nor is anybody blamed for what it took off.
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let seen = tale.reads();
    tale.puts(Some(&seen), &["1-0"], 3);
    tale.hears_nothing();
    holds(&unheard(tale.case_with(&["1-0"])));
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    tale.hears_nothing();
    let seen = tale.reads();
    tale.puts(Some(&seen), &["1-0"], 3);
    breaks(&tale.case_with(&["0-0", "1-0"]), OFF, "0-0");
}

#[test]
fn what_nobody_put_is_found_out_at_the_end_and_when_it_is_shown() {
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    breaks(&tale.case_with(&["0-0", "9-9"]), OFF, "9-9, which nobody put there");
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    let early = Seen { items: set(&["0-1"]), context: tale.state.context(), ..Seen::default() };
    tale.says(ListAsk::Read { list: LIST }, ListAnswer::Shown(early));
    tale.puts(None, &["0-1"], 3);
    breaks(&tale.case(), OFF, "0-1 was shown");
    // What was refused for certain has not happened.
    let mut tale = Tale::begins();
    tale.puts(None, &["0-0"], 3);
    tale.entries.last_mut().expect("a write").answer = ListAnswer::Refused { status: 422, says: "no".to_owned() };
    breaks(&tale.case_with(&["0-0"]), OFF, "0-0, which nobody put there");
}

fn done(fault: Fault, from_ms: u64, to_ms: u64) -> Deed {
    Deed { spell: Spell { fault, from_ms, to_ms }, result: Outcome::Done }
}

#[test]
fn what_one_replica_alone_had_stored_may_go_with_its_data_and_what_two_had_may_not() {
    let lost = done(Fault::OldData { replica: Replica::CartA, age_ms: 2_000 }, 1_000, 1_500);
    for (acks, holding) in [(1, true), (2, false)] {
        let mut tale = Tale::begins();
        tale.puts(None, &["0-0"], acks);
        let mut case = tale.case_with(&[]);
        case.deeds = vec![lost.clone()];
        if holding {
            let verdict = holds(&case);
            assert!(verdict.counts.iter().any(|count| count.says.contains("lost data") && count.count == 1));
        } else {
            breaks(&case, PUT, "0-0");
        }
    }
}

#[test]
fn each_question_is_answered_while_one_replica_is_at_fault_and_each_write_while_two_are() {
    let case = |ask: fn(&mut Tale), deeds: &[Deed]| {
        let mut tale = Tale::begins();
        for _ in 0..20 {
            tale.puts(None, &["0-0"], 3);
        }
        ask(&mut tale);
        tale.hears_nothing();
        let mut case = tale.case_with(&["0-0"]);
        case.deeds = deeds.to_vec();
        case
    };
    let reads: fn(&mut Tale) = |tale| drop(tale.reads());
    let puts: fn(&mut Tale) = |tale| drop(tale.puts(None, &["0-0"], 3));
    let paused = done(Fault::Pause(Replica::CartA), 1_000, 3_000);
    let cut = Fault::Links { links: vec![Link::between(Replica::Frontend, Replica::CartB)], trouble: Trouble::Cut };
    let two = [paused.clone(), done(cut, 1_500, 3_000)];
    let away = Link { from: Caller::Customers, to: Replica::Frontend };
    let away = [done(Fault::Links { links: vec![away], trouble: Trouble::Blackhole }, 1_500, 3_000)];
    breaks(&case(reads, &[paused]), SERVED, "looking at");
    holds(&case(reads, &two));
    breaks(&case(puts, &two), SERVED, "putting 0-0");
    holds(&case(puts, &away));
}

#[test]
fn a_list_that_one_replica_alone_has_may_be_unknown_to_the_others() {
    for (acks, holding) in [(1, true), (2, false)] {
        let mut tale = Tale::begins();
        tale.entries[0].answer = ListAnswer::Stored { list: LIST, seen: tale.sees(), acks };
        let unknown = ListAnswer::Refused { status: 404, says: "no such list".to_owned() };
        tale.says(ListAsk::Read { list: LIST }, unknown);
        let case = tale.case();
        if holding { drop(holds(&case)) } else { breaks(&case, SERVED, "404 no such list") }
    }
}
