//! `credential-unused`: a credential works, its source logs each use of it, and it was not used for
//! `idle` since the latest of last use, creation and reinstatement.

use super::idle::{Idle, Marks};
use super::{Told, credential_called};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::assess::logged_uses;
use crate::model::finding::RuleId;
use crate::model::state::OwnedCredential;
use crate::model::time::Span;

pub(super) fn episodes(context: &AccountContext<'_>, idle: Span) -> Vec<Episode> {
    if !logged_uses::some_credential(&context.id.source) {
        return Vec::new();
    }
    let mut episodes = Vec::new();
    for (uid, owned) in &context.state.credentials {
        if !is_logged(context, owned) {
            continue;
        }
        let live = context.working(owned);
        let uses = Marks::of_uses(&owned.uses, owned.life.first_seen());
        for idle in uses.idle(&live, idle) {
            let told = told(context, &credential_called(uid, owned), &idle);
            episodes.push(told.of_credential(RuleId::CredentialUnused, context, uid));
        }
    }
    episodes
}

/// A credential of which no record states the kind is one that a log names in use, or else unknown.
pub(in crate::assess) fn is_logged(context: &AccountContext<'_>, owned: &OwnedCredential) -> bool {
    match &owned.kind {
        Some(kind) => logged_uses::credential(&context.id.source, kind),
        None => !owned.uses.is_empty(),
    }
}

fn told(context: &AccountContext<'_>, credential: &str, idle: &Idle<'_>) -> Told {
    let account = context.account_called();
    Told {
        opened_at: idle.opened_at,
        resolved_at: idle.resolved_at,
        evidence: idle.evidence().collect(),
        summary: match idle.last {
            Some(last) => format!(
                "{credential} of account {account} still works; its last use was on {}",
                last.at
            ),
            None => format!(
                "{credential} of account {account} works since {}, and no use was seen",
                idle.live.from
            ),
        },
    }
}
