//! What one home adds to the census at one time: facts and policy read as the rules read them.

use super::context::AccountContext;
use crate::identity::{Ownership, Term, contracts, counts, declared, leaves};
use crate::model::census::{
    AccountStanding, Activity, Counted, CredentialAge, GrantKind, LeaverStanding, LinkStanding,
    NonHumanStanding, PersonStanding, Privilege, Tally,
};
use crate::model::fact::{EmploymentEvent, EmploymentKind, LinkReason};
use crate::model::finding::RuleId;
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, Employment, LiveInterval, PersonState};
use crate::model::time::{Span, Timestamp};

/// How long a leaver counts as one: long enough for a share that a few people do not swing.
const LEAVERS_OF: Span = Span::days(30);

/// Counts a person.
pub fn person(state: &PersonState, now: Timestamp, tally: &mut Tally) {
    if let Some(standing) = standing(&state.employment, now) {
        tally.count(Counted::Person(standing));
    }
}

/// How somebody is employed at `now`; `None` of whom HR says nothing.
pub fn standing(employment: &Employment, now: Timestamp) -> Option<PersonStanding> {
    let events = employment.events();
    let begun = events.first()?.effective_at <= now;
    let leave = leaves(employment).into_iter().find(|it| it.covers(now));
    let mut all = contracts(employment).into_iter();
    let contract = all.find(|contract| contract.holds_at(now));
    Some(match (begun, leave, contract) {
        (false, ..) => PersonStanding::NotStarted,
        (_, Some(_), _) => PersonStanding::Terminated,
        (_, _, Some(contract)) if contract.ends_at <= now => PersonStanding::ContractOver,
        _ if is_on_leave(employment, now) => PersonStanding::OnLeave,
        _ => PersonStanding::Employed,
    })
}

/// A leave of absence that began and has not ended; a (re)hire ends one as well.
fn is_on_leave(employment: &Employment, now: Timestamp) -> bool {
    let begun = employment.events().iter().map(AsRef::as_ref);
    let begun = begun.filter(|event: &&EmploymentEvent| event.effective_at <= now);
    let last = begun.rev().find(|event| {
        matches!(
            event.kind,
            EmploymentKind::LeaveStart
                | EmploymentKind::LeaveEnd
                | EmploymentKind::Hire
                | EmploymentKind::Rehire
        )
    });
    last.is_some_and(|event| event.kind == EmploymentKind::LeaveStart)
}

/// Counts an account with its grants and credentials.
pub fn account(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    now: Timestamp,
    tally: &mut Tally,
) {
    // A name that stands for another account, and a session of a role, are no accounts.
    if !state.same_as.is_empty() || state.session {
        return;
    }
    let context = AccountContext::new(id, state, policy);
    let Some(standing) = account_standing(&context, now) else {
        return;
    };
    let source = || id.source.clone();
    let live = context.live_at(now);
    let link = link_standing(&context.ownership);
    tally.count(Counted::Account(source(), standing, link));
    if let Ownership::NonHuman(owners) = &context.ownership {
        tally.count(Counted::NonHuman(match live {
            None => NonHumanStanding::Ended,
            Some(_) if is_answered_for(owners, now) => NonHumanStanding::Owned,
            Some(_) => NonHumanStanding::Ownerless,
        }));
    }
    if let Some(leaver) = leaver(&context, now) {
        tally.count(Counted::Leaver(source(), leaver));
    }
    if let Some(live) = live {
        if let Some(reason) = link_reason(&context) {
            tally.count(Counted::Link(source(), reason));
        }
        let last = last_use(state, now);
        let activity = activity(&context, (live, last), now);
        tally.count(Counted::Activity(source(), activity));
        if last.is_some() {
            tally.count(Counted::UseSeen(source()));
        }
        grants(&context, now, tally);
    }
    credentials(&context, now, tally);
}

/// `None` for an account of which nothing was seen by then: a ticket or a device names it.
fn account_standing(context: &AccountContext<'_>, now: Timestamp) -> Option<AccountStanding> {
    let (born, _) = context.state.life.born().filter(|(born, _)| *born <= now)?;
    if context.live_at(now).is_some() {
        return Some(AccountStanding::Live);
    }
    let lived = context.live.iter().rfind(|live| live.from <= now);
    let ended = lived.and_then(|live| live.until).unwrap_or(born);
    let deleted = |at: Timestamp| ended <= at && at <= now;
    let mut deletions = context.state.life.deletions();
    Some(if deletions.any(|deletion| deleted(deletion.at)) {
        AccountStanding::Deleted
    } else {
        AccountStanding::Ended
    })
}

