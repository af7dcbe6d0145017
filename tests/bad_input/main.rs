//! Bad input, given to the built program: a clear message or a counted reject, never a panic, and
//! nothing lost.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod commands;
mod place;
mod policies;
mod records;
mod service;
#[path = "../wrong_types/mod.rs"]
mod wrong_types;
