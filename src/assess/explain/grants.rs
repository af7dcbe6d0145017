//! The rules about grants: one explanation for each that the rule asks about.

use super::condition::{Conditions, owned};
use super::{Explanation, Moment};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::assess::logged_uses;
use crate::assess::rules::mover_grant_retained::{self, is_birthright};
use crate::assess::rules::{self, admin_standing, grant_unapproved, grant_unused, idle::Marks};
use crate::identity::{Ownership, positions};
use crate::model::fact::GrantName;
use crate::model::finding::RuleId;
use crate::model::state::{Grant, LiveInterval};
use crate::model::time::Timestamp;

pub(super) fn explain(
    rule: RuleId,
    context: &AccountContext<'_>,
    now: Timestamp,
) -> Vec<Explanation> {
    let episodes = rules::episodes(rule, context);
    let at = (context, now);
    let asked = context
        .state
        .grants
        .iter()
        .filter(|(name, grant)| match rule {
            RuleId::GrantUnused => *name.kind == *"app",
            RuleId::AdminStanding => context.is_privileged(name, grant),
            RuleId::GrantUnapproved => grant_unapproved::needs_approval(context, name, grant),
            _ => true,
        });
    let mut all: Vec<Explanation> = asked
        .map(|(name, grant)| {
            let subject = format!("{}|{}:{}", context.id, name.kind, name.name);
            let of_it = episodes.iter().filter(|one| *one.subject == *subject);
            let of_it: Vec<&Episode> = of_it.collect();
            let about = About {
                context,
                name,
                grant,
            };
            let conditions = |moment: Moment, list: &mut Conditions| match rule {
                RuleId::GrantUnused => about.unused(moment, list),
                RuleId::AdminStanding => about.standing(moment, list),
                RuleId::GrantUnapproved => about.unapproved(moment, list),
                _ => about.retained(moment, list),
            };
            Explanation::new(rule, subject, at, &of_it, conditions)
        })
        .collect();
    if all.is_empty() {
        let text = match rule {
            RuleId::GrantUnused => "an application is assigned to the account",
            RuleId::AdminStanding => "a privileged grant is on the account",
            RuleId::GrantUnapproved => "a grant that needs an approval is on the account",
            _ => "something is granted to the account",
        };
        all.push(Explanation::of_none(rule, context, at, text));
    }
    all
}

struct About<'a> {
    context: &'a AccountContext<'a>,
    name: &'a GrantName,
    grant: &'a Grant,
}

