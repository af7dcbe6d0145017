//! What happened to an account: its life, links, grants, credentials, reviews, and its uses in
//! summary.

use super::{AccountLane, Bar, Entry, EntryKind, UsedDay, about};
use crate::answer::{Link, actor};
use crate::assess::AccountContext;
use crate::identity::{Ownership, counts, declared};
use crate::model::Text;
use crate::model::fact::{Decision, LifeKind, LinkReason};
use crate::model::id::{AccountId, Identifier};
use crate::model::policy::Policy;
use crate::model::state::{AccountState, LifeHistory, LiveInterval, Uses};
use crate::model::time::Timestamp;

/// How the life of one kind of thing is told.
struct Words<'a> {
    what: &'a str,
    began: fn(LifeKind) -> EntryKind,
    ended: fn(LifeKind) -> EntryKind,
    verb: fn(LifeKind) -> &'static str,
}

pub(super) fn tell(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    entries: &mut Vec<Entry>,
) {
    let context = AccountContext::new(id, state, policy);
    tell_claim(id, state, policy, entries);
    let account = Words {
        what: "account",
        began: account_began,
        ended: account_ended,
        verb,
    };
    tell_life(id, &state.life, &context.live, &account, entries);
    for (name, grant) in &state.grants {
        let privileged = if context.is_privileged(name, grant) {
            "privileged "
        } else {
            ""
        };
        let words = Words {
            what: &format!("{privileged}{} {}", name.kind, name.name),
            began: |_| EntryKind::Granted,
            ended: |_| EntryKind::Revoked,
            verb: |kind| {
                if kind.live_after() {
                    "granted"
                } else {
                    "revoked"
                }
            },
        };
        let intervals = context.granted(grant);
        tell_life(id, &grant.life, &intervals, &words, entries);
    }
    for (uid, credential) in &state.credentials {
        let kind = credential.kind.as_deref().unwrap_or("credential");
        let words = Words {
            what: &format!("{kind} {uid}"),
            began: |_| EntryKind::CredentialCreated,
            ended: |_| EntryKind::CredentialEnded,
            verb,
        };
        let intervals = context.working(credential);
        tell_life(id, &credential.life, &intervals, &words, entries);
        entries.extend(credential.uses.last().map(|last| {
            let text = format!("{kind} {uid} last used");
            about(
                id,
                (last.at, last.event),
                EntryKind::CredentialLastUse,
                text,
            )
        }));
    }
    tell_uses(&context, entries);
    tell_judgements(id, state, entries);
}

/// Whose it is, or may be: all that belongs to the story of somebody who only claims it.
pub(super) fn tell_claim(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    entries: &mut Vec<Entry>,
) {
    let context = AccountContext::new(id, state, policy);
    tell_links(&context, entries);
    if let Ownership::Disputed(people) = &context.ownership {
        let people: Vec<&str> = people.iter().map(|person| &*person.0).collect();
        let people = people.join(", ");
        let text = format!("claimed by {people}: nobody's until that is settled");
        let born = state.life.born();
        entries.extend(born.map(|born| about(id, born, EntryKind::Disputed, text)));
    }
}

/// Everything that changed it; and where a listing began or ended it, that.
fn tell_life(
    id: &AccountId,
    life: &LifeHistory,
    intervals: &[LiveInterval],
    words: &Words<'_>,
    entries: &mut Vec<Entry>,
) {
    for change in life.changes() {
        let live = change.kind.live_after();
        let kind = if live { words.began } else { words.ended }(change.kind);
        let text = format!("{} {}", words.what, (words.verb)(change.kind));
        let mut entry = about(id, (change.at, change.event), kind, text);
        entry.by = actor::called(change.actor.as_ref());
        entries.push(entry);
    }
    let is_told = |at: Timestamp| life.changes().iter().any(|change| change.at == at);
    for (place, interval) in intervals.iter().enumerate() {
        if !is_told(interval.from) {
            let (kind, word) = if place == 0 {
                (EntryKind::FirstSeen, "first seen")
            } else {
                (EntryKind::Listed, "listed as live")
            };
            let text = format!("{} {word}", words.what);
            let point = (interval.from, interval.began_by);
            entries.push(about(id, point, kind, text));
        }
        if let Some((until, event)) = interval.until.zip(interval.ended_by)
            && !is_told(until)
        {
            let text = format!("{} had ended", words.what);
            let kind = EntryKind::ListedEnded;
            entries.push(about(id, (until, event), kind, text));
        }
    }
}

