//! The rules that are assessed at homes of other kinds: devices at their holder's, tickets, runs
//! and sources at their own.

use super::condition::{Conditions, gone, grace};
use super::{Explanation, Moment};
use crate::assess::episode::Episode;
use crate::assess::person::PersonContext;
use crate::assess::rules::leaver_device_held;
use crate::assess::rules::revocation_unfulfilled;
use crate::assess::rules::{self, workflow_incomplete};
use crate::assess::ticket::TicketContext;
use crate::model::finding::RuleId;
use crate::model::id::{RunId, SourceName};
use crate::model::policy::Policy;
use crate::model::state::{SourceState, WorkflowState};
use crate::model::time::Timestamp;

/// One explanation for each device that names the person, or one that says that none does.
pub fn explain_devices(context: &PersonContext<'_>, now: Timestamp) -> Vec<Explanation> {
    let rule = RuleId::LeaverDeviceHeld;
    let delay = context.policy.rule(rule).delay;
    let episodes = rules::leaver_device_held(context, delay);
    let at = (context.policy, now);
    let devices = context.state.devices.iter();
    let mut all: Vec<Explanation> = devices
        .map(|(id, held)| {
            let subject = id.to_string();
            let of_it = episodes.iter().filter(|one| *one.subject == *subject);
            let of_it: Vec<&Episode> = of_it.collect();
            let conditions = |at: Moment, list: &mut Conditions| {
                let Some(leave) = gone(&context.leaves, at.now, list) else {
                    return;
                };
                let deadline = at.judged(grace(list, leave.terminated_at, delay));
                let holdings = leaver_device_held::holdings(context, held);
                let text = "the device is theirs when the grace is over";
                list.live(
                    &holdings,
                    deadline,
                    text,
                    "it is unenrolled, wiped or reassigned",
                );
            };
            Explanation::new(rule, subject, at, &of_it, conditions)
        })
        .collect();
    if all.is_empty() {
        let none = |_: Moment, list: &mut Conditions| {
            list.no(None, "a device is theirs", "one is enrolled or assigned");
        };
        all.push(Explanation::new(rule, context.called(), at, &[], none));
    }
    all
}

pub fn explain_ticket(context: &TicketContext<'_>, now: Timestamp) -> Explanation {
    let rule = RuleId::RevocationUnfulfilled;
    let delay = context.policy.rule(rule).delay;
    let episodes = rules::revocation_unfulfilled(context, delay);
    let episodes: Vec<&Episode> = episodes.iter().collect();
    let subject = format!("ticket:{}", context.id.0);
    let conditions = |at: Moment, list: &mut Conditions| {
        let closings = revocation_unfulfilled::closings(&context.events);
        let mut closings = closings
            .iter()
            .filter(|closing| closing.closed.at <= at.now);
        let closing = match at.opened {
            Some(opened) => closings.find(|one| one.closed.at + delay == opened),
            None => closings.next_back(),
        };
        let Some(closing) = closing else {
            list.no(None, "the ticket was resolved or closed", "it is closed");
            return;
        };
        let request = context.request_at(closing.place);
        let text = "it asks for offboarding or revocation, and was closed as done";
        if revocation_unfulfilled::asks(&request) {
            list.yes(Some(closing.closed.at), text, "it is opened again");
        } else {
            list.no(None, text, "");
        }
        let reopened = closing.reopened_at.filter(|reopened| *reopened <= at.now);
        if let Some(reopened) = reopened {
            list.no(
                Some(reopened),
                "it was not opened again",
                "it is closed again",
            );
        }
        let deadline = grace(list, closing.closed.at, delay);
        let asked = revocation_unfulfilled::asked(context, &request);
        let live = asked.iter().filter(|(_, live)| {
            let mut live = live.iter();
            live.any(|live| live.contains(deadline))
        });
        let live: Vec<&str> = live.map(|(name, _)| name.as_str()).collect();
        if live.is_empty() {
            list.no(
                None,
                "something that it means is live then",
                "it comes back to life",
            );
        } else {
            let text = format!("something that it means is live then: {}", live.join(", "));
            list.yes(None, text, "all of it ends");
        }
    };
    Explanation::new(rule, subject, (context.policy, now), &episodes, conditions)
}

pub fn explain_workflow(
    id: &RunId,
    state: &WorkflowState,
    policy: &Policy,
    now: Timestamp,
) -> Explanation {
    let rule = RuleId::WorkflowIncomplete;
    let limit = policy.rule(rule).delay;
    let episodes = rules::workflow_incomplete(id, state, limit);
    let episodes: Vec<&Episode> = episodes.iter().collect();
    let subject = format!("workflow:{}", id.0);
    let conditions = |at: Moment, list: &mut Conditions| {
        if state.retry_of.iter().any(|root| root != id) {
            list.no(
                None,
                "it is no retry: those count for the run that they try again",
                "",
            );
            return;
        }
        let course = workflow_incomplete::course(state);
        let Some((opened_at, became, (since, _))) = course.deadline(limit) else {
            list.no(None, "the run started or failed", "a record that says so");
            return;
        };
        list.yes(Some(since), format!("the run {became}"), "");
        let opened_at = at.judged(opened_at);
        list.from(opened_at, format!("the limit of {limit} is over"), "");
        let text = "neither it nor a retry of it has succeeded";
        let succeeded = course.succeeded.map(|(succeeded, _)| succeeded);
        match succeeded.filter(|succeeded| *succeeded <= at.now) {
            Some(succeeded) => list.no(Some(succeeded), text, ""),
            None => list.yes(None, text, "a success"),
        }
    };
    Explanation::new(rule, subject, (policy, now), &episodes, conditions)
}

pub fn explain_source(
    name: &SourceName,
    state: &SourceState,
    policy: &Policy,
    now: Timestamp,
) -> Explanation {
    let rule = RuleId::SourceSilent;
    let silence = policy.silence(name);
    let silence = silence.unwrap_or_else(|| policy.rule(rule).delay);
    let episode = rules::source_silent(name, state, silence);
    let episodes: Vec<&Episode> = episode.iter().collect();
    let conditions = |_: Moment, list: &mut Conditions| match state.newest() {
        None => list.no(None, "the source has delivered", "a record"),
        Some(newest) => {
            list.yes(Some(newest.at), "its newest record is of then", "");
            let text = format!("nothing newer has come for {silence}");
            list.from(newest.at + silence, text, "a record");
        }
    };
    Explanation::new(
        rule,
        format!("source:{name}"),
        (policy, now),
        &episodes,
        conditions,
    )
}
