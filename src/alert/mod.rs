//! Alerting: from what holds to what is news.
//!
//! Each home remembers the findings that it has reported. Comparing that with a new assessment
//! gives the news: opened, resolved, changed, and *withdrawn* where new facts show that a finding
//! was never true. Reporting is at least once; the finding's id makes it once.

pub mod ocsf;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::finding::{Finding, FindingId, Status};
use crate::model::limits::REPORTED_FINDINGS_MAX;
use crate::model::time::Timestamp;

/// What a home has reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reported(BTreeMap<FindingId, Finding>);

/// One piece of news, with the finding as it now stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub kind: ChangeKind,
    /// The status that was reported before, if any was.
    pub before: Option<Status>,
    pub finding: Finding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Opened,
    Resolved,
    Withdrawn,
    Exempted,
    /// Its severity, owner, text or evidence are others than reported.
    Updated,
}

impl Reported {
    /// Whether nothing reported is still open: then more of the same facts is no news.
    pub fn is_calm(&self) -> bool {
        self.0
            .values()
            .all(|finding| finding.status == Status::Resolved)
    }

    /// Every finding as it was last reported, withdrawn ones aside.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.0.values()
    }

    /// Takes over what now holds; returns what of it is news, withdrawals first.
    pub fn update(&mut self, findings: Vec<Finding>, now: Timestamp) -> Vec<Change> {
        let mut news = Vec::new();
        let held: BTreeMap<FindingId, Finding> = findings
            .into_iter()
            .map(|finding| (finding.finding_id, finding))
            .collect();
        // A home that holds as many as it may has let its oldest go: those were true.
        let oldest = held.values().map(|finding| finding.opened_at).min();
        let full = held.len() >= REPORTED_FINDINGS_MAX;
        for (id, known) in &self.0 {
            let let_go = full && oldest.is_some_and(|oldest| known.opened_at <= oldest);
            if !held.contains_key(id) && !let_go {
                news.push(withdrawn(known.clone(), now));
            }
        }
        let before = std::mem::take(&mut self.0);
        for (id, mut finding) in held {
            let known = before.get(&id);
            if let Some(known) = known {
                finding.detected_at = known.detected_at;
            }
            if known != Some(&finding) {
                let kind = kind_of(known.map(|known| known.status), finding.status);
                let before = known.map(|known| known.status);
                news.push(Change {
                    kind,
                    before,
                    finding: finding.clone(),
                });
            }
            self.0.insert(id, finding);
        }
        news
    }
}

impl Reported {
    /// For a home that knows nothing of what is past: takes leave of what was told, holds no
    /// longer, and had begun before `ended_at`. That it ended then is the last that is told of it.
    pub fn let_go(&mut self, findings: &[Finding], ended_at: Timestamp) -> Vec<Change> {
        let holds = |id: &FindingId| findings.iter().any(|finding| finding.finding_id == *id);
        let ended = |id: &FindingId, known: &Finding| known.opened_at < ended_at && !holds(id);
        let gone: Vec<FindingId> = self
            .0
            .iter()
            .filter(|(id, known)| ended(id, known))
            .map(|(id, _)| *id)
            .collect();
        let known = gone.iter().filter_map(|id| self.0.remove(id));
        let resolved = known.map(|known| Change {
            kind: ChangeKind::Resolved,
            before: Some(known.status),
            finding: Finding {
                status: Status::Resolved,
                resolved_at: Some(ended_at),
                ..known
            },
        });
        resolved.collect()
    }

    /// Adds to `news` what is reported and not among them.
    pub fn retell(&self, news: &mut Vec<Change>) {
        let told: BTreeSet<FindingId> = news
            .iter()
            .map(|change| change.finding.finding_id)
            .collect();
        let rest = self
            .0
            .values()
            .filter(|finding| !told.contains(&finding.finding_id));
        news.extend(rest.map(|finding| Change {
            kind: ChangeKind::Updated,
            before: Some(finding.status),
            finding: finding.clone(),
        }));
    }
}

impl ChangeKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Opened => "opened",
            ChangeKind::Resolved => "resolved",
            ChangeKind::Withdrawn => "withdrawn",
            ChangeKind::Exempted => "exempted",
            ChangeKind::Updated => "updated",
        }
    }
}

