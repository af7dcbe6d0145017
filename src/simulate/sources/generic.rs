//! The generic formats: HR, tickets, workflows, access reviews and inventories.

use serde_json::{Value, json};

use super::telling::Telling;
use crate::model::Text;
use crate::model::time::Timestamp;
use crate::simulate::deed::{
    Act, Grant, Hr, HrKind, Listed, Subject, Ticket, TicketChange, TicketKind, Workflow,
    WorkflowChange,
};

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let failed = telling.deed.failed;
    if telling.actor().is_some() {
        return None;
    }
    Some(match (&telling.deed.act, telling.deed.log) {
        (Act::Hr(hr), "hris") if !failed => worker(telling, hr),
        (Act::Ticket(of), "ticket") if !failed => ticket(telling, of),
        (Act::Workflow(of), "workflow") => workflow(telling, of)?,
        (
            Act::Review {
                id,
                account,
                grant,
                keep,
            },
            "review",
        ) if !failed => json!({
            "id": id.as_ref(),
            "at": telling.deed.at.to_string(),
            "reviewer": "access-reviews@corp.example",
            "account": telling.cast.account_id(*account).as_ref(),
            "grant": grant.as_ref().map(|grant| {
                format!("{}:{}:{}", telling.account(*account).source, grant.kind, grant.name)
            }),
            "decision": if *keep { "keep" } else { "revoke" },
        }),
        (Act::Listed(of), "inventory") if !failed => listed(telling, of),
        _ => return None,
    })
}

fn worker(telling: &Telling<'_>, hr: &Hr) -> Value {
    let person = telling.cast.person(hr.person);
    let kind = match hr.kind {
        HrKind::Hire => "hire",
        HrKind::Transfer => "transfer",
        HrKind::LeaveStart => "leave_start",
        HrKind::LeaveEnd => "leave_end",
        HrKind::Terminate => "terminate",
        HrKind::Rehire => "rehire",
        HrKind::ContractChange => "contract_change",
    };
    let previous: Vec<&str> = hr.previous_emails.iter().map(AsRef::as_ref).collect();
    json!({
        "id": hr.id.as_ref(),
        "type": kind,
        "recorded_at": telling.deed.at.to_string(),
        "effective_at": hr.effective_at.to_string(),
        "worker": {
            "employee_id": person.employee_id.as_ref(),
            "email": hr.email.as_ref(),
            "name": person.name.as_ref(),
            "department": hr.department.as_ref(),
            "title": hr.title.as_ref(),
            "manager_id": hr.manager.as_deref(),
            "employment_type": hr.employment_type.as_ref(),
            "contract_end": told(hr.contract_end),
            "previous_emails": previous,
        },
    })
}

fn ticket(telling: &Telling<'_>, of: &Ticket) -> Value {
    let done = |done: bool| if done { "done" } else { "declined" };
    let (kind, resolution) = match of.change {
        TicketChange::Created => ("created", None),
        TicketChange::Approved => ("approved", None),
        TicketChange::Rejected => ("rejected", None),
        TicketChange::Resolved { done: how } => ("resolved", Some(done(how))),
        TicketChange::Closed { done: how } => ("closed", Some(done(how))),
        TicketChange::Reopened => ("reopened", None),
        TicketChange::Cancelled => ("cancelled", None),
    };
    let asked = match of.kind {
        TicketKind::AccessRequest => "access_request",
        TicketKind::Onboarding => "onboarding",
        TicketKind::Offboarding => "offboarding",
        TicketKind::Revocation => "revocation",
        TicketKind::Other => "other",
    };
    let subject = match &of.subject {
        Subject::Email(email) => email.clone(),
        Subject::Account(account) => telling.cast.account_id(*account),
    };
    let named = |(source, grant): &(Text, Grant)| format!("{source}:{}:{}", grant.kind, grant.name);
    let grants: Vec<String> = of.grants.iter().map(named).collect();
    json!({
        "id": of.id.as_ref(),
        "type": kind,
        "at": telling.deed.at.to_string(),
        "kind": asked,
        "requester": of.requester.as_ref(),
        "approver": of.approver.as_deref(),
        "subject": subject.as_ref(),
        "grants": grants,
        "resolution": resolution,
    })
}

/// A step that fails says so of itself; a run that fails has an event of its own.
fn workflow(telling: &Telling<'_>, of: &Workflow) -> Option<Value> {
    let failed = telling.deed.failed;
    let (kind, step) = match &of.change {
        WorkflowChange::Started => ("started", None),
        WorkflowChange::Succeeded => ("succeeded", None),
        WorkflowChange::Failed => ("failed", None),
        WorkflowChange::EndAccount { account } => {
            let source = &telling.account(*account).source;
            let step = json!({
                "name": format!("End the account at {source}"),
                "action": "suspend",
                "target": telling.cast.account_id(*account).as_ref(),
                "outcome": if failed { "failure" } else { "success" },
            });
            ("step", Some(step))
        }
    };
    if failed && step.is_none() {
        return None;
    }
    let broke = failed || of.change == WorkflowChange::Failed;
    Some(json!({
        "run_id": of.run.as_ref(),
        "workflow": of.name.as_ref(),
        "type": kind,
        "at": telling.deed.at.to_string(),
        "trigger": "hris",
        "subject": of.subject.as_ref(),
        "step": step,
        "error": broke.then_some("connector timed out"),
        "retry_of": of.retry_of.as_deref(),
    }))
}

fn listed(telling: &Telling<'_>, of: &Listed) -> Value {
    let account = telling.account(of.account);
    let grants = of.grants.iter().map(|(grant, since)| {
        json!({"kind": grant.kind.as_ref(), "name": grant.name.as_ref(), "since": told(*since),
            "privileged": grant.privileged})
    });
    let credentials = of.credentials.iter().map(|(credential, made, used)| {
        let credential = telling.cast.credential(*credential);
        json!({"uid": credential.uid.as_ref(), "kind": credential.kind.as_ref(),
            "created_at": told(*made), "last_used_at": told(*used)})
    });
    json!({
        "source": account.source.as_ref(),
        "as_of": telling.deed.at.to_string(),
        "account": {
            "uid": account.uid.as_ref(),
            "name": account.name.as_ref(),
            "email": account.email.as_deref(),
            "status": if of.live { "active" } else { "suspended" },
            "kind": if account.marked_non_human { "service" } else { "human" },
            "created_at": told(of.created_at),
            "last_used_at": told(of.last_used_at),
        },
        "grants": grants.collect::<Vec<Value>>(),
        "credentials": credentials.collect::<Vec<Value>>(),
    })
}

fn told(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
