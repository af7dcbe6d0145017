//! `source-silent`: a source that delivered before has delivered nothing for too long.

use super::Told;
use crate::assess::episode::Episode;
use crate::model::finding::{RuleId, SubjectKind};
use crate::model::id::SourceName;
use crate::model::state::SourceState;
use crate::model::time::Span;

/// The silence since the newest record, as it will be if nothing comes. Of earlier ones nothing
/// is known: the clock was there, and no fact tells what it saw.
pub fn episode(name: &SourceName, state: &SourceState, silence: Span) -> Option<Episode> {
    let newest = state.newest()?;
    let told = Told {
        // A record exactly at the deadline is in time.
        opened_at: newest.at + silence,
        resolved_at: None,
        evidence: vec![newest.event],
        summary: format!(
            "source {name} has delivered nothing newer than {} for {silence}; what is told of \
             its accounts may be out of date",
            newest.at,
        ),
    };
    let subject = format!("source:{name}");
    Some(told.episode(RuleId::SourceSilent, SubjectKind::Source, subject))
}
