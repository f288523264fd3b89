//! Which replica is asked first: agreed by everyone who knows the same names, without a word.
//!
//! Rendezvous hashing. Each name gets a weight from the key, the heaviest is the key's *home*, the others follow in the
//! order in which they take over. A name more or less moves only the keys it wins or had won.
//! Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on
//! Networking 6(1), 1998.

/// Sorts `replicas` by how near they are to `key`: the home first.
pub fn rank<T>(key: &[u8], replicas: &mut [T], name: impl Fn(&T) -> &str) {
    replicas.sort_by_cached_key(|replica| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(name(replica).as_bytes()).update(b"\0").update(key);
        // The complement, so that the heaviest comes first.
        hasher.finalize().as_bytes().map(|byte| !byte)
    });
}

/// The home of `key` among `names`; `None` where there are none.
pub fn home<'a>(key: &[u8], names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    rank(key, &mut names, |name| name);
    names.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_more_takes_its_share_and_moves_nothing_else() {
        let mut moved = 0;
        for key in 0_u32..3000 {
            let before = home(&key.to_be_bytes(), ["catalogA", "catalogB"]);
            let after = home(&key.to_be_bytes(), ["catalogC", "catalogB", "catalogA"]);
            if before != after {
                assert_eq!(after, Some("catalogC"));
                moved += 1;
            }
        }
        assert!((850..1150).contains(&moved), "{moved} of 3000 keys moved to the third replica");
    }

    #[test]
    fn nobody_is_the_home_where_nobody_is() {
        assert_eq!(home(b"key", []), None);
    }
}
