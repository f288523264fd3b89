//! A reader that gives up when one book has more bytes than any book has: a quote or tag that is never closed must not
//! bring the rest of a file into memory.

use std::io::{self, BufRead, Read};

/// The most bytes of one book in a file, many times more than a long one has.
const MOST: u64 = 4 << 20;

/// Counts what is read since the last book.
pub(super) struct Bounded<R> {
    inner: R,
    read: u64,
    /// How far it had read when the last book was done.
    mark: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, read: 0, mark: 0 }
    }

    /// A book is done: what comes next is another's.
    pub(super) fn next_book(&mut self) {
        self.mark = self.read;
    }

    /// How many bytes were read in all.
    pub(super) fn bytes(&self) -> u64 {
        self.read
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read - self.mark > MOST {
            let why = format!("a book of more than {} MiB: something in it is not closed", MOST >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount as u64;
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}
