//! The oracle of the fuzz: a model that keeps every edit and computes what is shown by definition, worlds of replicas
//! that are held against it, and wrong merges that must be noticed.

pub(crate) mod chance;
pub(crate) mod model;
pub(crate) mod mutants;
pub(crate) mod world;
