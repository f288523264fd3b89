//! `catalog export`: the books as CSV, read from a replica's data, running or not.

use crate::files::{COLUMNS, row};
use crate::store;
use serve::command_line::{Fatal, Place};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use wire::ItemState;

/// Books read in one go.
const PAGE: u32 = 1000;

pub(crate) fn export(places: &[Place], file: Option<&Path>) -> Result<(), Fatal> {
    let has_data = |place: &&Place| place.paths.replica_dir(&place.member.name).join(store::KIND.file).exists();
    let missing = || Fatal::Failed("no catalog replica has data here yet; start the shop with ./runme.sh".into());
    let place = places.iter().find(has_data).ok_or_else(missing)?;
    let database = store::KIND.read_only(place)?;
    let failed = |error: csv::Error| Fatal::Failed(format!("can't write the file: {error}"));
    let to: Box<dyn Write> = match file {
        Some(path) => {
            Box::new(File::create(path).map_err(|error| Fatal::Failed(format!("{}: {error}", path.display())))?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let mut csv = csv::Writer::from_writer(BufWriter::new(to));
    csv.write_record(COLUMNS).map_err(failed)?;
    let (mut after, mut titles) = (None, 0_u64);
    loop {
        let page = store::of_topic(&database, None, after, Some(PAGE));
        let page = page.map_err(|error| Fatal::Failed(format!("can't read the catalog: {error}")))?;
        if page.is_empty() {
            break;
        }
        for state in &page {
            let book: ItemState = serde_json::from_str(state).map_err(|error| Fatal::Failed(error.to_string()))?;
            csv.write_record(row(&book)).map_err(failed)?;
            after = Some(book.id);
            titles += 1;
        }
    }
    csv.flush().map_err(|error| failed(error.into()))?;
    eprintln!("{titles} titles exported from {}", place.member.name);
    Ok(())
}
