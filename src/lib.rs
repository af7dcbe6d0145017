//! Tenure: who still has access, why, and can you prove it?
//!
//! The modules stand in the order in which data flows; ARCHITECTURE.md draws the map.

pub mod model;
pub mod normalize;
pub mod identity;
pub mod assess;
pub mod answer;
pub mod alert;
pub mod evidence;
pub mod engine;
pub mod config;
pub mod telemetry;
pub mod io;
#[cfg(feature = "query")]
pub mod query;
#[cfg(feature = "query")]
pub mod report;
pub mod service;
pub mod http;
pub mod simulate;
pub mod cli;
