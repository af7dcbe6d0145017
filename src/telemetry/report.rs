//! What was counted of each source, for people and programs that ask a node.

use serde::{Deserialize, Serialize};

use crate::model::Text;

/// One source since the node started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    pub source: Text,
    pub records: u64,
    pub events: u64,
    /// By reason.
    pub rejects: Vec<(Text, u64)>,
    /// Events by the actions that no mapping names, the most frequent first.
    pub unmapped: Vec<(Text, u64)>,
    /// Fields of another type than the mapping expects, the most frequent first.
    pub mistyped: Vec<(Text, u64)>,
}
