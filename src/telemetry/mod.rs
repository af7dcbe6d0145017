//! What operators see of the service: metrics and logs. No identity is in either's labels.

mod census;
mod families;
mod labels;
pub mod logging;
pub mod metrics;
pub mod report;
mod words;

pub use families::{Plain, SourceMetrics, StreamMetrics};
pub use metrics::Metrics;
pub use report::SourceReport;
pub use words::{Delivery, FindingChange, HomeKind};
