//! Ports that nobody else uses while a run lasts.
//!
//! They lie below the range from which the system takes the ports of outgoing connections: a replica that is down must
//! find its port again, and a link that is cut must be able to let go of its own. The blocks and their locks are those
//! of the tests' harness, so that runs and tests can go on side by side.

use crate::error::{ChaosError, While as _};
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};

const FIRST: u16 = 12_000;
const END: u16 = 31_000;
/// Ports in a block.
const BLOCK: u16 = 16;

/// Some free ports, ours as long as this lives.
#[derive(Debug)]
pub(super) struct Ports {
    free: Vec<u16>,
    /// Hold the locks.
    _locks: Vec<File>,
}

impl Ports {
    /// Finds `count` free ports and takes them.
    pub(super) fn take(count: usize) -> Result<Self, ChaosError> {
        let directory = std::env::temp_dir().join("bookend-test-ports");
        fs::create_dir_all(&directory).during(format!("making {}", directory.display()))?;
        let blocks = (END - FIRST) / BLOCK;
        let begin = u16::try_from(std::process::id() % u32::from(blocks)).unwrap_or(0);
        let (mut free, mut locks) = (Vec::new(), Vec::new());
        for step in 0..blocks {
            if free.len() >= count {
                break;
            }
            let first = FIRST + (begin + step) % blocks * BLOCK;
            let lock = File::create(directory.join(format!("{first}.lock"))).during("making the lock of a port")?;
            let block = first..first + BLOCK;
            if lock.try_lock().is_ok()
                && block.clone().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
            {
                free.extend(block);
                locks.push(lock);
            }
        }
        if free.len() < count {
            return Err(ChaosError::new(format!("there are no {count} free ports from {FIRST} to {END}")));
        }
        free.truncate(count);
        Ok(Self { free, _locks: locks })
    }

    /// The `index`th of them.
    pub(super) fn port(&self, index: usize) -> u16 {
        self.free.get(index).copied().unwrap_or_default()
    }
}
