//! Who did something, as records name them.

use crate::model::Text;

/// What a record calls whoever did it.
pub(super) fn called(actor: Option<&Text>) -> Option<Text> {
    actor.cloned()
}
