//! Who holds which key: keys fall into buckets, and the objects of one bucket are at the same replicas.

use cluster::{Member, ReplicaName};
use wire::cart::Key;
use wire::home;

/// On how many replicas an object is kept, if there are so many.
const COPIES: usize = 3;

/// The buckets of one shop, and who holds them; every replica and every gateway makes the same of the same members.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    holders: Vec<Vec<ReplicaName>>,
}

/// How many buckets there are.
const BUCKETS: u16 = 1024;

/// The bucket of a key.
pub(crate) fn bucket_of(key: &Key) -> u16 {
    let hash = blake3::hash(key.as_str().as_bytes());
    u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % BUCKETS
}

impl Places {
    /// The places among these replicas.
    pub(crate) fn among(members: &[Member]) -> Self {
        let ranked = |bucket: u16| {
            let mut names: Vec<ReplicaName> = members.iter().map(|member| member.name.clone()).collect();
            home::rank(&bucket.to_be_bytes(), &mut names, ReplicaName::as_str);
            names.truncate(COPIES);
            names
        };
        Self { holders: (0..BUCKETS).map(ranked).collect() }
    }

    /// Who holds a bucket, the first to be asked first.
    pub(crate) fn holders(&self, bucket: u16) -> &[ReplicaName] {
        self.holders.get(usize::from(bucket)).map_or(&[], Vec::as_slice)
    }

    /// Whether both hold the bucket.
    pub(crate) fn share(&self, bucket: u16, one: &ReplicaName, other: &ReplicaName) -> bool {
        let holders = self.holders(bucket);
        holders.contains(one) && holders.contains(other)
    }
}
