//! What the service shows of itself: whether it is ready, and the findings that it knows.
//!
//! Shared by handle between the service, which writes, and the HTTP edge, which reads. The locks
//! are held for a look or an insertion, never across an await.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::model::census::FindingAge;
use crate::model::finding::{Finding, FindingId, RuleId, Severity, Status as FindingStatus};
use crate::model::limits::SHOWN_FINDINGS_MAX;
use crate::model::time::Timestamp;

use super::filter::Filter;
use super::reads::Reads;

/// Cheap to clone: all clones are one.
#[derive(Clone, Default)]
pub struct Status(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// By what is not ready, why.
    unready: RwLock<BTreeMap<&'static str, String>>,
    findings: RwLock<Findings>,
    /// Who looked, until the archive says so.
    reads: Reads,
}

#[derive(Default)]
struct Findings {
    by_id: BTreeMap<FindingId, Arc<Finding>>,
    /// Those that are neither open nor exempt, longest closed first: they give way.
    closed: BTreeSet<(Timestamp, FindingId)>,
    counts: BTreeMap<(RuleId, Severity, FindingStatus), usize>,
    /// The time as of which they stand.
    as_of: Option<Timestamp>,
}

/// The answer to a question about findings.
#[derive(Clone, Debug)]
pub struct Matches {
    /// How many match, shown or not.
    pub total: usize,
    /// The gravest and newest of them.
    pub shown: Vec<Arc<Finding>>,
}

impl Status {
    /// Reads through the API that the archive does not tell of yet.
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// `part` is not ready, or not any more, because of `reason`.
    pub fn unready(&self, part: &'static str, reason: impl Into<String>) {
        let mut unready = self
            .0
            .unready
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        unready.insert(part, reason.into());
    }

    pub fn ready(&self, part: &'static str) {
        let mut unready = self
            .0
            .unready
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        unready.remove(part);
    }

    /// Why the service is not ready; empty when it is.
    pub fn reasons(&self) -> BTreeMap<&'static str, String> {
        let unready = self
            .0
            .unready
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        unready.clone()
    }

    /// The newest form of a finding; returns the one before, if it is still held.
    pub fn put(&self, finding: Arc<Finding>) -> Option<Arc<Finding>> {
        let mut findings = self
            .0
            .findings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        findings.put(finding)
    }

    pub fn find(&self, filter: &Filter, limit: usize) -> Matches {
        let findings = self
            .0
            .findings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let all = findings.by_id.values();
        let mut found: Vec<Arc<Finding>> = all
            .filter(|finding| filter.matches(finding))
            .map(Arc::clone)
            .collect();
        drop(findings);
        found.sort_by_key(|finding| (Reverse(finding.severity), Reverse(finding.opened_at)));
        let total = found.len();
        found.truncate(limit);
        Matches {
            total,
            shown: found,
        }
    }

    /// What is held stands as of `now`, whether or not anything changed.
    pub fn stands_as_of(&self, now: Timestamp) {
        let mut findings = self
            .0
            .findings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        findings.as_of = Some(now);
    }

    /// How many findings are open, by how long they are as of the time as of which they stand.
    pub fn open_ages(&self) -> BTreeMap<(RuleId, Severity, FindingAge), usize> {
        let findings = self
            .0
            .findings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut ages = BTreeMap::new();
        let all = findings.by_id.values();
        for finding in all.filter(|finding| finding.status == FindingStatus::Open) {
            let as_of = findings.as_of.unwrap_or(finding.detected_at);
            let age = FindingAge::of(as_of.since(finding.opened_at));
            *ages
                .entry((finding.rule, finding.severity, age))
                .or_default() += 1;
        }
        ages
    }

    /// How many findings are open or exempt.
    pub fn live_counts(&self) -> BTreeMap<(RuleId, Severity, FindingStatus), usize> {
        let findings = self
            .0
            .findings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        findings.counts.clone()
    }
}

impl Findings {
    fn put(&mut self, finding: Arc<Finding>) -> Option<Arc<Finding>> {
        let before = self.by_id.get(&finding.finding_id).cloned();
        if let Some(before) = &before {
            self.closed.remove(&(closed_at(before), before.finding_id));
            if is_live(before.status)
                && let Some(count) = self.counts.get_mut(&count_key(before))
            {
                *count = count.saturating_sub(1);
            }
        }
        if is_live(finding.status) {
            *self.counts.entry(count_key(&finding)).or_default() += 1;
        } else {
            self.closed
                .insert((closed_at(&finding), finding.finding_id));
        }
        self.by_id.insert(finding.finding_id, finding);
        while self.by_id.len() > SHOWN_FINDINGS_MAX
            && let Some((_, longest)) = self.closed.pop_first()
        {
            self.by_id.remove(&longest);
        }
        before
    }
}

fn is_live(status: FindingStatus) -> bool {
    matches!(status, FindingStatus::Open | FindingStatus::Exempt)
}

