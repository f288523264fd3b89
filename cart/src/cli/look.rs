//! What the replicas of the tier say when an operator's command asks them all.

use cluster::Member;
use futures::future::join_all;
use serve::command_line::{Fatal, Place};
use serve::{CallError, Caller};
use std::time::Duration;
use wire::cart::{Held, Layouts, Stands};

/// How long a replica may take to answer a command.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);

/// All replicas of the tier in env.cfg, to be asked.
pub(super) struct Everyone<'a> {
    pub(super) caller: Caller,
    pub(super) members: Vec<&'a Member>,
}

impl<'a> Everyone<'a> {
    pub(super) fn of(places: &'a [Place]) -> Result<Self, Fatal> {
        let first = places.first().ok_or_else(|| Fatal::Usage("env.cfg has no cart replica".into()))?;
        let caller = Caller::new(&first.secrets, &first.member.name);
        Ok(Self { caller, members: places.iter().map(|place| &place.member).collect() })
    }

    /// The latest layouts that anyone who answers knows, and one who knows them.
    pub(super) async fn layouts(&self) -> Result<(Layouts, &'a Member), Fatal> {
        let asked = self.members.iter().map(|member| self.caller.get::<Stands>(member, "/layout", DEADLINE));
        let answers = join_all(asked).await;
        let why: Vec<String> =
            answers.iter().filter_map(|answer| answer.as_ref().err()).map(CallError::to_string).collect();
        let known =
            self.members.iter().zip(answers).filter_map(|(member, answer)| Some((answer.ok()?.layouts, *member)));
        known
            .max_by_key(|(layouts, _)| layouts.epoch())
            .ok_or_else(|| Fatal::Failed(format!("no cart replica knows a layout: {}", why.join("; "))))
    }

    /// What lies at each replica, by its name; `None` where it does not answer.
    pub(super) async fn held(&self) -> Vec<(&'a str, Option<Held>)> {
        let asked = self.members.iter().map(async |member| {
            let held = self.caller.get(member, "/layout/objects", DEADLINE).await;
            (member.name.as_str(), held.ok())
        });
        join_all(asked).await
    }
}
