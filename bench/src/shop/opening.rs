//! The opening stock of a shop that is measured, and its `env.cfg`.

use crate::error::{BenchError, While};
use crate::sqlite::{title, topic};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};

/// The replicas of the shop, in the order of `env.cfg`.
pub(super) const REPLICAS: [&str; 5] = ["frontend", "catalogA", "catalogB", "orderA", "orderB"];
/// Below the range from which the system takes the ports of outgoing connections.
const FIRST_PORT: u16 = 22_000;
const LAST_PORT: u16 = 31_000;

/// `titles` books with ids from 1, each with `units` units, in the form of the catalog's CSV files.
pub(super) fn csv(titles: u32, units: u64) -> String {
    let mut text = String::from("id,title,authors,year,language,topic,price,units\n");
    for id in 1..=titles {
        writeln!(text, "{id},\"{}\",,,en,{},12.5,{units}", title(id), topic(id)).expect("a text takes everything");
    }
    text
}

/// So many ports, all free a moment ago, one after the other.
pub(super) fn free_ports(count: usize) -> Result<Vec<u16>, BenchError> {
    let width = u16::try_from(count).during("too many ports")?;
    let blocks = (LAST_PORT - FIRST_PORT) / width;
    // Each process begins elsewhere, so that two runs rarely meet.
    let begin = u16::try_from(std::process::id() % u32::from(blocks)).unwrap_or(0);
    let free = |ports: &Vec<u16>| ports.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    (0..blocks)
        .map(|step| FIRST_PORT + (begin + step) % blocks * width)
        .map(|first| (first..first + width).collect::<Vec<u16>>())
        .find(free)
        .ok_or_else(|| BenchError::new("there are not enough free ports below the range of outgoing connections"))
}

/// The text of an `env.cfg`.
pub(super) fn config<'a>(replicas: impl Iterator<Item = (&'a str, u16)>) -> String {
    let mut text = String::new();
    for (name, port) in replicas {
        writeln!(text, "{name}_ip=127.0.0.1\n{name}_port={port}").expect("a text takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_title_is_a_row_with_as_many_fields_as_the_first_line_names() {
        let text = csv(250, 1_000_000);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 251);
        assert_eq!(rows.first().copied(), Some("id,title,authors,year,language,topic,price,units"));
        assert_eq!(
            rows.last().copied(),
            Some("250,\"The Measured Bookseller, Volume 250\",,,en,measuring 2,12.5,1000000")
        );
    }

    #[test]
    fn ports_are_free_and_side_by_side() {
        let ports = free_ports(6).expect("some are free");
        assert!(ports.windows(2).all(|pair| matches!(pair, [one, next] if one + 1 == *next)));
        for port in ports {
            assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok(), "{port}");
        }
    }

    #[test]
    fn each_replica_is_two_lines_of_the_configuration() {
        let text = config([("frontend", 1), ("orderA", 2)].into_iter());
        assert_eq!(text, "frontend_ip=127.0.0.1\nfrontend_port=1\norderA_ip=127.0.0.1\norderA_port=2\n");
    }
}
