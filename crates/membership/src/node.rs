//! How a member is written into ZooKeeper: the directory, the name of its node, and what that holds.
//!
//! Whoever can reach ZooKeeper can write there. So everything is read as if by a stranger: names and data have a most,
//! one spelling, and count only where they agree with `env.cfg`.

use crate::boot::BootId;
use cluster::{ClusterId, Member, ReplicaName, Tier};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The longest name of a node that is looked at, in bytes; those of members are shorter.
pub(crate) const LONGEST_NAME: usize = 64;
/// As much data as a node may hold to be read, in bytes; that of a member is about 40.
pub(crate) const MOST_DATA: usize = 512;

/// The directory of a tier's members: `/bookend/<cluster id>/cart`.
pub(crate) fn directory(cluster: ClusterId, tier: Tier) -> String {
    format!("/bookend/{cluster}/{tier}")
}

/// The name of a member's node: `cartA-0123456789abcdef`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeName {
    pub(crate) replica: ReplicaName,
    pub(crate) boot: BootId,
}

impl NodeName {
    /// Reads a name; `None` when it is not one of a member's node.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST_NAME {
            return None;
        }
        let (replica, boot) = text.rsplit_once('-')?;
        Some(Self { replica: replica.parse().ok()?, boot: boot.parse().ok()? })
    }
}

impl std::fmt::Display for NodeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.replica, self.boot)
    }
}

/// What a member's node holds, as JSON. Later versions may add fields, which this one passes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    address: IpAddr,
    port: u16,
}

impl Address {
    /// Where `env.cfg` says that `member` listens.
    pub(crate) fn of(member: &Member) -> Self {
        Self { address: member.ip, port: member.port }
    }

    /// Reads the data of a node; `None` when it is not that of a member's.
    pub(crate) fn parse(data: &[u8]) -> Option<Self> {
        if data.len() > MOST_DATA { None } else { serde_json::from_slice(data).ok() }
    }

    /// The data of a node.
    pub(crate) fn to_json(self) -> Vec<u8> {
        serde_json::to_vec(&self).expect("an address has a JSON form")
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", std::net::SocketAddr::new(self.address, self.port))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Address, LONGEST_NAME, MOST_DATA, NodeName, directory};
    use crate::boot::BootId;
    use cluster::{Member, ReplicaName, Tier};
    use std::net::Ipv4Addr;

    /// A member with the port 8000 and its letter.
    pub(crate) fn member(name: &str) -> Member {
        let name: ReplicaName = name.parse().expect("a name");
        let port = 8000 + u16::try_from(u32::from(name.letter())).expect("a letter");
        Member { tier: name.tier(), letter: name.letter(), name, ip: Ipv4Addr::LOCALHOST.into(), port }
    }

    /// Three of them.
    pub(crate) fn members() -> Vec<Member> {
        ["orderA", "orderB", "orderC"].map(member).into()
    }

    #[test]
    fn a_node_reads_back_as_it_was_written() {
        let name = NodeName { replica: member("orderB").name, boot: BootId::from_bits(0xab) };
        assert_eq!(name.to_string(), "orderB-00000000000000ab");
        assert_eq!(NodeName::parse(&name.to_string()), Some(name));
        let address = Address::of(&member("orderA"));
        assert_eq!(address.to_json(), br#"{"address":"127.0.0.1","port":8065}"#);
        assert_eq!(Address::parse(&address.to_json()), Some(address));
    }

    #[test]
    fn a_directory_belongs_to_one_cluster_and_tier() {
        let cluster = "0000000000000000000000000000000f".parse().expect("an id");
        assert_eq!(directory(cluster, Tier::Order), "/bookend/0000000000000000000000000000000f/order");
    }

    #[test]
    fn a_name_that_no_member_would_write_is_none() {
        for text in [
            "",
            "-",
            "orderA",
            "orderA-",
            "orderA-1",
            "orderA-00000000000000AB",
            "order-00000000000000ab",
            "orderA-00000000000000ab0000000001",
            " orderA-00000000000000ab",
            "orderA--00000000000000ab",
            "nobody-00000000000000ab",
            "lock-0000000001",
            &"x".repeat(LONGEST_NAME + 1),
        ] {
            assert_eq!(NodeName::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn data_that_no_member_would_write_is_none_and_further_fields_do_no_harm() {
        for data in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"address":"127.0.0.1"}"#,
            r#"{"address":"127.0.0.1","port":-1}"#,
            r#"{"address":"127.0.0.1","port":65536}"#,
            r#"{"address":"example.org","port":1}"#,
            r#"{"address":"127.0.0.1","port":1,"port":2}"#,
            r#"{"address":"127.0.0.1","port":1}x"#,
        ] {
            assert_eq!(Address::parse(data.as_bytes()), None, "{data}");
        }
        assert_eq!(Address::parse(b"\xff\xfe"), None);
        let padded = format!(r#"{{"address":"127.0.0.1","port":8065{}}}"#, " ".repeat(MOST_DATA));
        assert_eq!(Address::parse(padded.as_bytes()), None);
        let later = br#"{"address":"127.0.0.1","port":8065,"zone":"b"}"#;
        assert_eq!(Address::parse(later), Some(Address::of(&member("orderA"))));
    }
}
