//! A session as the text in its cookie, and back. What reads it believes nothing: a text that is not exactly one of ours
//! is no session, whoever has signed it.

use super::{MOST_JOINS, Member, Seen, Session};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

/// The most bytes of a session: a browser keeps cookies of 4096 characters, with name and signature (RFC 6265 §6.1).
const MOST_BYTES: usize = 2_900;
const FORMAT: u8 = 3;

impl Session {
    pub(super) fn encode(&self) -> String {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.push(self.member.is_some().into());
        if let Some(Member { account, name, fingerprint, since_s }) = &self.member {
            bytes.extend_from_slice(account.as_bytes());
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(fingerprint);
            bytes.extend_from_slice(&since_s.to_be_bytes());
        }
        bytes.push(u8::try_from(self.joins.len()).unwrap_or(u8::MAX));
        for guest in &self.joins {
            bytes.extend_from_slice(guest.as_bytes());
        }
        bytes.push(self.in_cart.map_or(0, |units| units.saturating_add(1)));
        self.seen.encode(&mut bytes, MOST_BYTES);
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
        let [is_member] = *take(&mut rest)?;
        let member = match is_member {
            0 => None,
            1 => Some(Member {
                account: uuid(&mut rest)?,
                name: *take(&mut rest)?,
                fingerprint: *take(&mut rest)?,
                since_s: u64::from_be_bytes(*take(&mut rest)?),
            }),
            _ => return None,
        };
        let [joins] = *take(&mut rest)?;
        if usize::from(joins) > MOST_JOINS {
            return None;
        }
        let joins = (0..joins).map(|_| uuid(&mut rest)).collect::<Option<_>>()?;
        let [in_cart] = *take(&mut rest)?;
        Some(Self { id, member, joins, in_cart: in_cart.checked_sub(1), seen: Seen::decode(rest)? })
    }
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