fn link_standing(ownership: &Ownership<'_>) -> LinkStanding {
    match ownership {
        Ownership::Nobody => LinkStanding::Unlinked,
        Ownership::Person { .. } => LinkStanding::Linked,
        Ownership::Disputed(_) => LinkStanding::Disputed,
        Ownership::NonHuman(_) => LinkStanding::NonHuman,
    }
}

fn is_answered_for(terms: &[Term<'_>], now: Timestamp) -> bool {
    terms.iter().any(|term| {
        let leaves = leaves(&term.owner.employment);
        term.covers(now) && !leaves.iter().any(|leave| leave.covers(now))
    })
}

/// The foremost reason for which the account is its owner's: the policy's word first, then in the
/// order of how directly a source says so.
fn link_reason(context: &AccountContext<'_>) -> Option<LinkReason> {
    let Ownership::Person { owner, .. } = &context.ownership else {
        return None;
    };
    let policy = context.policy;
    let declared = declared(context.id, context.state, policy);
    let vias = owner.vias.keys();
    let count = vias.filter(|(identifier, reason)| counts(policy, declared, (identifier, *reason)));
    count.map(|(_, reason)| *reason).min()
}

/// Of an account whose owner left not long ago: whether it ended in time. As `leaver-account-live`
/// reads it: a later return to life is another matter.
fn leaver(context: &AccountContext<'_>, now: Timestamp) -> Option<LeaverStanding> {
    let leave = context.leaves.iter().find(|leave| leave.covers(now))?;
    if leave.terminated_at + LEAVERS_OF <= now {
        return None;
    }
    let grace = context.policy.rule(RuleId::LeaverAccountLive).delay;
    let deadline = leave.terminated_at + grace;
    let ended = context.live_at(leave.terminated_at)?.until;
    Some(match ended.filter(|end| *end <= now) {
        Some(end) if end <= deadline => LeaverStanding::InTime,
        Some(_) => LeaverStanding::Late,
        None if now < deadline => LeaverStanding::Pending,
        None => LeaverStanding::Overdue,
    })
}

/// The last use by `now`. Only where the clock is behind what was read, it is not the newest.
fn last_use(state: &AccountState, now: Timestamp) -> Option<Timestamp> {
    let newest = state.uses.last()?.at;
    if newest <= now {
        return Some(newest);
    }
    let uses = state.uses.all().into_iter().map(|this| this.at);
    uses.filter(|at| *at <= now).max()
}

/// As `account-dormant` reads it, without going through all uses: the last one decides.
fn activity(
    context: &AccountContext<'_>,
    (live, last): (&LiveInterval, Option<Timestamp>),
    now: Timestamp,
) -> Activity {
    let idle = context.policy.rule(RuleId::AccountDormant).delay;
    let last = last.filter(|last| live.contains(*last));
    if last.is_some_and(|last| now < last + idle) {
        return Activity::Used;
    }
    let known = context.state.life.first_seen();
    match known.max(last).max(Some(live.from)) {
        Some(since) if since + idle <= now => Activity::Dormant,
        _ => Activity::Unknown,
    }
}

fn grants(context: &AccountContext<'_>, now: Timestamp, tally: &mut Tally) {
    for (name, grant) in &context.state.grants {
        let granted = context.granted(grant);
        if granted.iter().any(|granted| granted.contains(now)) {
            let privilege = if context.is_privileged(name, grant) {
                Privilege::Privileged
            } else {
                Privilege::Ordinary
            };
            let kind = GrantKind::of(&name.kind);
            tally.count(Counted::Grant(context.id.source.clone(), kind, privilege));
        }
    }
}

/// A credential may outlive the end of its account, though not its deletion.
fn credentials(context: &AccountContext<'_>, now: Timestamp, tally: &mut Tally) {
    for owned in context.state.credentials.values() {
        let lives = context.working(owned);
        if lives.iter().any(|live| live.contains(now)) {
            let made = owned.life.creation();
            let age = made.map(|(made, _)| CredentialAge::of(now.since(made)));
            let age = age.unwrap_or(CredentialAge::Unknown);
            let (source, kind) = (context.id.source.clone(), owned.kind.clone());
            tally.count(Counted::Credential(source, kind, age));
        }
    }
}
