//! Tickets, workflow runs and devices that concern an identity.

use super::{Dossier, Entry, EntryKind, Names};
use crate::answer::evidence;
use crate::identity::request_at;
use crate::model::Text;
use crate::model::fact::{
    DeviceEventKind, StepOutcome, TicketEventKind, WorkflowEvent, WorkflowEventKind,
};
use crate::model::id::{DeviceId, EventUid, RunId, TicketId};
use crate::model::state::{DeviceState, TicketState, WorkflowState};
use crate::model::time::Timestamp;

pub(super) fn tell(dossier: &Dossier, names: &Names, entries: &mut Vec<Entry>) {
    for (id, state) in &dossier.tickets {
        tell_ticket(id, state, entries);
    }
    for (id, state) in &dossier.workflows {
        tell_workflow(id, state, names, entries);
    }
    for (id, state) in &dossier.devices {
        tell_device(id, state, entries);
    }
}

fn tell_ticket(id: &TicketId, state: &TicketState, entries: &mut Vec<Entry>) {
    let events = state.events();
    for (place, event) in events.iter().enumerate() {
        let request = request_at(&events, place);
        let asked = request.kind.unwrap_or("request");
        let (kind, verb, by) = match event.kind {
            TicketEventKind::Created => (EntryKind::TicketCreated, "opened", &event.requester),
            TicketEventKind::Approved => (EntryKind::TicketApproved, "approved", &event.approver),
            TicketEventKind::Rejected => (EntryKind::TicketRejected, "rejected", &event.approver),
            TicketEventKind::Resolved => (EntryKind::TicketResolved, "resolved", &None),
            TicketEventKind::Closed => (EntryKind::TicketClosed, "closed", &None),
            TicketEventKind::Reopened => (EntryKind::TicketReopened, "reopened", &None),
            TicketEventKind::Cancelled => (EntryKind::TicketCancelled, "cancelled", &None),
        };
        let grants: Vec<&str> = request.grants.iter().map(|grant| &**grant).collect();
        let mut text = format!("{asked} {} {verb}", id.0);
        if !grants.is_empty() {
            text.push_str(" for ");
            text.push_str(&grants.join(", "));
        }
        let ended = matches!(
            event.kind,
            TicketEventKind::Resolved | TicketEventKind::Closed
        );
        if let Some(resolution) = event.resolution.as_ref().filter(|_| ended) {
            text.push_str(" as ");
            text.push_str(resolution);
        }
        let subject = format!("ticket:{}", id.0);
        let mut entry = thing((event.at, event.event), ("tickets", kind), subject, text);
        entry.by.clone_from(by);
        entries.push(entry);
    }
}

/// Starts and ends, and the steps that are about the identity.
fn tell_workflow(id: &RunId, state: &WorkflowState, names: &Names, entries: &mut Vec<Entry>) {
    let events = state.events();
    let name = events
        .iter()
        .chain(state.steps())
        .find_map(|event| event.name.as_deref());
    let name = name.unwrap_or("workflow");
    let is_meant = |text: &Option<Text>| text.as_deref().map(|text| names.means_text(text));
    let about_them = |event: &&WorkflowEvent| {
        let target = event.step.as_ref().map_or(&None, |step| &step.target);
        is_meant(target)
            .or_else(|| is_meant(&event.subject))
            .unwrap_or(true)
    };
    for event in events.iter().chain(state.steps().iter().filter(about_them)) {
        let (kind, what) = match event.kind {
            WorkflowEventKind::Started => (EntryKind::WorkflowStarted, "started".to_owned()),
            WorkflowEventKind::Step => (EntryKind::WorkflowStep, step_text(event)),
            WorkflowEventKind::Succeeded => (EntryKind::WorkflowSucceeded, "succeeded".to_owned()),
            WorkflowEventKind::Failed => (EntryKind::WorkflowFailed, "failed".to_owned()),
        };
        let mut text = format!("{name} {} {what}", id.0);
        if let Some(error) = &event.error {
            text.push_str(": ");
            text.push_str(error);
        }
        let subject = format!("workflow:{}", id.0);
        let point = (event.at, event.event);
        entries.push(thing(point, ("workflows", kind), subject, text));
    }
}

fn step_text(event: &WorkflowEvent) -> String {
    let Some(step) = &event.step else {
        return "step".to_owned();
    };
    let what = step.action.as_ref().or(step.name.as_ref());
    let outcome = match step.outcome {
        StepOutcome::Success => "done",
        StepOutcome::Skipped => "skipped",
        StepOutcome::Failure => "failed",
        StepOutcome::Unknown => "of unknown outcome",
    };
    let target = step
        .target
        .as_deref()
        .map_or_else(String::new, |to| format!(" on {to}"));
    format!("step {}{target} {outcome}", what.map_or("", |what| what))
}

fn tell_device(id: &DeviceId, state: &DeviceState, entries: &mut Vec<Entry>) {
    for event in state.events() {
        let (kind, verb) = match event.kind {
            DeviceEventKind::Enrolled => (EntryKind::DeviceEnrolled, "enrolled"),
            DeviceEventKind::Assigned => (EntryKind::DeviceAssigned, "assigned"),
            DeviceEventKind::Unenrolled => (EntryKind::DeviceUnenrolled, "unenrolled"),
            DeviceEventKind::Wiped => (EntryKind::DeviceWiped, "wiped"),
        };
        let called = event.name.as_ref().unwrap_or(&id.uid);
        let text = format!("device {called} {verb}");
        let lane = id.source.as_str();
        let point = (event.at, event.event);
        let mut entry = thing(point, (lane, kind), id.to_string(), text);
        entry.by = crate::answer::actor::called(event.actor.as_ref());
        entries.push(entry);
    }
}

fn thing(
    (at, event): (Timestamp, EventUid),
    (lane, kind): (&str, EntryKind),
    subject: String,
    text: String,
) -> Entry {
    Entry {
        at,
        lane: lane.into(),
        kind,
        subject: subject.into(),
        text: text.into(),
        by: None,
        severity: None,
        evidence: evidence([event]),
    }
}
