//! Who of a tier is there, as somebody says, shown to people. Nothing may ever rest on it: a member that is named may be
//! dead, one that is not may be alive, and the source may be wrong, old, or away.
//!
//! There are two sources. `env.cfg` names all members, always. ZooKeeper knows who has registered: each replica holds an
//! ephemeral node there, and everyone watches the list. Whatever ZooKeeper does costs news and nothing else: the last
//! list stays, also over a restart, and no member of `env.cfg` is ever forgotten.
//!
//! What to do next is decided in `supervisor`, what a list is worth in `listing`, both without a socket or a clock;
//! `driver` does it with `session`. The state of a call, retries and readiness are in `serve::Fleet`, not here.

mod boot;
mod driver;
mod listing;
mod node;
mod pace;
mod remembered;
mod session;
mod settings;
mod supervisor;
mod view;

pub use boot::{BootId, NotABootId};
pub use pace::Pace;
pub use settings::{Settings, Stranger};
pub use view::{Present, Source, View};

use cluster::MembershipSetting;
use driver::Driver;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// The membership of one tier as one process sees it.
///
/// [`Membership::close`] is how a replica says that it goes. Dropping ends the watching as well, and closes the session
/// without waiting for it.
#[derive(Debug)]
pub struct Membership {
    views: Arc<watch::Sender<View>>,
    running: Option<Running>,
}

/// What asks ZooKeeper; dropping it ends that.
#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinSet<()>,
}

impl Membership {
    /// Reads the remembered list, if there is one, and starts to ask the source, on the runtime of the caller.
    ///
    /// It does not wait for the source: until that answers, the view is what was remembered, or else `env.cfg`.
    ///
    /// # Panics
    /// Outside a tokio runtime, when the source is ZooKeeper.
    pub fn start(settings: Settings) -> Self {
        let MembershipSetting::ZooKeeper(servers) = settings.source.clone() else {
            let view = View::of_env_cfg(&settings.members, (settings.now_ms)(), true);
            return Self { views: Arc::new(watch::Sender::new(view)), running: None };
        };
        let first = settings.remembered().unwrap_or_else(|| {
            // Nobody has said anything yet.
            View::of_env_cfg(&settings.members, (settings.now_ms)(), false)
        });
        let views = Arc::new(watch::Sender::new(first));
        let (stop, stopped) = oneshot::channel();
        let mut task = JoinSet::new();
        task.spawn(Driver::new(settings, &servers, Arc::clone(&views)).run(stopped));
        Self { views, running: Some(Running { stop, task }) }
    }

    /// What is known now. It never waits.
    pub fn view(&self) -> View {
        self.views.borrow().clone()
    }

    /// What is known, and every change of it. The channel outlives this value and is then silent.
    pub fn views(&self) -> watch::Receiver<View> {
        self.views.subscribe()
    }

    /// Takes this replica off the list and ends the session. It waits for ZooKeeper as long as for any answer
    /// ([`Pace::answer`]), and not at all when that was away already: the session then ends by itself.
    pub async fn close(mut self) {
        if let Some(mut running) = self.running.take() {
            // It fails only when the task has ended, which is what is wanted.
            let _ = running.stop.send(());
            while running.task.join_next().await.is_some() {}
        }
    }
}
