//! Which objects there are: what an operator asks, for whom it is worth asking every replica.
//!
//! Each replica lists what it holds, a part at a time. The parts are put together, and a key counts where any replica lists
//! it: so every write that met its quorum is seen. A replica that was away may list what is no longer so; who needs to know
//! reads the object.

use super::{NoCopies, Objects};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use wire::cart::{Key, MOST_LISTED};

/// What is listed.
#[derive(Clone, Copy, Debug)]
pub enum Listing<'a> {
    /// Objects of this kind.
    Kind(&'a str),
    /// Carts with a book of this category.
    Category(&'a str),
}

/// A part of a list of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The keys, in their order.
    pub keys: Vec<Key>,
    /// After which key the list goes on; `None` at its end.
    pub next: Option<Key>,
}

impl Page {
    /// The part of the whole list that can be told from the replicas' parts. One that is full may go on with what others
    /// have listed further down: so it ends where the shortest of the full ones does.
    fn of(parts: Vec<Vec<Key>>, full: usize) -> Self {
        let next = parts.iter().filter(|part| part.len() >= full).filter_map(|part| part.last()).min().cloned();
        let keys: BTreeSet<Key> = parts.into_iter().flatten().collect();
        let keys = keys.into_iter().filter(|key| next.as_ref().is_none_or(|next| key <= next)).collect();
        Self { keys, next }
    }
}

impl Objects {
    /// The keys after `after`, a part at a time.
    ///
    /// # Errors
    /// [`NoCopies`], also where too few replicas answer for the list to be whole.
    pub async fn list(&self, what: Listing<'_>, after: Option<&Key>) -> Result<Page, NoCopies> {
        if self.replicas.is_empty() {
            return Err(NoCopies::None);
        }
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let address = match what {
            Listing::Kind(kind) => format!("/internal/kinds/{}", encoded(kind)),
            Listing::Category(category) => format!("/internal/categories/{}", encoded(category)),
        };
        let after = after.map(|key| format!("?after={}", encoded(key.as_str()))).unwrap_or_default();
        let parts = self.replicas.listed(&format!("{address}{after}")).await.ok_or(NoCopies::Unreachable)?;
        Ok(Page::of(parts, usize::try_from(MOST_LISTED).unwrap_or(usize::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<Key> {
        names.iter().map(|name| Key::of("cart", name).expect("a key")).collect()
    }

    #[test]
    fn a_key_is_listed_once_wherever_it_is_and_no_part_is_left_out() {
        let page = Page::of(vec![keys(&["a", "c"]), keys(&["b", "c"]), keys(&[])], 3);
        assert_eq!(page, Page { keys: keys(&["a", "b", "c"]), next: None });
        // The first is full, and may have what the second has further down.
        let page = Page::of(vec![keys(&["a", "b", "c"]), keys(&["b", "d"])], 3);
        assert_eq!((page.keys, page.next), (keys(&["a", "b", "c"]), Some(keys(&["c"])[0].clone())));
    }

    #[test]
    fn whoever_goes_on_from_part_to_part_has_everything() {
        let replicas = [keys(&["a", "b", "e", "f", "g"]), keys(&["a", "c", "d", "g", "h"]), keys(&["h"])];
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let part =
                |keys: &Vec<Key>| keys.iter().filter(|key| Some(*key) > after.as_ref()).take(2).cloned().collect();
            let page = Page::of(replicas.iter().map(part).collect(), 2);
            found.extend(page.keys);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, keys(&["a", "b", "c", "d", "e", "f", "g", "h"]));
    }
}
