//! What an `env.cfg` may say, and every mistake that can be made in it.

mod membership;

use std::error::Error as _;
use std::net::{IpAddr, Ipv6Addr, UdpSocket};
use std::path::Path;

use cluster::{Roster, Tier};

/// The smallest shop: six lines, one replica of each tier.
const SMALLEST: &str = "\
frontend_ip=127.0.0.1
frontend_port=8010
catalogA_ip=127.0.0.1
catalogA_port=8011
orderA_ip=127.0.0.1
orderA_port=8012
";

fn read(text: &str) -> Roster {
    Roster::parse(text, Path::new("env.cfg")).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The message for a text that has mistakes.
fn mistakes_in(text: &str) -> String {
    Roster::parse(text, Path::new("env.cfg")).expect_err("a text with mistakes").to_string()
}

/// The message when these lines, from line 7 on, follow the smallest shop.
fn mistakes_after_smallest(lines: &str) -> String {
    mistakes_in(&format!("{SMALLEST}{lines}"))
}

fn names(roster: &Roster) -> Vec<&str> {
    roster.members().iter().map(|member| member.name.as_str()).collect()
}

#[test]
fn the_file_that_comes_with_the_shop_names_eight_replicas() {
    let roster = Roster::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../env.cfg")).expect("the default file");
    let members: Vec<String> =
        roster.members().iter().map(|member| format!("{} {}", member.name, member.url())).collect();
    assert_eq!(
        members,
        [
            "catalogA http://127.0.0.1:8011",
            "catalogB http://127.0.0.1:8012",
            "orderA http://127.0.0.1:8013",
            "orderB http://127.0.0.1:8014",
            "cartA http://127.0.0.1:8015",
            "cartB http://127.0.0.1:8016",
            "cartC http://127.0.0.1:8017",
            "frontend http://127.0.0.1:8010",
        ]
    );
}

#[test]
fn members_come_in_the_order_of_start_whatever_the_order_of_the_lines() {
    let more = "frontendB_port=1\nfrontendB_ip=127.0.0.1\ncatalogZ_port=2\ncatalogZ_ip=127.0.0.1\n\
                catalogC_ip=127.0.0.1\ncatalogC_port=3\n";
    let roster = read(&format!("{more}{SMALLEST}"));
    assert_eq!(names(&roster), ["catalogA", "catalogC", "catalogZ", "orderA", "frontend", "frontendB"]);
}

#[test]
fn a_member_knows_its_tier_letter_and_peers() {
    let roster = read(&format!("{SMALLEST}catalogC_ip=127.0.0.1\ncatalogC_port=8020\n"));
    let catalog = roster.member("catalogC").expect("it is in the file");
    assert_eq!((catalog.tier, catalog.letter, catalog.port), (Tier::Catalog, 'C', 8020));
    assert_eq!(catalog.address(), "127.0.0.1:8020".parse().expect("an address"));
    assert_eq!(roster.peers_of(&catalog.name).iter().map(|peer| peer.name.as_str()).collect::<Vec<_>>(), ["catalogA"]);
    let frontend = roster.member("frontend").expect("it is in the file");
    assert_eq!((frontend.tier, frontend.letter), (Tier::Frontend, 'A'));
    assert!(roster.peers_of(&frontend.name).is_empty());
    assert_eq!(roster.of(Tier::Catalog).count(), 2);
    assert!(roster.member("catalogB").is_none());
}

#[test]
fn a_letter_may_be_missing_because_its_replica_was_retired() {
    let roster = read(&SMALLEST.replace("catalogA", "catalogB"));
    assert_eq!(names(&roster), ["catalogB", "orderA", "frontend"]);
}

#[test]
fn the_file_may_come_from_another_editor_or_a_shell() {
    let lines: Vec<String> =
        SMALLEST.lines().map(|line| format!("export {}'  # ours", line.replace('=', " = '"))).collect();
    let text = format!("\u{feff}# the shop\r\n\r\n{}\r\n", lines.join("\r\n"));
    assert_eq!(read(&text), read(SMALLEST));
}

#[test]
fn localhost_and_an_ipv6_address_are_addresses() {
    let roster = read(&SMALLEST.replace("127.0.0.1", "LocalHost"));
    assert_eq!(roster.members()[0].url(), "http://127.0.0.1:8011");
    if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        let roster = read(&SMALLEST.replace("127.0.0.1", "::1"));
        assert_eq!(roster.members()[0].ip, IpAddr::V6(Ipv6Addr::LOCALHOST));
        assert_eq!(roster.members()[0].url(), "http://[::1]:8011");
    } else {
        assert!(mistakes_in(&SMALLEST.replace("127.0.0.1", "::1")).contains("not an address of this machine"));
    }
}

