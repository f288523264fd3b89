//! Covers that books have of their own: what may be one (`examined`), and how a replica comes by those that it lacks
//! (`mending`). Which cover a book has stands in the journals; its bytes lie beside them, by their hash
//! ([decision 13](../../../docs/decisions/0013-covers-lie-beside-the-journals.md)).

mod examined;
mod mending;

pub(crate) use examined::{NotACover, examined};
pub(crate) use mending::{Mended, mend, mend_once};
