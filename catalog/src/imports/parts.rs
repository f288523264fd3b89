//! A file of books in parts, each of which is a few commits.

use crate::files::FiledBook;

/// Books in a part, for each replica: about as many as it is sent in one call, which is one commit.
pub(crate) const BATCH: usize = 1000;
/// Bytes of texts in a part: with what JSON adds to them, a call stays well below what a replica takes.
const PART_BYTES: usize = 5 << 19;

/// The next books, as many as make a part.
pub(crate) fn part(books: &mut impl Iterator<Item = FiledBook>, most: usize) -> Vec<FiledBook> {
    let (mut part, mut bytes) = (Vec::with_capacity(most), 0);
    for book in books {
        let fields = &book.fields;
        let texts = [&fields.title, &fields.authors, &fields.topic, &fields.publisher, &fields.description];
        bytes += texts.into_iter().flatten().map(String::len).sum::<usize>();
        part.push(book);
        if part.len() == most || bytes > PART_BYTES {
            break;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_when_it_has_as_many_books_or_as_many_bytes_as_it_may() {
        let described = |bytes: usize| {
            let mut book = FiledBook::default();
            book.fields.description = Some("x".repeat(bytes));
            book
        };
        assert_eq!(part(&mut (0..10).map(|_| described(1)), 3).len(), 3);
        assert_eq!(part(&mut (0..2).map(|_| described(1)), 3).len(), 2);
        let long = 4000;
        let books = part(&mut (0..10_000).map(|_| described(long)), 100_000).len();
        assert!((books - 1) * long <= PART_BYTES && books * long > PART_BYTES, "{books}");
    }
}
