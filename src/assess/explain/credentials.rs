//! The rules about credentials: one explanation for each that the account owns.

use super::condition::{Conditions, gone, grace, owned};
use super::{Explanation, Moment};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::assess::rules::{self, credential_called, credential_unused, idle::Marks};
use crate::model::finding::RuleId;
use crate::model::state::OwnedCredential;
use crate::model::time::Timestamp;

pub(super) fn explain(
    rule: RuleId,
    context: &AccountContext<'_>,
    now: Timestamp,
) -> Vec<Explanation> {
    let episodes = rules::episodes(rule, context);
    let at = (context, now);
    let credentials = context.state.credentials.iter();
    let mut all: Vec<Explanation> = credentials
        .map(|(uid, credential)| {
            let subject = format!("{}:{uid}", context.id.source);
            let of_it = episodes.iter().filter(|one| *one.subject == *subject);
            let of_it: Vec<&Episode> = of_it.collect();
            let called = credential_called(uid, credential);
            let conditions = |moment: Moment, list: &mut Conditions| {
                let about = (credential, &*called);
                match rule {
                    RuleId::LeaverCredentialLive => leavers(context, about, moment, list),
                    RuleId::CredentialUnrotated => unrotated(context, about, moment, list),
                    _ => unused(context, about, moment, list),
                }
            };
            Explanation::new(rule, subject, at, &of_it, conditions)
        })
        .collect();
    if all.is_empty() {
        let text = "the account has a credential";
        all.push(Explanation::of_none(rule, context, at, text));
    }
    all
}

type About<'a> = (&'a OwnedCredential, &'a str);

fn leavers(
    context: &AccountContext<'_>,
    (credential, called): About<'_>,
    at: Moment,
    list: &mut Conditions,
) {
    owned(context, list);
    let Some(leave) = gone(&context.leaves, at.now, list) else {
        return;
    };
    let delay = context.policy.rule(RuleId::LeaverCredentialLive).delay;
    let deadline = at.judged(grace(list, leave.terminated_at, delay));
    let text = format!("the {called} works when the grace is over");
    list.live(
        &context.working(credential),
        deadline,
        text,
        "it is revoked",
    );
}

fn unrotated(
    context: &AccountContext<'_>,
    (credential, called): About<'_>,
    at: Moment,
    list: &mut Conditions,
) {
    let Some((created, _)) = credential.life.creation() else {
        let text = format!("it is known when the {called} was made");
        list.no(None, text, "an inventory that states it");
        return;
    };
    list.yes(Some(created), format!("the {called} was made"), "");
    let max_age = context.policy.rule(RuleId::CredentialUnrotated).delay;
    let deadline = created + max_age;
    list.from(deadline, format!("it is {max_age} old"), "");
    let text = "it works at that age";
    list.live(
        &context.working(credential),
        at.judged(deadline),
        text,
        "it is revoked",
    );
}

fn unused(
    context: &AccountContext<'_>,
    (credential, called): About<'_>,
    at: Moment,
    list: &mut Conditions,
) {
    let text = format!("its source logs each use of the {called}");
    if credential_unused::is_logged(context, credential) {
        list.yes(None, text, "");
    } else {
        list.no(None, format!("{text}: else it is not known"), "");
    }
    let working = context.working(credential);
    list.live(&working, at.now, "it works", "it is revoked");
    let Some(live) = working.iter().find(|live| live.contains(at.now)) else {
        return;
    };
    let idle = context.policy.rule(RuleId::CredentialUnused).delay;
    let marks = Marks::of_uses(&credential.uses, credential.life.first_seen());
    let (since, last) = marks.waiting(live, at.now);
    let text = match last {
        Some(last) => format!("it was not used for {idle} since {}", last.at),
        None => format!("it was not used for {idle} since {since}, as far as is known"),
    };
    list.from(since + idle, text, "a use");
}
