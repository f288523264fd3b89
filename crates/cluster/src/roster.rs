//! The members of the cluster, as `env.cfg` names them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use crate::membership::MembershipSetting;
use crate::mistakes::Mistakes;
use crate::name::{ReplicaName, Tier};
use crate::parse;

/// One replica and where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `catalogA`, `frontend`.
    pub name: ReplicaName,
    /// The tier it belongs to.
    pub tier: Tier,
    /// `A` to `Z`; `A` for the plain `frontend`.
    pub letter: char,
    /// The address it listens on, one of this machine.
    pub ip: IpAddr,
    /// Its TCP port, never 0.
    pub port: u16,
}

impl Member {
    /// Where the others reach it: `http://127.0.0.1:8011`, without a slash at the end.
    ///
    /// A member that listens on every address of the machine (`0.0.0.0`, `::`) is called on the
    /// loopback one.
    pub fn url(&self) -> String {
        let ip = match self.ip {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, self.port))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.ip, self.port)
    }
}

/// Every member of the cluster: at least one of each tier, all names and addresses different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    members: Vec<Member>,
    membership: MembershipSetting,
}

impl Roster {
    /// Reads the text of an `env.cfg`; `path` is only repeated in messages.
    ///
    /// # Errors
    /// [`Mistakes`]: every mistake in the text, with its line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Mistakes> {
        let (members, membership) = parse::roster(text.as_bytes(), path)?;
        Ok(Self { members, membership })
    }

    /// Reads the `env.cfg` at `path`.
    ///
    /// # Errors
    /// [`Mistakes`]: the file cannot be read, or every mistake in it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Mistakes> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|reason| Mistakes::unreadable(path, reason))?;
        let (members, membership) = parse::roster(&bytes, path)?;
        Ok(Self { members, membership })
    }

    /// All members in the order of start: catalogs, orders, carts, frontends, each by letter.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The members of one tier, by letter.
    pub fn of(&self, tier: Tier) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.tier == tier)
    }

    /// The member with this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name.as_str() == name)
    }

    /// How the members learn who of them is there.
    pub fn membership(&self) -> &MembershipSetting {
        &self.membership
    }

    /// What tells this list from another: 16 hexadecimal digits, the same for the same names, addresses and membership.
    pub fn digest(&self) -> String {
        let lines = self.members.iter().map(|Member { name, ip, port, .. }| format!("{name} {ip} {port}\n"));
        // A file that doesn't mention the membership has the digest that it always had.
        let membership = match &self.membership {
            MembershipSetting::Static => String::new(),
            zookeeper @ MembershipSetting::ZooKeeper(_) => format!("membership {zookeeper}\n"),
        };
        blake3::hash((lines.collect::<String>() + &membership).as_bytes()).to_hex()[..16].to_owned()
    }

    /// The other members of the same tier, by letter.
    pub fn peers_of(&self, name: &ReplicaName) -> Vec<&Member> {
        self.of(name.tier()).filter(|member| member.name != *name).collect()
    }
}
