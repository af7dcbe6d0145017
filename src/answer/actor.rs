//! Who did something, as records name them.

use crate::model::Text;
use crate::model::fact::Actor;

/// What a record calls whoever did it.
pub(super) fn called(actor: Option<&Actor>) -> Option<Text> {
    actor.map(|actor| actor.called().into())
}