/// Since when it is thought to be whose, and why.
fn tell_links(context: &AccountContext<'_>, entries: &mut Vec<Entry>) {
    let (id, state) = (context.id, context.state);
    let declared = declared(id, state, context.policy);
    let by_policy = declared.is_some_and(|declared| declared.owner.is_some());
    let is_told = |identifier: &Identifier, reason: LinkReason| {
        let answers = reason == LinkReason::Answers && !by_policy;
        answers || counts(context.policy, declared, (identifier, reason))
    };
    let first = state.life.born();
    for (person, owner) in &state.owners {
        let vias = owner.vias.iter();
        let told = vias.filter(|((identifier, reason), _)| is_told(identifier, *reason));
        for ((identifier, reason), since) in told {
            let why = match reason {
                LinkReason::Policy => "the policy says so",
                LinkReason::Stated => "the source states the owner",
                LinkReason::Email => "the same e-mail address",
                LinkReason::Alias => "an alias of the e-mail address",
                LinkReason::Answers => "it answers for the account",
                LinkReason::Provisioned => "provisioned by the identity provider",
            };
            // The policy's word holds from the beginning of time: it is told where the account begins.
            let Some((born, event)) = first else { continue };
            let at = if since.0 == Timestamp::MIN {
                born
            } else {
                since.0
            };
            let verb = match context.ownership {
                Ownership::NonHuman(_) => "answered for by",
                Ownership::Disputed(_) => "claimed for",
                _ => "linked to",
            };
            let text = format!("{verb} {}: {why} ({identifier})", person.0);
            let mut entry = about(id, (at, event), EntryKind::Linked, text);
            // What a link rests on is not kept event by event.
            entry.evidence.clear();
            entries.push(entry);
        }
    }
}

fn tell_uses(context: &AccountContext<'_>, entries: &mut Vec<Entry>) {
    let (id, uses) = (context.id, context.state.uses.all());
    let mut say = |point, kind, text: &str| entries.push(about(id, point, kind, text));
    if let (Some(first), Some(last)) = (uses.first(), uses.last()) {
        let days = days(&context.state.uses).len();
        let since = first.at;
        say((first.at, first.event), EntryKind::FirstUse, "first use");
        let text = format!("last use, of uses on {days} days since {since}");
        say((last.at, last.event), EntryKind::LastUse, &text);
    }
    for leave in &context.leaves {
        let after = uses.iter().find(|used| {
            used.at > leave.terminated_at
                && leave.rehired_at.is_none_or(|rehired| used.at < rehired)
        });
        if let Some(used) = after {
            let text = format!("first use after the termination of {}", leave.terminated_at);
            say((used.at, used.event), EntryKind::UseAfterTermination, &text);
        }
    }
}

/// Reviews, and attempts to end it that failed.
fn tell_judgements(id: &AccountId, state: &AccountState, entries: &mut Vec<Entry>) {
    for (grant, reviews) in &state.reviews {
        for review in reviews.as_slice() {
            let verb = match review.decision {
                Decision::Keep => "keep",
                Decision::Revoke => "revoke",
            };
            let what = match grant {
                Some(grant) => format!("{} {}", grant.kind, grant.name),
                None => "all access".to_owned(),
            };
            let text = format!("access review: {verb} {what}");
            let point = (review.at, review.event);
            let mut entry = about(id, point, EntryKind::Reviewed, text);
            entry.by.clone_from(&review.reviewer);
            entries.push(entry);
        }
    }
    for failed in state.failed_ends.as_slice() {
        let what = failed.action.as_deref().unwrap_or("end it");
        let text = format!("failed attempt to {what}");
        let point = (failed.at, failed.event);
        let mut entry = about(id, point, EntryKind::EndFailed, text);
        entry.by = actor::called(failed.actor.as_ref());
        entries.push(entry);
    }
}

pub(super) fn lane(id: &AccountId, state: &AccountState, policy: &Policy) -> AccountLane {
    let context = AccountContext::new(id, state, policy);
    let owners: Vec<Text> = match &context.ownership {
        Ownership::Person { person, .. } => vec![person.0.clone()],
        Ownership::Disputed(people) => people.iter().map(|person| person.0.clone()).collect(),
        Ownership::NonHuman(_) => state.owners.keys().map(|person| person.0.clone()).collect(),
        Ownership::Nobody => Vec::new(),
    };
    let bar = |live: &LiveInterval| Bar {
        from: live.from,
        until: live.until,
    };
    AccountLane {
        account: id.to_string().into(),
        source: id.source.as_str().into(),
        name: state.name().or(state.email()).cloned(),
        link: Link::of(&context.ownership),
        owners,
        live: context.live.iter().map(bar).collect(),
        used: days(&state.uses),
    }
}

/// Ascending.
fn days(uses: &Uses) -> Vec<UsedDay> {
    let mut days: Vec<UsedDay> = Vec::new();
    for used in uses.all() {
        match days
            .last_mut()
            .filter(|day| day.first.day() == used.at.day())
        {
            Some(day) => day.last = used.at,
            None => days.push(UsedDay {
                first: used.at,
                last: used.at,
            }),
        }
    }
    days
}

fn account_began(kind: LifeKind) -> EntryKind {
    match kind {
        LifeKind::Created => EntryKind::Created,
        LifeKind::Reinstated => EntryKind::Reinstated,
        _ => EntryKind::Activated,
    }
}

fn account_ended(kind: LifeKind) -> EntryKind {
    match kind {
        LifeKind::Suspended => EntryKind::Suspended,
        LifeKind::Deleted => EntryKind::Deleted,
        _ => EntryKind::Deactivated,
    }
}

const fn verb(kind: LifeKind) -> &'static str {
    match kind {
        LifeKind::Created => "created",
        LifeKind::ListedSince | LifeKind::Listed => "listed",
        LifeKind::Activated => "activated",
        LifeKind::Joined => "joined",
        LifeKind::Reinstated => "reinstated",
        LifeKind::ListedEnded => "listed as ended",
        LifeKind::Suspended => "suspended",
        LifeKind::Deactivated => "deactivated",
        LifeKind::Removed => "removed",
        LifeKind::Deleted => "deleted",
    }
}
