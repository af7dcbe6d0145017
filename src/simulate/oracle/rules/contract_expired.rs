//! The owner's contract end has passed with no termination and no extension, and the account is
//! live at contract_end + grace; until the account stops being live, a later end (or none) is
//! recorded, or the owner is terminated.

use std::collections::BTreeSet;

use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::ContractExpired);
    for account in company.real_accounts() {
        let Some(person) = account.owner.person().and_then(|no| company.person(no)) else {
            continue;
        };
        let records = person.records.iter();
        let ends: BTreeSet<Timestamp> = records.filter_map(|(_, hr)| hr.contract_end).collect();
        for end in ends {
            let stated = |at| person.record(at).and_then(|hr| hr.contract_end);
            let stays = |at| person.terminated_at(at).is_none() && account.life.live(at);
            let from = end + grace;
            if stated(from) != Some(end) || !stays(from) {
                continue;
            }
            let instants = account.life.instants().into_iter();
            let instants = instants.chain(person.instants());
            let extended = |at| stated(at).is_none_or(|stated| stated > end);
            let to = first_after(instants, from, |at| !stays(at) || extended(at));
            opinions.push(account.opinion(Stretch { from, to }));
        }
    }
}