#[test]
fn a_member_that_listens_everywhere_is_called_on_the_loopback_address() {
    let roster = read(&SMALLEST.replace("127.0.0.1", "0.0.0.0"));
    assert_eq!(roster.members()[0].address().to_string(), "0.0.0.0:8011");
    assert_eq!(roster.members()[0].url(), "http://127.0.0.1:8011");
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_their_lines() {
    let text = "catalogA_ip=127.0.0.1\ncatalogA_port=80l1\nwhat\nctalogB_ip=127.0.0.1\nfrontend_ip=127.0.0.1\nfrontend_port=0\n";
    assert_eq!(
        mistakes_in(text),
        "env.cfg has 5 mistakes:\n  \
         line 2: `catalogA_port` is \"80l1\": a port is a number from 1 to 65535\n  \
         line 3: \"what\" has no `=`: write KEY=VALUE, such as catalogA_port=8011\n  \
         line 4: unknown key \"ctalogB_ip\"; did you mean `catalogB_ip`?\n  \
         line 6: `frontend_port` is \"0\": a port is a number from 1 to 65535\n  \
         there is no order replica: add `orderA_ip` and `orderA_port`"
    );
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest_or_with_what_a_key_is() {
    assert_eq!(
        mistakes_after_smallest("catalogB_prot=8020\ncatalogB_ip=127.0.0.1\n"),
        "env.cfg has 1 mistake:\n  line 7: unknown key \"catalogB_prot\"; did you mean `catalogB_port`?"
    );
    assert_eq!(
        mistakes_after_smallest("database_url=x\n"),
        "env.cfg has 1 mistake:\n  line 7: unknown key \"database_url\": a key is `membership`, `zookeeper`, or the name \
         of a replica with _ip or _port behind it, and a replica is `catalogA` to `catalogZ`, `orderA` to `orderZ`, `cartA` to `cartZ`, or `frontend`, \
         `frontendB` to `frontendZ`"
    );
    assert!(mistakes_after_smallest("=8020\n").contains("line 7: unknown key \"\": a key is"));
}

#[test]
fn a_key_given_twice_is_refused_even_with_the_same_value() {
    assert_eq!(
        mistakes_after_smallest("catalogA_port=8011\n"),
        "env.cfg has 1 mistake:\n  line 7: `catalogA_port` is given twice, first on line 4"
    );
}

#[test]
fn a_port_is_a_number_from_1_to_65535() {
    for port in ["0", "65536", "99999999999999999999", "-1", "+8012", "80 12", "8012.0", "https"] {
        let message = mistakes_in(&SMALLEST.replace("=8012", &format!("={port}")));
        let expected =
            format!("env.cfg has 1 mistake:\n  line 6: `orderA_port` is {port:?}: a port is a number from 1 to 65535");
        assert_eq!(message, expected);
    }
    assert_eq!(read(&SMALLEST.replace("8012", "65535")).members()[1].port, 65535);
}

#[test]
fn a_value_may_not_be_empty() {
    assert_eq!(
        mistakes_in(&SMALLEST.replace("=8012", "=").replace("catalogA_ip=127.0.0.1", "catalogA_ip=\"\"")),
        "env.cfg has 2 mistakes:\n  line 3: `catalogA_ip` has no value\n  line 6: `orderA_port` has no value"
    );
}

#[test]
fn one_port_cannot_serve_two_replicas_on_one_address() {
    assert_eq!(
        mistakes_in(&SMALLEST.replace("8012", "8011")),
        "env.cfg has 1 mistake:\n  line 6: port 8011 of orderA is already given to catalogA on line 4"
    );
    let everywhere = SMALLEST.replace("8012", "8011").replace("orderA_ip=127.0.0.1", "orderA_ip=0.0.0.0");
    assert!(mistakes_in(&everywhere).contains("line 6: port 8011 of orderA is already given to catalogA on line 4"));
}

#[test]
fn a_name_is_not_an_address() {
    for value in ["example.org", "127.0.0.1:8011", "127.0.0", "fe80::1%eth0", "12 7.0.0.1"] {
        let message = mistakes_in(&SMALLEST.replace("catalogA_ip=127.0.0.1", &format!("catalogA_ip={value}")));
        let expected = format!(
            "env.cfg has 1 mistake:\n  line 3: `catalogA_ip` is {value:?}: write an address such as 127.0.0.1 or ::1, \
             or localhost; other names are not looked up"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn an_address_of_another_machine_is_refused_for_now() {
    // 192.0.2.0/24 is kept for documentation: no machine has it.
    assert_eq!(
        mistakes_in(&SMALLEST.replace("catalogA_ip=127.0.0.1", "catalogA_ip=192.0.2.7")),
        "env.cfg has 1 mistake:\n  line 3: `catalogA_ip` is 192.0.2.7, which is not an address of this machine: \
         replicas on other machines are not supported yet"
    );
}

#[test]
fn an_address_for_many_receivers_is_refused() {
    for ip in ["224.0.0.1", "255.255.255.255", "ff02::1"] {
        let message = mistakes_in(&SMALLEST.replace("catalogA_ip=127.0.0.1", &format!("catalogA_ip={ip}")));
        assert!(
            message.contains(&format!("line 3: `catalogA_ip` is {ip}, an address for many receivers")),
            "{message}"
        );
    }
}

#[test]
fn an_ip_needs_a_port_and_a_port_an_ip() {
    assert_eq!(
        mistakes_after_smallest("catalogB_ip=127.0.0.1\norderB_port=8020\n"),
        "env.cfg has 2 mistakes:\n  \
         line 7: catalogB has an ip but no port: add `catalogB_port`\n  \
         line 8: orderB has a port but no ip: add `orderB_ip`"
    );
}

#[test]
fn every_tier_is_needed() {
    assert_eq!(
        mistakes_in("# nothing yet\n"),
        "env.cfg has 3 mistakes:\n  \
         there is no catalog replica: add `catalogA_ip` and `catalogA_port`\n  \
         there is no order replica: add `orderA_ip` and `orderA_port`\n  \
         there is no frontend replica: add `frontend_ip` and `frontend_port`"
    );
}

#[test]
fn a_second_frontend_needs_the_plain_one() {
    assert_eq!(
        mistakes_in(&SMALLEST.replace("frontend_", "frontendB_")),
        "env.cfg has 1 mistake:\n  line 1: there is frontendB but no plain `frontend`, whose address customers know: \
         add `frontend_ip` and `frontend_port`"
    );
}

#[test]
fn what_follows_from_a_mistake_is_not_told_again() {
    assert_eq!(
        mistakes_in(&SMALLEST.replace("catalogA_", "catalog_")),
        "env.cfg has 2 mistakes:\n  \
         line 3: unknown key \"catalog_ip\"; did you mean `catalogA_ip`?\n  \
         line 4: unknown key \"catalog_port\"; did you mean `catalogA_port`?"
    );
    let one_letter_off = SMALLEST.replace("frontend_", "frontendA_");
    assert!(mistakes_in(&one_letter_off).starts_with("env.cfg has 2 mistakes:"));
}

#[test]
fn quotes_that_do_not_match_are_named() {
    assert_eq!(
        mistakes_after_smallest("catalogB_ip='127.0.0.1\ncatalogB_port=\"8020\"8021\n"),
        "env.cfg has 2 mistakes:\n  \
         line 7: the quote before the value of `catalogB_ip` is not closed\n  \
         line 8: something follows the quoted value of `catalogB_port`"
    );
}

#[test]
fn bytes_that_are_no_text_are_told_with_the_other_mistakes() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("env.cfg");
    std::fs::write(&path, [SMALLEST.as_bytes(), b"# caf\xe9\nwhat\n"].concat()).expect("the file is written");
    let message = Roster::load(&path).expect_err("a file with mistakes").to_string();
    let expected = format!(
        "{} has 2 mistakes:\n  line 7: this line is not UTF-8 text\n  \
         line 8: \"what\" has no `=`: write KEY=VALUE, such as catalogA_port=8011",
        path.display()
    );
    assert_eq!(message, expected);
}

#[test]
fn a_message_repeats_only_the_beginning_of_a_long_line_and_no_control_characters() {
    let message = mistakes_after_smallest(&format!("\u{1b}[2J{}\n", "x".repeat(10_000)));
    assert!(message.len() < 250 && !message.contains('\u{1b}'), "{message:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("env.cfg");
    let mistakes = Roster::load(&path).expect_err("there is no such file");
    assert!(mistakes.to_string().starts_with(&format!("cannot read {}: No such file", path.display())), "{mistakes}");
    assert!(mistakes.source().is_none(), "the reason is in the message and would be printed twice");
}
