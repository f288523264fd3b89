//! How replicas learn who of them is there: the keys of `env.cfg` that belong to no replica.
//!
//! `membership` names the source and `zookeeper` where it is. Whoever asks the source is in the crate `membership`;
//! here is only what the file says about it, and what can be wrong with that.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::mistakes::{Mistake, excerpt};

/// The key that names the source.
pub(crate) const MEMBERSHIP: &str = "membership";
/// The key that says where ZooKeeper is.
pub(crate) const ZOOKEEPER: &str = "zookeeper";
/// As many servers as a setting may name: an ensemble has three or five, and more only slow it down.
const MOST_SERVERS: usize = 16;
/// The longest name that DNS knows, and the longest part of one.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Where a replica learns who of the others is there. It is a hint for people, whatever the source says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MembershipSetting {
    /// From `env.cfg` alone: all of its members, always.
    #[default]
    Static,
    /// From the ZooKeeper ensemble with these servers: at least one, all different.
    ZooKeeper(Vec<ZooKeeperAddress>),
}

impl fmt::Display for MembershipSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static => f.write_str("static"),
            Self::ZooKeeper(servers) => {
                let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
                write!(f, "zookeeper {}", servers.join(","))
            }
        }
    }
}

/// Where one server of an ensemble listens for clients; written `127.0.0.1:2181`, `[::1]:2181` or `zk1.internal:2181`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ZooKeeperAddress {
    host: String,
    port: u16,
}

impl ZooKeeperAddress {
    /// An IP address without brackets, or a name in small letters that whoever connects looks up.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port, never 0.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port: u16 = if port.bytes().all(|byte| byte.is_ascii_digit()) { port.parse().ok()? } else { return None };
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => address(IpAddr::V6(inner.parse::<Ipv6Addr>().ok()?))?,
            None => match host.parse::<Ipv4Addr>() {
                Ok(ip) => address(IpAddr::V4(ip))?,
                Err(_) => name(host)?,
            },
        };
        (port != 0).then_some(Self { host, port })
    }
}

impl fmt::Display for ZooKeeperAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// The text of an address that one server can have.
fn address(ip: IpAddr) -> Option<String> {
    let ip = ip.to_canonical();
    let one = !ip.is_multicast() && !ip.is_unspecified() && ip != IpAddr::V4(Ipv4Addr::BROADCAST);
    one.then(|| ip.to_string())
}

/// A name that could be looked up. One that ends in a number is an address with a mistake in it.
fn name(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let good = text.len() <= LONGEST_NAME && text.split('.').all(label) && !text.rsplit('.').next().is_some_and(number);
    good.then(|| text.to_ascii_lowercase())
}

/// What the lines read so far said about it.
#[derive(Default)]
pub(crate) struct Draft {
    source: Option<Given<Source>>,
    servers: Option<Given<Vec<ZooKeeperAddress>>>,
}

/// A key that is in the file; it has no value when the mistake in it was told already.
struct Given<T> {
    line: usize,
    value: Option<T>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Static,
    ZooKeeper,
}

impl Draft {
    /// Takes the value of `membership` or `zookeeper`, with all that is wrong with it; `None` for any other key.
    pub(crate) fn take(&mut self, line: usize, key: &str, value: &str) -> Option<Vec<Mistake>> {
        match key {
            MEMBERSHIP => {
                Some(give(&mut self.source, line, key, value, |value| source(value).map_err(|one| vec![one])))
            }
            ZOOKEEPER => Some(give(&mut self.servers, line, key, value, servers)),
            _ => None,
        }
    }

    /// What is wrong with the two keys together, and on which line. `meant` are the keys that misspelt ones stood for.
    pub(crate) fn check(&self, meant: &BTreeSet<String>) -> Option<(Option<usize>, Mistake)> {
        match (&self.source, &self.servers) {
            (Some(Given { line, value: Some(Source::ZooKeeper) }), None) if !meant.contains(ZOOKEEPER) => {
                Some((Some(*line), Mistake::NoZooKeeper))
            }
            (Some(Given { value: Some(Source::Static), .. }), Some(servers)) => {
                Some((Some(servers.line), Mistake::IdleZooKeeper))
            }
            (None, Some(servers)) if !meant.contains(MEMBERSHIP) => Some((Some(servers.line), Mistake::IdleZooKeeper)),
            _ => None,
        }
    }

