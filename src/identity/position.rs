//! Which position a person held when.

use super::employment::by_effect;
use crate::model::Text;
use crate::model::id::EventUid;
use crate::model::state::Employment;
use crate::model::time::Timestamp;

/// A position, from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub since: Timestamp,
    /// The HR record that says so.
    pub event: EventUid,
    pub department: Option<Text>,
    pub title: Option<Text>,
    pub manager_id: Option<Text>,
    pub employment_type: Option<Text>,
}

impl Position {
    /// Whether somebody who held `before` has moved: their department, title or manager is another.
    /// What was not known before is no change.
    pub fn moved_from(&self, before: &Position) -> bool {
        let changed = |mine: &Option<Text>, theirs: &Option<Text>| {
            theirs.is_some() && mine.is_some() && mine != theirs
        };
        changed(&self.department, &before.department)
            || changed(&self.title, &before.title)
            || changed(&self.manager_id, &before.manager_id)
    }
}

/// Every position that HR ever stated, one an instant, ascending; what a record leaves out is as it
/// was. Only effective times count; of one instant, what was recorded last.
pub fn positions(employment: &Employment) -> Vec<Position> {
    let mut positions: Vec<Position> = Vec::new();
    for event in by_effect(employment) {
        let known = positions.last();
        let worker = &event.worker;
        let or = |stated: &Option<Text>, known: Option<&Option<Text>>| {
            stated.clone().or_else(|| known.cloned().flatten())
        };
        let position = Position {
            since: event.effective_at,
            event: event.event,
            department: or(&worker.department, known.map(|known| &known.department)),
            title: or(&worker.title, known.map(|known| &known.title)),
            manager_id: or(&worker.manager_id, known.map(|known| &known.manager_id)),
            employment_type: or(
                &worker.employment_type,
                known.map(|known| &known.employment_type),
            ),
        };
        match positions.last_mut() {
            Some(last) if last.since == position.since => *last = position,
            _ => positions.push(position),
        }
    }
    positions
}