/// The news of one tick, from all homes, in an order that does not depend on shards.
///
/// A finding about a credential moves with it when a name turns out to stand for another
/// account: one home withdraws what another tells. That is no withdrawal.
pub fn merge(mut news: Vec<Change>) -> Vec<Change> {
    let stands = |change: &Change| change.kind != ChangeKind::Withdrawn;
    let told: BTreeSet<FindingId> = news
        .iter()
        .filter(|change| stands(change))
        .map(|change| change.finding.finding_id)
        .collect();
    news.retain(|change| stands(change) || !told.contains(&change.finding.finding_id));
    news.sort_by(|a, b| {
        let key = |change: &Change| (change.finding.opened_at, change.finding.rule);
        key(a)
            .cmp(&key(b))
            .then_with(|| a.finding.subject.cmp(&b.finding.subject))
    });
    news
}

fn kind_of(before: Option<Status>, after: Status) -> ChangeKind {
    match after {
        status if before == Some(status) => ChangeKind::Updated,
        Status::Open => ChangeKind::Opened,
        Status::Resolved => ChangeKind::Resolved,
        Status::Withdrawn => ChangeKind::Withdrawn,
        Status::Exempt => ChangeKind::Exempted,
    }
}

/// The news that a finding was never so.
pub fn withdrawn(mut finding: Finding, now: Timestamp) -> Change {
    let before = Some(finding.status);
    finding.status = Status::Withdrawn;
    finding.resolved_at = None;
    finding.summary = format!(
        "withdrawn on {now}, since records or a policy that came later show that it was not so: {}",
        finding.summary
    )
    .into();
    Change {
        kind: ChangeKind::Withdrawn,
        before,
        finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{RuleId, Severity, SubjectKind};

    fn finding(opened: i64, status: Status) -> Finding {
        let opened_at = Timestamp::from_seconds(opened);
        Finding {
            finding_id: FindingId::new(RuleId::OrphanAccount, "okta:1", opened_at),
            rule: RuleId::OrphanAccount,
            subject: "okta:1".into(),
            subject_kind: SubjectKind::Account,
            status,
            severity: Severity::High,
            identity: None,
            account: None,
            opened_at,
            resolved_at: None,
            detected_at: Timestamp::from_seconds(opened + 5),
            summary: "nobody's".into(),
            remedy: "find the owner".into(),
            controls: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn kinds(news: &[Change]) -> Vec<ChangeKind> {
        news.iter().map(|change| change.kind).collect()
    }

    #[test]
    fn what_was_reported_is_no_news() {
        let mut reported = Reported::default();
        let now = Timestamp::from_seconds(100);
        let open = finding(1, Status::Open);
        assert_eq!(
            kinds(&reported.update(vec![open.clone()], now)),
            [ChangeKind::Opened]
        );
        let again = Finding {
            detected_at: now,
            ..open
        };
        assert_eq!(kinds(&reported.update(vec![again], now)), []);
        assert!(!reported.is_calm());
        let resolved = reported.update(vec![finding(1, Status::Resolved)], now);
        assert_eq!(kinds(&resolved), [ChangeKind::Resolved]);
        assert_eq!(
            resolved.first().and_then(|change| change.before),
            Some(Status::Open)
        );
        assert!(reported.is_calm());
    }

    #[test]
    fn a_finding_that_was_never_true_is_withdrawn_once() {
        let mut reported = Reported::default();
        let now = Timestamp::from_seconds(100);
        reported.update(vec![finding(1, Status::Open)], now);
        let news = reported.update(vec![finding(2, Status::Open)], now);
        assert_eq!(kinds(&news), [ChangeKind::Withdrawn, ChangeKind::Opened]);
        assert_eq!(
            kinds(&reported.update(vec![finding(2, Status::Open)], now)),
            []
        );
    }

    #[test]
    fn the_time_of_detection_is_that_of_the_first_report() {
        let mut reported = Reported::default();
        reported.update(vec![finding(1, Status::Open)], Timestamp::from_seconds(6));
        let later = Finding {
            detected_at: Timestamp::MAX,
            ..finding(1, Status::Resolved)
        };
        let news = reported.update(vec![later], Timestamp::MAX);
        let detected = news.first().map(|change| change.finding.detected_at);
        assert_eq!(detected, Some(Timestamp::from_seconds(6)));
    }
}
