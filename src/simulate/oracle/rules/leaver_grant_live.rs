//! The owner is terminated, the account is not live and not deleted, and a grant on it is live, at
//! the later of terminated_at + grace and the account's end; until the last grant ends, the account
//! is deleted, or rehire.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::{Opinion, leaving};

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::LeaverGrantLive);
    for leaver in leaving::of_accounts(company) {
        let account = leaver.account;
        let life = &account.life;
        let granted = |at| account.grants.values().any(|grant| grant.history.live(at));
        let holds = |at| leaver.gone(at) && !life.deleted(at) && granted(at);
        let grants = account.grants.values();
        let mut instants: Vec<_> = grants.flat_map(|grant| grant.history.instants()).collect();
        instants.extend(life.instants());
        instants.extend(leaver.person.instants());

        // What was never seen alive has ended when it was first seen.
        let ended = |at| life.ends(at) || (account.first_seen == Some(at) && !life.live(at));
        let deadline = leaver.terminated_at + grace;
        let mut from = Some(deadline).filter(|at| holds(*at) && !life.live(*at));
        let mut after = deadline;
        loop {
            if let Some(from) = from {
                let to = first_after(instants.clone(), from, |at| !holds(at));
                opinions.push(leaver.opinion(account.subject(), Stretch { from, to }));
                let Some(to) = to else {
                    break;
                };
                after = to;
            }
            from = first_after(instants.clone(), after, |at| ended(at) && holds(at));
            if from.is_none() {
                break;
            }
        }
    }
}
