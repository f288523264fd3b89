//! What people type who look for the books of a shop: words of a title or a name, not finished or misspelt now and then.

use crate::error::{BenchError, While};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::path::Path;
use std::sync::Arc;

/// Books that are looked for; they are taken from all over the file.
const BOOKS: u64 = 20_000;

/// What is known of the books that are looked for.
pub(super) struct Questions {
    /// The words of title and authors.
    books: Vec<(Vec<String>, Vec<String>)>,
}

/// What one client types, always the same for a seed.
pub(super) struct Typed {
    questions: Arc<Questions>,
    random: SmallRng,
}

impl Questions {
    /// Reads books of a file with so many.
    pub(super) fn of(file: &Path, titles: u64) -> Result<Self, BenchError> {
        let doing = "reading the titles";
        let mut reader = csv::Reader::from_path(file).during(doing)?;
        let names = reader.headers().during(doing)?.clone();
        let column = |name: &str| {
            let place = names.iter().position(|column| column == name);
            place.ok_or_else(|| BenchError::new(format!("the file has no column {name}")))
        };
        let (title, authors) = (column("title")?, column("authors")?);
        let words = |text: Option<&str>| search::text::words(text.unwrap_or_default());
        let mut books = Vec::new();
        let step = usize::try_from(titles / BOOKS).unwrap_or(1).max(1);
        for row in reader.into_records().step_by(step) {
            let row = row.during(doing)?;
            books.push((words(row.get(title)), words(row.get(authors))));
        }
        Ok(Self { books })
    }

    /// What the client with this seed types.
    pub(super) fn typed(questions: &Arc<Self>, seed: u64) -> Typed {
        Typed { questions: Arc::clone(questions), random: SmallRng::seed_from_u64(seed) }
    }
}

impl Typed {
    /// The next text.
    pub(super) fn next(&mut self) -> String {
        let (title, authors) = &self.questions.books[self.random.random_range(0..self.questions.books.len())];
        let words = self.random.random_range(1..4);
        match self.random.random_range(0..10) {
            0..5 => some(title, words, &mut self.random),
            5..8 => some(authors, words, &mut self.random),
            8 => {
                let text = some(title, 2, &mut self.random);
                let letters = text.chars().count().saturating_sub(2).max(3);
                text.chars().take(letters).collect()
            }
            _ => {
                let mut letters: Vec<char> = some(authors, 1, &mut self.random).chars().collect();
                if !letters.is_empty() {
                    let place = self.random.random_range(0..letters.len());
                    letters[place] = 'q';
                }
                letters.into_iter().collect()
            }
        }
    }
}

/// So many neighbours of these words, or all of them.
fn some(words: &[String], number: usize, random: &mut SmallRng) -> String {
    let first = random.random_range(0..=words.len().saturating_sub(number));
    words.iter().skip(first).take(number).map(String::as_str).collect::<Vec<_>>().join(" ")
}
