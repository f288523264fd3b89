//! From the text of `env.cfg` to its members and settings, or to everything that is wrong with it.
//!
//! A mistake never ends the reading, and what follows from a mistake that was told already is not
//! told again: a misspelt `catalogB_ip` does not also leave `catalogB` without an ip.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::Path;

use crate::line;
use crate::membership::{self, MembershipSetting};
use crate::mistakes::{Mistake, Mistakes, excerpt};
use crate::name::{ReplicaName, Tier};
use crate::nearest;
use crate::roster::Member;

/// The members that `bytes` names, in the order of start: catalogs, orders, carts, frontends, each by letter; and how they
/// learn who of them is there.
///
/// # Errors
/// [`Mistakes`], all of them.
pub(crate) fn roster(bytes: &[u8], path: &Path) -> Result<(Vec<Member>, MembershipSetting), Mistakes> {
    let mut draft = Draft::default();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if let Err(mistake) = draft.take_line(index + 1, line) {
            draft.mistakes.push((Some(index + 1), mistake));
        }
    }
    draft.check_pairs();
    draft.check_ports();
    draft.check_tiers();
    draft.mistakes.extend(draft.membership.check(&draft.meant));
    if draft.mistakes.is_empty() { Ok(draft.into_parts()) } else { Err(Mistakes::wrong(path, draft.mistakes)) }
}

/// What the lines read so far said.
#[derive(Default)]
struct Draft {
    replicas: BTreeMap<ReplicaName, Address>,
    membership: membership::Draft,
    /// Keys that a misspelt one stood for: nobody is told that they are missing.
    meant: BTreeSet<String>,
    mistakes: Vec<(Option<usize>, Mistake)>,
}

/// Where one replica listens, as far as it is known.
#[derive(Default)]
struct Address {
    ip: Option<Given<IpAddr>>,
    port: Option<Given<u16>>,
}

/// A key that is in the file; it has no value when the mistake in it was told already.
#[derive(Clone, Copy)]
struct Given<T> {
    line: usize,
    value: Option<T>,
}

impl Draft {
    fn take_line(&mut self, number: usize, bytes: &[u8]) -> Result<(), Mistake> {
        let text = std::str::from_utf8(bytes).map_err(|_| Mistake::NotText)?;
        let Some(line::Setting { key, value }) = line::read(text)? else { return Ok(()) };
        if let Some(mistakes) = self.membership.take(number, key, value) {
            self.mistakes.extend(mistakes.into_iter().map(|mistake| (Some(number), mistake)));
            return Ok(());
        }
        let known = key
            .rsplit_once('_')
            .and_then(|(replica, field)| Some((replica.parse::<ReplicaName>().ok()?, field)))
            .filter(|(_, field)| matches!(*field, "ip" | "port"));
        let Some((replica, field)) = known else { return Err(self.unknown(key)) };
        let address = self.replicas.entry(replica).or_default();
        if field == "ip" {
            give(&mut address.ip, number, key, ip(key, value))
        } else {
            give(&mut address.port, number, key, port(key, value))
        }
    }

    fn unknown(&mut self, key: &str) -> Mistake {
        match nearest::known_key(key) {
            Some(nearest) => {
                self.meant.insert(nearest.clone());
                Mistake::Misspelt { key: excerpt(key), nearest }
            }
            None => Mistake::UnknownKey { key: excerpt(key) },
        }
    }

    /// An ip needs a port and a port an ip.
    fn check_pairs(&mut self) {
        for (replica, address) in &self.replicas {
            let (missing, given, mistake) = match (address.ip.map(|ip| ip.line), address.port.map(|port| port.line)) {
                (Some(line), None) => ("port", line, Mistake::NoPort { replica: replica.clone() }),
                (None, Some(line)) => ("ip", line, Mistake::NoIp { replica: replica.clone() }),
                _ => continue,
            };
            if !self.meant.contains(&format!("{replica}_{missing}")) {
                self.mistakes.push((Some(given), mistake));
            }
        }
    }

    /// Two replicas cannot listen on one port of one address.
    fn check_ports(&mut self) {
        let mut listeners: Vec<(usize, u16, IpAddr, &ReplicaName)> =
            self.replicas.iter().filter_map(|(name, address)| address.complete(name)).collect();
        listeners.sort_unstable();
        for (index, &(line, port, ip, replica)) in listeners.iter().enumerate() {
            let taken = listeners[..index].iter().find(|(_, other, at, _)| *other == port && overlap(ip, *at));
            if let Some(&(first, _, _, other)) = taken {
                let (replica, other) = (replica.clone(), other.clone());
                self.mistakes.push((Some(line), Mistake::PortTaken { port, replica, other, line: first }));
            }
        }
    }

