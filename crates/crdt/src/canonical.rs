//! The canonical bytes of an object, for digests and for counting size.
//!
//! They are not the JSON, of which several texts can mean one state (escapes, spaces, order), and for which this crate
//! would need a writer; two versions of a writer that differ in an escape would repair each other for ever.
//!
//! ```text
//! number   unsigned LEB128          signed  zigzag, then LEB128
//! text     its length in bytes, its UTF-8
//! counters 'C' 1, actors (count, then 16 bytes and version each), items (count, then id and entries each),
//!          entries (count, then index of the actor, dot, net, fields), fields (count, then name, stamp, value each)
//! elements 'E' 1, elements (count, then text, stamp, 16 bytes of the actor, 0 or 1 each)
//! ```
//! Everything is in order (actors by their bits, texts by their UTF-8), and everything of variable length says its length.

use crate::{CounterMap, ElementSet, Object};

pub(crate) fn bytes(object: &Object) -> Vec<u8> {
    let mut to = Bytes(Vec::new());
    match object {
        Object::Counters(map) => counters(&mut to, map),
        Object::Elements(set) => elements(&mut to, set),
    }
    to.0
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push((value & 0x7f) as u8);
    }

    fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    fn count(&mut self, value: usize) {
        self.number(value as u64);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }
}

fn counters(to: &mut Bytes, map: &CounterMap) {
    to.0.extend_from_slice(b"C\x01");
    let actors: Vec<_> = map.vv.iter().map(|dot| dot.actor).collect();
    to.count(actors.len());
    for dot in map.vv.iter() {
        to.0.extend_from_slice(&dot.actor.bytes());
        to.number(dot.n);
    }
    to.count(map.items.len());
    for (id, item) in &map.items {
        to.text(id);
        to.count(item.len());
        for (actor, entry) in item {
            to.count(actors.binary_search(actor).expect("the actor of an entry was seen"));
            to.number(entry.n);
            to.signed(entry.net);
            to.count(entry.fields.len());
            for (name, field) in &entry.fields {
                to.text(name);
                to.number(field.stamp);
                to.text(&field.value);
            }
        }
    }
}

fn elements(to: &mut Bytes, set: &ElementSet) {
    to.0.extend_from_slice(b"E\x01");
    to.count(set.elements.len());
    for (element, word) in &set.elements {
        to.text(element);
        to.number(word.stamp);
        to.0.extend_from_slice(&word.actor.bytes());
        to.0.push(word.present.into());
    }
}
