//! The rules whose facts travel between homes: what each says and must not say, in hours. Each
//! story is told forwards, backwards, and fact by fact with the clock between, on 1 and 8 shards.

#![allow(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod approvals;
mod devices;
mod node;
mod people;
mod revocations;
mod sources;
mod tickets;
mod workflows;
