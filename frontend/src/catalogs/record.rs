//! The record of who had what changed, which is the catalogs' journals.

use super::{Catalogs, NoCatalog, Said};
use cluster::Member;
use serde_json::json;
use serve::CallError;
use std::time::Duration;
use wire::change::{Change, ChangePlace};
use wire::{Cause, ItemId, Problem};

/// How long one catalog may take for a part of the record.
const DEADLINE: Duration = Duration::from_secs(2);

impl Catalogs {
    /// At most `limit` changes before `before`, the latest first: those of a book, or all that are listed. A catalog tells
    /// what it has read of the others' journals.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn changes(
        &self,
        item: Option<ItemId>,
        before: Option<ChangePlace>,
        limit: usize,
    ) -> Result<Vec<Change>, NoCatalog> {
        let asked = &json!({"item": item, "before": before, "limit": limit});
        let ask = |member: Member| async move {
            let told = self.replicas.caller().post(&member, "/internal/changes/read", asked, DEADLINE).await;
            told.map(Said::Answer)
        };
        self.first_answer(ask).await
    }

    /// Writes a note into the record, at any catalog. Where one does not answer in time it may be told twice: better than
    /// not at all.
    ///
    /// # Errors
    /// What the last catalog said that was asked, or 503.
    pub async fn note(&self, cause: &Cause, item: Option<ItemId>, text: &str) -> Result<(), Problem> {
        let note = json!({"cause": cause, "item": item, "text": text});
        let mut answer = Err(Problem::from(NoCatalog("none is ready".into())));
        for member in self.fleet().ready() {
            let noted: Result<(), _> = self.replicas.caller().post(&member, "/internal/changes", &note, DEADLINE).await;
            answer = match noted {
                Ok(()) => return Ok(()),
                Err(CallError::Refused { problem, .. }) => Err(*problem),
                Err(error) => Err(Problem::from(NoCatalog(error.to_string()))),
            };
        }
        answer
    }
}
