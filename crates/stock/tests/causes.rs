//! Who wanted a change stands in the entry that makes it, with what was before.

use journal::{ActorId, Draft, Held};
use std::collections::BTreeSet;
use std::convert::Infallible;
use stock::command::{Command, NewBook};
use stock::{Batch, Book, Fields, KnownSale, Numbers, Op, Reference, Rows, Why};
use wire::{Advance, Cause, ItemId, Money, OrderId, Way};

const ME: ActorId = ActorId::from_bits(1);
const BOOK: ItemId = ItemId(7);
const NOW_MS: u64 = 1_800_000_000_000;

/// Nothing was stored.
struct Nothing;

impl Rows for Nothing {
    type Error = Infallible;

    fn sales(&self, _: &BTreeSet<OrderId>) -> Result<Vec<KnownSale>, Infallible> {
        Ok(Vec::new())
    }

    fn advances(&self, _: &BTreeSet<OrderId>) -> Result<Vec<(OrderId, Advance)>, Infallible> {
        Ok(Vec::new())
    }

    fn books(&self, _: &BTreeSet<ItemId>) -> Result<Vec<Book>, Infallible> {
        Ok(Vec::new())
    }

    fn references(&self, _: &BTreeSet<String>) -> Result<Vec<(String, Reference)>, Infallible> {
        Ok(Vec::new())
    }
}

fn ann(way: Way) -> Cause {
    Cause { by: "Ann".parse().expect("a name"), way }
}

fn cost(cents: u64) -> Fields {
    Fields { cost: Some(Money::from_cents(cents).expect("small")), ..Fields::default() }
}

fn shelved() -> Command {
    let fields = Fields { title: Some("Emma".into()), topic: Some("novels".into()), ..cost(1000) };
    Command::Shelve(vec![NewBook::counted(BOOK, fields, 5)])
}

/// The entries that these commands lead to, in one batch on empty tables, and the batch.
fn written(commands: Vec<Command>) -> (Vec<Op>, Batch) {
    let draft = Draft::new(ME, Held::default());
    let numbers = Numbers::new('A', 0, false);
    let Ok(mut batch) = Batch::load(&Nothing, ME, numbers, NOW_MS, &commands, &[]);
    let decided = journal::decide(&mut batch, draft, || Op::Open { replica: "catalogA".into() }, commands);
    let ops = decided.entries.iter().map(|entry| entry.body.read().expect("the product wrote it")).collect();
    (ops, batch)
}

fn reasons(ops: &[Op]) -> Vec<&Why> {
    ops.iter().filter_map(Op::why).collect()
}

#[test]
fn a_change_says_who_wanted_it_when_and_what_was_before() {
    let commands = vec![
        shelved(),
        Command::Set { item: BOOK, fields: cost(1250) }.caused(ann(Way::Edit)),
        Command::Adjust { item: BOOK, delta: -2, reference: "r".into() }.caused(ann(Way::Edit)),
        Command::TakeStock { item: BOOK, count: 9, reference: "s".into() }.caused(ann(Way::StockTake)),
        Command::Set { item: BOOK, fields: cost(900) },
    ];
    let (ops, batch) = written(commands);
    let reasons = reasons(&ops);
    assert!(reasons.iter().all(|why| why.at_ms == NOW_MS && why.cause.by.as_str() == "Ann"));
    let before: Vec<_> = reasons.iter().map(|why| (why.cause.way, why.units, why.fields.clone())).collect();
    let wanted = [(Way::Edit, None, Some(cost(1000))), (Way::Edit, Some(5), None), (Way::StockTake, Some(3), None)];
    assert_eq!(before, wanted, "what nobody is named for says nothing");
    let rows: Vec<_> = batch.shelf().new_changes().iter().map(|row| (row.item, row.listed)).collect();
    assert_eq!(rows, [(Some(BOOK), true); 3]);
}

#[test]
fn what_changes_nothing_leaves_no_entry_and_so_no_record() {
    let same = Command::Set { item: BOOK, fields: cost(1000) }.caused(ann(Way::Edit));
    let counted = Command::TakeStock { item: BOOK, count: 5, reference: "s".into() }.caused(ann(Way::StockTake));
    let (ops, _) = written(vec![shelved(), same, counted]);
    assert_eq!(reasons(&ops).len(), 0);
}

#[test]
fn the_books_of_an_import_stand_in_their_own_lists_and_its_note_in_the_list_of_all() {
    let note = Command::Note { item: None, text: "A file was imported.".to_owned().try_into().expect("a text") };
    let (ops, batch) = written(vec![shelved().caused(ann(Way::Import)), note.caused(ann(Way::Import))]);
    assert_eq!(reasons(&ops).len(), 3, "its fields, its units and the note");
    let rows: Vec<_> = batch.shelf().new_changes().iter().map(|row| (row.item, row.listed)).collect();
    assert_eq!(rows, [(Some(BOOK), false), (Some(BOOK), false), (None, true)]);
}
