//! stub
pub mod fault;
pub mod path;
pub mod proxy;
pub mod schedule;
