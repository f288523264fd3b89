//! SQLite's full-text index, as a shop would use it.

use crate::clients::{clients, memory, size};
use crate::titles::Shop;
use crate::{CLIENTS, Failure, QUESTIONS};
use rusqlite::{Connection, OpenFlags};
use search::{Ask, Sort};
use std::path::PathBuf;
use std::time::Instant;

const TABLES: &str = "pragma journal_mode = wal; pragma synchronous = off;
    create table book (id integer primary key, topic text, language text, price integer, available integer, year integer);
    create virtual table words using fts5(title, authors, topic, isbn, content='', detail='column', prefix='2 3',
        tokenize='unicode61 remove_diacritics 2');";
const BEST: &str = "select rowid from words where words match ?1 order by rank limit 24";
const FILTERED: &str = "select words.rowid from words join book on book.id = words.rowid
    where words match ?1 and language = 'fr' and available order by rank limit 24";
const CHEAPEST: &str = "select words.rowid from words join book on book.id = words.rowid where words match ?1
    order by price, id limit 24";
const COUNTED: &str =
    "select book.topic, language, (price >= 1000) + (price >= 2000) + (price >= 5000), available, count(*)
    from words join book on book.id = words.rowid where words match ?1 group by 1, 2, 3, 4";

pub(crate) fn fts5(file: &PathBuf, titles: u32, shop: &mut Shop) -> Result<(), Failure> {
    let began = Instant::now();
    let mut database = Connection::open(file)?;
    database.execute_batch(TABLES)?;
    let writing = database.transaction()?;
    {
        let mut words =
            writing.prepare("insert into words (rowid, title, authors, topic, isbn) values (?1, ?2, ?3, ?4, ?5)")?;
        let mut books = writing.prepare("insert into book values (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for id in 0..titles {
            let book = shop.book(id);
            words.execute((id, &book.title, &book.authors, &book.topic, &book.isbn))?;
            books.execute((id, &book.topic, &book.language, book.price.cents(), book.available, book.year))?;
        }
    }
    writing.commit()?;
    println!("built in {:.1?}", began.elapsed());
    database.execute("insert into words(words) values ('optimize')", ())?;
    database.execute_batch("pragma wal_checkpoint(truncate)")?;
    println!("merged after {:.1?}, {} MB on disk, {}", began.elapsed(), size(file)?, memory()?);
    let asks: Vec<Ask> = (0..QUESTIONS).map(|_| shop.question()).collect();
    let connect = || {
        let reader =
            Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        move |ask: &Ask| -> Result<u64, Failure> {
            let reader = reader.as_ref().map_err(ToString::to_string)?;
            let word = |word: &search::Word| format!("\"{}\"{}", word.text, if word.open { "*" } else { "" });
            let text = ask.query.words.iter().map(word).collect::<Vec<_>>().join(" ");
            let statement = match (ask.sort, &ask.filters.language) {
                (Sort::PriceUp, _) => CHEAPEST,
                (_, Some(_)) => FILTERED,
                _ => BEST,
            };
            let best = reader.prepare_cached(statement)?.query_map([&text], |row| row.get::<_, u32>(0))?.count();
            let counted =
                reader.prepare_cached(COUNTED)?.query_map([&text], |row| row.get::<_, u64>(4))?.flatten().sum();
            Ok(if best == 0 { 0 } else { counted })
        }
    };
    // Without typing mistakes: FTS5 has no notion of them, and so finds nothing at once.
    clients("alone", 1, &asks[..QUESTIONS / 16], connect)?;
    clients("together", CLIENTS, &asks[..QUESTIONS / 4], connect)
}
