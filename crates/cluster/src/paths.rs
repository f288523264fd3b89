//! Where things lie under the data directory.
//!
//! Only names are made here: whoever writes into a directory creates it.

use std::path::{Path, PathBuf};

use crate::name::ReplicaName;

/// The layout of one data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    root: PathBuf,
}

impl Paths {
    /// The layout under `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { root: data_dir.into() }
    }

    /// The data directory itself, which also holds the secrets.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of one replica's database; it may be copied and restored as a whole.
    pub fn replica_dir(&self, name: &ReplicaName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// The file in which a replica notes how far its journal went.
    ///
    /// It is not in the replica's directory, so that restoring an old copy of that does not take the
    /// witness back with it.
    pub fn witness(&self, name: &ReplicaName) -> PathBuf {
        self.root.join("witness").join(name.as_str())
    }

    /// The directory of the logs, one `<replica>.log` each.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The directory of what only counts while processes run: process ids and locks.
    pub fn run(&self) -> PathBuf {
        self.root.join("run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_witness_of_a_replica_lies_outside_its_directory() {
        let paths = Paths::new("/srv/shop");
        let name: ReplicaName = "catalogB".parse().expect("a name");
        assert_eq!(paths.replica_dir(&name), Path::new("/srv/shop/catalogB"));
        assert_eq!(paths.witness(&name), Path::new("/srv/shop/witness/catalogB"));
        assert_eq!((paths.logs(), paths.run()), (PathBuf::from("/srv/shop/logs"), PathBuf::from("/srv/shop/run")));
        assert_eq!(paths.root(), Path::new("/srv/shop"));
    }
}
