//! Pages that are kept up to date while somebody looks at them: how many at the same time, and until when.

use serve::Readiness;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The pages of one kind that a frontend keeps up to date. Clones share their places.
#[derive(Clone)]
pub struct Watchers {
    places: Arc<Semaphore>,
    readiness: Readiness,
}

/// The place of one page, given back when it is dropped.
pub struct Place {
    _permit: OwnedSemaphorePermit,
    readiness: Readiness,
}

impl Watchers {
    /// So many pages at the most, in a server that is as ready as `readiness` says.
    pub fn new(most: usize, readiness: Readiness) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), readiness }
    }

    /// A place for one more page; `None` where all are taken.
    pub fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit, readiness: self.readiness.clone() })
    }
}

impl Place {
    /// Whether the server is about to end: then no page is kept up to date any more, for it would wait for that.
    pub fn is_closing(&self) -> bool {
        self.readiness.reasons().iter().any(|reason| reason.topic == "stopping")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_page_is_closed_and_all_end_when_the_server_does() {
        let readiness = Readiness::new(&"frontend".parse().expect("a name"));
        let watchers = Watchers::new(1, readiness.clone());
        let place = watchers.place().expect("a place");
        assert!(watchers.clone().place().is_none() && !place.is_closing());
        readiness.hold("stopping", "the replica is stopping");
        assert!(place.is_closing());
        drop(place);
        assert!(watchers.place().is_some());
    }
}
