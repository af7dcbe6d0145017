//! Records in, events and facts out.
pub mod json;
mod time;
