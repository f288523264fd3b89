//! What an `env.cfg` may say about membership, and every mistake that can be made in it.

use crate::{SMALLEST, mistakes_after_smallest};
use cluster::{MembershipSetting, Roster};

/// The smallest shop with these lines, from line 7 on, after it.
fn read(lines: &str) -> Roster {
    crate::read(&format!("{SMALLEST}{lines}"))
}

const A_LIST: &str = "write the address and port of each server, such as 127.0.0.1:2181, [::1]:2181 or \
                      zk1.internal:2181, with commas between them";

#[test]
fn a_file_that_says_nothing_means_the_members_of_the_file() {
    assert_eq!(read("").membership(), &MembershipSetting::Static);
    assert_eq!(read("membership=static\n"), read(""));
}

#[test]
fn zookeeper_may_be_one_server_or_several_anywhere() {
    for (value, expected) in [
        ("127.0.0.1:2181", "127.0.0.1:2181"),
        ("'10.0.0.1:2181, [fd00::2]:2182,ZK3.internal:2183'", "10.0.0.1:2181,[fd00::2]:2182,zk3.internal:2183"),
    ] {
        let roster = read(&format!("zookeeper={value}\nexport membership = zookeeper # real\n"));
        assert_eq!(roster.membership().to_string(), format!("zookeeper {expected}"));
    }
    let several = read("membership=zookeeper\nzookeeper=127.0.0.1:2181,[::1]:2182\n");
    let MembershipSetting::ZooKeeper(servers) = several.membership() else { panic!("{:?}", several.membership()) };
    assert_eq!(
        servers.iter().map(|server| (server.host(), server.port())).collect::<Vec<_>>(),
        [("127.0.0.1", 2181), ("::1", 2182)]
    );
}

#[test]
fn the_digest_tells_another_membership_but_not_the_spelling_of_the_default() {
    let digests = ["", "membership=zookeeper\nzookeeper=zk:1\n", "membership=zookeeper\nzookeeper=zk:2\n"]
        .map(|lines| read(lines).digest());
    assert_eq!(digests[0], read("membership=static\n").digest());
    assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2], "{digests:?}");
}

#[test]
fn all_mistakes_of_both_keys_are_told_at_once() {
    assert_eq!(
        mistakes_after_smallest(
            "membership=consul\nzookeeper=127.0.0.1,zk:0, zk:2181,ZK:2181,\nmembership=static\nctalogB_ip=::1\n"
        ),
        format!(
            "env.cfg has 7 mistakes:\n  \
             line 7: `membership` is \"consul\": write static or zookeeper\n  \
             line 8: `zookeeper` has \"127.0.0.1\": {A_LIST}\n  \
             line 8: `zookeeper` has \"zk:0\": {A_LIST}\n  \
             line 8: `zookeeper` has zk:2181 twice\n  \
             line 8: `zookeeper` has \"\": {A_LIST}\n  \
             line 9: `membership` is given twice, first on line 7\n  \
             line 10: unknown key \"ctalogB_ip\"; did you mean `catalogB_ip`?"
        )
    );
    assert_eq!(
        mistakes_after_smallest("membership=\nzookeeper=''\n"),
        "env.cfg has 2 mistakes:\n  line 7: `membership` has no value\n  line 8: `zookeeper` has no value"
    );
}

#[test]
fn zookeeper_is_needed_with_membership_zookeeper_and_refused_without() {
    assert_eq!(
        mistakes_after_smallest("membership=zookeeper\n"),
        "env.cfg has 1 mistake:\n  line 7: `membership` is zookeeper, but where that is isn't said: add `zookeeper`, \
         such as zookeeper=127.0.0.1:2181"
    );
    for lines in ["zookeeper=zk:2181\n", "zookeeper=zk:2181\nmembership=static\n"] {
        assert_eq!(
            mistakes_after_smallest(lines),
            "env.cfg has 1 mistake:\n  line 7: `zookeeper` is given, but nobody would ask it: add \
             `membership=zookeeper`, or remove the line"
        );
    }
}

#[test]
fn what_follows_from_a_misspelt_key_is_not_told_again() {
    for (lines, line, key, meant) in [
        ("membership=zookeeper\nzookeper=zk:2181\n", 8, "zookeper", "zookeeper"),
        ("zookeeper=zk:2181\nMembership=zookeeper\n", 8, "Membership", "membership"),
    ] {
        assert_eq!(
            mistakes_after_smallest(lines),
            format!("env.cfg has 1 mistake:\n  line {line}: unknown key {key:?}; did you mean `{meant}`?")
        );
    }
}

#[test]
fn more_servers_than_any_ensemble_has_are_one_mistake() {
    let many: Vec<String> = (1..=100_000).map(|port| format!("zk:{port}")).collect();
    assert_eq!(
        mistakes_after_smallest(&format!("membership=zookeeper\nzookeeper={}\n", many.join(","))),
        "env.cfg has 1 mistake:\n  line 8: `zookeeper` has more than 16 servers"
    );
}
