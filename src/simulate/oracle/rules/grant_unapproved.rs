//! A role, application or privileged group was granted by an actor who is no declared provisioner,
//! and no approved ticket for that account (naming the grant, or none) exists in
//! [grant − before, grant + after]; opened at grant + after, until the grant ends. Needs a live
//! account. Without a known actor, or by the vendor's system, it is governed.

use std::collections::BTreeSet;

use crate::model::finding::RuleId;
use crate::simulate::deed::Actor;
use crate::simulate::oracle::account::Grant;
use crate::simulate::oracle::approval::{self, GrantName, Naming};
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, earlier, first_after};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let settings = company.policy.rule(RuleId::GrantUnapproved);
    for account in company.real_accounts() {
        for (name, grant) in &account.grants {
            if !asks_for_approval(name, grant) {
                continue;
            }
            // Of several records of one instant, one by somebody who is no provisioner is enough.
            let governed = |actor: Actor| company.governed(&account.cast.source, actor);
            let granted = grant.granted.iter().filter(|(_, actor)| !governed(*actor));
            let granted: BTreeSet<_> = granted.map(|(at, _)| *at).collect();
            for at in &granted {
                if !grant.history.begins(*at) {
                    continue;
                }
                let from = *at + settings.delay;
                let window = earlier(*at, settings.before)..=from;
                let approved = approval::approvals(company, account, name, Naming::ItOrNone);
                let ends = |at| grant.history.ends(at);
                let ended = first_after(grant.history.instants(), *at, ends);
                let same_grant = ended.is_none_or(|ended| ended > from);
                if approved.iter().any(|at| window.contains(at))
                    || !same_grant
                    || !account.life.live(from)
                {
                    continue;
                }
                let mut instants = grant.history.instants();
                instants.extend(account.life.instants());
                let there = |at| grant.history.live(at) && account.life.live(at);
                let to = first_after(instants, from, |at| !there(at));
                opinions.push(account.opinion_of_grant(name, Stretch { from, to }));
            }
        }
    }
}

/// "A policy counts as a role where it is privileged"; consents are no business of this rule.
fn asks_for_approval((kind, _): &GrantName, grant: &Grant) -> bool {
    match &**kind {
        "role" | "app" => true,
        "group" | "team" | "policy" => grant.privileged,
        _ => false,
    }
}
