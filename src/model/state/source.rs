//! The home of a source: the newest that it delivered.

use serde::{Deserialize, Serialize};

use crate::model::fact::Delivered;
use crate::model::join::{Join, join_greatest};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    newest: Option<Delivered>,
}

impl SourceState {
    pub fn delivered(&mut self, newest: Delivered) -> bool {
        join_greatest(&mut self.newest, Some(newest))
    }

    /// By event time.
    pub fn newest(&self) -> Option<Delivered> {
        self.newest
    }
}

impl Join for SourceState {
    fn join(&mut self, other: Self) -> bool {
        join_greatest(&mut self.newest, other.newest)
    }
}
