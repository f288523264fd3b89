//! A placement: a list of members and a strategy, from which follows who holds a bucket. What the rest of the shop asks
//! is here; how the answer is found is in `ring.rs` and `crush.rs`.

use crate::crush::{Item, Map, RuleIndex, Scratch};
use crate::member::{BadMembers, Member, MemberIndex, Weight};
use crate::{Bucket, Ring};

/// How the members of a bucket are found.
#[derive(Debug, Clone)]
pub enum Strategy {
    /// By a ring on which a member of weight 1 has so many tokens. Who joins takes copies, and no other gets one.
    Ring {
        /// [`Ring::TOKENS`] unless there is a reason.
        tokens: u32,
    },
    /// By a rule of a CRUSH map, whose devices are the members. [`Strategy::crush_of`] makes one that fits.
    ///
    /// It is more even than a ring. With several copies a few more move than must, between members that were there
    /// before, and so do some on the host that somebody joins.
    Crush {
        /// Its devices' names are those of the members, and their weights count, not those of the list.
        map: Map,
        /// The name of a rule that ends at devices.
        rule: String,
    },
}

impl Strategy {
    /// CRUSH by the map that follows from a list: see [`Map::of_members`].
    ///
    /// # Errors
    /// If there is no such map, as when a name is there twice.
    pub fn crush_of(members: &[Member]) -> Result<Self, BadMembers> {
        Ok(Self::Crush { map: Map::of_members(members)?, rule: Map::RULE.to_owned() })
    }
}

/// Who holds which bucket. The same members and the same strategy make the same one everywhere, in whatever order the
/// members were listed.
#[derive(Debug, Clone)]
pub struct Placement {
    members: Vec<Member>,
    hosts: Vec<u16>,
    /// Members whose weight is not 0.
    able: usize,
    way: Way,
}

/// A strategy, made ready for these members.
#[derive(Debug, Clone)]
enum Way {
    Ring(Ring),
    Crush {
        map: Map,
        rule: RuleIndex,
        /// The members that the devices of the map are, and the other way round.
        members: Vec<MemberIndex>,
        devices: Vec<u32>,
    },
}

impl Placement {
    /// Makes the placement of a list of members.
    ///
    /// # Errors
    /// If the members are no list that can be placed on, or do not fit the map.
    pub fn new(members: Vec<Member>, strategy: Strategy) -> Result<Self, BadMembers> {
        let mut members = Member::sorted(members)?;
        let way = match strategy {
            Strategy::Ring { tokens } => Way::Ring(Ring::new(&members, tokens)?),
            Strategy::Crush { map, rule } => Way::crush(map, &rule, &mut members)?,
        };
        let able = members.iter().filter(|member| member.weight > Weight::ZERO).count();
        if able == 0 {
            return Err(BadMembers::Nobody);
        }
        Ok(Self { hosts: Member::hosts(&members), members, able, way })
    }

    /// The members, sorted by name, with the weights that count.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The members that hold a bucket, best first: `wanted` of them, no one twice, or all whose weight is not 0 if they
    /// are fewer.
    ///
    /// Where a CRUSH rule finds fewer, since it wants more hosts than there are or used up its tries, the others
    /// follow: first those of hosts that have the fewest copies, then by the straws that they draw for this bucket.
    pub fn replicas(&self, bucket: Bucket, wanted: usize) -> Vec<MemberIndex> {
        let mut found = Vec::new();
        self.replicas_into(bucket, wanted, &mut found, &mut Scratch::default());
        found
    }

    /// As [`Placement::replicas`], into `found`, without allocating once both have been used.
    pub fn replicas_into(&self, bucket: Bucket, wanted: usize, found: &mut Vec<MemberIndex>, scratch: &mut Scratch) {
        match &self.way {
            Way::Ring(ring) => ring.replicas_into(bucket.position(), wanted, found),
            Way::Crush { map, rule, members, devices } => {
                let (input, wanted) = (u32::from(bucket.number()), wanted.min(self.able));
                found.clear();
                for item in map.items(*rule, input, wanted, scratch) {
                    // A rule that takes twice may find one device twice.
                    if let Item::Device(device) = item
                        && !found.contains(&members[*device as usize])
                    {
                        found.push(members[*device as usize]);
                    }
                }
                while found.len() < wanted {
                    let Some(next) = self.next(found, |index| map.straw(devices[index.get()], input)) else { break };
                    found.push(next);
                }
            }
        }
    }

    /// Who follows when a rule found too few.
    fn next(&self, found: &[MemberIndex], straw: impl Fn(MemberIndex) -> u64) -> Option<MemberIndex> {
        let host = |index: MemberIndex| self.hosts[index.get()];
        let crowd = |index: MemberIndex| found.iter().filter(|other| host(**other) == host(index)).count();
        let others = (0..).zip(&self.members).filter(|(_, member)| member.weight > Weight::ZERO);
        let others = others.map(|(index, _)| MemberIndex(index)).filter(|index| !found.contains(index));
        others.min_by_key(|index| (crowd(*index), straw(*index), *index))
    }

    /// Who holds each bucket, all at once.
    pub fn table(&self, wanted: usize) -> Table {
        let mut scratch = Scratch::default();
        let row = |bucket| {
            let mut found = Vec::new();
            self.replicas_into(bucket, wanted, &mut found, &mut scratch);
            found
        };
        Table { rows: Bucket::all().map(row).collect() }
    }
}

impl Way {
    /// Matches devices and members by their names, and gives the members the weights of the map.
    fn crush(map: Map, rule: &str, sorted: &mut [Member]) -> Result<Self, BadMembers> {
        let index = map.rule(rule)?;
        if !map.ends_at_devices(index) {
            return Err(BadMembers::NoDevices(rule.to_owned()));
        }
        let mut members = Vec::new();
        let mut devices = vec![None; sorted.len()];
        for (device, (name, weight)) in (0..).zip(map.devices()) {
            let found = sorted.binary_search_by(|member| member.name.as_str().cmp(name));
            let found = found.map_err(|_| BadMembers::NotAMember(name.to_owned()))?;
            sorted[found].weight = weight;
            devices[found] = Some(device);
            members.push(MemberIndex(u16::try_from(found).expect("members are counted in 16 bits")));
        }
        let known = sorted.iter().zip(devices);
        let known = known.map(|(member, device)| device.ok_or_else(|| BadMembers::NotInMap(member.name.clone())));
        let devices = known.collect::<Result<_, _>>()?;
        Ok(Self::Crush { map, rule: index, members, devices })
    }
}

/// Who holds each bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Vec<MemberIndex>>,
}

impl Table {
    /// The members that hold a bucket, best first.
    pub fn get(&self, bucket: Bucket) -> &[MemberIndex] {
        &self.rows[usize::from(bucket.number())]
    }

    /// All rows, in the order of the buckets.
    pub fn rows(&self) -> impl Iterator<Item = (Bucket, &[MemberIndex])> {
        Bucket::all().zip(self.rows.iter().map(Vec::as_slice))
    }
}
