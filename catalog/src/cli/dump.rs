//! `catalog dump`: every journal entry a replica holds, as it was written.

use crate::serve::FILE;
use serve::command_line::{Fatal, Place};

pub(crate) fn dump(place: &Place) -> Result<(), Fatal> {
    let database = replica::read_only(&place.paths.replica_dir(&place.member.name), FILE)?;
    replica::dump(&database, &mut std::io::stdout().lock()).map_err(|error| Fatal::Failed(error.to_string()))
}
