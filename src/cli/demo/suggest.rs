//! What to ask next, of somebody in this company about whom there is something to see.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::company::END;
use super::show::Places;
use crate::model::Text;
use crate::model::finding::{Finding, FindingId, RuleId, Status};
use crate::simulate::oracle::Expected;

/// Rules about people who have left.
const OF_LEAVERS: [RuleId; 7] = [
    RuleId::LeaverAccountLive,
    RuleId::LeaverActivity,
    RuleId::LeaverReinstated,
    RuleId::LeaverCredentialLive,
    RuleId::LeaverGrantLive,
    RuleId::LeaverDeviceHeld,
    RuleId::ContractExpired,
];

/// Commands as a shell takes them; none where nobody has left badly.
pub fn commands(found: &[Arc<Finding>], truth: &[Expected], places: &Places) -> Vec<String> {
    let Some((who, finding)) = leaver(found, truth) else {
        return Vec::new();
    };
    let (who, rule, at) = (quoted(&who), finding.rule, finding.opened_at);
    let program = quoted(&places.program);
    let dir = places.dir.display();
    let logs = quoted(&format!("{dir}/logs"));
    let policy = quoted(&format!("{dir}/policy.toml"));
    let node = match places.taken {
        Some(_) => format!(" --node http://{}", places.listen),
        None => String::new(),
    };
    let (place, findings) = if places.stays {
        (node.clone(), node)
    } else {
        let file = quoted(&format!("{dir}/findings.ndjson"));
        (
            format!(" --logs {logs} --policy {policy} --now {END}"),
            format!(" --file {file}"),
        )
    };
    vec![
        format!("{program} findings --who {who}{findings}"),
        format!("{program} timeline {who}{place}"),
        format!("{program} access --who {who} --as-of {at}{place}"),
        format!("{program} rules explain {rule} --who {who}{place}"),
    ]
}

/// The leaver of whom most is told that must be, and what is told first, if possible of what lasts.
fn leaver(found: &[Arc<Finding>], truth: &[Expected]) -> Option<(Text, Arc<Finding>)> {
    let truth: BTreeSet<FindingId> = truth.iter().map(Expected::finding_id).collect();
    let mut of_leavers: BTreeMap<Text, Vec<Arc<Finding>>> = BTreeMap::new();
    for finding in found {
        let email = finding.identity.as_ref().and_then(|of| of.email.clone());
        let counts = OF_LEAVERS.contains(&finding.rule) && truth.contains(&finding.finding_id);
        if let Some(email) = email.filter(|_| counts) {
            of_leavers.entry(email).or_default().push(finding.clone());
        }
    }
    let (who, of_one) = of_leavers
        .into_iter()
        .max_by_key(|(email, all)| (kinds(all), lasting(all), Reverse(email.clone())))?;
    let first = of_one
        .into_iter()
        .min_by_key(|finding| (finding.status != Status::Open, finding.opened_at))?;
    Some((who, first))
}

/// Episodes of one kind and account are one.
fn kinds(findings: &[Arc<Finding>]) -> usize {
    let kinds = findings
        .iter()
        .map(|finding| (finding.rule, &finding.subject));
    kinds.collect::<BTreeSet<_>>().len()
}

fn lasting(findings: &[Arc<Finding>]) -> usize {
    let open = |finding: &&Arc<Finding>| finding.status == Status::Open;
    findings.iter().filter(open).count()
}

/// As a shell reads it as one word.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "@%+=:,./_-".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_a_word_as_one() {
        assert_eq!(quoted("ann@corp.example"), "ann@corp.example");
        assert_eq!(quoted("/tmp/my demo/logs"), "'/tmp/my demo/logs'");
        assert_eq!(quoted("o'hara"), r"'o'\''hara'");
        assert_eq!(quoted(""), "''");
    }
}
