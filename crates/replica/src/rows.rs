//! Columns of a row, read as what they are: what every `store` of a tier does alike.

use rusqlite::types::Type;
use rusqlite::{Connection, Params, Row};
use serde::{Serialize, de::DeserializeOwned};
use std::error::Error;
use std::str::FromStr;

/// A value as the JSON text that a column holds.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is stored as JSON has string keys only")
}

/// A column that holds an identifier as text.
///
/// # Errors
/// When it is something else: the database is damaged.
pub fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    text(row, column)?.parse().map_err(|error| damaged(column, error))
}

/// A column that holds JSON.
///
/// # Errors
/// When it is something else: the database is damaged.
pub fn read_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text(row, column)?).map_err(|error| damaged(column, error))
}

/// A column that holds text, as it lies in the database.
///
/// # Errors
/// When it is something else: the database is damaged.
pub fn text<'r>(row: &'r Row<'_>, column: &str) -> rusqlite::Result<&'r str> {
    row.get_ref(column)?.as_str().map_err(|error| damaged(column, error))
}

/// A text in the database that is not what this program wrote there.
pub fn damaged(column: &str, error: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    tracing::error!(column, %error, "the database holds something that this program did not write");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

/// A number as SQLite has it: above what it can hold, the highest it can.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// All rows that a statement finds.
///
/// # Errors
/// When the statement fails, or a row can't be read.
pub fn all<T>(
    from: &Connection,
    statement: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    from.prepare_cached(statement)?.query_map(params, read)?.collect()
}

/// The row that a statement finds, if there is one.
///
/// # Errors
/// When the statement fails, or the row can't be read.
pub fn first<T>(
    from: &Connection,
    statement: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    from.prepare_cached(statement)?.query(params)?.next()?.map(&mut read).transpose()
}

/// The one row that a statement always finds.
///
/// # Errors
/// When the statement fails, or the row can't be read.
pub fn only<T>(
    from: &Connection,
    statement: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    first(from, statement, params, read)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// Runs a statement once for each of `rows`.
///
/// # Errors
/// When it fails for one of them.
pub fn each<P: Params>(to: &Connection, statement: &str, rows: impl IntoIterator<Item = P>) -> rusqlite::Result<()> {
    let mut statement = to.prepare_cached(statement)?;
    rows.into_iter().try_for_each(|row| statement.execute(row).map(|_| ()))
}
