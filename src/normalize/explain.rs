//! What a record became, for people: the answer to "did it read my log correctly?".

use std::fmt::Write as _;

use crate::model::event::{Event, Named, Normalized, Party};
use crate::model::fact::{
    AccountFact, CredentialFact, Fact, GrantName, GrantReview, IdentifierFact, LifeChange,
    PersonFact, WorkflowEvent,
};
use crate::model::id::RunId;

/// What a record became: each event in a line, then the facts that follow.
pub fn explain(normalized: &Normalized) -> String {
    let mut out = String::new();
    show(normalized, &mut out);
    out
}

fn show(normalized: &Normalized, out: &mut String) {
    if let Some(reject) = &normalized.reject {
        line(
            out,
            format_args!("REJECT {}: {}", reject.reason, reject.detail),
        );
    }
    for event in &normalized.events {
        show_event(event, out);
        if let Some(unmapped) = &event.unmapped {
            let text = serde_json::Value::Object((**unmapped).clone());
            line(out, format_args!("  not read {text}"));
        }
    }
    if !normalized.unmapped.is_empty() {
        line(out, format_args!("  unmapped {:?}", normalized.unmapped));
    }
    if !normalized.mistyped.is_empty() {
        line(
            out,
            format_args!("  of another type {:?}", normalized.mistyped),
        );
    }
    for fact in &normalized.facts {
        line(out, format_args!("    {}", fact_line(fact)));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes what is written");
}

fn show_event(event: &Event, out: &mut String) {
    let verb = event.lifecycle.verb.map_or("-", |verb| verb.as_str());
    let mut text = format!(
        "{} {} {verb} {} {}/{}",
        event.time,
        event.event_code,
        event.outcome.as_str(),
        event.class_uid,
        event.activity_id
    );
    let party = |party: &Party| {
        let parts = [&party.uid, &party.name, &party.email];
        let parts: Vec<&str> = parts.into_iter().flatten().map(AsRef::as_ref).collect();
        format!("{:?}:{}", party.kind, parts.join(","))
    };
    let named = |named: &Named| {
        let parts = [&named.uid, &named.name];
        let parts: Vec<&str> = parts.into_iter().flatten().map(AsRef::as_ref).collect();
        format!("{}:{}", named.kind, parts.join(","))
    };
    let mut add = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, " {label}={value}").expect("a string takes what is written");
        }
    };
    add("actor", event.actor.as_ref().map(party));
    add(
        "user",
        event
            .user
            .as_ref()
            .filter(|user| Some(*user) != event.actor.as_ref())
            .map(party),
    );
    add("group", event.group.as_ref().map(named));
    add("resource", event.resource.as_ref().map(named));
    add("ip", event.src_ip.as_ref().map(ToString::to_string));
    add(
        "why",
        event.outcome_detail.as_ref().map(ToString::to_string),
    );
    add(
        "effective",
        event.lifecycle.effective_time.map(|time| time.to_string()),
    );
    add(
        "ticket",
        event.lifecycle.ticket.as_ref().map(ToString::to_string),
    );
    add(
        "grant",
        event
            .lifecycle
            .entitlement
            .as_ref()
            .map(ToString::to_string),
    );
    add(
        "credential",
        event
            .lifecycle
            .credential_uid
            .as_ref()
            .map(ToString::to_string),
    );
    line(out, format_args!("{text}"));
}

/// A fact in one line: its home, and what it says.
pub fn fact_line(fact: &Fact) -> String {
    match fact {
        Fact::Account(id, fact) => format!("{id} {}", account_line(fact)),
        Fact::Person(id, PersonFact::Employment(event)) => format!(
            "person {} {:?} effective {} recorded {} {:?}",
            id.0, event.kind, event.effective_at, event.recorded_at, event.worker
        ),
        Fact::Identifier(id, IdentifierFact::Person { person }) => {
            format!("{id} is of {person:?}")
        }
        Fact::Credential(id, CredentialFact::Owner { account }) => {
            format!("credential {id} owned by {account}")
        }
        Fact::Credential(id, CredentialFact::Change(change)) => {
            format!("credential {id} {}", life(&change.change))
        }
        Fact::Ticket(id, event) => format!(
            "ticket {} {:?} {:?} by {:?} approved by {:?} for {:?} grants {:?} {:?}",
            id.0,
            event.kind,
            event.request,
            event.requester,
            event.approver,
            event.subject,
            event.grants,
            event.resolution
        ),
        Fact::Device(id, event) => format!(
            "device {id} {:?} at {} called {:?} held by {:?} by {:?}",
            event.kind, event.at, event.name, event.holder, event.actor
        ),
        Fact::Workflow(run, event) => workflow_line(run, event),
        other => format!("{other:?}"),
    }
}

fn account_line(fact: &AccountFact) -> String {
    match fact {
        AccountFact::Seen { .. } => "seen".to_owned(),
        AccountFact::Named { name, email, .. } => format!("named {name:?} {email:?}"),
        AccountFact::Life(change) => format!("life {}", life(change)),
        AccountFact::Used(used) => {
            format!("used {:?} {:?}", used.application, used.credential)
        }
        AccountFact::ListedUse(used) => format!(
            "was used at {} {:?} {:?}",
            used.this.at, used.application, used.credential
        ),
        AccountFact::Reviewed(reviewed) => reviewed_line(reviewed),
        AccountFact::EndFailed(failed) => {
            let by = failed.actor.as_deref().or(failed.action.as_deref());
            format!("end failed at {} by {}", failed.at, by.unwrap_or("-"))
        }
        AccountFact::Granted(grant) => format!(
            "grant {}:{}{} {}",
            grant.grant.kind,
            grant.grant.name,
            if grant.privileged { " PRIVILEGED" } else { "" },
            life(&grant.change)
        ),
        AccountFact::Credential(change) => format!(
            "credential {} {:?} {}",
            change.credential,
            change.kind,
            life(&change.change)
        ),
        AccountFact::Claims {
            identifier, reason, ..
        } => {
            format!("claims {identifier} ({reason:?})")
        }
        other => format!("{other:?}"),
    }
}

fn life(change: &LifeChange) -> String {
    let by = change.actor.as_deref().unwrap_or("-");
    format!("{:?} at {} by {by}", change.kind, change.at)
}

fn reviewed_line(reviewed: &GrantReview) -> String {
    let GrantReview { grant, review } = reviewed;
    let named = |grant: &GrantName| format!("grant {}:{}", grant.kind, grant.name);
    let what = grant.as_ref().map_or_else(|| "all of it".to_owned(), named);
    let by = review.reviewer.as_deref().unwrap_or("-");
    format!(
        "review {:?} {what} at {} by {by}",
        review.decision, review.at
    )
}

fn workflow_line(run: &RunId, event: &WorkflowEvent) -> String {
    let step = event.step.as_ref().map(|step| {
        format!(
            " step {:?} {:?} on {:?} {:?}",
            step.name, step.action, step.target, step.outcome
        )
    });
    format!(
        "workflow {run:?} {:?} at {} {:?} for {:?} by {:?}{} error {:?} retry of {:?}",
        event.kind,
        event.at,
        event.name,
        event.subject,
        event.trigger,
        step.unwrap_or_default(),
        event.error,
        event.retry_of
    )
}