/// A withdrawn finding was never true, and has no end but its noticing.
fn closed_at(finding: &Finding) -> Timestamp {
    finding.resolved_at.unwrap_or(finding.detected_at)
}

fn count_key(finding: &Finding) -> (RuleId, Severity, FindingStatus) {
    (finding.rule, finding.severity, finding.status)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::finding::{AccountRef, IdentityKind, IdentityRef, SubjectKind};

    /// A finding about the account `okta:<name>`, opened at `at` seconds.
    pub(crate) fn finding(name: &str, at: i64, status: FindingStatus) -> Finding {
        let subject = format!("okta:{name}");
        let opened_at = Timestamp::from_seconds(at);
        let rule = RuleId::OrphanAccount;
        Finding {
            finding_id: FindingId::new(rule, &subject, opened_at),
            rule,
            subject: subject.into(),
            subject_kind: SubjectKind::Account,
            status,
            severity: Severity::High,
            identity: Some(IdentityRef {
                uid: "E1".into(),
                email: Some(format!("{name}@corp.example").into()),
                name: None,
                kind: IdentityKind::Human,
            }),
            account: Some(AccountRef {
                source: "okta".into(),
                uid: name.into(),
                name: None,
            }),
            opened_at,
            resolved_at: (status == FindingStatus::Resolved).then_some(opened_at),
            detected_at: opened_at,
            summary: "nobody owns it".into(),
            remedy: "declare its owner".into(),
            controls: vec![],
            evidence: vec![],
        }
    }

    #[test]
    fn the_longest_closed_give_way_and_open_ones_never() {
        let status = Status::default();
        for at in 0..100 {
            status.put(Arc::new(finding("open", at, FindingStatus::Open)));
        }
        let last = i64::try_from(SHOWN_FINDINGS_MAX).expect("fits") + 10;
        for at in 0..last {
            status.put(Arc::new(finding("gone", at, FindingStatus::Resolved)));
        }
        let all = status.find(&Filter::default(), 1);
        assert_eq!((all.total, all.shown.len()), (SHOWN_FINDINGS_MAX, 1));
        let filter = |status| Filter {
            status: Some(status),
            ..Filter::default()
        };
        assert_eq!(status.find(&filter(FindingStatus::Open), 1_000).total, 100);
        let closed = status.find(&filter(FindingStatus::Resolved), usize::MAX);
        let earliest = closed.shown.last().expect("some").opened_at;
        assert_eq!(earliest, Timestamp::from_seconds(110));
    }

    #[test]
    fn counts_follow_a_finding_through_its_changes() {
        let status = Status::default();
        let open = Arc::new(finding("a", 1, FindingStatus::Open));
        assert!(status.put(Arc::clone(&open)).is_none());
        status.put(Arc::clone(&open));
        let key = |status| (RuleId::OrphanAccount, Severity::High, status);
        let count = |of| status.live_counts().get(&key(of)).copied().unwrap_or(0);
        assert_eq!(count(FindingStatus::Open), 1);
        let before = status.put(Arc::new(finding("a", 1, FindingStatus::Exempt)));
        assert_eq!(before, Some(open));
        assert_eq!(
            (count(FindingStatus::Open), count(FindingStatus::Exempt)),
            (0, 1)
        );
        status.put(Arc::new(finding("a", 1, FindingStatus::Resolved)));
        assert_eq!(count(FindingStatus::Exempt), 0);
        assert_eq!(status.find(&Filter::default(), 9).total, 1);
    }

    #[test]
    fn an_open_finding_ages_with_the_clock_and_a_resolved_one_does_not() {
        let status = Status::default();
        status.put(Arc::new(finding("a", 0, FindingStatus::Open)));
        status.put(Arc::new(finding("b", 1, FindingStatus::Resolved)));
        let check = |seconds, age| {
            status.stands_as_of(Timestamp::from_seconds(seconds));
            let expected = [((RuleId::OrphanAccount, Severity::High, age), 1)];
            assert_eq!(status.open_ages(), expected.into(), "{seconds}");
        };
        check(86_399, FindingAge::Under1Day);
        check(86_400, FindingAge::Under7Days);
        check(90 * 86_400, FindingAge::Over90Days);
    }

    #[test]
    fn who_is_part_of_a_subject_an_address_or_a_name() {
        let jane = finding("Jane", 1, FindingStatus::Open);
        for (who, expected) in [
            ("JANE@corp", true),
            ("okta:jane", true),
            ("e1", true),
            ("bob", false),
        ] {
            let filter = Filter::new(None, None, None, Some(who)).expect("filter");
            assert_eq!(filter.matches(&jane), expected, "{who}");
        }
        let error = Filter::new(Some("shut"), None, None, None).expect_err("no status");
        assert_eq!(
            error.to_string(),
            "`status` is `shut`; write open, resolved, withdrawn, exempt"
        );
    }
}
