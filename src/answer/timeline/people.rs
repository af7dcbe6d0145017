//! What HR says of a person.

use super::{Bar, Entry, EntryKind};
use crate::answer::evidence;
use crate::identity::{Position, leaves, positions};
use crate::model::Text;
use crate::model::fact::{ContractEnd, EmploymentEvent, EmploymentKind};
use crate::model::id::{EventUid, PersonId};
use crate::model::state::Employment;
use crate::model::time::Timestamp;

/// Of snapshots, which say the same again and again, only what is news.
pub(super) fn tell(id: &PersonId, employment: &Employment, entries: &mut Vec<Entry>) {
    let mut say = |at, event: EventUid, kind, text: String| {
        entries.push(Entry {
            at,
            lane: "employment".into(),
            kind,
            subject: id.0.clone(),
            text: text.into(),
            by: None,
            severity: None,
            evidence: evidence([event]),
        });
    };
    for (place, event) in employment.events().iter().enumerate() {
        let (kind, text) = match event.kind {
            EmploymentKind::Hire => (EntryKind::Hired, position_text("hired", event)),
            EmploymentKind::Rehire => (EntryKind::Rehired, position_text("rehired", event)),
            EmploymentKind::LeaveStart => {
                (EntryKind::LeaveStarted, "leave of absence began".to_owned())
            }
            EmploymentKind::LeaveEnd => (EntryKind::LeaveEnded, "back from leave".to_owned()),
            EmploymentKind::ContractChange => (EntryKind::ContractChanged, contract_text(event)),
            EmploymentKind::SnapshotEmployed if place == 0 => {
                (EntryKind::Employed, position_text("employed", event))
            }
            EmploymentKind::Terminate => (EntryKind::Terminated, "employment ended".to_owned()),
            EmploymentKind::Transfer
            | EmploymentKind::SnapshotEmployed
            | EmploymentKind::SnapshotTerminated => continue,
        };
        let at = event.effective_at;
        say(at, event.event, kind, recorded(text, event));
    }
    for moved in positions(employment).windows(2) {
        if let [before, after] = moved
            && after.moved_from(before)
        {
            say(
                after.since,
                after.event,
                EntryKind::Moved,
                move_text(before, after),
            );
        }
    }
    for leave in leaves(employment) {
        let of_record = employment
            .events()
            .iter()
            .find(|it| it.event == leave.event);
        if of_record.is_some_and(|it| it.kind == EmploymentKind::SnapshotTerminated) {
            let text = "employment had ended, says a snapshot of HR".to_owned();
            say(
                leave.terminated_at,
                leave.event,
                EntryKind::Terminated,
                text,
            );
        }
    }
}

/// When the person was employed: from their first record, or a rehire, to each leave.
pub(super) fn bars(employment: &Employment) -> Vec<Bar> {
    let leaves = leaves(employment);
    let ends = |kind| {
        matches!(
            kind,
            EmploymentKind::Terminate | EmploymentKind::SnapshotTerminated
        )
    };
    let events = employment.events().iter();
    let mut begins = events
        .filter(|event| !ends(event.kind))
        .map(|event| event.effective_at)
        .min();
    let mut bars = Vec::new();
    for leave in leaves {
        bars.extend(
            begins
                .filter(|from| *from < leave.terminated_at)
                .map(|from| Bar {
                    from,
                    until: Some(leave.terminated_at),
                }),
        );
        begins = leave.rehired_at;
    }
    bars.extend(begins.map(|from| Bar { from, until: None }));
    bars
}

fn position_text(word: &str, event: &EmploymentEvent) -> String {
    let worker = &event.worker;
    let parts: Vec<&str> = [&worker.title, &worker.department, &worker.employment_type]
        .into_iter()
        .flatten()
        .map(|text| &**text)
        .collect();
    if parts.is_empty() {
        return word.to_owned();
    }
    format!("{word}: {}", parts.join(", "))
}

fn contract_text(event: &EmploymentEvent) -> String {
    match event.worker.contract_end {
        ContractEnd::At(end) => format!("contract ends at {end}"),
        ContractEnd::Open => "contract has no end".to_owned(),
        ContractEnd::Unstated => "contract changed".to_owned(),
    }
}

/// Says so where HR wrote it down later than it counts, or in advance.
fn recorded(text: String, event: &EmploymentEvent) -> String {
    let day = |at: Timestamp| at.day();
    if day(event.recorded_at) == day(event.effective_at) {
        return text;
    }
    format!("{text} (recorded at {})", event.recorded_at)
}

fn move_text(before: &Position, after: &Position) -> String {
    let changed = |what: &str, from: &Option<Text>, to: &Option<Text>| match (from, to) {
        (Some(from), Some(to)) if from != to => Some(format!("{what} {from} → {to}")),
        _ => None,
    };
    let parts = [
        changed("department", &before.department, &after.department),
        changed("title", &before.title, &after.title),
        changed("manager", &before.manager_id, &after.manager_id),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("moved: {}", parts.join(", "))
}
