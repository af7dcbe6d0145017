//! What a deed says, in the words of [`super::said`].

use tenure::model::fact::{
    DeviceEventKind, EmploymentKind, LifeKind, StepOutcome, TicketEventKind, WorkflowEventKind,
};
use tenure::simulate::deed::{
    AccountNo, Act, Actor, Cast, Deed, DeviceChange, HrKind, Life, Listed, Subject, Ticket,
    TicketChange, TicketKind, Workflow, WorkflowChange,
};

/// What a deed says of the account that it is done to, and of whoever did it.
pub fn lines(cast: &Cast, deed: &Deed) -> Vec<String> {
    let mut lines = Vec::new();
    let id = |number: AccountNo| cast.account_id(number);
    lines.extend(acted(cast, deed));
    if deed.failed {
        lines.extend(failed(cast, deed));
        return lines;
    }
    let by = match deed.actor {
        Actor::Account(number) => Some(cast.account(number).name.to_lowercase()),
        Actor::System => None,
    };
    match &deed.act {
        Act::Life {
            change: Life::Lock | Life::Unlock,
            ..
        } => {}
        Act::Life { account, change } => {
            lines.push(format!(
                "life {} {:?} at {} by {by:?}",
                id(*account),
                kind(*change),
                deed.at
            ));
            lines.extend(described(cast, *account));
        }
        Act::Grant { account, grant } => {
            lines.push(format!(
                "given {} {}:{} {} Created at {} by {by:?}",
                id(*account),
                grant.kind,
                grant.name,
                grant.privileged,
                deed.at
            ));
            lines.extend(described(cast, *account));
        }
        Act::Revoke { account, grant } => {
            lines.push(format!(
                "ended {} {}:{}",
                id(*account),
                grant.kind,
                grant.name
            ));
            lines.extend(described(cast, *account));
        }
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            let ended = matches!(deed.act, Act::CredentialEnd { .. });
            lines.push(format!("key {} {ended:?}", cast.credential_id(*credential)));
            // Okta's record of a token's end does not say whose it was.
            if deed.log != "okta" {
                lines.extend(described(cast, cast.credential(*credential).account));
            }
        }
        Act::States { account, email } => {
            lines.push(format!("states {} {email}", id(*account)));
            lines.extend(described(cast, *account));
        }
        _ => lines.extend(generic(cast, deed)),
    }
    lines
}

/// What it says of whoever did it.
fn acted(cast: &Cast, deed: &Deed) -> Vec<String> {
    let Actor::Account(actor) = deed.actor else {
        return Vec::new();
    };
    // Whoever logs out uses nothing, whether it succeeds or not.
    if matches!(deed.act, Act::LogOut) {
        return described(cast, actor);
    }
    if deed.failed {
        return Vec::new();
    }
    let (application, credential) = match &deed.act {
        Act::SignIn { application } if !cast.account(actor).session => (application.clone(), None),
        Act::Work { credential } => (None, credential.map(|key| cast.credential(key).uid.clone())),
        _ => (None, None),
    };
    let application = application.filter(|_| matches!(deed.log, "okta" | "entra_signin"));
    let used = format!(
        "used {} at {} {application:?} {credential:?}",
        cast.account_id(actor),
        deed.at
    );
    let mut lines = vec![used];
    lines.extend(described(cast, actor));
    lines
}

/// What every record about an account, or by it, says of it.
fn described(cast: &Cast, number: AccountNo) -> Vec<String> {
    let (account, id) = (cast.account(number), cast.account_id(number));
    if account.session {
        let email = account.uid.split(':').next_back().unwrap_or_default();
        return vec![format!("session {id}"), format!("states {id} {email}")];
    }
    let mail = account
        .email
        .iter()
        .map(|email| format!("mail {id} {}", email.to_lowercase()));
    let machine = account.marked_non_human.then(|| format!("machine {id}"));
    mail.chain(machine).collect()
}

/// Of what failed only the attempts to end an account are kept, and what a workflow tells of itself.
fn failed(cast: &Cast, deed: &Deed) -> Vec<String> {
    let end_of = |account| format!("failed {} at {}", cast.account_id(account), deed.at);
    match &deed.act {
        Act::Life { account, change } if kind(*change).ends() => vec![end_of(*account)],
        Act::Workflow(run) => {
            let mut lines = generic(cast, deed);
            if let WorkflowChange::EndAccount { account } = run.change {
                lines.push(end_of(account));
            }
            lines
        }
        _ => Vec::new(),
    }
}

const fn kind(change: Life) -> LifeKind {
    match change {
        Life::Create => LifeKind::Created,
        Life::Activate | Life::Lock | Life::Unlock => LifeKind::Activated,
        Life::Join => LifeKind::Joined,
        Life::Suspend => LifeKind::Suspended,
        Life::Reinstate => LifeKind::Reinstated,
        Life::Deactivate => LifeKind::Deactivated,
        Life::Remove => LifeKind::Removed,
        Life::Delete => LifeKind::Deleted,
    }
}

