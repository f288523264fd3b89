//! The same sale in SQL, and what pgbench says of it.
//!
//! Both ways of writing it are measured and the faster one counts: a single statement needs one round trip, a
//! transaction of several holds the row for longer but inserts before it takes the row.

use crate::error::BenchError;

/// How the sale is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sale {
    /// One statement that takes the unit and inserts the order.
    Statement,
    /// `begin`, take the unit, insert the order, `end`.
    Transaction,
}

/// What PostgreSQL did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    /// Sales a second.
    pub(crate) per_second: f64,
    /// How long one took on average, in milliseconds.
    pub(crate) mean_ms: f64,
}

impl Sale {
    /// The script for pgbench, buying one of `titles` titles.
    pub(super) fn script(self, titles: u32) -> String {
        let title = format!("\\set title random(1, {titles})\n");
        let sale = match self {
            Self::Statement => {
                "with taken as (
                    update stock set units = units - 1 where title = :title and units >= 1 returning title, price
                )
                insert into orders (id, buyer, title, quantity, created, cost)
                    select gen_random_uuid(), 'buyer-' || :client_id, title, 1, now(), price from taken;"
            }
            Self::Transaction => {
                "begin;
                update stock set units = units - 1 where title = :title and units >= 1 returning price \\gset
                insert into orders (id, buyer, title, quantity, created, cost)
                    values (gen_random_uuid(), 'buyer-' || :client_id, :title, 1, now(), :price);
                end;"
            }
        };
        title + sale
    }
}

/// The tables, with room on each page for a new version of a row, and `titles` books.
pub(super) fn tables(titles: u32) -> String {
    format!(
        "create table stock (title int primary key, units bigint not null, price int not null) with (fillfactor = 50);
        create table orders (id uuid primary key, buyer text not null, title int not null, quantity int not null,
            created timestamptz not null, cost int not null);
        insert into stock select title, 1000000000, 1250 from generate_series(1, {titles}) as title;"
    )
}

/// Reads what pgbench prints at its end.
pub(super) fn parse(output: &str) -> Result<Rate, BenchError> {
    let number = |name: &str| {
        let line = output.lines().find_map(|line| line.trim().strip_prefix(name)?.trim().strip_prefix('='))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let failed = output.lines().find_map(|line| line.strip_prefix("number of failed transactions:"));
    if let Some(failed) = failed.filter(|failed| !failed.trim().starts_with("0 ")) {
        return Err(BenchError::new(format!("pgbench had failed transactions: {}", failed.trim())));
    }
    match (number("tps"), number("latency average")) {
        (Some(per_second), Some(mean_ms)) => Ok(Rate { per_second, mean_ms }),
        _ => Err(BenchError::new(format!("pgbench printed no rate: {output}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "transaction type: /tmp/sale.sql
scaling factor: 1
query mode: prepared
number of clients: 16
number of threads: 2
duration: 4 s
number of transactions actually processed: 5321
number of failed transactions: 0 (0.000%)
latency average = 12.034 ms
initial connection time = 22.417 ms
tps = 1329.561203 (without initial connection time)
";

    #[test]
    fn the_rate_and_the_latency_are_read_from_what_pgbench_prints() {
        let rate = parse(OUTPUT).expect("a good output");
        assert_eq!(rate, Rate { per_second: 1_329.561_203, mean_ms: 12.034 });
    }

    #[test]
    fn a_run_with_failed_transactions_is_no_reference() {
        let failed = OUTPUT.replace("transactions: 0 (0.000%)", "transactions: 7 (0.131%)");
        assert!(parse(&failed).expect_err("failed").to_string().contains("7 (0.131%)"));
        assert!(parse("pgbench: error").is_err());
    }
}
