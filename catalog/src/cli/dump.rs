//! `catalog dump`: every journal entry a replica holds, as it was written.

use super::{Fatal, Place};
use crate::serve::FILE;
use futures::StreamExt;
use std::io::{self, Write};

pub(crate) async fn dump(place: &Place) -> Result<(), Fatal> {
    let pool = replica::read_only(&place.paths.replica_dir(&place.member.name), FILE).await?;
    let failed = |error: &dyn std::fmt::Display| Fatal::Failed(format!("can't dump: {error}"));
    let mut out = io::stdout().lock();
    let mut entries = replica::entries(&pool);
    while let Some(entry) = entries.next().await {
        let entry = entry.map_err(|error| failed(&error))?;
        let (actor, head, body) = (entry.actor, entry.head, entry.body.text());
        let line = writeln!(out, r#"{{"actor":"{actor}","seq":{},"hash":"{}","body":{body}}}"#, head.seq, head.hash);
        match line {
            // A reader that has seen enough (`| head`) is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            line => line.map_err(|error| failed(&error))?,
        }
    }
    Ok(())
}
