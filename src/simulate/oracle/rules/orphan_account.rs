//! The account is live and has no owner at first_seen + grace, and as long as both is so: no link
//! to anybody whom HR knows, not declared or marked non-human. A disputed account has too many.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::stretches;
use crate::simulate::oracle::owner::Owner;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::OrphanAccount);
    for account in company.real_accounts() {
        let Some(deadline) = account.first_seen.map(|seen| seen + grace) else {
            continue;
        };
        let linked = match &account.owner {
            Owner::NonHuman(_) | Owner::Disputed(_) => continue,
            Owner::Nobody => Vec::new(),
            Owner::Person(link) => vec![*link],
        };
        let owned = |at| linked.iter().any(|link| link.since <= at);
        let mut instants = account.life.instants();
        instants.push(deadline);
        instants.extend(linked.iter().map(|link| link.since));
        let orphaned = |at| at >= deadline && account.life.live(at) && !owned(at);
        let stretches = stretches(instants, orphaned).into_iter();
        opinions.extend(stretches.map(|stretch| account.opinion(stretch)));
    }
}
