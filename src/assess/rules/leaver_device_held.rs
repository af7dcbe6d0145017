//! `leaver-device-held`: the holder is gone and the device is theirs at terminated_at + grace.

use super::{Told, deadline, earlier};
use crate::assess::episode::Episode;
use crate::assess::person::PersonContext;
use crate::model::fact::{DeviceEventKind, Through, Whom};
use crate::model::finding::{RuleId, SubjectKind};
use crate::model::id::DeviceId;
use crate::model::state::{DeviceState, LiveInterval, Named};
use crate::model::time::Span;

type Held = Named<(Whom, Through), DeviceState>;

/// Judged once for each leave, at the deadline.
pub fn episodes(context: &PersonContext<'_>, grace: Span) -> Vec<Episode> {
    if context.leaves.is_empty() {
        return Vec::new();
    }
    let devices = context.state.devices.iter();
    devices
        .flat_map(|(id, held)| of_device(context, grace, id, held))
        .collect()
}

fn of_device(context: &PersonContext<'_>, grace: Span, id: &DeviceId, held: &Held) -> Vec<Episode> {
    let holdings = holdings(context, held);
    let told = context.leaves.iter().filter_map(|leave| {
        let opened_at = deadline(leave, grace)?;
        let holding = holdings.iter().find(|held| held.contains(opened_at))?;
        Some(Told {
            opened_at,
            resolved_at: earlier(holding.until, leave.rehired_at),
            evidence: [leave.event, holding.began_by]
                .into_iter()
                .chain(holding.ended_by)
                .collect(),
            summary: format!(
                "{} left on {}, and device {} was still theirs {grace} later",
                context.called(),
                leave.terminated_at,
                called(id, &held.state),
            ),
        })
    });
    told.map(|told| {
        told.episode(
            RuleId::LeaverDeviceHeld,
            SubjectKind::Device,
            id.to_string(),
        )
    })
    .collect()
}

/// When the person held it: from an event that names them until one that names another, or that
/// takes it out of management. One that names nobody leaves it with whoever had it.
pub(in crate::assess) fn holdings(context: &PersonContext<'_>, held: &Held) -> Vec<LiveInterval> {
    let theirs = |holder: &Whom| {
        let ways = held.by.iter().filter(|(named, _)| named == holder);
        ways.into_iter()
            .any(|(_, through)| context.is_theirs(through))
    };
    let mut holdings = Vec::new();
    let mut open: Option<LiveInterval> = None;
    for event in held.state.events() {
        let takes = match (event.kind, &event.holder) {
            (DeviceEventKind::Unenrolled | DeviceEventKind::Wiped, _) => true,
            (_, Some(holder)) => !theirs(holder),
            (_, None) => continue,
        };
        if !takes {
            open.get_or_insert(LiveInterval {
                from: event.at,
                began_by: event.event,
                until: None,
                ended_by: None,
            });
        } else if let Some(holding) = open.take() {
            holdings.push(LiveInterval {
                until: Some(event.at),
                ended_by: Some(event.event),
                ..holding
            });
        }
    }
    holdings.extend(open);
    holdings
}

fn called(id: &DeviceId, state: &DeviceState) -> String {
    let mut newest_first = state.events().iter().rev();
    let name = newest_first.find_map(|event| event.name.as_ref());
    match name {
        Some(name) if **name != *id.uid => format!("{id} ({name})"),
        _ => id.to_string(),
    }
}
