//! Every interleaving of a small shop: the product's own functions, called by a model checker in every order there is.
//!
//! One book, a few units, a few orders, two or three catalogs. Loss, repetition, delay and partition need no actions of
//! their own: a journal is read an entry at a time, whenever the checker likes, or never. Crashes, disks put back and lost,
//! and retirements have budgets, so that the states can be counted.
//!
//! Checker: stateright. What is checked are [`World`]'s invariants, recomputed from the union of all journals.

mod action;
mod model;
mod steps;
mod world;

pub use action::Action;
pub use model::{Explored, Model, explore};
pub use world::{Budget, World};
