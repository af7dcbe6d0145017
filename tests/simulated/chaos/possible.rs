//! Which of the deeds that chance gave could have happened.

use std::collections::BTreeSet;

use tenure::simulate::deed::{AccountNo, Act, Actor, Cast, CredentialNo, Deed, Life};

use super::day;

/// Leaves out what cannot happen: an account is made where there is none, nothing happens to one
/// that is deleted; a credential is made once, the first listing is one, and what is revoked was
/// granted.
pub fn retain(cast: &Cast, deeds: &mut Vec<Deed>) {
    let mut known = BTreeSet::new();
    let mut deleted = BTreeSet::new();
    let mut held = BTreeSet::new();
    let mut seen = BTreeSet::new();
    deeds.retain(|deed| {
        let credentials = credentials_of(&deed.act);
        let (Some(account), by) = about(cast, deed) else {
            return true;
        };
        let change = match &deed.act {
            Act::Life { change, .. } if !deed.failed => Some(*change),
            _ => None,
        };
        let made = change == Some(Life::Create);
        let gone = deleted.contains(&account) || by.is_some_and(|by| deleted.contains(&by));
        let again = match &deed.act {
            Act::CredentialCreate { credential } => seen.contains(credential),
            Act::Listed(_) => deed.at == day(0) && known.contains(&account),
            Act::Revoke { grant, .. } => !held.contains(&(account, grant.clone())),
            _ => made && known.contains(&account),
        };
        if gone || again {
            return false;
        }
        known.insert(account);
        known.extend(by);
        seen.extend(credentials);
        match &deed.act {
            Act::Grant { grant, .. } => drop(held.insert((account, grant.clone()))),
            Act::Listed(listed) => {
                let grants = listed.grants.iter();
                held.extend(grants.map(|(grant, _)| (account, grant.clone())));
            }
            _ if change == Some(Life::Delete) => drop(deleted.insert(account)),
            _ => {}
        }
        true
    });
}

/// The account that it happens to, or else that does it; and the one that does it.
fn about(cast: &Cast, deed: &Deed) -> (Option<AccountNo>, Option<AccountNo>) {
    let by = match deed.actor {
        Actor::Account(account) => Some(account),
        Actor::System => None,
    };
    let account = match &deed.act {
        Act::Life { account, .. }
        | Act::Grant { account, .. }
        | Act::Revoke { account, .. }
        | Act::States { account, .. } => Some(*account),
        Act::Listed(listed) => Some(listed.account),
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            Some(cast.credentials[credential.0].account)
        }
        _ => by,
    };
    (account, by)
}

fn credentials_of(act: &Act) -> Vec<CredentialNo> {
    match act {
        Act::CredentialCreate { credential }
        | Act::CredentialEnd { credential }
        | Act::Work {
            credential: Some(credential),
        } => vec![*credential],
        Act::Listed(listed) => listed.credentials.iter().map(|(no, ..)| *no).collect(),
        _ => Vec::new(),
    }
}
