//! An account was created, or made a member, at a source that the policy says is managed, by an actor who is no
//! declared provisioner; from then until it stops being live. Without a known actor, or by the
//! vendor's system, it is governed.

use crate::model::id::SourceName;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    for account in company.real_accounts() {
        let source = SourceName::new(&account.cast.source);
        let settings = company.policy.source(&source);
        if settings.is_none_or(|settings| settings.managed_by.is_none()) {
            continue;
        }
        let mut creations = account.creations.clone();
        creations.extend(account.joinings.iter().copied());
        creations.sort_by_key(|(at, _)| *at);
        creations.dedup_by_key(|(at, _)| *at);
        for (from, actor) in creations {
            if !account.life.begins(from) || company.governed(&account.cast.source, actor) {
                continue;
            }
            let instants = account.life.instants();
            let to = first_after(instants, from, |at| !account.life.live(at));
            opinions.push(account.opinion(Stretch { from, to }));
        }
    }
}
