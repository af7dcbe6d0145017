//! The owner's department, title or manager changed at t; a grant made before t is live at
//! t + review and is neither in the baseline of the new position nor approved again (a ticket
//! approved after t that names it, or a review that kept it); until the grant ends, is approved
//! again, or enters the baseline. While the account is not live its leftovers are another rule's.

use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::oracle::account::Account;
use crate::simulate::oracle::approval::{self, GrantName, Naming, means};
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};
use crate::simulate::oracle::person::{self, Person};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    for account in company.real_accounts() {
        let Some(person) = account.owner.person().and_then(|no| company.person(no)) else {
            continue;
        };
        let moves = person.moves();
        for (name, grant) in &account.grants {
            for made in grant.history.beginnings() {
                let ends = |at| grant.history.ends(at);
                let ended = first_after(grant.history.instants(), made, ends);
                let there = |at| made < at && ended.is_none_or(|ended| at < ended);
                let later = moves.iter().copied().filter(|at| there(*at));
                let retained = retained(company, (account, person), name, later);
                opinions.extend(
                    retained
                        .into_iter()
                        .map(|stretch| account.opinion_of_grant(name, stretch)),
                );
            }
        }
    }
}

fn retained(
    company: &Company<'_>,
    (account, person): (&Account<'_>, &Person<'_>),
    name: &GrantName,
    moves: impl Iterator<Item = Timestamp>,
) -> Vec<Stretch> {
    let Some(grant) = account.grants.get(name) else {
        return Vec::new();
    };
    let mut approved = approval::approvals(company, account, name, Naming::It);
    approved.extend(account.kept(name));
    let there = |at| grant.history.live(at) && account.life.live(at);
    let birthright = |at| in_baseline(company, (account, person), name, at);
    let mut instants = grant.history.instants();
    instants.extend(account.life.instants());
    instants.extend(person.instants());
    instants.extend(&approved);

    let mut stretches: Vec<Stretch> = Vec::new();
    for moved in moves {
        let from = moved + company.delay(RuleId::MoverGrantRetained);
        let ended = first_after(grant.history.instants(), moved, |at| grant.history.ends(at));
        let same_grant = ended.is_none_or(|ended| ended > from);
        let told = stretches.last();
        let open = told.is_some_and(|told| told.to.is_none_or(|to| to > from));
        let approved_in_time = approved.iter().any(|at| moved < *at && *at <= from);
        if open || !same_grant || !there(from) || birthright(from) || approved_in_time {
            continue;
        }
        let over = |at| !there(at) || birthright(at) || approved.contains(&at);
        let to = first_after(instants.clone(), from, over);
        stretches.push(Stretch { from, to });
    }
    stretches
}

/// "The baseline is that of the position in force; matching baselines add up."
fn in_baseline(
    company: &Company<'_>,
    (account, person): (&Account<'_>, &Person<'_>),
    name: &GrantName,
    at: Timestamp,
) -> bool {
    let Some(record) = person.record(at) else {
        return false;
    };
    let mut baselines = company.policy.baselines.iter();
    baselines.any(|baseline| {
        let mut grants = baseline.grants.iter();
        person::matches(baseline, record) && grants.any(|grant| means(grant, account.cast, name))
    })
}
