//! Where the programs of the shop are. They are not built from here: a test that builds would wait for itself.

use cluster::Tier;
use std::path::{Path, PathBuf};

/// The program of `tier`: in `BIN_DIR` if that is set, else beside the test that runs.
///
/// # Panics
/// When it is not there, with what to do about it.
pub fn binary(tier: Tier) -> PathBuf {
    let path = programs().join(tier.as_str());
    assert!(path.is_file(), "there is no {}: run ./runme.sh test, or cargo build first", path.display());
    path
}

/// The directory the programs are in.
pub fn programs() -> PathBuf {
    if let Some(directory) = std::env::var_os("BIN_DIR") {
        return directory.into();
    }
    // target/<profile>/deps/<test>
    let test = std::env::current_exe().expect("a running program has a path");
    let profile = test.parent().and_then(Path::parent).expect("tests run from target/<profile>/deps");
    profile.to_owned()
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("tests/ is in the repository").to_owned()
}
