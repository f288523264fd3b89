//! What these tests ask of a real ZooKeeper beside what `tests::ZooKeeper` does: sessions of strangers, and how long.

use std::net::TcpListener;
use std::time::Duration;
use tests::ZooKeeper;
use tokio::time::timeout;
use zookeeper_client::Client;

/// How long anything is waited for that must happen. Nothing takes so long on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// The session that clients of these tests ask for. It is short, so that it can expire within a test.
pub(crate) const SESSION: Duration = Duration::from_secs(3);

/// A session of somebody else, to look into the tree and to put things there.
pub(crate) async fn stranger(zookeeper: &ZooKeeper) -> Client {
    let address = zookeeper.address();
    let connected = Client::connector().with_session_timeout(4 * SESSION).connect(&address);
    timeout(PATIENCE, connected).await.expect("in time").expect("a session")
}

/// A port on which nothing listens now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
