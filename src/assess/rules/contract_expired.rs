//! `contract-expired`: the owner's contract has ended, nobody said what comes next, and the account
//! is live at contract_end + grace.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::{Contract, Ownership, contracts};
use crate::model::finding::RuleId;
use crate::model::time::{Span, Timestamp};

/// Judged once a contract's end, at the deadline.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    let Ownership::Person { owner, .. } = &context.ownership else {
        return Vec::new();
    };
    let contracts = contracts(&owner.employment);
    let mut episodes = Vec::new();
    let mut open_until = Some(Timestamp::MIN);
    for (place, contract) in contracts.iter().enumerate() {
        // What was replaced before its deadline never expired, whatever replaced it.
        if contract
            .until
            .is_some_and(|until| until <= opens_at(contract, grace))
        {
            continue;
        }
        let holds = Contract {
            until: expired_until(
                contract,
                contracts.get(place + 1..).unwrap_or_default(),
                grace,
            ),
            ..contract.clone()
        };
        let Some(told) = told(context, &holds, grace) else {
            continue;
        };
        if open_until.is_some_and(|until| until <= told.opened_at) {
            open_until = told.resolved_at;
            episodes.push(told.of_account(RuleId::ContractExpired, context));
        }
    }
    episodes
}

/// Until when what was said resolves nothing: an end that is moved to a time whose deadline has
/// passed, too, is no extension.
fn expired_until(contract: &Contract, later: &[Contract], grace: Span) -> Option<Timestamp> {
    let mut until = contract.until?;
    for next in later {
        if next.since != Some(until) || next.ends_at + grace > until {
            break;
        }
        until = next.until?;
    }
    Some(until)
}

/// An end that was said when its deadline had passed counts from then, unless it is the first.
fn opens_at(contract: &Contract, grace: Span) -> Timestamp {
    let deadline = contract.ends_at + grace;
    contract.since.map_or(deadline, |since| since.max(deadline))
}

fn told(context: &AccountContext<'_>, contract: &Contract, grace: Span) -> Option<Told> {
    let opened_at = opens_at(contract, grace);
    let mut leaves = context.leaves.iter();
    if leaves.any(|leave| leave.covers(opened_at)) {
        return None;
    }
    let live = context.live_at(opened_at)?;
    let left = context.leaves.iter().map(|leave| leave.terminated_at);
    let left = left.filter(|at| *at > opened_at).min();
    let resolved_at = earlier(earlier(live.until, contract.until), left);
    Some(Told {
        opened_at,
        resolved_at,
        evidence: [contract.event, live.began_by]
            .into_iter()
            .chain(contract.ended_by.filter(|_| resolved_at == contract.until))
            .chain(live.ended_by.filter(|_| resolved_at == live.until))
            .collect(),
        summary: format!(
            "the contract of {} ended on {} without an extension or a termination, and account {} \
             was still live {grace} later",
            context.owner_called(),
            contract.ends_at,
            context.account_called(),
        ),
    })
}
