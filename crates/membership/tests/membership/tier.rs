//! The members of a tier in these tests, and waiting for what they see of each other.

use crate::server::PATIENCE;
use cluster::{ClusterId, ReplicaName, Roster, Tier};
use membership::{BootId, Membership, Pace, Settings, View};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// The cluster of these tests: every server is one test's own.
pub(crate) const CLUSTER: &str = "000000000000000000000000000000aa";

/// Where its members register.
pub(crate) const DIRECTORY: &str = "/bookend/000000000000000000000000000000aa/order";

/// A shop with three order replicas, the tier that is watched here. Nothing listens on these ports.
pub(crate) fn roster(zookeeper: &str) -> Roster {
    let replicas = [("frontend", 8010), ("catalogA", 8011), ("orderA", 8021), ("orderB", 8022), ("orderC", 8023)];
    let lines = replicas.map(|(name, port)| format!("{name}_ip=127.0.0.1\n{name}_port={port}\n"));
    let text = format!("{}membership=zookeeper\nzookeeper={zookeeper}\n", lines.concat());
    Roster::parse(&text, Path::new("env.cfg")).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A clock of these tests: it counts how often it was asked.
fn now_ms() -> u64 {
    static ASKED: AtomicU64 = AtomicU64::new(1);
    ASKED.fetch_add(1, Ordering::Relaxed)
}

/// Short pauses, and no reading without a reason: what is seen was seen by the watch.
pub(crate) fn pace(session: Duration) -> Pace {
    Pace {
        session,
        answer: Duration::from_millis(1500),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(500),
        settle: Duration::from_millis(5),
        refresh: Duration::from_hours(1),
    }
}

/// To watch only.
pub(crate) fn observer(zookeeper: &str, session: Duration) -> Settings {
    let cluster: ClusterId = CLUSTER.parse().expect("an id");
    Settings::new(&roster(zookeeper), Tier::Order, cluster, now_ms).at(pace(session))
}

/// To be a member, in the start with these bits.
pub(crate) fn member(zookeeper: &str, session: Duration, name: &str, boot: u64) -> Settings {
    let name: ReplicaName = name.parse().expect("a name");
    observer(zookeeper, session).registering(&name, BootId::from_bits(boot)).expect("it is in the roster")
}

/// Who was said to be there, as `name boot`.
pub(crate) fn there(view: &View) -> Vec<String> {
    let boot = |boot: Option<BootId>| boot.map_or_else(String::new, |boot| format!(" {}", &boot.to_string()[14..]));
    view.members.iter().map(|present| format!("{}{}", present.member.name, boot(present.boot))).collect()
}

/// Waits until this is seen, and the source answers.
pub(crate) async fn until_there(of: &Membership, expected: &[&str]) -> View {
    let mut views = of.views();
    until(&mut views, &format!("{expected:?}"), |view| view.healthy && there(view) == expected).await
}

/// Waits until the source is known not to answer.
pub(crate) async fn until_old(of: &Membership) -> View {
    until(&mut of.views(), "unhealthy", |view| !view.healthy).await
}

/// Waits until a view is as `wanted` says; `what` is for the message.
pub(crate) async fn until(views: &mut watch::Receiver<View>, what: &str, wanted: impl Fn(&View) -> bool) -> View {
    let found = async { views.wait_for(wanted).await.expect("the membership lives").clone() };
    let found = timeout(PATIENCE, found).await.ok();
    found.unwrap_or_else(|| panic!("not {what} in time, but {:?}", *views.borrow()))
}
