//! What a record became, for people: the answer to "did it read my log correctly?".

use std::fmt::Write as _;

use crate::model::Text;
use crate::model::event::{Event, Named, Normalized, Party};
use crate::model::fact::{
    AccountFact, CredentialFact, DeviceEvent, Fact, GrantName, GrantReview, IdentifierFact,
    LifeChange, LifeKind, PersonFact, TicketEvent, TicketFact, Whom, WorkflowEvent, WorkflowFact,
};
use crate::model::id::{DeviceId, RunId, TicketId};

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
        let named = normalized.unmapped.join(", ");
        line(out, format_args!("  no rule for {named}"));
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
        Fact::Account(id, fact) => format!("{id} {}", account(fact)),
        Fact::Person(id, PersonFact::Employment(event)) => format!(
            "person {} {:?} effective {} recorded {} {:?}",
            id.0, event.kind, event.effective_at, event.recorded_at, event.worker
        ),
        Fact::Person(id, PersonFact::SameAs { person, .. }) => {
            format!("person {} is the same as {}", id.0, person.0)
        }
        Fact::Identifier(id, IdentifierFact::Person { person }) => {
            format!("{id} is of person {}", person.0)
        }
        Fact::Credential(id, CredentialFact::Owner { account }) => {
            format!("credential {id} owned by {account}")
        }
        Fact::Credential(id, CredentialFact::Change(change)) => {
            format!("credential {id} {}", life(&change.change))
        }
        Fact::Ticket(id, TicketFact::Event(event)) => ticket(id, event),
        Fact::Ticket(id, TicketFact::Account { account, .. }) => {
            format!("ticket {id:?} concerns {account}")
        }
        Fact::Device(id, event) => device(id, event),
        Fact::Workflow(run, WorkflowFact::Event(event)) => workflow(run, event),
        Fact::Source(name, delivered) => format!("source {name} delivered at {}", delivered.at),
        Fact::Workflow(run, WorkflowFact::Retry(retry)) => {
            format!("workflow {run:?} retried by {:?}", retry.run)
        }
        other => format!("{other:?}"),
    }
}

fn account(fact: &AccountFact) -> String {
    match fact {
        AccountFact::Seen { .. } => "seen".to_owned(),
        AccountFact::Named { name, email, .. } => {
            format!(
                "named{}{}",
                also("", name.as_ref()),
                also("", email.as_ref())
            )
        }
        AccountFact::Life(change) => life(change),
        AccountFact::Used(used) => format!(
            "used{}{}",
            also("app=", used.application.as_ref()),
            also("credential=", used.credential.as_ref())
        ),
        AccountFact::Granted(grant) => format!(
            "grant {}:{}{} {}",
            grant.grant.kind,
            grant.grant.name,
            if grant.privileged {
                " (privileged)"
            } else {
                ""
            },
            life(&grant.change)
        ),
        AccountFact::Credential(change) => format!(
            "credential {}{} {}",
            change.credential,
            also("kind=", change.kind.as_ref()),
            life(&change.change)
        ),
        AccountFact::Claims {
            identifier, reason, ..
        } => format!("claims {identifier} ({reason:?})").to_lowercase(),
        AccountFact::ListedUse(used) => format!(
            "was used at {}{}",
            used.this.at,
            also("credential=", used.credential.as_ref())
        ),
        AccountFact::Reviewed(reviewed) => review(reviewed),
        AccountFact::EndFailed(failed) => format!(
            "end failed at {}{}{}",
            failed.at,
            also("by=", failed.actor.as_ref()),
            also("action=", failed.action.as_ref())
        ),
        AccountFact::Answers(answers) => {
            let whom = match &answers.whom {
                Whom::Account(account) => account.to_string(),
                Whom::Identifier(identifier) => identifier.to_string(),
            };
            let ends = answers.change.kind.ends();
            let word = if ends { "until" } else { "from" };
            format!("answered for by {whom} {word} {}", answers.change.at)
        }
        AccountFact::SameAs { account } => format!("is a name of {account}"),
        AccountFact::NonHuman => "is no person's".to_owned(),
        AccountFact::Session => "is a role session".to_owned(),
        other => format!("{other:?}"),
    }
}

fn life(change: &LifeChange) -> String {
    let kind = match change.kind {
        LifeKind::ListedSince => "listed since".to_owned(),
        LifeKind::ListedEnded => "listed as ended".to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    };
    format!(
        "{kind} at {}{}",
        change.at,
        also("by=", change.actor.as_ref())
    )
}

fn ticket(id: &TicketId, event: &TicketEvent) -> String {
    let kind = format!("{:?}", event.kind).to_lowercase();
    let grants = (!event.grants.is_empty()).then(|| Text::from(event.grants.join(",")));
    let parts = [
        also("kind=", event.request.as_ref()),
        also("requester=", event.requester.as_ref()),
        also("approver=", event.approver.as_ref()),
        also("subject=", event.subject.as_ref()),
        also("grants=", grants.as_ref()),
        also("resolution=", event.resolution.as_ref()),
    ];
    format!("ticket {} {kind} at {}{}", id.0, event.at, parts.concat())
}

fn device(id: &DeviceId, event: &DeviceEvent) -> String {
    let kind = format!("{:?}", event.kind).to_lowercase();
    let holder = event.holder.as_ref().map(|holder| match holder {
        Whom::Account(account) => account.to_string(),
        Whom::Identifier(identifier) => identifier.to_string(),
    });
    let parts = [
        also("name=", event.name.as_ref()),
        also("holder=", holder.map(Text::from).as_ref()),
        also("by=", event.actor.as_ref()),
    ];
    format!("device {id} {kind} at {}{}", event.at, parts.concat())
}

fn review(reviewed: &GrantReview) -> String {
    let GrantReview { grant, review } = reviewed;
    let named = |grant: &GrantName| format!("{}:{}", grant.kind, grant.name);
    let what = grant.as_ref().map_or_else(|| "all of it".to_owned(), named);
    let decision = format!("{:?}", review.decision).to_lowercase();
    let by = also("reviewer=", review.reviewer.as_ref());
    format!("review {decision} {what} at {}{by}", review.at)
}

fn workflow(run: &RunId, event: &WorkflowEvent) -> String {
    let kind = format!("{:?}", event.kind).to_lowercase();
    let step = event.step.as_ref().map(|step| {
        let parts = [
            also("", step.name.as_ref()),
            also("action=", step.action.as_ref()),
            also("target=", step.target.as_ref()),
        ];
        format!("[{} {:?}]", parts.concat().trim(), step.outcome).to_lowercase()
    });
    let parts = [
        also("name=", event.name.as_ref()),
        also("subject=", event.subject.as_ref()),
        also("trigger=", event.trigger.as_ref()),
        also("step=", step.map(Text::from).as_ref()),
        also("error=", event.error.as_ref()),
        also("retry_of=", event.retry_of.as_ref().map(|run| &run.0)),
    ];
    format!(
        "workflow {} {kind} at {}{}",
        run.0,
        event.at,
        parts.concat()
    )
}

/// What a fact states as well, where it does.
fn also(label: &str, value: Option<&(impl std::fmt::Display + ?Sized)>) -> String {
    value.map_or_else(String::new, |value| format!(" {label}{value}"))
}
