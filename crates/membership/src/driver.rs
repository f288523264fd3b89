//! Takes the steps of `supervisor`, one after the other, in a task of its own, and publishes what comes of them.
//!
//! Nobody waits for this task but [`crate::Membership::close`]. A step that takes too long is a step that failed, and so
//! is one in which the client library panics over an answer that no ZooKeeper gives.

use crate::listing::Told;
use crate::node::{self, NodeName};
use crate::remembered;
use crate::session::{Reading, Session, Trouble};
use crate::settings::Settings;
use crate::supervisor::{Event, Role, Step, Supervisor};
use crate::view::View;
use cluster::ZooKeeperAddress;
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

pub(crate) struct Driver {
    settings: Settings,
    /// As the client library reads them.
    servers: String,
    supervisor: Supervisor,
    session: Option<Session>,
    views: Arc<watch::Sender<View>>,
    told: Told,
    /// Why the last step did not work; told when ZooKeeper stops to answer, not at every retry.
    trouble: Option<String>,
    /// Whether people were told last that ZooKeeper answers, or that it doesn't.
    answering: Option<bool>,
}

impl Driver {
    pub(crate) fn new(settings: Settings, servers: &[ZooKeeperAddress], views: Arc<watch::Sender<View>>) -> Self {
        let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
        let role = if settings.own.is_some() { Role::Member } else { Role::Observer };
        let supervisor = Supervisor::new(role, settings.pace);
        let servers = servers.join(",");
        Self {
            settings,
            servers,
            supervisor,
            session: None,
            views,
            told: Told::default(),
            trouble: None,
            answering: None,
        }
    }

    /// Until it is `stopped`; then the own node is removed and the session closed.
    pub(crate) async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut step = Step::Connect;
        loop {
            let event = tokio::select! {
                biased;
                _ = &mut stopped => break,
                event = self.take_safely(step) => event,
            };
            tracing::trace!(?step, ?event, "membership");
            step = self.supervisor.next(event);
            self.publish_health();
        }
        self.close().await;
    }

    async fn take_safely(&mut self, step: Step) -> Event {
        let event = AssertUnwindSafe(self.take(step)).catch_unwind().await;
        event.unwrap_or_else(|_| {
            // What it left behind can't be trusted.
            self.session = None;
            self.trouble = Some("the client of ZooKeeper panicked".to_owned());
            Event::Expired
        })
    }

    async fn take(&mut self, step: Step) -> Event {
        let pace = self.settings.pace;
        match (step, &mut self.session) {
            (Step::Connect, _) => self.connect().await,
            (Step::Register, Some(session)) => {
                let done = session.register(self.settings.own.as_ref());
                let done = in_time(pace.answer, done).await;
                self.settle(done.map(|()| Event::Registered))
            }
            (Step::Read, Some(session)) => {
                let read = session.read(&self.settings.members, name_of(&self.settings));
                let read = in_time(pace.answer, read).await;
                let read = match read {
                    Ok(reading) => Ok(self.publish(reading).await),
                    Err(trouble) => Err(trouble),
                };
                self.settle(read)
            }
            (Step::Listen(time), Some(session)) => session.listen(time).await,
            (Step::Pause(time), Some(session)) => session.pause(time).await,
            (Step::Pause(time) | Step::Listen(time), None) => {
                tokio::time::sleep(time).await;
                Event::Elapsed
            }
            (Step::Register | Step::Read, None) => Event::Expired,
        }
    }

    async fn connect(&mut self) -> Event {
        // Closes the one before, so far as that can be.
        self.session = None;
        let directory = node::directory(self.settings.cluster, self.settings.tier);
        let pace = self.settings.pace;
        let opened = in_time(pace.session, Session::open(&self.servers, directory, &pace)).await;
        let opened = opened.map(|session| {
            self.session = Some(session);
            Event::Connected
        });
        self.settle(opened)
    }

    fn settle(&mut self, done: Result<Event, Trouble>) -> Event {
        done.unwrap_or_else(|Trouble { event, why }| {
            tracing::debug!(?event, why, "a step of the membership did not work");
            self.trouble = Some(why);
            if event == Event::Expired {
                self.session = None;
            }
            event
        })
    }

    /// Shows a list that was read, and keeps it.
    async fn publish(&mut self, Reading { members, own, complaints }: Reading) -> Event {
        for complaint in self.told.news(complaints) {
            tracing::warn!(complaint, "something in ZooKeeper is not a member's, and is passed over");
        }
        let now_ms = (self.settings.now_ms)();
        let changed = self.views.send_if_modified(|view| view.take(members, &self.settings.members, now_ms));
        if changed {
            let view = self.views.borrow().clone();
            let there: Vec<&str> = view.members.iter().map(|present| present.member.name.as_str()).collect();
            tracing::info!(there = there.join(" "), "ZooKeeper says who is there");
            self.remember(view).await;
        }
        Event::Listed { own }
    }

    async fn remember(&self, view: View) {
        let Some(file) = self.settings.file.clone() else { return };
        let cluster = self.settings.cluster;
        let (name, saving) = (file.clone(), move || remembered::save(&file, cluster, &view));
        let saved = tokio::task::spawn_blocking(saving).await;
        if let Ok(Err(error)) = saved {
            tracing::warn!(file = %name.display(), %error, "the list of members could not be kept");
        }
    }

    fn publish_health(&mut self) {
        let healthy = self.supervisor.healthy();
        let turned = self.views.send_if_modified(|view| {
            let turned = view.healthy != healthy;
            view.healthy = healthy;
            turned
        });
        // At the start it is not healthy yet, and nothing is wrong with that.
        if self.answering != Some(healthy) && (turned || healthy || self.trouble.is_some()) {
            self.answering = Some(healthy);
            match (healthy, self.trouble.take()) {
                (true, _) => tracing::info!("ZooKeeper answers"),
                (false, why) => {
                    let why = why.as_deref().unwrap_or("the connection broke");
                    tracing::warn!(why, "ZooKeeper does not answer: the last list of members stays");
                }
            }
        }
    }

    async fn close(mut self) {
        let Some(session) = self.session.take() else { return };
        if self.supervisor.connected() {
            let closing = AssertUnwindSafe(session.close(name_of(&self.settings))).catch_unwind();
            // Too late, or broken: the session ends by itself.
            let _ = tokio::time::timeout(self.settings.pace.answer, closing).await;
        }
    }
}

fn name_of(settings: &Settings) -> Option<&NodeName> {
    settings.own.as_ref().map(|(_, name)| name)
}

async fn in_time<T>(time: Duration, step: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let late = || Trouble { event: Event::Failed, why: format!("no answer within {} ms", time.as_millis()) };
    tokio::time::timeout(time, step).await.unwrap_or_else(|_| Err(late()))
}
