//! The covers that books have of their own: their bytes, and changing them.

use super::{Catalogs, NoCatalog, Said};
use bytes::Bytes;
use cluster::Member;
use journal::Hash;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serve::CallError;
use std::time::Duration;
use wire::{ItemId, ItemState, OperatorName, Problem};

/// How long one catalog may take to hand a picture out, or to take it.
const DEADLINE: Duration = Duration::from_secs(2);

impl Catalogs {
    /// The bytes of a cover; `None` where no catalog that answers has them.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn cover(&self, hash: Hash) -> Result<Option<Vec<u8>>, NoCatalog> {
        let ask = |member: Member| async move {
            match self.replicas.caller().get_bytes(&member, &format!("/internal/covers/{hash}"), DEADLINE).await {
                Ok(bytes) => Ok(Said::Answer(Some(bytes))),
                // It may have read of it a moment ago, and not have it yet.
                Err(CallError::Refused { problem, .. }) if problem.status == 404 => Ok(Said::Perhaps(None)),
                Err(error) => Err(error),
            }
        };
        self.first_answer(ask).await
    }

    /// Makes this picture the cover of a book, and says how the book is then. The same one again changes nothing.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn set_cover(&self, item: ItemId, picture: Bytes, by: &OperatorName) -> Result<ItemState, Problem> {
        let (caller, path) = (self.replicas.caller(), address(item, by));
        let put =
            async |member: &Member| caller.put_bytes::<Value>(member, &path, picture.clone(), DEADLINE).await.map(drop);
        self.changed(item, true, put).await
    }

    /// Takes the cover of a book away, so that it is drawn again, and says how the book is then.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn take_cover_away(&self, item: ItemId, by: &OperatorName) -> Result<ItemState, Problem> {
        let (caller, path) = (self.replicas.caller(), address(item, by));
        self.changed(item, true, async |member| caller.delete::<Value>(member, &path, DEADLINE).await.map(drop)).await
    }
}

fn address(item: ItemId, by: &OperatorName) -> String {
    let by = utf8_percent_encode(by.as_str(), NON_ALPHANUMERIC);
    format!("/internal/items/{item}/cover?by={by}")
}
