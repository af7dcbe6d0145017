//! What the normaliser reads of a record, beside what the deed says: both as lines of text.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenure::model::event::Normalized;
use tenure::model::fact::{
    AccountFact, ContractEnd, CredentialChange, CredentialFact, Decision, DeviceEventKind,
    EmploymentKind, Fact, GrantChange, LifeKind, LinkReason, PersonFact, StepOutcome,
    TicketEventKind, TicketFact, Whom, WorkflowEventKind, WorkflowFact,
};
use tenure::model::id::{AccountId, Identifier, SourceName};
use tenure::model::record::Record;
use tenure::normalize::{Mappings, Normalizer};
use tenure::simulate::Simulation;
use tenure::simulate::deed::{
    AccountNo, Act, Actor, Cast, Deed, DeviceChange, HrKind, Life, Listed, Subject, TicketChange,
    TicketKind, Workflow, WorkflowChange,
};

pub fn check(simulation: &Simulation, mappings: Arc<Mappings>) {
    let mut normalizer = Normalizer::new(mappings);
    let mut wrong = Vec::new();
    for numbered in simulation.days().flatten() {
        let raw = simulation.record(&numbered);
        let deed = &numbered.deed;
        let record = Record {
            offset: 0,
            received_at: None,
            raw: raw.clone().into_bytes(),
            broken: None,
        };
        let read = normalizer.normalize(&SourceName::new(deed.log), &record);
        if let Some(why) = differs(&simulation.cast, deed, &read) {
            wrong.push(format!("{why}\n{deed:?}\n{raw}"));
        }
    }
    let first: Vec<&String> = wrong.iter().take(3).collect();
    assert!(
        wrong.is_empty(),
        "{} records, such as {first:#?}",
        wrong.len()
    );
}

fn differs(cast: &Cast, deed: &Deed, read: &Normalized) -> Option<String> {
    if let Some(reject) = &read.reject {
        return Some(format!("rejected: {reject:?}"));
    }
    if !read.unmapped.is_empty() || !read.mistyped.is_empty() {
        return Some(format!(
            "not understood: {:?} {:?}",
            read.unmapped, read.mistyped
        ));
    }
    if let Some(event) = read.events.iter().find(|event| event.time != deed.at) {
        return Some(format!("at {} instead of {}", event.time, deed.at));
    }
    let said: BTreeSet<String> = read
        .facts
        .iter()
        .filter_map(|fact| line(cast, fact))
        .collect();
    let meant: BTreeSet<String> = meant(cast, deed).into_iter().collect();
    // What ends one role may end all that exclude it.
    let also = |line: &&String| !line.starts_with("ended ");
    let more: Vec<&String> = said.difference(&meant).filter(also).collect();
    let less: Vec<&String> = meant.difference(&said).collect();
    let same = more.is_empty() && less.is_empty();
    (!same).then(|| format!("read {more:?}, meant {less:?}"))
}

/// The account's proper name, where a record knows it by another.
fn named(cast: &Cast, id: &AccountId) -> String {
    let alias = |name: &str| {
        id.uid
            .strip_prefix("111122223333/")
            .is_some_and(|bare| bare == name)
    };
    let known = cast.accounts.iter().find(|account| {
        *account.source == *id.source.as_str() && (account.uid == id.uid || alias(&account.name))
    });
    match known {
        Some(account) => format!("{}:{}", account.source, account.uid),
        None => format!("unknown {id:?}"),
    }
}

fn line(cast: &Cast, fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Account(id, fact) => return account_line(&named(cast, id), fact),
        Fact::Credential(id, CredentialFact::Change(change)) => {
            format!(
                "key {}:{} {:?}",
                id.source.as_str(),
                id.uid,
                ends(change.change.kind)
            )
        }
        Fact::Credential(..) | Fact::Identifier(..) | Fact::Source(..) => return None,
        Fact::Person(id, PersonFact::Employment(event)) => {
            let end = match event.worker.contract_end {
                ContractEnd::Unstated => "unstated".to_owned(),
                ContractEnd::Open => "None".to_owned(),
                ContractEnd::At(at) => format!("Some({at})"),
            };
            let worker = &event.worker;
            format!(
                "hr {} {:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {end}",
                id.0,
                event.kind,
                event.effective_at,
                worker.email,
                worker.previous_emails,
                worker.department,
                worker.title,
                worker.manager_id,
                worker.employment_type,
            )
        }
        Fact::Ticket(id, TicketFact::Event(event)) => format!(
            "ticket {} {:?} {:?} {:?} {:?} {:?}",
            id.0, event.kind, event.request, event.subject, event.grants, event.resolution
        ),
        Fact::Device(id, event) => {
            let Some(Whom::Identifier(Identifier::Email(holder))) = &event.holder else {
                return Some(format!("device of {:?}", event.holder));
            };
            format!(
                "device {}:{} {:?} {holder}",
                id.source.as_str(),
                id.uid,
                event.kind
            )
        }
        Fact::Workflow(id, WorkflowFact::Event(event)) => {
            let step = event
                .step
                .as_ref()
                .map(|step| (step.target.clone(), step.outcome));
            let of = event.retry_of.as_ref().map(|run| run.0.clone());
            format!(
                "run {} {:?} {:?} {of:?} {step:?}",
                id.0, event.kind, event.subject
            )
        }
        other => format!("unexpected {other:?}"),
    })
}

