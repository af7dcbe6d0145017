//! Edges to the outside: they move bytes and decide nothing.

pub mod archive;
