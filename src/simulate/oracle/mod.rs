//! The findings that must be told of what happened, found by brute force.
//!
//! Each rule's file follows the sentences of the rule's definition. For each subject it gathers
//! the instants at which anything changes (deeds, deadlines, edges of windows) and asks at each
//! anew, of the deeds, whether the condition holds. There is no order of arrival, no state that is
//! carried on, no arithmetic of intervals.

mod moments;
mod history;
mod person;
mod account;
mod owner;
mod company;
mod approval;
mod rules;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::model::Text;
use crate::model::finding::{FindingId, RuleId, Severity, Status};
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::model::time::Timestamp;

use super::deed::{Cast, Deed};
use company::Company;
use rules::Opinion;

/// A finding that must be told: no other must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub rule: RuleId,
    /// As [`crate::model::finding::Finding::subject`].
    pub subject: Text,
    /// Open, resolved or exempt.
    pub status: Status,
    pub opened_at: Timestamp,
    /// When the condition ended, if it had by the time of the clock.
    pub resolved_at: Option<Timestamp>,
    pub severity: Severity,
    /// Which story of the generator's it belongs to; `None` until the generator says.
    pub story: Option<Text>,
}

/// One line of `truth.ndjson`. The order of the fields is part of the form.
#[derive(Serialize)]
struct Line<'a> {
    finding_id: FindingId,
    rule: RuleId,
    subject: &'a str,
    status: Status,
    opened_at: Timestamp,
    resolved_at: Option<Timestamp>,
    severity: Severity,
    story: Option<&'a str>,
}

/// What must be told of `deeds`, in whatever order they are given, when the clock says `now`:
/// sorted by rule, subject and time of opening.
pub fn findings(cast: &Cast, deeds: &[Deed], policy: &Policy, now: Timestamp) -> Vec<Expected> {
    let company = Company::new(cast, deeds, policy);
    let mut expected = Vec::new();
    for (rule, judge) in rules::ALL {
        if !policy.rule(rule).enabled {
            continue;
        }
        let mut opinions = Vec::new();
        judge(&company, &mut opinions);
        let begun = opinions.into_iter().filter(|opinion| opinion.from <= now);
        expected.extend(begun.map(|opinion| told(&company, rule, opinion, now)));
    }
    let key = |expected: &Expected| (expected.rule, expected.subject.clone(), expected.opened_at);
    expected.sort_by_key(key);
    expected
}

impl Expected {
    /// The id that the product must give it.
    pub fn finding_id(&self) -> FindingId {
        FindingId::new(self.rule, &self.subject, self.opened_at)
    }
}

impl Serialize for Expected {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = Line {
            finding_id: self.finding_id(),
            rule: self.rule,
            subject: &self.subject,
            status: self.status,
            opened_at: self.opened_at,
            resolved_at: self.resolved_at,
            severity: self.severity,
            story: self.story.as_deref(),
        };
        line.serialize(serializer)
    }
}

fn told(company: &Company<'_>, rule: RuleId, opinion: Opinion, now: Timestamp) -> Expected {
    let resolved_at = opinion.to.filter(|to| *to <= now);
    let severity = company.policy.rule(rule).severity;
    let status = match (exempt(company, rule, &opinion, now), resolved_at) {
        (true, _) => Status::Exempt,
        (false, Some(_)) => Status::Resolved,
        (false, None) => Status::Open,
    };
    Expected {
        rule,
        subject: opinion.subject,
        status,
        opened_at: opinion.from,
        // "Neither open nor resolved."
        resolved_at: resolved_at.filter(|_| status == Status::Resolved),
        severity: if opinion.privileged {
            severity.raised()
        } else {
            severity
        },
        story: None,
    }
}

/// "From `until` on it is reported." What is no account's is exempted by its subject.
fn exempt(company: &Company<'_>, rule: RuleId, opinion: &Opinion, now: Timestamp) -> bool {
    let account = opinion
        .account
        .and_then(|no| company.cast.accounts.get(no.0));
    let names: Vec<AccountId> = match account {
        Some(account) => owner::names(account).collect(),
        None => AccountId::parse(&opinion.subject.to_lowercase())
            .into_iter()
            .collect(),
    };
    let mut exemptions = company.policy.exemptions.iter();
    exemptions.any(|exemption| {
        exemption.rule == rule && now < exemption.until && names.contains(&exemption.account)
    })
}
