//! By whose approval something is held.

use super::AccessRow;
use crate::assess::AccountContext;
use crate::model::Text;
use crate::model::fact::{Decision, GrantName, Review};
use crate::model::finding::RuleId;
use crate::model::id::EventUid;
use crate::model::time::Timestamp;

/// What allowed something, once.
struct Allowed {
    at: Timestamp,
    event: EventUid,
    by: Option<Text>,
    what: Text,
}

/// The newest by `at` of: a ticket approved around the account's beginning that names no grant, and
/// a review that kept all that the account had.
pub(super) fn of_account(
    context: &AccountContext<'_>,
    (at, since): (Timestamp, Timestamp),
    row: &mut AccessRow,
) {
    let mut allowed = tickets(context, (at, since), |grants| grants.is_empty());
    allowed.extend(reviews(context, None, (at, since)));
    put(allowed, row);
}

/// The newest by `at` of: a ticket approved around the granting that names the grant or none, a
/// later one that names it, and a review that kept it.
pub(super) fn of_grant(
    context: &AccountContext<'_>,
    grant: &GrantName,
    (at, since): (Timestamp, Timestamp),
    row: &mut AccessRow,
) {
    let source = &context.id.source;
    let names = |grants: &[Text]| grants.iter().any(|text| grant.is_named(source, text));
    let mut allowed = tickets(context, (at, since), |grants| {
        grants.is_empty() || names(grants)
    });
    let later = context.approvals.iter();
    let later = later.filter(|approval| {
        since <= approval.at && approval.at <= at && approval.names(source, grant)
    });
    allowed.extend(later.map(|approval| of_ticket(context, approval)));
    allowed.extend(reviews(context, Some(grant), (at, since)));
    allowed.extend(reviews(context, None, (at, since)));
    put(allowed, row);
}

/// Tickets approved in the window in which `grant-unapproved` looks for one.
fn tickets(
    context: &AccountContext<'_>,
    (at, since): (Timestamp, Timestamp),
    allows: impl Fn(&[Text]) -> bool,
) -> Vec<Allowed> {
    let rule = context.policy.rule(RuleId::GrantUnapproved);
    let (before, after) = (rule.before, rule.delay);
    let approvals = context.approvals.iter();
    let around = approvals.filter(|approval| {
        approval.at <= at
            && approval.at + before >= since
            && approval.at <= since + after
            && allows(approval.grants)
    });
    around
        .map(|approval| of_ticket(context, approval))
        .collect()
}

fn of_ticket(context: &AccountContext<'_>, approval: &crate::assess::Approval<'_>) -> Allowed {
    let ticket = context.state.tickets.get(approval.ticket);
    let events = ticket.map_or_else(Vec::new, |named| named.state.events());
    let event = events
        .into_iter()
        .find(|event| event.event == approval.event);
    Allowed {
        at: approval.at,
        event: approval.event,
        by: event.and_then(|event| event.approver.clone()),
        what: format!("ticket:{}", approval.ticket.0).into(),
    }
}

/// Reviews of the grant, or under `None` of the whole account, that kept it.
fn reviews(
    context: &AccountContext<'_>,
    grant: Option<&GrantName>,
    (at, since): (Timestamp, Timestamp),
) -> Vec<Allowed> {
    let reviews = context.state.reviews.get(&grant.cloned());
    let reviews = reviews.map_or(&[][..], |reviews| reviews.as_slice());
    let revoked = |at| {
        let revokes = |review: &Review| review.at == at && review.decision == Decision::Revoke;
        reviews.iter().any(revokes)
    };
    let kept = reviews.iter().filter(|review| {
        let within = since <= review.at && review.at <= at;
        within && review.decision == Decision::Keep && !revoked(review.at)
    });
    kept.map(|review| Allowed {
        at: review.at,
        event: review.event,
        by: review.reviewer.clone(),
        what: match &review.id {
            Some(id) => format!("review:{id}").into(),
            None => "review".into(),
        },
    })
    .collect()
}

fn put(allowed: Vec<Allowed>, row: &mut AccessRow) {
    if let Some(newest) = allowed.into_iter().max_by_key(|it| (it.at, it.event)) {
        row.approval = Some(newest.what);
        row.approved_by = newest.by;
        row.approved_at = Some(newest.at);
        row.evidence.push(newest.event.to_string().into());
    }
}
