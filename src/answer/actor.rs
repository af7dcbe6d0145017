//! Who did something, as records name them.

use crate::model::Text;
use crate::model::fact::Actor;

/// Everything by which a record names whoever did it, lower-cased.
pub(super) fn forms(actor: Option<&Actor>) -> Vec<Text> {
    let forms = actor.into_iter().flat_map(Actor::forms);
    forms.map(|form| form.to_lowercase().into()).collect()
}

/// What a record calls whoever did it.
pub(super) fn called(actor: Option<&Actor>) -> Option<Text> {
    actor.map(|actor| actor.called().into())
}
