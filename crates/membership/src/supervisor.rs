//! What to do next about ZooKeeper, from what happened: one event in, one step out.
//!
//! It knows no socket and no clock: waiting is a step, and that the time is over is an event. `driver` takes the steps,
//! one after the other. How long a step may take, and that a process ends, are not its business.
//!
//! A session is worth keeping as long as it lives, for the node lives with it: a broken connection is waited for, and
//! only a session that expired, or answers nothing for long, is given up for a new one.

use crate::pace::Pace;
use std::time::Duration;

/// After so many failures without a list between them a session is given up, though nobody said that it is gone.
const MOST_FAILURES: u32 = 5;

/// Whether this process is a member, or only wants to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It holds a node.
    Member,
    /// It holds none.
    Observer,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Leave the session, if there is one, and open a new one.
    Connect,
    /// Make the directory, and in it the own node if this is a member.
    Register,
    /// Read the list and watch it.
    Read,
    /// Wait for news of the list or the session, so long at most.
    Listen(Duration),
    /// Wait so long, unless the session has news.
    Pause(Duration),
}

/// What happened. Each is the answer to the step before, or news of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// There is a new session.
    Connected,
    /// The directory and the own node are there.
    Registered,
    /// The list was read; whether the own node is in it.
    Listed {
        /// True for an observer, who has none.
        own: bool,
    },
    /// There is no directory.
    Missing,
    /// The list has changed since it was read.
    Changed,
    /// The connection broke; the session may live.
    Lost,
    /// The session has a connection again.
    Back,
    /// The session is gone, and the own node with it.
    Expired,
    /// A step did not work, for another reason or in time.
    Failed,
    /// So long has passed.
    Elapsed,
}

/// Where the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// There is none, or it was given up.
    Closed,
    /// It has no connection, and may live.
    Broken,
    /// It has a connection.
    Open,
}

/// What is known about ZooKeeper.
#[derive(Clone, Debug)]
pub(crate) struct Supervisor {
    role: Role,
    pace: Pace,
    /// What follows the pause or the listening.
    then: Step,
    link: Link,
    /// Whether the directory and the own node were made in this session.
    registered: bool,
    /// Whether the list was read and nothing has failed since.
    fresh: bool,
    /// Since a list was read in which all was well.
    failures: u32,
}

impl Supervisor {
    /// Nothing has happened yet: [`Step::Connect`] is the first step.
    pub(crate) fn new(role: Role, pace: Pace) -> Self {
        Self { role, pace, then: Step::Connect, link: Link::Closed, registered: false, fresh: false, failures: 0 }
    }

    /// Whether the last list that was read can be taken for today's.
    pub(crate) fn healthy(&self) -> bool {
        self.fresh
    }

    /// Whether the session has a connection, as far as anyone said.
    pub(crate) fn connected(&self) -> bool {
        self.link == Link::Open
    }

    /// What to do after `event`.
    pub(crate) fn next(&mut self, event: Event) -> Step {
        match event {
            Event::Connected => {
                self.close();
                self.link = Link::Open;
                Step::Register
            }
            Event::Registered => {
                self.registered = true;
                Step::Read
            }
            Event::Listed { own } => self.listed(own),
            Event::Changed => self.pause(self.pace.settle, Step::Read),
            Event::Back => {
                self.link = Link::Open;
                self.proceed()
            }
            Event::Elapsed => {
                if self.then == Step::Connect {
                    self.close();
                }
                self.then
            }
            Event::Lost => self.lost(),
            Event::Missing => {
                self.registered = false;
                self.again(Step::Register)
            }
            Event::Failed => {
                self.fresh = false;
                let retry = self.proceed();
                self.again(retry)
            }
            Event::Expired => {
                self.close();
                self.again(Step::Connect)
            }
        }
    }

    fn listed(&mut self, own: bool) -> Step {
        self.fresh = true;
        if !own && self.role == Role::Member {
            // Somebody removed it. Whoever does that again and again is answered ever more slowly.
            self.registered = false;
            return self.again(Step::Register);
        }
        self.failures = 0;
        self.then = Step::Read;
        Step::Listen(self.pace.refresh)
    }

    /// The session has some time to come back. It is at most as long as a server can have kept the node.
    fn lost(&mut self) -> Step {
        (self.link, self.fresh) = (Link::Broken, false);
        self.then = Step::Connect;
        Step::Listen(self.pace.session.saturating_mul(2))
    }

    /// What is to be done next where nothing is in the way.
    fn proceed(&self) -> Step {
        match (self.link, self.registered) {
            (Link::Closed, _) => Step::Connect,
            (_, false) => Step::Register,
            (_, true) => Step::Read,
        }
    }

    /// There is no session that counts.
    fn close(&mut self) {
        (self.link, self.registered, self.fresh) = (Link::Closed, false, false);
    }

    /// Tries `step` after a pause that doubles with each failure; too many, and all begins anew.
    fn again(&mut self, step: Step) -> Step {
        self.failures = self.failures.saturating_add(1);
        let doubled = self.pace.first_pause.saturating_mul(2_u32.saturating_pow(self.failures - 1));
        if self.failures >= MOST_FAILURES {
            self.close();
        }
        let step = if self.link == Link::Closed { Step::Connect } else { step };
        self.pause(doubled.min(self.pace.longest_pause), step)
    }

    fn pause(&mut self, time: Duration, then: Step) -> Step {
        self.then = then;
        Step::Pause(time)
    }
}

#[cfg(test)]
mod tests;
