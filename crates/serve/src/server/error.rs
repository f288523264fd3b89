//! Why a server does not serve, in sentences that say what to do.

use cluster::{Member, ReplicaName};
use std::io;
use std::net::SocketAddr;

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program listens there.
    #[error(
        "{replica} cannot listen on {address}: the port is in use. Stop the program that listens there (`ss -ltnp` \
         names it), or give {replica} another port in env.cfg"
    )]
    PortInUse {
        /// Who wanted to listen.
        replica: ReplicaName,
        /// Where.
        address: SocketAddr,
    },
    /// The address belongs to another machine.
    #[error("{replica} cannot listen on {address}: this machine has no such address. Correct {replica}_ip in env.cfg")]
    AddressNotHere {
        /// Who wanted to listen.
        replica: ReplicaName,
        /// Where.
        address: SocketAddr,
    },
    /// The port is reserved for the administrator.
    #[error(
        "{replica} cannot listen on {address}: this user may not use that port. Give {replica} a port above 1023 in \
         env.cfg"
    )]
    Forbidden {
        /// Who wanted to listen.
        replica: ReplicaName,
        /// Where.
        address: SocketAddr,
    },
    /// Something else keeps it from listening.
    #[error("{replica} cannot listen on {address}: {why}")]
    CannotListen {
        /// Who wanted to listen.
        replica: ReplicaName,
        /// Where.
        address: SocketAddr,
        /// What the operating system said; part of the message, so not a source beside it.
        why: io::Error,
    },
    /// It broke down while it was serving.
    #[error("the server of {replica} broke down: {why}")]
    Failed {
        /// Whose server.
        replica: ReplicaName,
        /// What happened.
        why: io::Error,
    },
}

impl ServeError {
    pub(super) fn listening(member: &Member, why: io::Error) -> Self {
        let (replica, address) = (member.name.clone(), member.address());
        match why.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse { replica, address },
            io::ErrorKind::AddrNotAvailable => Self::AddressNotHere { replica, address },
            io::ErrorKind::PermissionDenied => Self::Forbidden { replica, address },
            _ => Self::CannotListen { replica, address, why },
        }
    }
}
