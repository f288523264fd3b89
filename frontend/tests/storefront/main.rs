//! The frontend over real sockets, with small catalogs and order replicas that can be told to misbehave.

mod account_pages;
mod accounts;
mod browser;
mod buying;
mod by_title;
mod cart_pages;
mod carts;
mod checkout_page;
mod classic;
mod failover;
mod fakes;
mod languages;
mod list_pages;
mod lists;
mod order_history;
mod orders;
mod pages;
mod reading;
mod records;
mod retiring;
mod searching;
mod stage;
