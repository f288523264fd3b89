//! The frontend over real sockets, with small catalogs and order replicas that can be told to misbehave.

mod accounts;
mod browser;
mod buying;
mod by_title;
mod carts;
mod classic;
mod failover;
mod fakes;
mod list_pages;
mod lists;
mod orders;
mod pages;
mod reading;
mod records;
mod stage;
