//! Books that are imported: new ones, known ones, and those whose id was drawn for them.

use journal::{ActorId, Draft, Held, decide};
use std::collections::BTreeSet;
use std::convert::Infallible;
use stock::command::{Command, NewBook, Reply, Shelved};
use stock::{Batch, Book, Fields, KnownSale, Numbers, Op, Reference, Rows};
use wire::{Advance, Isbn, ItemId, OrderId};

const ME: ActorId = ActorId::from_bits(1);

/// A database without a row.
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

fn isbn(nth: u64) -> Option<Isbn> {
    Isbn::of_body(978_000_000_000 + nth).ok()
}

fn book(id: u32, nth: u64) -> NewBook {
    let fields =
        Fields { title: Some(format!("Book {nth}")), topic: Some("t".into()), isbn: isbn(nth), ..Fields::default() };
    NewBook::counted(ItemId(id), fields, 2)
}

/// A book's number, its ISBN and its units.
type OnTheShelf = (u32, Option<Isbn>, u64);

/// What each batch led to, one after the other, and the books afterwards.
fn shelved(batches: Vec<Vec<NewBook>>) -> (Vec<Shelved>, Vec<OnTheShelf>) {
    let commands: Vec<_> = batches.into_iter().map(Command::Shelve).collect();
    let numbers = Numbers::new('A', 0, false);
    let loaded = Batch::load(&Nothing, ME, numbers, 7, &commands, &[]);
    let mut batch = loaded.unwrap_or_else(|never| match never {});
    let opening = || Op::Open { replica: "catalogA".into() };
    let decided = decide(&mut batch, Draft::new(ME, Held::default()), opening, commands);
    let books = batch.shelf().changed_books().map(|book| (book.state.id.0, book.state.isbn.value, book.total()));
    (decided.replies.into_iter().map(Reply::shelved).collect(), books.collect())
}

#[test]
fn an_id_that_was_drawn_is_refused_where_it_is_another_books_and_the_same_question_again_changes_nothing() {
    let drawn = |id, nth| NewBook { drawn: true, ..book(id, nth) };
    let (told, books) = shelved(vec![vec![drawn(5, 1)], vec![drawn(5, 2), drawn(6, 3)], vec![drawn(5, 1)]]);
    assert_eq!(told[0], Shelved { added: 1, ..Shelved::default() });
    assert_eq!(told[1], Shelved { added: 1, taken: vec![ItemId(5)], ..Shelved::default() });
    assert_eq!(told[2], Shelved::default());
    assert_eq!(books, [(5, isbn(1), 2), (6, isbn(3), 2)]);
}

#[test]
fn a_book_whose_units_nobody_has_told_keeps_what_it_has_and_a_new_one_has_none() {
    let uncounted = |id, nth| NewBook { units: None, ..book(id, nth) };
    let (told, books) = shelved(vec![vec![book(5, 1), uncounted(6, 2)], vec![uncounted(5, 3), uncounted(6, 2)]]);
    assert_eq!(told[0].added, 2);
    assert_eq!(told[1], Shelved { changed: 1, ..Shelved::default() });
    assert_eq!(books, [(5, isbn(3), 2), (6, isbn(2), 0)]);
}

#[test]
fn a_field_that_is_too_long_is_named() {
    let with = |change: fn(&mut Fields)| {
        let mut book = book(1, 1);
        change(&mut book.fields);
        book.check().map_err(|(field, _)| field)
    };
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(with(|fields| fields.title = Some("é".repeat(1000))), Ok(()));
    assert_eq!(with(|fields| fields.title = Some("é".repeat(1001))), Err("title"));
    assert_eq!(with(|fields| fields.topic = None), Err("topic"));
    assert_eq!(with(|fields| fields.topic = Some(String::new())), Err("topic"));
    assert_eq!(with(|fields| fields.publisher = Some("x".repeat(201))), Err("publisher"));
    assert_eq!(with(|fields| fields.description = Some("é".repeat(2001))), Err("description"));
    assert_eq!(with(|fields| fields.language = Some("x".repeat(36))), Err("language"));
}
