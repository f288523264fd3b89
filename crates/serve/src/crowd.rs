//! How many connections are open, and when to let none of them linger.
//!
//! The framework bounds how long the first head on a connection may take, not those that follow: whoever asks once and
//! then sends a byte now and then keeps its place. So places are lent only while there are plenty: when most are taken,
//! each answer ends its connection, and what is left of them changes hands within the limits of heads and bodies.

use actix_web::dev::Extensions;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The open connections of one server. Clones count the same ones.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    open: Arc<AtomicUsize>,
    /// With more than these, no connection is kept after an answer.
    plenty: usize,
}

/// One open connection; it is counted for as long as this lives.
struct Place(Arc<AtomicUsize>);

impl Crowd {
    /// Nobody yet, at a server with this many places.
    pub(crate) fn new(places: usize) -> Self {
        Self { open: Arc::default(), plenty: places / 4 * 3 }
    }

    /// Counts a connection until what belongs to it is dropped.
    pub(crate) fn enters(&self, connection: &mut Extensions) {
        self.open.fetch_add(1, Ordering::Relaxed);
        connection.insert(Place(self.open.clone()));
    }

    /// Whether connections had better end with their answers.
    pub(crate) fn is_dense(&self) -> bool {
        self.open.load(Ordering::Relaxed) > self.plenty
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
