//! The order tier: buys, keeps and shows orders.
//!
//! The sale in a catalog's journal is the commit of an order; what is here follows from it. What is decided is in the
//! pure crate `orders`; here are [`machine`], its batches over tables, [`checkout`], what a purchase waits for,
//! [`roll_forward`], how an order appears whose buyer got no answer, [`catalogs`], who is asked, [`closings`], whose sales
//! are not taken any more, [`http`], the routes, and [`store`], the SQL.

mod catalogs;
mod checkout;
mod cli;
mod closings;
mod http;
mod machine;
mod roll_forward;
mod serve;
mod store;

fn main() -> std::process::ExitCode {
    cli::run()
}