    /// The setting, of a file without mistakes.
    pub(crate) fn into_setting(self) -> MembershipSetting {
        match self.servers.and_then(|servers| servers.value) {
            Some(servers) => MembershipSetting::ZooKeeper(servers),
            None => MembershipSetting::Static,
        }
    }
}

/// Notes that `key` was given, with its value if that was good, and returns what is wrong with it.
fn give<T>(
    field: &mut Option<Given<T>>,
    line: usize,
    key: &str,
    value: &str,
    read: impl FnOnce(&str) -> Result<T, Vec<Mistake>>,
) -> Vec<Mistake> {
    if let Some(first) = field {
        return vec![Mistake::Twice { key: key.to_owned(), first: first.line }];
    }
    let read = if value.is_empty() { Err(vec![Mistake::Empty { key: key.to_owned() }]) } else { read(value) };
    let (value, mistakes) = match read {
        Ok(value) => (Some(value), Vec::new()),
        Err(mistakes) => (None, mistakes),
    };
    *field = Some(Given { line, value });
    mistakes
}

fn source(value: &str) -> Result<Source, Mistake> {
    match value {
        "static" => Ok(Source::Static),
        "zookeeper" => Ok(Source::ZooKeeper),
        _ => Err(Mistake::NotAMembership { value: excerpt(value) }),
    }
}

fn servers(value: &str) -> Result<Vec<ZooKeeperAddress>, Vec<Mistake>> {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    for text in value.split(',').map(str::trim).take(MOST_SERVERS + 1) {
        match ZooKeeperAddress::parse(text) {
            None => mistakes.push(Mistake::NotAZooKeeper { value: excerpt(text) }),
            Some(server) if found.contains(&server) => mistakes.push(Mistake::ZooKeeperTwice { server }),
            Some(server) => found.push(server),
        }
    }
    if value.split(',').count() > MOST_SERVERS {
        mistakes = vec![Mistake::ManyZooKeepers { most: MOST_SERVERS }];
    }
    if mistakes.is_empty() { Ok(found) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::ZooKeeperAddress;

    #[test]
    fn an_address_reads_back_as_it_is_written() {
        for text in ["127.0.0.1:2181", "[::1]:2181", "[fd00::17]:1", "zk1.internal:65535", "localhost:2181"] {
            let address = ZooKeeperAddress::parse(text).expect(text);
            assert_eq!(address.to_string(), text);
            assert_eq!(ZooKeeperAddress::parse(&address.to_string()), Some(address));
        }
        let mapped = ZooKeeperAddress::parse("[::ffff:10.0.0.1]:2181").expect("an address");
        assert_eq!((mapped.host(), mapped.port()), ("10.0.0.1", 2181));
        assert_eq!(ZooKeeperAddress::parse("ZK1:2181").expect("a name").to_string(), "zk1:2181");
    }

    #[test]
    fn what_no_client_could_connect_to_is_no_address() {
        let long = format!("{}:2181", "a".repeat(64));
        for text in [
            "",
            ":2181",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:0",
            "127.0.0.1:65536",
            "127.0.0.1:+1",
            "127.0.0:2181",
            "300.0.0.1:2181",
            "0.0.0.0:2181",
            "224.0.0.1:2181",
            "255.255.255.255:2181",
            "::1:2181",
            "[::]:2181",
            "[::1]",
            "[::1]2181",
            "[fe80::1%eth0]:2181",
            "[127.0.0.1]:2181",
            "-zk:2181",
            "zk-:2181",
            "z k:2181",
            "zk..internal:2181",
            "tcp://zk:2181",
            "zk:2181/chroot",
            long.as_str(),
        ] {
            assert_eq!(ZooKeeperAddress::parse(text), None, "{text:?}");
        }
    }
}
