//! service

pub mod filter;
pub mod status;

pub use filter::{Filter, FilterError};
pub use status::{Matches, Status};
