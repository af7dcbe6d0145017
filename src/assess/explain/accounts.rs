//! The rules about accounts that ask nothing of a leaver.

use super::Moment;
use super::condition::{Conditions, declared_text, grace, owned};
use crate::assess::context::AccountContext;
use crate::assess::rules::idle::Marks;
use crate::assess::rules::{account_shadow, deprovision_failed};
use crate::identity::{Ownership, contracts, declared, terms, unanswered};
use crate::model::finding::RuleId;

pub(super) fn contract_expired(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    owned(context, list);
    let Ownership::Person { owner, .. } = &context.ownership else {
        return;
    };
    let all = contracts(&owner.employment);
    let known = |since: Option<_>| since.is_none_or(|since| since <= at.now);
    let Some(contract) = all.iter().rfind(|contract| known(contract.since)) else {
        let change = "a contract_end in the HR source";
        list.no(None, "the owner's contract has an end", change);
        return;
    };
    let moved = contract.until.filter(|until| *until <= at.now);
    match moved {
        Some(moved) => {
            let text = format!("the contract's end, {}, still holds", contract.ends_at);
            list.no(Some(moved), text, "another contract_end");
        }
        None => list.from(
            contract.ends_at,
            "the owner's contract has ended",
            "an extension",
        ),
    }
    let delay = context.policy.rule(RuleId::ContractExpired).delay;
    let deadline = grace(list, contract.ends_at, delay);
    let judged = at.judged(contract.since.map_or(deadline, |since| since.max(deadline)));
    let left = context
        .leaves
        .iter()
        .find(|leave| leave.covers(judged.max(at.now)));
    let text = "HR recorded no termination";
    match left {
        Some(leave) => list.no(Some(leave.terminated_at), text, "a rehire"),
        None => list.yes(None, text, "a termination: the leaver rules take over"),
    }
    list.account_live(
        context,
        judged,
        "the account is live when the grace is over",
    );
}

pub(super) fn orphan(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    let change = "an address at the source, a [[link]] or an [[nhi]] of the policy";
    match &context.ownership {
        Ownership::Person { since, .. } if *since > at.now => {
            list.yes(
                None,
                format!("it has no owner; one is stated from {since} on"),
                change,
            );
        }
        Ownership::Nobody if !is_alone(context, at) => {
            let text = "it has no owner, and it is a guest whose sponsor is employed";
            list.no(None, text, "the leaving of its last sponsor");
        }
        Ownership::Nobody => list.yes(None, "it has no owner", change),
        Ownership::Person { since, .. } => {
            let text = format!("it has no owner, and {} owns it", context.owner_called());
            list.no(Some(*since), text, "");
        }
        Ownership::Disputed(_) => {
            let text = "it has no owner, and several people claim it";
            list.no(None, text, "a [[link]] of the policy");
        }
        Ownership::NonHuman(_) => {
            let declared = declared(context.id, context.state, context.policy);
            let text = format!("it has no owner, and {}", declared_text(declared));
            list.no(None, text, "nhi-ownerless asks who answers for it");
        }
    }
    let Some(first_seen) = context.state.life.first_seen() else {
        list.no(None, "it was seen", "a record of it");
        return;
    };
    list.yes(Some(first_seen), "it was first seen", "");
    grace(
        list,
        first_seen,
        context.policy.rule(RuleId::OrphanAccount).delay,
    );
    list.account_live(context, at.now, "the account is live");
}

/// Whether nobody who is employed answers for it just now.
fn is_alone(context: &AccountContext<'_>, at: Moment) -> bool {
    let alone = unanswered(&terms(context.state, context.policy));
    alone.iter().any(|alone| {
        let began = alone.left.is_none_or(|(left, _)| left <= at.now);
        began && alone.until.is_none_or(|until| at.now < until)
    })
}

