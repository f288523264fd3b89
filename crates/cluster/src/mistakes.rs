//! What can be wrong with `env.cfg`, and the sentence for it.
//!
//! All mistakes are told at once: nobody should start a shop five times to learn of five typos.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::membership::ZooKeeperAddress;
use crate::name::{ReplicaName, Tier, accepted_names};

/// As much of a line as a message repeats, in characters.
const EXCERPT: usize = 40;

/// One thing that is wrong. The reader of the file cannot go on differently for any of them, so they
/// stay inside this crate; they are told apart to keep each sentence in one place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("this line is not UTF-8 text")]
    NotText,
    #[error("{line:?} has no `=`: write KEY=VALUE, such as catalogA_port=8011")]
    NoEquals { line: String },
    #[error("the quote before the value of `{key}` is not closed")]
    OpenQuote { key: String },
    #[error("something follows the quoted value of `{key}`")]
    AfterQuote { key: String },
    #[error("unknown key {key:?}; did you mean `{nearest}`?")]
    Misspelt { key: String, nearest: String },
    #[error("unknown key {key:?}: a key is `membership`, `zookeeper`, or the name of a replica with _ip or _port behind it, and a replica is {forms}", forms = accepted_names())]
    UnknownKey { key: String },
    #[error("`{key}` is given twice, first on line {first}")]
    Twice { key: String, first: usize },
    #[error("`{key}` has no value")]
    Empty { key: String },
    #[error("`{key}` is {value:?}: a port is a number from 1 to 65535")]
    NotAPort { key: String, value: String },
    #[error(
        "`{key}` is {value:?}: write an address such as 127.0.0.1 or ::1, or localhost; other names are not looked up"
    )]
    NotAnAddress { key: String, value: String },
    #[error("`{key}` is {ip}, an address for many receivers: a replica needs one of its own")]
    ManyReceivers { key: String, ip: IpAddr },
    #[error(
        "`{key}` is {ip}, which is not an address of this machine: replicas on other machines are not supported yet"
    )]
    NotOurs { key: String, ip: IpAddr },
    #[error("{replica} has an ip but no port: add `{replica}_port`")]
    NoPort { replica: ReplicaName },
    #[error("{replica} has a port but no ip: add `{replica}_ip`")]
    NoIp { replica: ReplicaName },
    #[error("port {port} of {replica} is already given to {other} on line {line}")]
    PortTaken { port: u16, replica: ReplicaName, other: ReplicaName, line: usize },
    #[error("there is no {tier} replica: add `{first}_ip` and `{first}_port`", first = tier.first())]
    NoReplica { tier: Tier },
    #[error(
        "there is {replica} but no plain `frontend`, whose address customers know: add `frontend_ip` and `frontend_port`"
    )]
    NoPlainFrontend { replica: ReplicaName },
    #[error("`membership` is {value:?}: write static or zookeeper")]
    NotAMembership { value: String },
    #[error(
        "`zookeeper` has {value:?}: write the address and port of each server, such as 127.0.0.1:2181, [::1]:2181 or \
         zk1.internal:2181, with commas between them"
    )]
    NotAZooKeeper { value: String },
    #[error("`zookeeper` has {server} twice")]
    ZooKeeperTwice { server: ZooKeeperAddress },
    #[error("`zookeeper` has more than {most} servers")]
    ManyZooKeepers { most: usize },
    #[error(
        "`membership` is zookeeper, but where that is isn't said: add `zookeeper`, such as zookeeper=127.0.0.1:2181"
    )]
    NoZooKeeper,
    #[error("`zookeeper` is given, but nobody would ask it: add `membership=zookeeper`, or remove the line")]
    IdleZooKeeper,
}

impl Mistake {
    /// The line has no `=`; only its beginning is repeated in the message.
    pub(crate) fn no_equals(line: &str) -> Self {
        Self::NoEquals { line: excerpt(line) }
    }
}

/// The beginning of what somebody wrote, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Everything that is wrong with an `env.cfg`, with line numbers, as one message for people.
#[derive(Debug)]
pub struct Mistakes {
    path: PathBuf,
    found: Found,
}

#[derive(Debug)]
enum Found {
    /// The file could not be read at all.
    Unreadable(io::Error),
    /// Sorted by line; what concerns no line in particular comes last.
    Wrong(Vec<(Option<usize>, Mistake)>),
}

impl Mistakes {
    pub(crate) fn unreadable(path: &Path, reason: io::Error) -> Self {
        Self { path: path.to_owned(), found: Found::Unreadable(reason) }
    }

    pub(crate) fn wrong(path: &Path, mut list: Vec<(Option<usize>, Mistake)>) -> Self {
        list.sort_by_key(|(line, _)| line.unwrap_or(usize::MAX));
        Self { path: path.to_owned(), found: Found::Wrong(list) }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let list = match &self.found {
            Found::Unreadable(reason) => return write!(f, "cannot read {path}: {reason}"),
            Found::Wrong(list) => list,
        };
        write!(f, "{path} has {} mistake{}:", list.len(), if list.len() == 1 { "" } else { "s" })?;
        for (line, mistake) in list {
            match line {
                Some(line) => write!(f, "\n  line {line}: {mistake}")?,
                None => write!(f, "\n  {mistake}")?,
            }
        }
        Ok(())
    }
}

// No `source`: what the operating system said is part of the message already.
impl Error for Mistakes {}