fn account_line(account: &str, fact: &AccountFact) -> Option<String> {
    Some(match fact {
        AccountFact::Seen { .. } | AccountFact::Named { .. } | AccountFact::SameAs { .. } => {
            return None;
        }
        AccountFact::Life(change) => {
            let by = change
                .actor
                .as_ref()
                .map(|actor| actor.called().to_lowercase());
            format!(
                "life {account} {:?} at {} by {by:?}",
                change.kind, change.at
            )
        }
        AccountFact::Used(used) => format!(
            "used {account} at {} {:?} {:?}",
            used.this.at, used.application, used.credential
        ),
        AccountFact::ListedUse(used) => {
            format!(
                "listed use {account} at {} {:?}",
                used.this.at, used.credential
            )
        }
        AccountFact::Granted(change) => grant_line(account, change),
        AccountFact::Credential(change) => credential_line(account, change),
        AccountFact::NonHuman => format!("machine {account}"),
        AccountFact::Session => format!("session {account}"),
        AccountFact::Claims {
            identifier, reason, ..
        } => match (identifier, reason) {
            (Identifier::Email(email), LinkReason::Email) => format!("mail {account} {email}"),
            (Identifier::Email(email), _) => format!("states {account} {email}"),
            other => format!("claims {other:?}"),
        },
        AccountFact::Reviewed(of) => {
            let grant = of
                .grant
                .as_ref()
                .map(|grant| format!("{}:{}", grant.kind, grant.name));
            format!(
                "review {account} {grant:?} {}",
                of.review.decision == Decision::Keep
            )
        }
        AccountFact::EndFailed(failed) => format!("failed {account} at {}", failed.at),
        other => format!("unexpected {other:?}"),
    })
}

fn grant_line(account: &str, of: &GrantChange) -> String {
    let (grant, change) = (&of.grant, &of.change);
    if change.kind == LifeKind::Deleted {
        return format!("ended {account} {}:{}", grant.kind, grant.name);
    }
    let by = change.actor.as_ref();
    let by = by.map(|actor| actor.called().to_lowercase());
    format!(
        "given {account} {}:{} {} {:?} at {} by {by:?}",
        grant.kind, grant.name, of.privileged, change.kind, change.at
    )
}

fn credential_line(account: &str, of: &CredentialChange) -> String {
    match of.change.kind {
        LifeKind::Listed | LifeKind::ListedSince => format!(
            "listed key {account} {} {:?} at {}",
            of.credential, of.kind, of.change.at
        ),
        kind => {
            let source = account.split(':').next().unwrap_or_default();
            format!("key {source}:{} {:?}", of.credential, ends(kind))
        }
    }
}

const fn ends(kind: LifeKind) -> bool {
    kind.ends()
}

/// What a deed says, in the same words.
fn meant(cast: &Cast, deed: &Deed) -> Vec<String> {
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
    let mut lines = Vec::new();
    if let (Actor::Account(actor), true) = (deed.actor, logs_out(deed)) {
        lines.extend(described(cast, actor));
    }
    if let (Actor::Account(actor), false) = (deed.actor, deed.failed || logs_out(deed)) {
        let (application, credential) = match &deed.act {
            Act::SignIn { application } if !cast.account(actor).session => {
                (application.clone(), None)
            }
            Act::Work { credential } => {
                (None, credential.map(|key| cast.credential(key).uid.clone()))
            }
            _ => (None, None),
        };
        let application = application.filter(|_| matches!(deed.log, "okta" | "entra_signin"));
        lines.push(format!(
            "used {} at {} {application:?} {credential:?}",
            cast.account_id(actor),
            deed.at
        ));
        lines.extend(described(cast, actor));
    }
    lines
}

fn logs_out(deed: &Deed) -> bool {
    matches!(deed.act, Act::LogOut)
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

fn failed(cast: &Cast, deed: &Deed) -> Vec<String> {
    match &deed.act {
        Act::Life { account, change } if kind(*change).ends() => {
            vec![format!(
                "failed {} at {}",
                cast.account_id(*account),
                deed.at
            )]
        }
        Act::Workflow(run) => {
            let mut lines = generic(cast, deed);
            if let WorkflowChange::EndAccount { account } = &run.change {
                lines.push(format!(
                    "failed {} at {}",
                    cast.account_id(*account),
                    deed.at
                ));
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
        Act::Ticket(_) => ticket(cast, deed),
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

fn ticket(cast: &Cast, deed: &Deed) -> Vec<String> {
    let Act::Ticket(of) = &deed.act else {
        return Vec::new();
    };
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
    vec![format!(
        "ticket {} {kind:?} {:?} {:?} {grants:?} {resolution:?}",
        of.id,
        Some(request),
        Some(subject)
    )]
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
