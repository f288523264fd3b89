//! Links to a list: the id itself, with which one may write, and one to read only.
//!
//! The link to read is the id, sealed: an authentication tag of the id under a key of the cluster, and the id itself hidden
//! under a key stream that begins with that tag (the construction of SIV: one id has one link, and a link that was made up
//! is noticed before anybody is asked). So nothing has to be stored to find the list again, and a frontend opens a link
//! that another one has sealed; but nobody else finds the id in it. With another token of the cluster, old links to read
//! open nothing; the ids do.

use uuid::Uuid;

/// What stands in the address of a list's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The id of a list: whoever has it may write.
    Write(Uuid),
    /// A list that may be read.
    Read(Uuid),
}

impl Link {
    /// Of which list.
    pub const fn list(self) -> Uuid {
        match self {
            Self::Write(id) | Self::Read(id) => id,
        }
    }
}

/// Seals and opens links. Every frontend of a cluster makes the same one of the cluster's token.
#[derive(Clone, Copy)]
pub struct Links {
    tag: [u8; 32],
    stream: [u8; 32],
}

const HALF: usize = 16;

impl Links {
    /// Those of the cluster with this token.
    pub fn new(token: &str) -> Self {
        let key = |context| blake3::derive_key(context, token.as_bytes());
        Self { tag: key("bookend frontend list link tag v1"), stream: key("bookend frontend list link stream v1") }
    }

    /// The link with which this list can be read: 64 hexadecimal digits.
    pub fn to_read(&self, list: Uuid) -> String {
        let tag = self.tag_of(list);
        let hidden = self.stirred(&tag, *list.as_bytes());
        tag.iter().chain(&hidden).flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect()
    }

    /// What an address means; nothing where it is no link of this shop. An id has one form, as a link has.
    pub fn open(&self, text: &str) -> Option<Link> {
        if let Ok(id) = text.parse::<Uuid>() {
            return (id.to_string() == text).then_some(Link::Write(id));
        }
        let bytes = blake3::Hash::from_hex(text).ok().filter(|hash| hash.to_hex().as_str() == text)?;
        let (tag, hidden) = bytes.as_bytes().split_at(HALF);
        let (tag, hidden): ([u8; HALF], [u8; HALF]) = (tag.try_into().ok()?, hidden.try_into().ok()?);
        let list = Uuid::from_bytes(self.stirred(&tag, hidden));
        // In constant time, although nobody can try often enough to gain anything by it.
        let differs = tag.iter().zip(self.tag_of(list)).fold(0, |all, (one, other)| all | (one ^ other));
        (differs == 0).then_some(Link::Read(list))
    }

    fn tag_of(&self, list: Uuid) -> [u8; HALF] {
        first_half(blake3::keyed_hash(&self.tag, list.as_bytes()))
    }

    /// Hides what is given, or shows it again.
    fn stirred(&self, tag: &[u8; HALF], mut bytes: [u8; HALF]) -> [u8; HALF] {
        let stream = blake3::keyed_hash(&self.stream, tag);
        bytes.iter_mut().zip(stream.as_bytes()).for_each(|(byte, with)| *byte ^= with);
        bytes
    }
}

fn first_half(hash: blake3::Hash) -> [u8; HALF] {
    let mut half = [0; HALF];
    half.copy_from_slice(&hash.as_bytes()[..HALF]);
    half
}

fn digit(nibble: u8) -> Option<char> {
    char::from_digit(nibble.into(), 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};

    fn links() -> Links {
        Links::new("a token")
    }

    proptest! {
        #[test]
        fn a_link_to_read_is_found_again_by_every_frontend_of_the_shop_and_by_no_other(bits in any::<u128>()) {
            let list = Uuid::from_u128(bits);
            let link = links().to_read(list);
            assert_eq!(links().open(&link), Some(Link::Read(list)));
            assert_eq!(Links::new("another").open(&link), None);
            assert_eq!(links().open(&list.to_string()), Some(Link::Write(list)));
            assert_eq!(links().to_read(list), link, "a list has one link");
        }

        #[test]
        fn nothing_of_the_id_stands_in_the_link(bits in any::<u128>()) {
            let link = links().to_read(Uuid::from_u128(bits));
            assert!(!link.contains(&Uuid::from_u128(bits).simple().to_string()[..8]), "{link}");
        }
    }

    #[test]
    fn a_link_that_was_changed_or_made_up_opens_nothing() {
        let link = links().to_read(Uuid::from_u128(7));
        for at in 0..link.len() {
            let mut changed = link.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(links().open(&String::from_utf8(changed).expect("ASCII")), None, "digit {at}");
            assert_eq!(links().open(&link[..at]), None);
        }
        let id = Uuid::from_u128(7);
        for wrong in [
            "",
            "4",
            &"0".repeat(64),
            &link.to_uppercase(),
            &id.simple().to_string(),
            &id.to_string().replace('7', "é"),
        ] {
            assert_eq!(links().open(wrong), None, "{wrong:?}");
        }
    }
}
