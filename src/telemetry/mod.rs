//! What operators see of the service: metrics and logs. No identity is in either's labels.

mod labels;
pub mod logging;
pub mod metrics;

pub use metrics::{Delivery, FindingChange, HomeKind, Metrics, SourceMetrics, StreamMetrics};
