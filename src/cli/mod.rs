//! cli
pub mod normalize;
