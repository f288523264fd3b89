//! How long ZooKeeper is waited for, and how often it is asked.

use std::time::Duration;

/// The times of one process. The defaults are those of a shop; tests are in more of a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long ZooKeeper keeps the node of a replica that it hears nothing from; the server may set another time.
    pub session: Duration,
    /// How long one answer is waited for, a server that says nothing, and the end of a session at most. It should be at
    /// most half of `session`, so that another server can be tried in time.
    pub answer: Duration,
    /// The pause after a first failure. It doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long changes are gathered before the list is read again: whoever comes and goes all the time costs no more.
    pub settle: Duration,
    /// After this long without a change the list is read all the same.
    pub refresh: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            session: Duration::from_secs(6),
            answer: Duration::from_secs(3),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(10),
            settle: Duration::from_millis(50),
            refresh: Duration::from_secs(30),
        }
    }
}
