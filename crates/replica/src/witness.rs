//! The witness file: the last entry this replica let anyone see, outside its data directory.
//!
//! One line of JSON and its checksum, overwritten in place and synced. A torn write fails the checksum and reads as
//! "no witness", which is safe: the replica then asks the others who it is.

use journal::Witness;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The length of the record: the rest is blanks, so that a shorter one leaves nothing of a longer one behind.
const LENGTH: usize = 256;

#[derive(Debug)]
pub(crate) struct WitnessFile {
    file: File,
}

impl WitnessFile {
    /// Opens the file, making it and its directory where they are missing; returns what it says.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Option<Witness>)> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut text = String::new();
        // Bytes that are no text are a damaged record, not a reason not to start.
        let read = file.read_to_string(&mut text).is_ok();
        // All the room it will ever need, so that a full disk can't stop a witness later.
        let length = file.metadata()?.len();
        if length < LENGTH as u64 {
            file.seek(SeekFrom::End(0))?;
            file.write_all(" ".repeat(LENGTH - usize::try_from(length).unwrap_or(0)).as_bytes())?;
            file.sync_all()?;
        }
        Ok((Self { file }, if read { parse(&text) } else { None }))
    }

    /// Writes and syncs; only when this returns may the entry be seen by anyone.
    pub(crate) fn write(&mut self, witness: &Witness) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(render(witness).as_bytes())?;
        self.file.sync_data()
    }
}

fn render(witness: &Witness) -> String {
    let text = serde_json::to_string(witness).expect("a witness has a JSON form");
    let line = format!("{} {text}", checksum(&text));
    format!("{line:<width$}\n", width = LENGTH - 1)
}

fn parse(text: &str) -> Option<Witness> {
    let (sum, text) = text.trim_end().split_once(' ')?;
    if sum == checksum(text) { serde_json::from_str(text).ok() } else { None }
}

fn checksum(text: &str) -> String {
    let body = journal::Body::write(&text).expect("a text has a JSON form");
    let head = journal::Head::genesis(journal::ActorId::from_bits(0)).next(&body);
    head.hash.to_string()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::{ActorId, Head};

    fn witness(actor: u128) -> Witness {
        Witness { actor: ActorId::from_bits(actor), head: Head::genesis(ActorId::from_bits(actor)) }
    }

    #[test]
    fn what_was_written_is_read_again_and_the_last_one_counts() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("witness").join("catalogA");
        let (mut file, before) = WitnessFile::open(&path).expect("opens");
        assert_eq!(before, None);
        file.write(&witness(1)).expect("writes");
        file.write(&witness(2)).expect("writes");
        assert_eq!(WitnessFile::open(&path).expect("opens").1, Some(witness(2)));
    }

    #[test]
    fn a_torn_or_damaged_file_is_no_witness() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("catalogA");
        let whole = render(&witness(1));
        for damaged in [&whole[..40], &whole.replace("\"seq\":0", "\"seq\":9"), "", "nonsense"] {
            std::fs::write(&path, damaged).expect("writes");
            assert_eq!(WitnessFile::open(&path).expect("opens").1, None, "{damaged:?}");
        }
        std::fs::write(&path, [0xff, 0xfe, 0x00]).expect("writes");
        assert_eq!(WitnessFile::open(&path).expect("opens").1, None);
    }
}
