//! The frontend over real sockets, with small catalogs and order replicas that can be told to misbehave.

mod browser;
mod buying;
mod classic;
mod failover;
mod fakes;
mod orders;
mod pages;
mod reading;
mod stage;
