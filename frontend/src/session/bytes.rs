//! A session as the text in its cookie, and back. What reads it believes nothing: a text that is not exactly one of ours
//! is no session, whoever has signed it.

use super::seen::{MOST_BOOKS, Seen, SeenBook};
use super::{MOST_JOINS, Member, Session};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use journal::ActorId;
use uuid::Uuid;
use wire::ItemId;
use wire::item::Versions;

/// So many actors may be named; a shop has a handful.
const MOST_ACTORS: usize = 64;
const FORMAT: u8 = 2;

impl Session {
    pub(super) fn encode(&self) -> String {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.push(self.member.is_some().into());
        if let Some(member) = &self.member {
            bytes.extend_from_slice(member.account.as_bytes());
            bytes.extend_from_slice(&member.name);
            bytes.extend_from_slice(&member.fingerprint);
            put(&mut bytes, member.since_s);
        }
        put(&mut bytes, self.joins.len() as u64);
        for guest in &self.joins {
            bytes.extend_from_slice(guest.as_bytes());
        }
        encode_seen(&self.seen, &mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (format, mut rest) = bytes.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let id = uuid(&mut rest)?;
        let [is_member] = *take::<1>(&mut rest)?;
        let member = match is_member {
            0 => None,
            1 => Some(Member {
                account: uuid(&mut rest)?,
                name: *take(&mut rest)?,
                fingerprint: *take(&mut rest)?,
                since_s: get(&mut rest)?,
            }),
            _ => return None,
        };
        let joins = get(&mut rest).filter(|count| *count <= MOST_JOINS as u64)?;
        let joins = (0..joins).map(|_| uuid(&mut rest)).collect::<Option<_>>()?;
        Some(Self { id, member, joins, seen: decode_seen(rest)? })
    }
}

fn encode_seen(seen: &Seen, bytes: &mut Vec<u8>) {
    let mut actors: Vec<ActorId> = seen.0.iter().flat_map(|book| book.versions.keys().copied()).collect();
    actors.sort_unstable();
    actors.dedup();
    actors.truncate(MOST_ACTORS);
    put(bytes, actors.len() as u64);
    for actor in &actors {
        bytes.extend_from_slice(actor.bytes());
    }
    for book in &seen.0 {
        let versions: Vec<_> =
            book.versions.iter().filter_map(|(actor, seq)| Some((actors.binary_search(actor).ok()?, *seq))).collect();
        put(bytes, book.item.0.into());
        put(bytes, book.at_s);
        put(bytes, versions.len() as u64);
        for (actor, seq) in versions {
            put(bytes, actor as u64);
            put(bytes, seq);
        }
    }
}

fn decode_seen(mut rest: &[u8]) -> Option<Seen> {
    let count = get(&mut rest)?;
    if count > MOST_ACTORS as u64 {
        return None;
    }
    let actors: Vec<ActorId> = (0..count)
        .map(|_| take::<16>(&mut rest).map(|bits| ActorId::from_bits(u128::from_be_bytes(*bits))))
        .collect::<Option<_>>()?;
    let mut books = Vec::new();
    while !rest.is_empty() && books.len() < MOST_BOOKS {
        let item = ItemId(get(&mut rest)?.try_into().ok()?);
        let at_s = get(&mut rest)?;
        let mut versions = Versions::new();
        for _ in 0..get(&mut rest)? {
            let actor = *actors.get(usize::try_from(get(&mut rest)?).ok()?)?;
            versions.insert(actor, get(&mut rest)?);
        }
        books.push(SeenBook { item, at_s, versions });
    }
    Some(Seen(books))
}

/// Appends a number, seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn uuid(bytes: &mut &[u8]) -> Option<Uuid> {
    take(bytes).map(|bits| Uuid::from_bytes(*bits))
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    proptest! {
        #[test]
        fn whatever_is_decoded_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            bytes.insert(0, FORMAT);
            let _ = Session::decode(&BASE64_URL_SAFE_NO_PAD.encode(bytes));
        }
    }
}
