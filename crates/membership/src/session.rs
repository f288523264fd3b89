//! One session with ZooKeeper: the steps of `supervisor` in the words of the client library.
//!
//! Nothing here decides or tries again; an error is told as the event that it is. The library keeps the connection of a
//! session by itself, and asks its servers in turn, as long as the session can be alive.

use crate::listing::{Complaints, MOST_MEMBERS, MOST_NODES, Node, present, worth_reading};
use crate::node::{Address, MOST_DATA, NodeName};
use crate::pace::Pace;
use crate::supervisor::Event;
use crate::view::Present;
use cluster::Member;
use futures::future::{pending, try_join_all};
use std::pin::Pin;
use std::time::Duration;
use zookeeper_client::{Acls, Client, CreateMode, Error, SessionState, StateWatcher, WatchedEvent};

/// A step that did not work: what to tell the supervisor, and why, for people.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) event: Event,
    pub(crate) why: String,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let event = match error {
            Error::SessionExpired | Error::SessionMoved | Error::ClientClosed => Event::Expired,
            Error::ConnectionLoss => Event::Lost,
            Error::NoNode => Event::Missing,
            _ => Event::Failed,
        };
        Self { event, why: error.to_string() }
    }
}

/// What was read: who is there, whether the own node is listed, and what was wrong.
pub(crate) struct Reading {
    pub(crate) members: Vec<Present>,
    pub(crate) own: bool,
    pub(crate) complaints: Complaints,
}

/// A session that was opened. Dropping it closes it, without waiting for that.
pub(crate) struct Session {
    client: Client,
    states: StateWatcher,
    directory: String,
    /// Fires once, when the list has changed since it was read.
    change: Option<Pin<Box<dyn Future<Output = WatchedEvent> + Send + Sync>>>,
}

impl Session {
    /// Opens one with any of `servers`, which are written `host:port` with commas between them; each is tried once.
    pub(crate) async fn open(servers: &str, directory: String, pace: &Pace) -> Result<Self, Trouble> {
        let connector = Client::connector().with_session_timeout(pace.session).with_fail_eagerly();
        // By itself the library would wait for a silent server as long as two fifths of the session.
        let connector = connector.with_connection_timeout(pace.answer);
        let client = connector.connect(servers).await.map_err(|error| Trouble {
            // There is no session yet that could be lost or gone.
            event: Event::Failed,
            why: error.to_string(),
        })?;
        Ok(Self { states: client.state_watcher(), client, directory, change: None })
    }

    /// Makes the directory, and in it the own node.
    pub(crate) async fn register(&self, own: Option<&(Member, NodeName)>) -> Result<(), Trouble> {
        self.client.mkdir(&self.directory, &CreateMode::Persistent.with_acls(Acls::anyone_all())).await?;
        let Some((member, name)) = own else { return Ok(()) };
        let (path, data) = (self.path(name), Address::of(member).to_json());
        let options = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
        match self.client.create(&path, &data, &options).await {
            Ok(_) => Ok(()),
            Err(Error::NodeExists) if self.owns(&path).await? => Ok(()),
            Err(Error::NodeExists) => {
                // The boot id is ours alone: the node is of an earlier session and would go with that.
                self.remove(&path).await?;
                self.client.create(&path, &data, &options).await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the node at `path` was made in this session: its answer may have been lost.
    async fn owns(&self, path: &str) -> Result<bool, Error> {
        let stat = self.client.check_stat(path).await?;
        Ok(stat.is_some_and(|stat| stat.ephemeral_owner == self.client.session_id().0))
    }

    async fn remove(&self, path: &str) -> Result<(), Error> {
        match self.client.delete(path, None).await {
            Ok(()) | Err(Error::NoNode) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads who of `all` is there, and watches the list from then on.
    pub(crate) async fn read(&mut self, all: &[Member], own: Option<&NodeName>) -> Result<Reading, Trouble> {
        // A list has no most of its own: it is counted before it is asked for.
        let directory = self.client.check_stat(&self.directory).await?.ok_or(Error::NoNode)?;
        check_count("nodes", usize::try_from(directory.num_children).unwrap_or(usize::MAX), MOST_NODES)?;
        let (names, watcher) = self.client.list_and_watch_children(&self.directory).await?;
        self.change = Some(Box::pin(watcher.changed()));
        check_count("nodes", names.len(), MOST_NODES)?;
        let mut complaints = Complaints::new();
        let names = worth_reading(&names, all, &mut complaints);
        check_count("nodes with names of members", names.len(), MOST_MEMBERS)?;
        let own = own.is_some_and(|own| names.contains(own));
        let nodes = try_join_all(names.into_iter().map(|name| self.look_into(name))).await?;
        let members = present(nodes.into_iter().flatten().collect(), all, &mut complaints);
        Ok(Reading { members, own, complaints })
    }

    /// One node; `None` when it has gone meanwhile.
    async fn look_into(&self, name: NodeName) -> Result<Option<Node>, Error> {
        let path = self.path(&name);
        let Some(stat) = self.client.check_stat(&path).await? else { return Ok(None) };
        let (made, ephemeral) = (stat.czxid, stat.ephemeral_owner != 0);
        let short = usize::try_from(stat.data_length).is_ok_and(|length| length <= MOST_DATA);
        if !short {
            return Ok(Some(Node { name, made, ephemeral, data: None }));
        }
        match self.client.get_data(&path).await {
            Ok((data, _)) => Ok(Some(Node { name, made, ephemeral, data: Some(data) })),
            Err(Error::NoNode) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for news of the list and the session, so long at most.
    pub(crate) async fn listen(&mut self, at_most: Duration) -> Event {
        let Self { states, change, .. } = self;
        let changed = async {
            match change {
                Some(change) => change.await,
                None => pending().await,
            }
        };
        tokio::select! {
            state = states.changed() => event_of(state),
            _ = changed => {
                self.change = None;
                // The end of a session fires it too, and is told by the state.
                event_of_watch(self.states.peek_state())
            }
            () = tokio::time::sleep(at_most) => Event::Elapsed,
        }
    }

    /// Waits so long, unless the session has news.
    pub(crate) async fn pause(&mut self, time: Duration) -> Event {
        tokio::select! {
            state = self.states.changed() => event_of(state),
            () = tokio::time::sleep(time) => Event::Elapsed,
        }
    }

    /// Removes the own node and closes the session; returns when ZooKeeper has confirmed it.
    pub(crate) async fn close(self, own: Option<&NodeName>) {
        if let Some(own) = own {
            // If that fails, the node goes with the session.
            let _ = self.remove(&self.path(own)).await;
        }
        let Self { mut states, client, change, .. } = self;
        // The library closes a session when nobody holds it any more.
        drop((client, change));
        while !states.changed().await.is_terminated() {}
    }

    fn path(&self, name: &NodeName) -> String {
        format!("{}/{name}", self.directory)
    }
}

fn check_count(what: &str, count: usize, most: usize) -> Result<(), Trouble> {
    let why = || format!("the directory has {count} {what}, more than {most}");
    if count > most { Err(Trouble { event: Event::Failed, why: why() }) } else { Ok(()) }
}

fn event_of(state: SessionState) -> Event {
    match state {
        SessionState::SyncConnected | SessionState::ConnectedReadOnly => Event::Back,
        SessionState::Disconnected => Event::Lost,
        SessionState::Expired | SessionState::AuthFailed | SessionState::Closed => Event::Expired,
    }
}

fn event_of_watch(state: SessionState) -> Event {
    if state.is_terminated() { Event::Expired } else { Event::Changed }
}
