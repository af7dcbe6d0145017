//! Whether what the service tells is what the oracle says must be told.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::finding::{Finding, RuleId, Status};
use crate::simulate::oracle::Expected;

/// How many are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub open: usize,
    pub resolved: usize,
    pub exempt: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfRule {
    pub expected: Counts,
    pub found: Counts,
    /// Told, and taken back when a late record showed that it was not so.
    pub withdrawn: usize,
    /// Found as expected: subject, times to the second, status and severity.
    pub exact: usize,
}

/// What was found against what must be.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Every rule.
    pub rules: BTreeMap<RuleId, OfRule>,
    /// What must be told and is not, a line each.
    pub missing: BTreeSet<String>,
    /// What is told and must not be, a line each.
    pub too_much: BTreeSet<String>,
}

impl Verdict {
    pub fn between<'f>(
        expected: &[Expected],
        found: impl IntoIterator<Item = &'f Finding>,
    ) -> Self {
        let mut verdict = Verdict {
            rules: RuleId::ALL.map(|rule| (rule, OfRule::default())).into(),
            ..Verdict::default()
        };
        for one in expected {
            verdict.of(one.rule).expected.add(one.status);
            verdict.missing.insert(line(one));
        }
        for finding in found.into_iter().filter(|finding| is_told(finding)) {
            let of_rule = verdict.of(finding.rule);
            if finding.status == Status::Withdrawn {
                of_rule.withdrawn += 1;
                continue;
            }
            of_rule.found.add(finding.status);
            let line = line(&as_expected(finding));
            if verdict.missing.remove(&line) {
                verdict.of(finding.rule).exact += 1;
            } else {
                verdict.too_much.insert(line);
            }
        }
        verdict
    }

    pub fn is_exact(&self) -> bool {
        self.missing.is_empty() && self.too_much.is_empty()
    }

    pub fn total(&self) -> OfRule {
        self.rules
            .values()
            .fold(OfRule::default(), |total, of_rule| OfRule {
                expected: total.expected.and(of_rule.expected),
                found: total.found.and(of_rule.found),
                withdrawn: total.withdrawn + of_rule.withdrawn,
                exact: total.exact + of_rule.exact,
            })
    }

    fn of(&mut self, rule: RuleId) -> &mut OfRule {
        self.rules.entry(rule).or_default()
    }
}

impl OfRule {
    /// The share of what was found that must be; `None` where nothing was found.
    pub fn precision(&self) -> Option<f64> {
        share(self.exact, self.found.all())
    }

    /// The share of what must be found that was; `None` where nothing must be.
    pub fn recall(&self) -> Option<f64> {
        share(self.exact, self.expected.all())
    }
}

impl Counts {
    fn add(&mut self, status: Status) {
        match status {
            Status::Open => self.open += 1,
            Status::Resolved => self.resolved += 1,
            Status::Exempt => self.exempt += 1,
            Status::Withdrawn => {}
        }
    }

    fn and(self, other: Self) -> Self {
        Counts {
            open: self.open + other.open,
            resolved: self.resolved + other.resolved,
            exempt: self.exempt + other.exempt,
        }
    }

    pub fn all(&self) -> usize {
        self.open + self.resolved + self.exempt
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a demo are small")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A silence is judged against the clock, so one that is past is in no truth of a later time.
fn is_told(finding: &Finding) -> bool {
    finding.rule != RuleId::SourceSilent || finding.status != Status::Resolved
}

fn as_expected(finding: &Finding) -> Expected {
    Expected {
        rule: finding.rule,
        subject: finding.subject.clone(),
        status: finding.status,
        opened_at: finding.opened_at,
        resolved_at: finding.resolved_at,
        severity: finding.severity,
        story: None,
    }
}

fn line(expected: &Expected) -> String {
    let resolved = expected.resolved_at.map(|at| format!(" until {at}"));
    format!(
        "{} {}: {}, {}, since {}{}",
        expected.rule,
        expected.subject,
        expected.status.as_str(),
        expected.severity.as_str(),
        expected.opened_at,
        resolved.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Span;
    use crate::service::status::tests::finding;

    #[test]
    fn the_same_is_exact_and_a_second_or_a_status_beside_it_is_not() {
        let right = finding("a", 1, Status::Open);
        let expected = [as_expected(&right)];
        assert!(Verdict::between(&expected, [&right]).is_exact());

        let mut late = right.clone();
        late.opened_at = late.opened_at + Span::from_seconds(1);
        let mut other = right.clone();
        other.status = Status::Exempt;
        let mut graver = right.clone();
        graver.severity = graver.severity.raised();
        for wrong in [late, other, graver] {
            let verdict = Verdict::between(&expected, [&wrong]);
            assert_eq!((verdict.missing.len(), verdict.too_much.len()), (1, 1));
            let of_rule = verdict.total();
            assert_eq!(of_rule.precision(), Some(0.0));
            assert_eq!(of_rule.recall(), Some(0.0));
        }
    }

    #[test]
    fn what_is_missing_lowers_recall_and_what_is_too_much_precision() {
        let (one, two) = (
            finding("a", 1, Status::Open),
            finding("b", 2, Status::Resolved),
        );
        let missing = Verdict::between(&[as_expected(&one), as_expected(&two)], [&one]);
        let total = missing.total();
        assert_eq!((total.precision(), total.recall()), (Some(1.0), Some(0.5)));
        assert!(!missing.is_exact());
        let too_much = Verdict::between(&[as_expected(&one)], [&one, &two]);
        let total = too_much.total();
        assert_eq!((total.precision(), total.recall()), (Some(0.5), Some(1.0)));
        assert!(!too_much.is_exact());
    }

    #[test]
    fn what_was_withdrawn_is_counted_and_is_not_wrong() {
        let one = finding("a", 1, Status::Withdrawn);
        let verdict = Verdict::between(&[], [&one]);
        assert!(verdict.is_exact());
        assert_eq!(verdict.total().withdrawn, 1);
        assert_eq!(verdict.total().found.all(), 0);
    }
}