/// What is recorded of people, devices, runs, reviews, tickets and listings.
fn generic(cast: &Cast, deed: &Deed) -> Vec<String> {
    match &deed.act {
        Act::Hr(hr) => {
            let kind = match hr.kind {
                HrKind::Hire => EmploymentKind::Hire,
                HrKind::Transfer => EmploymentKind::Transfer,
                HrKind::LeaveStart => EmploymentKind::LeaveStart,
                HrKind::LeaveEnd => EmploymentKind::LeaveEnd,
                HrKind::Terminate => EmploymentKind::Terminate,
                HrKind::Rehire => EmploymentKind::Rehire,
                HrKind::ContractChange => EmploymentKind::ContractChange,
            };
            vec![format!(
                "hr {} {kind:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                cast.person(hr.person).employee_id,
                hr.effective_at,
                Some(&hr.email),
                hr.previous_emails,
                Some(&hr.department),
                Some(&hr.title),
                hr.manager,
                Some(&hr.employment_type),
                hr.contract_end,
            )]
        }
        Act::Device { device, change } => {
            let (kind, holder) = match change {
                DeviceChange::Enrolled { holder } => (DeviceEventKind::Enrolled, holder),
                DeviceChange::Assigned { holder } => (DeviceEventKind::Assigned, holder),
                DeviceChange::Unenrolled { holder } => (DeviceEventKind::Unenrolled, holder),
                DeviceChange::Wiped { holder } => (DeviceEventKind::Wiped, holder),
            };
            vec![format!(
                "device {} {kind:?} {holder}",
                cast.device_id(*device)
            )]
        }
        Act::Workflow(of) => vec![run(cast, deed, of)],
        Act::Review {
            account,
            grant,
            keep,
            ..
        } => {
            let grant = grant
                .as_ref()
                .map(|grant| format!("{}:{}", grant.kind, grant.name));
            vec![format!(
                "review {} {grant:?} {keep}",
                cast.account_id(*account)
            )]
        }
        Act::Ticket(of) => vec![ticket(cast, of)],
        Act::Listed(of) => listed(cast, deed, of),
        _ => Vec::new(),
    }
}

fn run(cast: &Cast, deed: &Deed, run: &Workflow) -> String {
    let (kind, step) = match &run.change {
        WorkflowChange::Started => (WorkflowEventKind::Started, None),
        WorkflowChange::Succeeded => (WorkflowEventKind::Succeeded, None),
        WorkflowChange::Failed => (WorkflowEventKind::Failed, None),
        WorkflowChange::EndAccount { account } => {
            let outcome = if deed.failed {
                StepOutcome::Failure
            } else {
                StepOutcome::Success
            };
            let target = Some(cast.account_id(*account));
            (WorkflowEventKind::Step, Some((target, outcome)))
        }
    };
    let (subject, of) = (Some(&run.subject), &run.retry_of);
    format!("run {} {kind:?} {subject:?} {of:?} {step:?}", run.run)
}

fn ticket(cast: &Cast, of: &Ticket) -> String {
    let how = |done: bool| Some(if done { "done" } else { "declined" });
    let (kind, resolution) = match of.change {
        TicketChange::Created => (TicketEventKind::Created, None),
        TicketChange::Approved => (TicketEventKind::Approved, None),
        TicketChange::Rejected => (TicketEventKind::Rejected, None),
        TicketChange::Resolved { done } => (TicketEventKind::Resolved, how(done)),
        TicketChange::Closed { done } => (TicketEventKind::Closed, how(done)),
        TicketChange::Reopened => (TicketEventKind::Reopened, None),
        TicketChange::Cancelled => (TicketEventKind::Cancelled, None),
    };
    let request = match of.kind {
        TicketKind::AccessRequest => "access_request",
        TicketKind::Onboarding => "onboarding",
        TicketKind::Offboarding => "offboarding",
        TicketKind::Revocation => "revocation",
        TicketKind::Other => "other",
    };
    let subject = match &of.subject {
        Subject::Email(email) => email.clone(),
        Subject::Account(account) => cast.account_id(*account),
    };
    let grants = of.grants.iter();
    let grants: Vec<String> = grants
        .map(|(source, grant)| format!("{source}:{}:{}", grant.kind, grant.name))
        .collect();
    let (request, subject) = (Some(request), Some(subject));
    format!(
        "ticket {} {kind:?} {request:?} {subject:?} {grants:?} {resolution:?}",
        of.id
    )
}

fn listed(cast: &Cast, deed: &Deed, of: &Listed) -> Vec<String> {
    let id = cast.account_id(of.account);
    let mut lines = described(cast, of.account);
    let state = if of.live { "Listed" } else { "ListedEnded" };
    lines.push(format!("life {id} {state} at {} by None", deed.at));
    lines.extend(
        of.created_at
            .map(|at| format!("life {id} ListedSince at {at} by None")),
    );
    lines.extend(
        of.last_used_at
            .map(|at| format!("listed use {id} at {at} None")),
    );
    for (grant, since) in &of.grants {
        let given = |kind: &str, at| {
            format!(
                "given {id} {}:{} {} {kind} at {at} by None",
                grant.kind, grant.name, grant.privileged
            )
        };
        lines.push(given("Listed", deed.at));
        lines.extend(since.map(|at| given("ListedSince", at)));
    }
    for (key, made, used) in &of.credentials {
        let key = cast.credential(*key);
        let listed = |at| format!("listed key {id} {} {:?} at {at}", key.uid, Some(&key.kind));
        lines.push(listed(deed.at));
        lines.extend(made.map(listed));
        lines.extend(used.map(|at| format!("listed use {id} at {at} {:?}", Some(&key.uid))));
    }
    lines
}
