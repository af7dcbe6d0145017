//! An account was created, or made a member, at a source that the policy says is managed, by an actor who is no
//! declared provisioner; from then until it stops being live. Without a known actor, or by the
//! vendor's system, it is governed.

use std::collections::BTreeSet;

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
        // Of several records of one instant, one by somebody who is no provisioner is enough.
        let creations = account.creations.iter().chain(&account.joinings);
        let governed = |actor| company.governed(&account.cast.source, actor);
        let creations = creations.filter(|(_, actor)| !governed(*actor));
        let creations: BTreeSet<_> = creations.map(|(at, _)| *at).collect();
        for from in creations {
            if !account.life.begins(from) {
                continue;
            }
            let instants = account.life.instants();
            let to = first_after(instants, from, |at| !account.life.live(at));
            opinions.push(account.opinion(Stretch { from, to }));
        }
    }
}
