//! Books that are imported: new ones, known ones, and those whose id was drawn for them.

use journal::{ActorId, Draft, Held, decide};
use std::collections::BTreeSet;
use std::convert::Infallible;
use stock::command::{Command, Image, NewBook, Reply, Shelved};
use stock::{Batch, Book, Fields, KnownSale, Numbers, Op, Reference, Rows};
use wire::cover::{Media, hash_of};
use wire::{Advance, Cover, Isbn, ItemId, OrderId};

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

/// What is told after these commands of book 5, which is there, and how many images are to be stored.
fn covered(commands: Vec<Command>) -> (Vec<Reply>, Option<Cover>, usize, usize) {
    let commands: Vec<_> = [Command::Shelve(vec![book(5, 1)])].into_iter().chain(commands).collect();
    let loaded = Batch::load(&Nothing, ME, Numbers::new('A', 0, false), 7, &commands, &[]);
    let mut batch = loaded.unwrap_or_else(|never| match never {});
    let opening = || Op::Open { replica: "catalogA".into() };
    let decided = decide(&mut batch, Draft::new(ME, Held::default()), opening, commands);
    let cover = batch.shelf().book(ItemId(5)).and_then(|book| book.state.cover.value);
    (decided.replies.into_iter().skip(1).collect(), cover, batch.images().len(), decided.entries.len())
}

fn image(bytes: &[u8]) -> Image {
    Image { cover: Cover { hash: hash_of(bytes), media: Media::Png, width: 2, height: 3 }, bytes: bytes.into() }
}

#[test]
fn a_cover_is_named_by_one_entry_its_bytes_are_stored_and_it_can_be_taken_away() {
    let (item, one) = (ItemId(5), image(b"one"));
    let give = |item, image| Command::Cover { item, image };
    let entries = covered(Vec::new()).3;
    let (told, cover, stored, written) = covered(vec![give(item, Some(one.clone())), give(item, Some(one.clone()))]);
    assert!(told.into_iter().all(|reply| reply.adjusted().is_ok()));
    // Handed in again, it changes nothing; its bytes may be missing, so they are stored.
    assert_eq!((cover, stored, written - entries), (Some(one.cover), 2, 1));
    let (_, cover, stored, written) = covered(vec![give(item, Some(one.clone())), give(item, None), give(item, None)]);
    assert_eq!((cover, stored, written - entries), (None, 1, 2));
    let (told, _, stored, written) = covered(vec![give(ItemId(6), Some(one.clone()))]);
    assert!(told.into_iter().all(|reply| reply.adjusted().is_err()), "there is no such book");
    assert_eq!((stored, written), (0, entries), "what is refused changes nothing");
    let (_, cover, stored, written) = covered(vec![Command::Keep(one)]);
    assert_eq!((cover, stored, written), (None, 1, entries), "what is fetched is in no journal");
}

#[test]
fn a_cover_does_not_come_in_without_its_bytes() {
    let mut book = book(5, 1);
    assert!(book.check().is_ok());
    book.fields.cover = Some(Some(image(b"one").cover));
    assert_eq!(book.check().map_err(|(field, _)| field), Err("cover"));
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
