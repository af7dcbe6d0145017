//! Why a rule holds, or does not: its conditions one by one, each with its time.
//!
//! An explanation reads what the rule reads (its context, and its own helpers); whether a finding
//! is open it asks the rule's episodes, so that the two cannot disagree.

mod accounts;
mod condition;
mod credentials;
mod elsewhere;
mod grants;
mod leavers;

pub use condition::{Condition, Holds};
pub use elsewhere::{explain_devices, explain_source, explain_ticket, explain_workflow};

use super::About;
use super::context::AccountContext;
use super::episode::{Episode, exempt_until};
use super::rules;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use condition::Conditions;

/// What a rule says of one subject, and why.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Explanation {
    pub rule: RuleId,
    pub subject: Text,
    /// In the order of the argument.
    pub conditions: Vec<Condition>,
    pub verdict: Verdict,
    /// Until when the policy accepts it, if it does now.
    pub exempt_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The finding is open (or accepted by an exemption) since then.
    Open(Timestamp),
    /// If nothing else happens, it opens then.
    Opens(Timestamp),
    /// It was, until then.
    Ended(Timestamp),
    /// It never was.
    Never,
}

/// When the conditions are looked at.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    now: Timestamp,
    /// When the finding that is open now opened: what is judged once was judged then.
    opened: Option<Timestamp>,
}

impl Moment {
    /// When something with a deadline is, was, or will be judged.
    fn judged(self, deadline: Timestamp) -> Timestamp {
        self.opened.unwrap_or(deadline)
    }
}

impl Explanation {
    /// Whether every condition holds.
    pub fn holds(&self) -> bool {
        self.conditions.iter().all(|one| one.holds == Holds::Yes)
    }

    /// `conditions` of a subject and the rule's episodes at it.
    fn new(
        rule: RuleId,
        subject: String,
        (about, now): (&impl About, Timestamp),
        episodes: &[&Episode],
        conditions: impl FnOnce(Moment, &mut Conditions),
    ) -> Self {
        let begun = episodes.iter().filter(|one| one.opened_at <= now);
        let last = begun.max_by_key(|one| one.opened_at);
        let ended = last.and_then(|one| one.resolved_at).filter(|at| *at <= now);
        let opened = last.filter(|_| ended.is_none()).map(|one| one.opened_at);
        let ahead = episodes.iter().map(|one| one.opened_at);
        let ahead = ahead.filter(|at| *at > now).min();
        let mut list = Conditions::new(now);
        let exempt_until = exempt_until(rule, &subject, about);
        let enabled = about
            .policy()
            .rules
            .get(&rule)
            .is_some_and(|settings| settings.enabled);
        if !enabled {
            let change = "set `enabled` under [rules] of the policy";
            list.no(None, "the policy has the rule on", change);
        }
        conditions(Moment { now, opened }, &mut list);
        if let (Some(last), Some(ended)) = (last, ended) {
            let text = format!("what began on {} has not ended", last.opened_at);
            list.no(Some(ended), text, "it takes a new beginning");
        }
        Explanation {
            rule,
            subject: Text::from(subject),
            conditions: list.into_vec(),
            exempt_until: exempt_until.filter(|until| now < *until),
            verdict: match (opened, ahead, ended) {
                (Some(since), ..) if enabled => Verdict::Open(since),
                (_, Some(at), _) if enabled => Verdict::Opens(at),
                (_, _, Some(at)) => Verdict::Ended(at),
                _ => Verdict::Never,
            },
        }
    }

    /// Of an account that has nothing of the kind that the rule is about, which `text` says.
    fn of_none(
        rule: RuleId,
        context: &AccountContext<'_>,
        at: (&impl About, Timestamp),
        text: &str,
    ) -> Self {
        let none = |_: Moment, list: &mut Conditions| list.no(None, text, "one is made");
        Self::new(rule, context.id.to_string(), at, &[], none)
    }
}

/// Everything a rule about accounts, grants or credentials says of one account at `now`: one
/// explanation for the account, or for each grant or credential that the rule is about.
///
/// Rules about devices, tickets, runs and sources say nothing of accounts.
pub fn explain_account(
    rule: RuleId,
    context: &AccountContext<'_>,
    now: Timestamp,
) -> Vec<Explanation> {
    use RuleId::{
        AccountDormant, AccountShadow, AdminStanding, ContractExpired, CredentialUnrotated,
        CredentialUnused, DeprovisionFailed, GrantUnapproved, GrantUnused, LeaverAccountLive,
        LeaverActivity, LeaverCredentialLive, LeaverDeviceHeld, LeaverGrantLive, LeaverReinstated,
        MoverGrantRetained, NhiOwnerless, OrphanAccount, RevocationUnfulfilled, SourceSilent,
        WorkflowIncomplete,
    };
    match rule {
        LeaverAccountLive | LeaverActivity | LeaverReinstated | LeaverGrantLive
        | ContractExpired | OrphanAccount | NhiOwnerless | AccountDormant | AccountShadow
        | DeprovisionFailed => of_account(rule, context, now),
        LeaverCredentialLive | CredentialUnrotated | CredentialUnused => {
            credentials::explain(rule, context, now)
        }
        MoverGrantRetained | GrantUnused | GrantUnapproved | AdminStanding => {
            grants::explain(rule, context, now)
        }
        LeaverDeviceHeld | RevocationUnfulfilled | WorkflowIncomplete | SourceSilent => Vec::new(),
    }
}

fn of_account(rule: RuleId, context: &AccountContext<'_>, now: Timestamp) -> Vec<Explanation> {
    let episodes = rules::episodes(rule, context);
    let episodes: Vec<&Episode> = episodes.iter().collect();
    let conditions = |moment: Moment, list: &mut Conditions| match rule {
        RuleId::LeaverAccountLive => leavers::account_live(context, moment, list),
        RuleId::LeaverActivity => leavers::activity(context, moment, list),
        RuleId::LeaverReinstated => leavers::reinstated(context, moment, list),
        RuleId::LeaverGrantLive => leavers::grant_live(context, moment, list),
        RuleId::ContractExpired => accounts::contract_expired(context, moment, list),
        RuleId::OrphanAccount => accounts::orphan(context, moment, list),
        RuleId::NhiOwnerless => accounts::nhi_ownerless(context, moment, list),
        RuleId::AccountDormant => accounts::dormant(context, moment, list),
        RuleId::AccountShadow => accounts::shadow(context, moment, list),
        _ => accounts::deprovision_failed(context, moment, list),
    };
    let subject = context.id.to_string();
    let at = (context, now);
    vec![Explanation::new(rule, subject, at, &episodes, conditions)]
}
