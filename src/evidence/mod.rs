//! Evidence: what is archived, in a form that can be checked without us.
//!
//! Records become a Parquet segment (`segment`, `columns`) whose rows are bound by one tree hash
//! (`leaf`), and segments become a chain of commits (`commit`) that proves that nothing is
//! missing. Commits are the entries of one log (`log`, `tree`) whose checkpoints are signed (`note`).
//! What is let go is named by a `tombstone`, and what must not be by a `hold`.
//! Bytes in memory only: `io::archive` stores them.

pub mod leaf;
pub mod blocks;
mod rows;
mod columns;
pub mod segment;
pub mod table;
pub mod datasets;
pub mod settings;
pub mod commit;
pub mod tree;
pub mod log;
pub mod note;
pub mod timestamp;
pub mod hold;
pub mod tombstone;