    /// A shop needs each tier once, but for those that it can do without. Letters may have gaps, for a replica that was retired leaves one.
    fn check_tiers(&mut self) {
        for tier in Tier::START_ORDER {
            let meant = |name: &ReplicaName| ["ip", "port"].iter().any(|f| self.meant.contains(&format!("{name}_{f}")));
            let given = self.replicas.iter().find(|(name, _)| name.tier() == tier);
            match given {
                None if tier.is_optional() => {}
                None if ReplicaName::all().any(|name| name.tier() == tier && meant(&name)) => {}
                None => self.mistakes.push((None, Mistake::NoReplica { tier })),
                Some((replica, address)) => {
                    if tier == Tier::Frontend && *replica != tier.first() && !meant(&tier.first()) {
                        let mistake = Mistake::NoPlainFrontend { replica: replica.clone() };
                        self.mistakes.push((address.first_line(), mistake));
                    }
                }
            }
        }
    }

    fn into_parts(self) -> (Vec<Member>, MembershipSetting) {
        let mut members: Vec<Member> = self
            .replicas
            .into_iter()
            .filter_map(|(name, address)| {
                let (ip, port) = (address.ip?.value?, address.port?.value?);
                Some(Member { tier: name.tier(), letter: name.letter(), name, ip, port })
            })
            .collect();
        let start = |tier: Tier| Tier::START_ORDER.iter().position(|&other| other == tier);
        members.sort_by_key(|member| (start(member.tier), member.letter));
        (members, self.membership.into_setting())
    }
}

impl Address {
    /// The line of the port, the port and the ip, when both are good.
    fn complete<'a>(&self, name: &'a ReplicaName) -> Option<(usize, u16, IpAddr, &'a ReplicaName)> {
        let (ip, port) = (self.ip?, self.port?);
        Some((port.line, port.value?, ip.value?, name))
    }

    /// The line on which the replica is mentioned first.
    fn first_line(&self) -> Option<usize> {
        [self.ip.map(|ip| ip.line), self.port.map(|port| port.line)].into_iter().flatten().min()
    }
}

/// Notes that `key` was given, with its value if that was good.
fn give<T>(field: &mut Option<Given<T>>, line: usize, key: &str, value: Result<T, Mistake>) -> Result<(), Mistake> {
    if let Some(first) = field {
        return Err(Mistake::Twice { key: key.to_owned(), first: first.line });
    }
    let (value, told) = match value {
        Ok(value) => (Some(value), Ok(())),
        Err(mistake) => (None, Err(mistake)),
    };
    *field = Some(Given { line, value });
    told
}

fn port(key: &str, value: &str) -> Result<u16, Mistake> {
    if value.is_empty() {
        return Err(Mistake::Empty { key: key.to_owned() });
    }
    // The parser of integers would take `+8011` as well, and zero means "any port" to a socket.
    let number = if value.bytes().all(|byte| byte.is_ascii_digit()) { value.parse().ok() } else { None };
    number.filter(|&port| port != 0).ok_or_else(|| Mistake::NotAPort { key: key.to_owned(), value: excerpt(value) })
}

fn ip(key: &str, value: &str) -> Result<IpAddr, Mistake> {
    if value.is_empty() {
        return Err(Mistake::Empty { key: key.to_owned() });
    }
    if value.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let ip: IpAddr = value.parse().map_err(|_| Mistake::NotAnAddress { key: key.to_owned(), value: excerpt(value) })?;
    let ip = ip.to_canonical();
    if ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return Err(Mistake::ManyReceivers { key: key.to_owned(), ip });
    }
    // Only the owner of an address can bind to it; nothing is sent.
    match UdpSocket::bind((ip, 0)) {
        Ok(_) => Ok(ip),
        Err(_) => Err(Mistake::NotOurs { key: key.to_owned(), ip }),
    }
}

/// Whether listening on both addresses would meet: the unspecified address stands for all of them.
fn overlap(a: IpAddr, b: IpAddr) -> bool {
    a == b || a.is_unspecified() || b.is_unspecified()
}
