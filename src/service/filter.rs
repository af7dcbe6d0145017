//! Which findings someone asks for.

use crate::model::finding::{Finding, RuleId, Severity, Status};
use crate::model::limits::FINDINGS_PER_ANSWER_MAX;

/// All of what is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<Status>,
    pub rule: Option<RuleId>,
    pub severity: Option<Severity>,
    /// Part of the subject, or of the identity's or account's id, name or address; lower-cased.
    pub who: Option<String>,
}

/// A question that cannot be answered as it is put.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is `{value}`; write {wanted}")]
pub struct FilterError {
    pub key: &'static str,
    pub value: String,
    pub wanted: String,
}

const STATUSES: [Status; 4] = [
    Status::Open,
    Status::Resolved,
    Status::Withdrawn,
    Status::Exempt,
];

impl Filter {
    /// An empty text asks for nothing, as forms send them.
    pub fn new(
        status: Option<&str>,
        rule: Option<&str>,
        severity: Option<&str>,
        who: Option<&str>,
    ) -> Result<Self, FilterError> {
        let parse_status = |text: &str| STATUSES.into_iter().find(|status| status.as_str() == text);
        let statuses = STATUSES.map(Status::as_str);
        let rules = RuleId::ALL.map(RuleId::as_str);
        let severities = Severity::ALL.map(Severity::as_str);
        Ok(Filter {
            status: word("status", status, parse_status, &statuses)?,
            rule: word("rule", rule, RuleId::parse, &rules)?,
            severity: word("severity", severity, Severity::parse, &severities)?,
            who: written(who).map(str::to_lowercase),
        })
    }

    pub fn matches(&self, finding: &Finding) -> bool {
        self.status.is_none_or(|status| status == finding.status)
            && self.rule.is_none_or(|rule| rule == finding.rule)
            && self
                .severity
                .is_none_or(|severity| severity == finding.severity)
            && self.who.as_deref().is_none_or(|who| concerns(finding, who))
    }
}

/// How many findings to answer with: a number from 1 to the limit, which is the default.
pub fn limit(written_limit: Option<&str>) -> Result<usize, FilterError> {
    let Some(text) = written(written_limit) else {
        return Ok(FINDINGS_PER_ANSWER_MAX);
    };
    match text.parse::<usize>() {
        Ok(limit) if (1..=FINDINGS_PER_ANSWER_MAX).contains(&limit) => Ok(limit),
        _ => Err(FilterError {
            key: "limit",
            value: text.to_owned(),
            wanted: format!("a number from 1 to {FINDINGS_PER_ANSWER_MAX}"),
        }),
    }
}

fn word<T>(
    key: &'static str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<Option<T>, FilterError> {
    let Some(text) = written(text) else {
        return Ok(None);
    };
    parse(text).map(Some).ok_or_else(|| FilterError {
        key,
        value: text.to_owned(),
        wanted: known.join(", "),
    })
}

fn written(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn concerns(finding: &Finding, who: &str) -> bool {
    let identity = finding.identity.iter().flat_map(|identity| {
        let texts = [
            Some(&identity.uid),
            identity.email.as_ref(),
            identity.name.as_ref(),
        ];
        texts.into_iter().flatten()
    });
    let account = finding.account.iter().flat_map(|account| {
        let texts = [Some(&account.uid), account.name.as_ref()];
        texts.into_iter().flatten()
    });
    std::iter::once(&finding.subject)
        .chain(identity)
        .chain(account)
        .any(|text| text.to_lowercase().contains(who))
}