pub(super) fn nhi_ownerless(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    let declared = declared(context.id, context.state, context.policy);
    let Ownership::NonHuman(owners) = &context.ownership else {
        let text = "it is a non-human identity's, and it is not known to be";
        list.no(None, text, "an [[nhi]] of the policy");
        return;
    };
    list.yes(None, declared_text(declared), "");
    let Some(first_seen) = context.state.life.first_seen() else {
        list.no(None, "it was seen", "a record of it");
        return;
    };
    let all = unanswered(owners);
    let begun = |left: Option<_>| left.is_none_or(|(left, _)| left <= at.now);
    let now = all.iter().rfind(|one| begun(one.left));
    let over = now
        .and_then(|one| one.until)
        .filter(|until| *until <= at.now);
    let text = "nobody who is employed owns it";
    let since = now.map(|one| one.left.map_or(first_seen, |(left, _)| left));
    match (since, over) {
        (Some(since), None) => {
            list.yes(
                Some(since),
                text,
                "an employed owner in an [[nhi]] of the policy",
            );
            grace(list, since, context.policy.rule(RuleId::NhiOwnerless).delay);
        }
        (_, since) => list.no(since, text, "its last owner leaves"),
    }
    list.account_live(context, at.now, "the account is live");
}

pub(super) fn dormant(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    list.account_live(context, at.now, "the account is live");
    let state = context.state;
    let marks = Marks::of_uses(&state.uses, state.life.first_seen());
    let Some(live) = context.live_at(at.now) else {
        return;
    };
    let idle = context.policy.rule(RuleId::AccountDormant).delay;
    let (since, last) = marks.waiting(live, at.now);
    let text = match last {
        Some(last) => format!("it was not used for {idle} since {}", last.at),
        None => format!("it was not used for {idle} since {since}, as far as is known"),
    };
    list.from(since + idle, text, "a use");
}

pub(super) fn shadow(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    let settings = context.policy.source(&context.id.source);
    if let Some(by) = settings.and_then(|settings| settings.managed_by.as_ref()) {
        list.yes(None, format!("accounts of its source come from {by}"), "");
    } else {
        let change = "`managed_by` under [sources] of the policy";
        list.no(
            None,
            "the policy says where accounts of its source come from",
            change,
        );
    }
    let Some(live) = context.live.iter().rfind(|live| live.from <= at.now) else {
        list.no(None, "it was created", "a creation");
        return;
    };
    match account_shadow::created_by(context, live) {
        Some(actor) => {
            let text = format!("it was created by {actor}");
            list.yes(Some(live.from), text, "");
            let text = format!("{actor} is no declared provisioner");
            if context.policy.is_provisioner(&context.id.source, actor) {
                list.no(None, text, "the policy no longer names them");
            } else {
                list.yes(None, text, "`provisioners` under [sources] of the policy");
            }
        }
        None => list.no(None, "a record says who created it", "a logged creation"),
    }
    list.account_live(context, at.now, "the account is live");
}

pub(super) fn deprovision_failed(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    let delay = context.policy.rule(RuleId::DeprovisionFailed).delay;
    let failures = context.state.failed_ends.as_slice().iter();
    let mut counting = failures
        .filter(|failed| failed.at <= at.now && deprovision_failed::counts(context, failed));
    // The one that opened what is open, or else the newest.
    let failed = match at.opened {
        Some(opened) => counting.find(|failed| failed.at + delay == opened),
        None => counting.next_back(),
    };
    let Some(failed) = failed else {
        list.no(None, "an attempt to end the account failed", "a failure");
        return;
    };
    list.yes(Some(failed.at), "an attempt to end the account failed", "");
    grace(list, failed.at, delay);
    let success = deprovision_failed::first_success(context, failed.at);
    let text = "no attempt has succeeded since";
    match success.filter(|(success, _)| *success <= at.now) {
        Some((success, _)) => list.no(Some(success), text, "another failure"),
        None => list.yes(Some(failed.at), text, "whatever ends the account"),
    }
}
