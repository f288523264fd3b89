//! The catalog tier: books, their stock, and the right to sell it.
//!
//! Pure decisions are in `crates/stock`; here is what waits and writes. [`machine`] is the catalog's part of a batch,
//! [`till`] what a sale does that needs others, [`retirement`] what becomes of
//! the units of a replica that is gone, [`spread`] who gets which units while nobody waits, [`finder`] the
//! index that is searched, [`covers`] pictures that books have of their own, [`http`] the routes, [`store`] the SQL,
//! [`imports`] files on their way into the running shop, [`files`] books in CSV and ONIX, [`cli`] what an
//! operator types.

mod announce;
mod changes;
mod cli;
mod covers;
mod files;
mod finder;
mod http;
mod imports;
mod machine;
mod peers;
mod retirement;
mod serve;
mod spread;
mod store;
mod till;

fn main() -> std::process::ExitCode {
    cli::run()
}
