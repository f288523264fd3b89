//! Layouts that change: what is known of them only grows, and everybody ends with the same ones.

use super::*;

fn holders(names: &[&str]) -> BTreeMap<String, Holder> {
    let holder = |name: &&str| ((*name).to_owned(), Holder { host: (*name).to_owned(), weight: 1 << 16 });
    names.iter().map(holder).collect()
}

fn first(names: &[&str]) -> Layouts {
    let (holders, by, lost) = (holders(names), PlacedBy::Crush, BTreeSet::new());
    Layouts::first(Layout { version: 1, holders, by, lost }, BTreeSet::from(["birth".into()]))
}

fn wanted(names: &[&str]) -> Wanted {
    Wanted { holders: holders(names), by: PlacedBy::Crush, lost: BTreeSet::new() }
}

fn changed(layouts: &Layouts, names: &[&str]) -> Layouts {
    layouts.change(wanted(names)).expect("a change")
}

#[test]
fn the_first_layout_is_dropped_when_every_holder_of_the_next_has_everything() {
    let mut layouts = changed(&first(&["A", "B", "C"]), &["A", "B", "D"]);
    assert_eq!((layouts.now().version, layouts.latest().version), (1, 2));
    layouts.note_whole("A");
    layouts.note_whole("D");
    assert_eq!(layouts.lacking().collect::<Vec<_>>(), ["B"]);
    let before = layouts.epoch();
    layouts.note_whole("B");
    assert!(layouts.next().is_none() && layouts.epoch() > before);
    assert_eq!(layouts.now().holders, holders(&["A", "B", "D"]));
}

#[test]
fn two_that_settled_apart_become_one_that_everybody_has_to_compare_under() {
    let from = first(&["A", "B"]);
    let (mut one, mut other) = (changed(&from, &["A", "C"]), changed(&from, &["A", "D"]));
    ["C", "D"].iter().chain(&["A"]).for_each(|name| {
        one.note_whole(name);
        other.note_whole(name);
    });
    let before = (one.clone(), other.clone());
    one.join(&before.1);
    other.join(&before.0);
    assert!(one == other && one.epoch() > before.0.epoch() && one.next().is_none());
}

#[test]
fn the_weights_of_a_map_are_those_that_count() {
    let map = r#"{"trees":[{"type":"root","name":"r","id":-1,"children":[
        {"name":"A","id":0,"weight":1.0},{"name":"B","id":1,"weight":0.0}]}],
        "rules":{"data":[["take",-1],["choose","firstn",0,"type",0],["emit"]]}}"#;
    let by = PlacedBy::Map { map: map.to_owned(), rule: "data".to_owned() };
    let change = first(&["A", "B"]).change(Wanted { by, ..wanted(&["A", "B"]) });
    match change {
        Ok(layouts) => assert_eq!(layouts.lacking().collect::<Vec<_>>(), ["A"]),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn whoever_is_emptied_has_nothing_to_wait_for() {
    let mut emptied = wanted(&["A", "B"]);
    emptied.holders.insert("C".into(), Holder { host: "C".into(), weight: 0 });
    let mut layouts = first(&["A", "B", "C"]).change(emptied).expect("a change");
    layouts.note_whole("A");
    layouts.note_whole("B");
    assert!(layouts.next().is_none());
}

#[test]
fn two_who_know_different_parts_of_a_change_know_all_of_it_together() {
    let change = changed(&first(&["A", "B"]), &["A", "B", "C"]);
    let (mut one, mut other) = (change.clone(), change.clone());
    one.note_whole("A");
    other.note_whole("B");
    other.note_whole("C");
    assert!(one.join(&other));
    assert!(one.next().is_none());
    assert!(other.join(&one) && other == one);
    assert!(!one.join(&change), "what is old teaches nothing");
}

#[test]
fn two_changes_at_once_end_as_the_same_one_everywhere() {
    let from = first(&["A", "B"]);
    let (mut one, mut other) = (changed(&from, &["A", "B", "C"]), changed(&from, &["A", "B", "D"]));
    let before = (one.clone(), other.clone());
    one.join(&before.1);
    other.join(&before.0);
    assert_eq!(one, other);
    assert!(one.epoch() > before.0.epoch(), "nobody was asked under it yet");
    assert_eq!(one.lacking().count(), 3);
}

#[test]
fn a_change_can_be_given_up_for_another_and_what_has_settled_stays() {
    let from = first(&["A", "B"]);
    let stuck = changed(&from, &["A", "B", "C"]);
    let back = changed(&stuck, &["A", "B"]);
    assert!(back.epoch() > stuck.epoch());
    let mut settled = stuck.clone();
    for name in ["A", "B", "C"] {
        settled.note_whole(name);
    }
    assert!(settled.epoch() > back.epoch());
    assert_eq!(stuck.change(wanted(&["A", "B", "C"])), Err(NotChanged::Same));
    assert!(matches!(from.change(wanted(&[])), Err(NotChanged::Bad(_))));
    let lost = Wanted { lost: BTreeSet::from(["A".into()]), ..wanted(&["A"]) };
    assert_eq!(from.change(lost), Err(NotChanged::LostHolds("A".into())));
}

#[test]
fn two_who_make_the_first_layout_at_once_know_of_all_who_were_there() {
    let layout = first(&["A", "B"]).now().clone();
    let mut one = Layouts::first(layout.clone(), BTreeSet::from(["a".into(), "b".into()]));
    assert!(one.join(&Layouts::first(layout, BTreeSet::from(["c".into()]))));
    assert!(["a", "b", "c"].iter().all(|birth| one.saw_born(birth)) && !one.saw_born("d"));
    assert!(!changed(&one, &["A", "B", "C"]).saw_born("a"));
}

#[test]
fn what_is_assumed_is_behind_everything_that_is_known() {
    assert!(first(&["A"]).assumed().epoch() < first(&["A"]).epoch());
}

#[test]
fn layouts_read_back_as_they_are_written() {
    let layouts = changed(&first(&["A", "B"]), &["A", "B", "C"]);
    let text = serde_json::to_string(&layouts).expect("JSON");
    assert_eq!(serde_json::from_str::<Layouts>(&text).expect("the same"), layouts);
}
