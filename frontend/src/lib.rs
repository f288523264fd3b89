//! The frontend tier: pages and the JSON API over the same use cases.
//!
//! It keeps nothing that could be lost: what it knows of books is a cache, who a browser is stands in the browser's own
//! signed cookie, and an order lives in the order tier. So there may be any number of frontends, and each may die.
//!
//! From the outside in: [`api`] and [`pages`] render [`browse`] and [`checkout`], which ask [`catalogs`] and [`orders`]
//! (each a set of [`replicas`]).
//! There is no SQL here and no decision about stock: a frontend never says "sold out" on its own account.

pub mod about;
pub mod accounts;
pub mod api;
pub mod browse;
pub mod cache;
pub mod cart;
pub mod catalogs;
pub mod checkout;
mod coding;
pub mod contexts;
pub mod cover;
pub mod cursor;
pub mod desk;
pub mod feeds;
pub mod gifts;
pub mod headers;
pub mod language;
pub mod lists;
pub mod lookups;
pub mod objects;
pub mod orders;
pub mod pace;
pub mod pages;
pub mod replicas;
mod say;
pub mod seal;
pub mod session;
pub mod shop;
pub mod start;
pub mod static_files;
#[cfg(test)]
mod testing;
pub mod topics;
pub mod visitor;
pub mod watchers;
pub mod words;
