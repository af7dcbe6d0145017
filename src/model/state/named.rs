//! What names somebody, at the home of whom it names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::join::{Join, join_item};
use crate::model::limits::LINKS_MAX;

/// A state of another home, with the ways in which it came here: later records may show that it
/// means somebody else, and nothing that was sent can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<W: Ord, S> {
    pub by: BTreeSet<W>,
    pub state: S,
}

impl<W: Ord, S> Named<W, S> {
    pub fn new(by: impl IntoIterator<Item = W>, state: S) -> Self {
        let by = by.into_iter().collect();
        Named { by, state }
    }
}

impl<W: Ord, S: Join> Join for Named<W, S> {
    fn join(&mut self, other: Self) -> bool {
        let by = other.by.into_iter();
        let changed = by.fold(false, |changed, way| {
            join_item(&mut self.by, LINKS_MAX, way) | changed
        });
        self.state.join(other.state) | changed
    }
}
