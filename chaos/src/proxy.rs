//! Connections that can be troubled: one listener a link, between who calls and who is called.
//!
//! Everything between two processes of the shop goes through here, byte by byte. What a real network does to bytes that
//! do not get through is done to them: they wait and arrive late, as TCP sends them again, or their connection is gone.
//! Which trouble there is and when is not decided here.

mod pump;

use crate::fault::{Link, Trouble};
use pump::{carry, reset};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Between two attempts to listen again on a port of ours.
const AGAIN: Duration = Duration::from_millis(20);

/// The trouble on a link, as it changes.
type Weather = watch::Receiver<Option<Trouble>>;

/// All links of a shop. Dropping it ends them.
#[derive(Debug)]
pub struct Proxies {
    links: BTreeMap<Link, Proxy>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Proxy {
    port: u16,
    trouble: watch::Sender<Option<Trouble>>,
    carried: Arc<AtomicU64>,
}

impl Proxies {
    /// Opens every link of `routes`: whom it leads to, and on which port of ours.
    ///
    /// # Errors
    /// A port can't be listened on.
    pub async fn open(routes: &[(Link, u16, SocketAddr)]) -> io::Result<Self> {
        let (mut links, mut tasks) = (BTreeMap::new(), JoinSet::new());
        for (link, port, to) in routes {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await?;
            let (trouble, weather) = watch::channel(None);
            let carried = Arc::new(AtomicU64::new(0));
            tasks.spawn(listen(listener, *port, *to, weather, carried.clone()));
            links.insert(*link, Proxy { port: *port, trouble, carried });
        }
        Ok(Self { links, _tasks: tasks })
    }

    /// The port at which this link begins.
    pub fn port(&self, link: Link) -> Option<u16> {
        self.links.get(&link).map(|proxy| proxy.port)
    }

    /// Changes the trouble on links; none mends them.
    pub fn trouble(&self, links: &[Link], trouble: Option<Trouble>) {
        for proxy in links.iter().filter_map(|link| self.links.get(link)) {
            proxy.trouble.send_replace(trouble);
        }
    }

    /// Mends everything.
    pub fn mend(&self) {
        for proxy in self.links.values() {
            proxy.trouble.send_replace(None);
        }
    }

    /// Bytes that went over a link so far, in both directions.
    pub fn carried(&self, link: Link) -> u64 {
        self.links.get(&link).map_or(0, |proxy| proxy.carried.load(Ordering::Relaxed))
    }
}

/// Takes connections for one link, for as long as the shop is there.
async fn listen(first: TcpListener, port: u16, to: SocketAddr, mut weather: Weather, carried: Arc<AtomicU64>) {
    let mut listener = Some(first);
    let mut open = JoinSet::new();
    loop {
        if *weather.borrow_and_update() == Some(Trouble::Cut) {
            // Without a listener the system refuses, as it does where no process is.
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.ok();
            if listener.is_none() {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = weather.changed() => if changed.is_err() { return },
            accepted = accepted => if let Ok((caller, _)) = accepted {
                open.spawn(connection(caller, to, weather.clone(), carried.clone()));
            },
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
    }
}

/// One connection, from being accepted to its end.
async fn connection(caller: TcpStream, to: SocketAddr, weather: Weather, carried: Arc<AtomicU64>) {
    // Small packets must not wait for each other here, since they would not without us.
    let _ = caller.set_nodelay(true);
    if *weather.borrow() == Some(Trouble::HalfOpen) {
        return pump::swallow(caller, weather).await;
    }
    // The caller sees a connection that is made: that the called one did not take it shows when it is reset.
    match TcpStream::connect(to).await {
        Ok(server) => {
            let _ = server.set_nodelay(true);
            carry(caller, server, weather, &carried).await;
        }
        Err(_) => reset(caller),
    }
}

#[cfg(test)]
mod tests;
