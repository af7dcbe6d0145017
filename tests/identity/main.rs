//! Who is who, in the vendors' own words: links, policies that change, identities that are one,
//! and what is no person's. Each story is told forwards, backwards, and record by record with the
//! clock between and a crash in the middle, on 1 and 8 shards.

#![allow(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod addresses;
mod answers;
mod links;
mod node;
mod people;
#[path = "../place/mod.rs"]
mod place;
mod records;
mod same;
mod service;
mod shown;
