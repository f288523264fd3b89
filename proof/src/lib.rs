//! The proof: the product's own pure machines, played in every order ([`explore`]) and in very many ([`simulation`]).
//!
//! No process, socket, clock or disk: what those do to real ones is `chaos`' business.

pub mod catalog;
pub mod disk;
pub mod explore;
pub mod simulation;
