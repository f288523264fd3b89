//! Properties of states: of those that grew by edits, and of those that nobody honest could have made.

mod arbitrary;
mod forged;
mod laws;
