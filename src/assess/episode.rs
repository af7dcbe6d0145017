//! An episode: one time at which a rule's condition holds, before the clock is asked.

use super::{About, Assessment, rule_text};
use crate::model::Text;
use crate::model::finding::{Finding, FindingId, RuleId, Status, SubjectKind};
use crate::model::id::EventUid;
use crate::model::policy::Exemption;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    pub rule: RuleId,
    pub subject: Text,
    pub subject_kind: SubjectKind,
    pub opened_at: Timestamp,
    /// When it ends by the facts; `None` while nothing known ends it.
    pub resolved_at: Option<Timestamp>,
    /// The events that it rests on, in the order of the argument.
    pub evidence: Vec<EventUid>,
    /// What holds, for a person who has never seen the rule.
    pub summary: String,
}

impl Episode {
    /// Tells the episode as it stands at `now`, and when that could change.
    pub fn cut(self, about: &impl About, now: Timestamp, into: &mut Assessment) {
        let mut wake = |at: Timestamp| {
            if at > now {
                into.wake_at = Some(into.wake_at.map_or(at, |known| known.min(at)));
            }
        };
        if self.opened_at > now {
            wake(self.opened_at);
            return;
        }
        self.resolved_at.into_iter().for_each(&mut wake);
        let exempt_until = exempt_until(self.rule, &self.subject, about);
        exempt_until.into_iter().for_each(&mut wake);
        let resolved_at = self.resolved_at.filter(|resolved| *resolved <= now);
        let exempt = exempt_until.is_some_and(|until| now < until);
        let status = match (exempt, resolved_at) {
            (true, _) => Status::Exempt,
            (false, Some(_)) => Status::Resolved,
            (false, None) => Status::Open,
        };
        into.findings.push(self.into_finding(about, status, now));
    }

    fn into_finding(self, about: &impl About, status: Status, now: Timestamp) -> Finding {
        let mut severity = about.policy().rule(self.rule).severity;
        if about.privileged_at(self.opened_at) {
            severity = severity.raised();
        }
        let text = rule_text(self.rule);
        Finding {
            finding_id: FindingId::new(self.rule, &self.subject, self.opened_at),
            rule: self.rule,
            subject: self.subject,
            subject_kind: self.subject_kind,
            status,
            severity,
            identity: about.identity(),
            account: about.account(),
            opened_at: self.opened_at,
            resolved_at: self.resolved_at.filter(|_| status == Status::Resolved),
            detected_at: now,
            summary: self.summary.into(),
            remedy: text.remedy.clone(),
            controls: text.controls.clone(),
            evidence: self
                .evidence
                .iter()
                .map(|uid| Text::from(uid.to_string()))
                .collect(),
        }
    }
}

/// The latest end of the policy's exemptions that cover the subject.
pub(super) fn exempt_until(rule: RuleId, subject: &str, about: &impl About) -> Option<Timestamp> {
    let covers = |exemption: &&Exemption| {
        exemption.rule == rule && about.is_named(&exemption.account, subject)
    };
    let exemptions = about.policy().exemptions.iter();
    exemptions
        .filter(covers)
        .map(|exemption| exemption.until)
        .max()
}
