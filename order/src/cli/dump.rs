//! `order dump`: every journal entry a replica holds, as it was written.

use crate::serve::FILE;
use serve::command_line::{Fatal, Place};

pub(crate) async fn dump(place: &Place) -> Result<(), Fatal> {
    let pool = replica::read_only(&place.paths.replica_dir(&place.member.name), FILE).await?;
    replica::dump(&pool, &mut std::io::stdout().lock()).await.map_err(|error| Fatal::Failed(error.to_string()))
}
