//! What the normaliser made of a record: each fact as a line of text.

use tenure::model::fact::{
    AccountFact, ContractEnd, CredentialChange, CredentialFact, Decision, Fact, GrantChange,
    LifeKind, LinkReason, PersonFact, TicketFact, Whom, WorkflowFact,
};
use tenure::model::id::{AccountId, Identifier};
use tenure::simulate::deed::Cast;

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

/// Nothing where a record says by the way what deeds do not speak of.
pub fn line(cast: &Cast, fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Account(id, fact) => return account_line(&named(cast, id), fact),
        Fact::Credential(id, CredentialFact::Change(change)) => {
            format!(
                "key {}:{} {:?}",
                id.source.as_str(),
                id.uid,
                change.change.kind.ends()
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
            format!("key {source}:{} {:?}", of.credential, kind.ends())
        }
    }
}
