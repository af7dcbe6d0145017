//! An application assignment is live, and its application was not used by this account for idle
//! since the latest of last such use, the grant, the account's reinstatement and the beginning of
//! what we know; until a use, or the grant ends. Only where the source logs sign-ins to
//! applications; roles' uses no source logs. Needs a live account.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{latest, stretches};

use super::Opinion;

const LOGS_SIGN_INS: [&str; 2] = ["okta", "entra"];

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let idle = company.delay(RuleId::GrantUnused);
    let accounts = company.real_accounts();
    for account in accounts.filter(|account| LOGS_SIGN_INS.contains(&&*account.cast.source)) {
        for (name, grant) in &account.grants {
            let (kind, application) = name;
            if &**kind != "app" {
                continue;
            }
            let uses = account.sign_ins.get(&application.to_lowercase());
            let uses = uses.map(Vec::as_slice).unwrap_or_default();
            let (life, history) = (&account.life, &grant.history);
            let last_sign = |at| {
                let signs = [
                    latest(uses, at),
                    history.last_beginning(at),
                    life.last_beginning(at),
                    grant.first_seen,
                ];
                signs.into_iter().flatten().max()
            };
            let mut signs = life.instants();
            signs.extend(history.instants());
            signs.extend(grant.first_seen);
            signs.extend(uses);
            let instants = signs.iter().flat_map(|at| [*at, *at + idle]);
            let unused = |at| {
                let idle_for_long = last_sign(at).is_some_and(|last| last + idle <= at);
                history.live(at) && life.live(at) && idle_for_long
            };
            let stretches = stretches(instants, unused).into_iter();
            opinions.extend(stretches.map(|stretch| account.opinion_of_grant(name, stretch)));
        }
    }
}