impl About<'_> {
    fn called(&self) -> String {
        format!("the {} {}", self.name.kind, self.name.name)
    }

    fn unused(&self, at: Moment, list: &mut Conditions) {
        let text = "its source logs each sign-in to an application";
        if logged_uses::application(&self.context.id.source) {
            list.yes(None, text, "");
        } else {
            list.no(None, format!("{text}: else it is not known"), "");
        }
        let in_force = self.context.in_force(self.grant);
        let text = format!("{} is assigned to a live account", self.called());
        list.live(&in_force, at.now, text, "it is taken away");
        let Some(live) = in_force.iter().find(|live| live.contains(at.now)) else {
            return;
        };
        let idle = self.context.policy.rule(RuleId::GrantUnused).delay;
        let uses = grant_unused::uses_of(self.context, self.name);
        let marks = Marks::of_uses(&uses, self.grant.life.first_seen());
        let (since, last) = marks.waiting(live, at.now);
        let text = match last {
            Some(last) => format!("nobody signed in to it for {idle} since {}", last.at),
            None => format!("nobody signed in to it for {idle} since {since}"),
        };
        list.from(since + idle, text, "a sign-in");
    }

    fn standing(&self, at: Moment, list: &mut Conditions) {
        let granted = self.context.granted(self.grant);
        let text = format!("{} is privileged and in force", self.called());
        list.live(&granted, at.now, text, "it is taken away");
        list.account_live(self.context, at.now, "the account is live");
        let Some(live) = granted.iter().find(|live| live.contains(at.now)) else {
            return;
        };
        let max_age = self.context.policy.rule(RuleId::AdminStanding).delay;
        let (since, last) = admin_standing::reviews(self.context, self.name).waiting(live, at.now);
        let text = match last {
            Some(last) => format!("no review kept it for {max_age} since {}", last.at),
            None => format!("no review kept it for {max_age} since it was made on {since}"),
        };
        list.from(since + max_age, text, "a review that keeps it");
    }

    /// The time of the grant that counts: the one that was judged, or else the newest.
    fn held(&self, at: Moment) -> Option<LiveInterval> {
        let mut granted = self.context.granted(self.grant);
        granted.retain(|held| held.from <= at.now);
        let judged = |held: &&LiveInterval| at.opened.is_none_or(|opened| held.contains(opened));
        granted.iter().rfind(judged).cloned()
    }

    fn unapproved(&self, at: Moment, list: &mut Conditions) {
        let settings = self.context.policy.rule(RuleId::GrantUnapproved);
        let Some(held) = self.held(at) else {
            list.no(
                None,
                format!("{} was granted", self.called()),
                "it is granted",
            );
            return;
        };
        let source = &self.context.id.source;
        match grant_unapproved::granted_by(self.context, self.grant, &held) {
            None => {
                let text = format!("a record says who granted {}", self.called());
                list.no(None, text, "");
            }
            Some(actor) => {
                let text = format!("{actor} granted {}", self.called());
                list.yes(Some(held.from), text, "it is taken away");
                let text = format!("{actor} is no declared provisioner");
                if self.context.policy.is_provisioner(source, actor) {
                    list.no(None, text, "the policy no longer names them");
                } else {
                    list.yes(None, text, "`provisioners` under [sources] of the policy");
                }
            }
        }
        let deadline = held.from + settings.delay;
        let text = format!("the {} for an approval are over", settings.delay);
        list.from(deadline, text, "");
        let window = (held.from, deadline);
        let text = format!(
            "no ticket approved it from {} before to {} after",
            settings.before, settings.delay
        );
        if grant_unapproved::is_approved(self.context, self.name, window, settings.before) {
            list.no(None, text, "");
        } else {
            list.yes(None, text, "an approval in that time becomes known");
        }
        let text = "it is in force on a live account then";
        let in_force = self.context.in_force(self.grant);
        list.live(&in_force, deadline, text, "it is taken away");
    }

    fn retained(&self, at: Moment, list: &mut Conditions) {
        owned(self.context, list);
        let Ownership::Person { owner, .. } = &self.context.ownership else {
            return;
        };
        let review = self.context.policy.rule(RuleId::MoverGrantRetained).delay;
        let positions = positions(&owner.employment);
        let mut moves = mover_grant_retained::moves(&positions).into_iter();
        let moved = match at.opened {
            Some(opened) => moves.find(|moved| moved.since + review == opened),
            None => moves.rfind(|moved| moved.since <= at.now),
        };
        let Some(moved) = moved else {
            let text = "the owner's department, title or manager changed";
            list.no(None, text, "a transfer in the HR source");
            return;
        };
        list.yes(Some(moved.since), "the owner moved", "");
        let deadline = moved.since + review;
        list.from(deadline, format!("the {review} for a review are over"), "");
        let granted = self.context.granted(self.grant);
        let before = granted
            .iter()
            .find(|held| held.from < moved.since && held.contains(deadline));
        let text = format!("{} is from before the move and in force", self.called());
        match before {
            Some(held) => list.yes(Some(held.from), text, "it is taken away"),
            None => list.no(None, text, ""),
        }
        let in_force = positions
            .iter()
            .rfind(|one| one.since <= deadline.max(at.now));
        let text = "it is not in the baseline of the position";
        match in_force.filter(|one| is_birthright(self.context, self.name, one)) {
            Some(position) => list.no(Some(position.since), text, "another [[baseline]]"),
            None => list.yes(None, text, "a [[baseline]] of the policy"),
        }
        let approved = self.context.approved(self.name);
        let approved = approved
            .iter()
            .find(|by| by.at > moved.since && by.at <= at.now);
        let text = "it was not approved again";
        match approved {
            Some(by) => list.no(Some(by.at), text, "another move"),
            None => list.yes(None, text, "an approval or a review that keeps it"),
        }
        list.account_live(
            self.context,
            deadline,
            "the account is live when the review is over",
        );
    }
}
