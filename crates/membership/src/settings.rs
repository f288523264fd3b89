//! What a process says when it starts: whom it wants to know about, who it is, and where it keeps the last list.

use crate::boot::BootId;
use crate::node::NodeName;
use crate::pace::Pace;
use crate::remembered;
use crate::view::View;
use cluster::{ClusterId, Member, MembershipSetting, ReplicaName, Roster, Tier};
use std::path::PathBuf;
use thiserror::Error;

/// How [`crate::Membership`] is started.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) source: MembershipSetting,
    pub(crate) cluster: ClusterId,
    pub(crate) tier: Tier,
    pub(crate) members: Vec<Member>,
    pub(crate) own: Option<(Member, NodeName)>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) pace: Pace,
    pub(crate) now_ms: fn() -> u64,
}

impl Settings {
    /// To watch the members of `tier` as the roster's setting says, and be none of them.
    ///
    /// `now_ms` is what tells the time of day, in unix milliseconds: it is only written down, never compared.
    pub fn new(roster: &Roster, tier: Tier, cluster: ClusterId, now_ms: fn() -> u64) -> Self {
        let (source, members) = (roster.membership().clone(), roster.of(tier).cloned().collect());
        Self { source, cluster, tier, members, own: None, file: None, pace: Pace::default(), now_ms }
    }

    /// To be one of them too, by this name, in this start of the process.
    ///
    /// # Errors
    /// [`Stranger`]: `env.cfg` names no such member of the tier.
    pub fn registering(mut self, name: &ReplicaName, boot: BootId) -> Result<Self, Stranger> {
        let member = self.members.iter().find(|member| member.name == *name).cloned();
        let member = member.ok_or_else(|| Stranger { name: name.clone(), tier: self.tier })?;
        self.own = Some((member, NodeName { replica: name.clone(), boot }));
        Ok(self)
    }

    /// To keep the last list in this file, for a start without ZooKeeper. Its directory must be there.
    #[must_use]
    pub fn remembering(mut self, file: PathBuf) -> Self {
        self.file = Some(file);
        self
    }

    /// With other times than the defaults.
    #[must_use]
    pub fn at(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The list of the file, as far as `env.cfg` still says the same.
    pub(crate) fn remembered(&self) -> Option<View> {
        let file = self.file.as_ref()?;
        remembered::load(file, self.cluster, &self.members).unwrap_or_else(|why| {
            tracing::warn!(file = %file.display(), why, "the last list of members is not used");
            None
        })
    }
}

/// A replica that `env.cfg` doesn't name wanted to register.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name} is not among the {tier} replicas of env.cfg")]
pub struct Stranger {
    name: ReplicaName,
    tier: Tier,
}
