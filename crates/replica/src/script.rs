//! What one batch writes, in one trip to the database.
//!
//! SQLite works on a thread of its own: a statement that is sent alone costs two changes of thread, which is more than
//! the statement itself. So a batch is one text of statements, each with its rows as one JSON array. Batches of one
//! shape have one text, so the statements stay prepared.

use crate::rows::json;
use serde::Serialize;
use sqlx::{AssertSqlSafe, SqliteConnection};

/// Takes the write lock now, so that nobody writes in between.
const BEGIN: &str = "begin immediate;\n";
const COMMIT: &str = "commit";

/// The statements of one transaction, in order.
#[derive(Debug, Default)]
pub struct Script {
    sql: String,
    rows: Vec<String>,
}

impl Script {
    /// Adds `statement`, in which `?` stands once, for `rows` as JSON.
    pub fn add(&mut self, statement: &'static str, rows: &impl Serialize) {
        debug_assert_eq!(statement.matches('?').count(), 1, "each statement takes one JSON text: {statement}");
        self.sql.push_str(if self.sql.is_empty() { BEGIN } else { "" });
        self.sql.push_str(statement);
        self.sql.push_str(";\n");
        self.rows.push(json(rows));
    }

    /// Runs the statements as one transaction; without any there is none. After an error the transaction may be open.
    pub(crate) async fn commit(mut self, database: &mut SqliteConnection) -> sqlx::Result<()> {
        if self.sql.is_empty() {
            return Ok(());
        }
        self.sql.push_str(COMMIT);
        // Made of named constants alone.
        let query = sqlx::query(AssertSqlSafe(self.sql));
        self.rows.into_iter().fold(query, sqlx::query::Query::bind).execute(database).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::Script;
    use sqlx::{Connection, Row, SqliteConnection};

    const ADD: &str = "insert into number select value from json_each(?)";
    const ADD_TWICE: &str = "insert into number select 2 * value from json_each(?)";
    const WRONG: &str = "insert into nothing select value from json_each(?)";

    async fn database() -> SqliteConnection {
        let mut database = SqliteConnection::connect("sqlite::memory:").await.expect("opens");
        sqlx::query("create table number (n integer not null)").execute(&mut database).await.expect("creates");
        database
    }

    async fn numbers(database: &mut SqliteConnection) -> Vec<i64> {
        let rows = sqlx::query("select n from number order by n").fetch_all(database).await.expect("reads");
        rows.iter().map(|row| row.get("n")).collect()
    }

    #[tokio::test]
    async fn every_statement_gets_its_own_rows() {
        let mut database = database().await;
        for _ in 0..2 {
            let mut script = Script::default();
            script.add(ADD, &[1, 2]);
            script.add(ADD_TWICE, &[10]);
            script.commit(&mut database).await.expect("commits");
        }
        assert_eq!(numbers(&mut database).await, [1, 1, 2, 2, 20, 20]);
    }

    #[tokio::test]
    async fn a_script_that_fails_midway_writes_nothing() {
        let mut database = database().await;
        let mut script = Script::default();
        script.add(ADD, &[1]);
        script.add(WRONG, &[1]);
        assert!(script.commit(&mut database).await.is_err());
        sqlx::query("rollback").execute(&mut database).await.expect("the transaction is still open");
        assert_eq!(numbers(&mut database).await, Vec::<i64>::new());
    }

    #[tokio::test]
    async fn a_script_without_statements_asks_the_database_for_nothing() {
        let mut database = database().await;
        sqlx::query("begin").execute(&mut database).await.expect("begins");
        // A transaction inside this one would be refused.
        Script::default().commit(&mut database).await.expect("nothing to do");
    }
}
