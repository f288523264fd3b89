//! Rows as JSON, in and out: what every `store` of a tier does alike.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, sqlite::SqliteRow};

/// Rows for a statement that reads them with `json_each`.
pub fn json(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).expect("rows of texts and numbers have a JSON form")
}

/// The elements of a JSON array that a column holds without its brackets; none where it is null.
///
/// # Errors
/// When the column is something else: the database is damaged.
pub fn elements<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<Vec<T>> {
    let text: Option<&str> = row.try_get(column)?;
    serde_json::from_str(&format!("[{}]", text.unwrap_or_default())).map_err(|error| damaged(column, error))
}

/// A text in the database that is not what this program wrote there.
pub fn damaged(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(error) }
}
