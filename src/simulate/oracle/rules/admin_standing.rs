//! A privileged grant is live and was neither made nor reviewed for max_age; until it ends, or a
//! review keeps it. Needs a live account, but its age does not stop while there is none: it opens
//! at the later of the deadline and the account's return to life.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{latest, stretches};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let max_age = company.delay(RuleId::AdminStanding);
    for account in company.real_accounts() {
        let privileged = account.grants.iter();
        let privileged =
            privileged.filter(|((kind, _), grant)| &**kind != "oauth" && grant.privileged);
        for (name, grant) in privileged {
            let (life, history) = (&account.life, &grant.history);
            let mut kept = account.kept(name);
            kept.sort_unstable();
            let last_look = |at| {
                let looks = [latest(&kept, at), history.last_beginning(at)];
                looks.into_iter().flatten().max()
            };
            let mut looks = life.instants();
            looks.extend(history.instants());
            looks.extend(&kept);
            let instants = looks.iter().flat_map(|at| [*at, *at + max_age]);
            let stands = |at| {
                let long = last_look(at).is_some_and(|last| last + max_age <= at);
                history.live(at) && life.live(at) && long
            };
            let stretches = stretches(instants, stands).into_iter();
            opinions.extend(stretches.map(|stretch| account.opinion_of_grant(name, stretch)));
        }
    }
}
