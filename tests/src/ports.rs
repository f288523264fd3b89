//! Ports that nobody else uses while a test runs.
//!
//! They lie below the range from which the system takes the ports of outgoing connections, so that no connection of
//! another test can sit on them. Tests are processes of their own and know nothing of each other: a block of ports
//! belongs to whoever holds the lock on its file, and the system lets go of a lock when its process ends, however.

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

const FIRST: u16 = 12_000;
const END: u16 = 31_000;
/// Ports in a block: more than any shop of these tests has replicas.
const BLOCK: u16 = 16;

/// A block of free ports, ours as long as this lives.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    /// Holds the lock.
    _lock: File,
}

impl Ports {
    /// Finds a free block and takes it.
    ///
    /// # Panics
    /// When there is none, or the directory of the locks can't be written.
    pub fn take() -> Self {
        let directory = std::env::temp_dir().join("bookend-test-ports");
        fs::create_dir_all(&directory).expect("the temporary directory can be written");
        let blocks = (END - FIRST) / BLOCK;
        // Each process begins elsewhere, so that they rarely meet.
        let begin = u16::try_from(std::process::id() % u32::from(blocks)).expect("smaller than a u16");
        (0..blocks)
            .map(|step| FIRST + (begin + step) % blocks * BLOCK)
            .find_map(|first| Self::try_take(first, directory.join(format!("{first}.lock"))))
            .expect("no block of free ports is left below the range of outgoing connections")
    }

    /// The `index`th port of the block.
    ///
    /// # Panics
    /// When the block has fewer.
    pub fn port(&self, index: usize) -> u16 {
        let index = u16::try_from(index).expect("a block is small");
        assert!(index < BLOCK, "a block has {BLOCK} ports");
        self.first + index
    }

    fn try_take(first: u16, lock: PathBuf) -> Option<Self> {
        let lock = File::create(lock).expect("the file of a lock can be made");
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return None,
            Err(TryLockError::Error(error)) => panic!("a file can't be locked: {error}"),
        }
        let all_free = (first..first + BLOCK).all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
        all_free.then_some(Self { first, _lock: lock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_takers_never_share_a_port() {
        let (one, other) = (Ports::take(), Ports::take());
        assert!(one.first.abs_diff(other.first) >= BLOCK);
    }

    #[test]
    fn a_block_with_a_busy_port_is_passed_over() {
        let taken = Ports::take();
        let busy = TcpListener::bind((Ipv4Addr::LOCALHOST, taken.port(3))).expect("the port is free");
        let (first, path) = (taken.first, tempfile::NamedTempFile::new().expect("a file"));
        assert!(Ports::try_take(first, path.path().to_owned()).is_none());
        drop(busy);
        assert!(Ports::try_take(first, path.path().to_owned()).is_some());
    }
}
