//! Contexts as they are handed out: signed, and for one object only.
//!
//! A context says what its reader had seen, and a write that brings it replaces all of that, also what this frontend has
//! not seen itself. So one that was made up could remove what nobody has read, and one of another object would mean
//! nothing. Behind this edge a context is one that a frontend of this shop has given out for that object.

use crdt::Context;
use wire::cart::Key;

/// It is not one of ours, or not of this object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("context: not one that this shop has given out for this; give back exactly what was read")]
pub struct NotOurs;

/// Signs contexts. Every frontend of a cluster makes the same one of the cluster's token.
#[derive(Clone, Copy)]
pub struct Contexts([u8; 32]);

impl Contexts {
    /// Those of the cluster with this token.
    pub fn new(token: &str) -> Self {
        Self(blake3::derive_key("bookend frontend context v1", token.as_bytes()))
    }

    /// A context of this object, to be handed out: `<context>.<signature>`.
    pub fn seal(&self, of: &Key, context: &Context) -> String {
        let text = context.to_string();
        format!("{text}.{}", self.signature(of, &text).to_hex())
    }

    /// The context that was handed out for this object.
    ///
    /// # Errors
    /// [`NotOurs`], after the same time for every wrong signature.
    pub fn open(&self, of: &Key, sealed: &str) -> Result<Context, NotOurs> {
        let (text, signature) = sealed.rsplit_once('.').ok_or(NotOurs)?;
        let given = blake3::Hash::from_hex(signature).map_err(|_| NotOurs)?;
        // Hashes are compared in constant time.
        if given != self.signature(of, text) {
            return Err(NotOurs);
        }
        text.parse().map_err(|_| NotOurs)
    }

    fn signature(&self, of: &Key, text: &str) -> blake3::Hash {
        // A key has no blank, so nothing can move from the one into the other.
        blake3::Hasher::new_keyed(&self.0)
            .update(of.as_str().as_bytes())
            .update(b" ")
            .update(text.as_bytes())
            .finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::{Actor, CounterMap};

    fn key(name: &str) -> Key {
        Key::of("list", name).expect("a key")
    }

    fn seen(actor: u128) -> Context {
        let mut map = CounterMap::new();
        map.add(Actor::from_bits(actor), "1", 1).expect("an edit");
        map.context()
    }

    #[test]
    fn a_context_comes_back_as_it_was_handed_out_at_every_frontend_of_the_shop() {
        for context in [Context::default(), seen(1)] {
            let sealed = Contexts::new("a token").seal(&key("a"), &context);
            assert_eq!(Contexts::new("a token").open(&key("a"), &sealed), Ok(context));
        }
    }

    #[test]
    fn a_context_of_another_object_or_shop_or_of_nobody_is_refused() {
        let ours = Contexts::new("a token");
        let sealed = ours.seal(&key("a"), &seen(1));
        assert_eq!(ours.open(&key("b"), &sealed), Err(NotOurs));
        assert_eq!(Contexts::new("another").open(&key("a"), &sealed), Err(NotOurs));
        for wrong in ["", ".", "1.", &seen(1).to_string(), &format!("{}.{}", seen(1), "0".repeat(64))] {
            assert_eq!(ours.open(&key("a"), wrong), Err(NotOurs), "{wrong:?}");
        }
    }

    #[test]
    fn a_context_that_was_changed_anywhere_is_refused() {
        let ours = Contexts::new("a token");
        let sealed = ours.seal(&key("a"), &seen(1));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(ours.open(&key("a"), &changed), Err(NotOurs), "byte {at}");
            assert_eq!(ours.open(&key("a"), &sealed[..at]), Err(NotOurs), "the first {at} bytes");
        }
    }
}
