//! How a shop of a test is set up before it opens.

use crate::shop::Cluster;
use crate::{Ports, seed};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// How soon after its start each cart replica has compared with the others.
const COUNTS_WITHIN: Duration = Duration::from_secs(20);

/// A shop that is about to be started: two catalogs, two order replicas, one frontend, the usual opening stock.
#[derive(Clone, Debug)]
pub struct Builder {
    catalogs: u8,
    orders: u8,
    carts: u8,
    frontends: u8,
    zookeeper: Option<String>,
    stock: Option<String>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { catalogs: 2, orders: 2, carts: 0, frontends: 1, zookeeper: None, stock: None }
    }

    /// With so many catalog replicas.
    #[must_use]
    pub fn catalogs(self, catalogs: u8) -> Self {
        Self { catalogs, ..self }
    }

    /// With so many order replicas.
    #[must_use]
    pub fn orders(self, orders: u8) -> Self {
        Self { orders, ..self }
    }

    /// With so many cart replicas; without any as usual.
    #[must_use]
    pub fn carts(self, carts: u8) -> Self {
        Self { carts, ..self }
    }

    /// With so many frontends.
    #[must_use]
    pub fn frontends(self, frontends: u8) -> Self {
        Self { frontends, ..self }
    }

    /// With the membership told by the ZooKeeper at this address.
    #[must_use]
    pub fn zookeeper(self, address: impl Into<String>) -> Self {
        Self { zookeeper: Some(address.into()), ..self }
    }

    /// With this text of a CSV file as opening stock; see [`seed`].
    #[must_use]
    pub fn stock(self, csv: impl Into<String>) -> Self {
        Self { stock: Some(csv.into()), ..self }
    }

    /// Takes in the opening stock, starts every replica, and waits until all are ready and show the same books.
    pub async fn start(self) -> Cluster {
        let shop = self.furnished().await;
        shop.opens().await;
        // A cart replica that came a moment after the first layout compares first, and counts then.
        shop.carts_count_within(COUNTS_WITHIN).await;
        shop
    }

    /// The shop with its opening stock, before any replica runs.
    pub async fn furnished(self) -> Cluster {
        let shop = self.bare();
        let taken =
            shop.command("catalog", &["init", "--name", "catalogA", "--seed", &shop.seed().to_string_lossy()]).await;
        assert!(taken.status.success(), "the opening stock was not taken in: {taken:?}");
        shop
    }

    /// The shop without any data, before any replica runs.
    pub fn bare(self) -> Cluster {
        let directory = TempDir::with_prefix("bookend-test-").expect("the temporary directory can be written");
        let ports = Ports::take();
        let config = directory.path().join("env.cfg");
        fs::write(&config, self.env_cfg(&ports)).expect("env.cfg can be written");
        let seed = self.seed(&directory);
        Cluster::new(directory, ports, config, seed)
    }

    /// The text of the `env.cfg`.
    pub fn env_cfg(&self, ports: &Ports) -> String {
        let tiers =
            [("catalog", self.catalogs), ("order", self.orders), ("cart", self.carts), ("frontend", self.frontends)];
        let names = tiers.into_iter().flat_map(|(tier, replicas)| {
            ('A'..='Z').take(replicas.into()).map(move |letter| match (tier, letter) {
                ("frontend", 'A') => tier.to_owned(),
                _ => format!("{tier}{letter}"),
            })
        });
        let mut text = String::from("# One test's shop.\n");
        for (index, name) in names.enumerate() {
            let port = ports.port(index);
            writeln!(text, "{name}_ip=127.0.0.1\n{name}_port={port}").expect("a text takes everything");
        }
        if let Some(address) = &self.zookeeper {
            writeln!(text, "membership=zookeeper\nzookeeper={address}").expect("a text takes everything");
        }
        text
    }

    fn seed(&self, directory: &TempDir) -> PathBuf {
        let Some(stock) = &self.stock else { return seed::opening_stock() };
        let path = directory.path().join("stock.csv");
        fs::write(&path, stock).expect("the opening stock can be written");
        path
    }
}
