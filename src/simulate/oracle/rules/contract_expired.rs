//! The owner's contract end has passed with no termination and no extension, and the account is
//! live at contract_end + grace; until the account stops being live, a later end (or none) is
//! recorded, or the owner is terminated. An end that is said when its deadline is over is judged
//! then, and moving one to such a time is no extension.

use std::collections::BTreeSet;

use crate::model::finding::RuleId;
use crate::model::time::{Span, Timestamp};
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after, just_before};
use crate::simulate::oracle::person::Person;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::ContractExpired);
    for account in company.real_accounts() {
        let Some(person) = account.owner.person().and_then(|no| company.person(no)) else {
            continue;
        };
        let overdue = |at| end(person, at).is_some_and(|end| end + grace <= at);
        let stays = |at| person.terminated_at(at).is_none() && account.life.live(at);
        let mut open: Option<Stretch> = None;
        for from in deadlines(person, grace) {
            let still_open = open.is_some_and(|open| open.to.is_none_or(|to| from < to));
            if still_open || !overdue(from) || !stays(from) {
                continue;
            }
            let instants = account.life.instants().into_iter();
            let instants = instants.chain(person.instants());
            let to = first_after(instants, from, |at| !stays(at) || !overdue(at));
            open = Some(Stretch { from, to });
            opinions.push(account.opinion(Stretch { from, to }));
        }
    }
}

/// When somebody's contract ends, as HR has it at a time. The first that HR says of it was so
/// before.
fn end(person: &Person<'_>, at: Timestamp) -> Option<Timestamp> {
    let record = person.record(at);
    let first = || person.instants().into_iter().min();
    let record = record.or_else(|| person.record(first()?));
    record?.contract_end
}

/// The times at which an end is judged: its deadline, or when it was said if that was over then.
fn deadlines(person: &Person<'_>, grace: Span) -> BTreeSet<Timestamp> {
    let mut deadlines = BTreeSet::new();
    let records = person.records.iter();
    for deadline in records.filter_map(|(_, hr)| Some(hr.contract_end? + grace)) {
        let is_of = |at| end(person, at).map(|end| end + grace) == Some(deadline);
        let said = person.instants().into_iter();
        let said = said.filter(|at| *at > deadline && is_of(*at) && !is_of(just_before(*at)));
        deadlines.extend(said);
        deadlines.extend(Some(deadline).filter(|at| is_of(*at)));
    }
    deadlines
}
