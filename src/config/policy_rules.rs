//! `[rules.*]` of `policy.toml`: settings of every rule that has a name, assessed or not.
//!
//! A policy written for a later version stays readable: settings of a rule that this version does
//! not assess are checked all the same, and noted.

use std::collections::BTreeMap;

use crate::model::finding::{RuleId, Severity};
use crate::model::policy::RuleSettings;

use super::field::Field;
use super::sheet::Table;
use super::suggest;

/// A rule as users name it, with what can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRule {
    pub id: &'static str,
    /// Names and defaults.
    pub parameters: &'static [(&'static str, &'static str)],
}

const fn rule(id: &'static str, parameters: &'static [(&'static str, &'static str)]) -> KnownRule {
    KnownRule { id, parameters }
}

/// The names are fixed: policy files, dashboards and routes hold them.
pub const KNOWN_RULES: [KnownRule; 21] = [
    rule("leaver-account-live", &[("grace", "24h")]),
    rule("leaver-activity", &[]),
    rule("leaver-reinstated", &[]),
    rule("leaver-credential-live", &[("grace", "24h")]),
    rule("leaver-grant-live", &[("grace", "72h")]),
    rule("leaver-device-held", &[("grace", "7d")]),
    rule("contract-expired", &[("grace", "24h")]),
    rule("mover-grant-retained", &[("review", "14d")]),
    rule("orphan-account", &[("grace", "72h")]),
    rule("nhi-ownerless", &[("grace", "72h")]),
    rule("account-dormant", &[("idle", "90d")]),
    rule("grant-unused", &[("idle", "90d")]),
    rule("credential-unrotated", &[("max_age", "90d")]),
    rule("credential-unused", &[("idle", "45d")]),
    rule("grant-unapproved", &[("before", "14d"), ("after", "24h")]),
    rule("account-shadow", &[]),
    rule("revocation-unfulfilled", &[("grace", "4h")]),
    rule("deprovision-failed", &[("grace", "24h")]),
    rule("workflow-incomplete", &[("limit", "24h")]),
    rule("admin-standing", &[("max_age", "180d")]),
    rule("source-silent", &[("silence", "24h")]),
];

impl KnownRule {
    pub(super) fn rule(self) -> RuleId {
        RuleId::parse(self.id).expect("RULE-KNOWN: every rule that a policy may name is assessed")
    }
}

/// Reads `[rules]` over the defaults.
pub(super) fn read(mut table: Table<'_>, rules: &mut BTreeMap<RuleId, RuleSettings>) {
    for (id, field) in table.named() {
        let Some(known) = known(&id) else {
            unknown::<()>(&id, &field);
            continue;
        };
        let Some(table) = field.table() else { continue };
        let settings = settings(table, known);
        let rule = known.rule();
        let slot = rules
            .entry(rule)
            .or_insert_with(|| RuleSettings::default_of(rule));
        settings.apply(slot, rule);
    }
}

/// The rule that a field names.
pub(super) fn named(field: &Field<'_>) -> Option<KnownRule> {
    let id = field.text()?;
    known(id).or_else(|| unknown(id, field))
}

/// What a table of settings holds; what it does not hold stays as it is.
#[derive(Default)]
struct Written {
    enabled: Option<bool>,
    severity: Option<Severity>,
    parameters: Vec<(&'static str, crate::model::time::Span)>,
}

impl Written {
    fn apply(self, settings: &mut RuleSettings, rule: RuleId) {
        settings.enabled = self.enabled.unwrap_or(settings.enabled);
        settings.severity = self.severity.unwrap_or(settings.severity);
        for (name, span) in self.parameters {
            if let Some(parameter) = settings.parameter(rule, name) {
                *parameter = span;
            }
        }
    }
}

fn settings(mut table: Table<'_>, known: KnownRule) -> Written {
    let words = Severity::ALL.map(Severity::as_str);
    let mut written = Written {
        enabled: table.field("enabled").and_then(|field| field.boolean()),
        severity: table
            .field("severity")
            .and_then(|field| field.word(&words, Severity::parse)),
        parameters: Vec::new(),
    };
    for (name, _) in known.parameters {
        if let Some(span) = table.field(name).and_then(|field| field.span()) {
            written.parameters.push((name, span));
        }
    }
    table.finish();
    written
}

fn known(id: &str) -> Option<KnownRule> {
    KNOWN_RULES.into_iter().find(|rule| rule.id == id)
}

fn unknown<T>(id: &str, field: &Field<'_>) -> Option<T> {
    let ids = KNOWN_RULES.map(|rule| rule.id);
    field.wrong(format!("names no rule: `{id}`"), &suggest::hint(id, &ids))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::units;

    #[test]
    fn the_defaults_named_here_are_those_of_the_model() {
        for rule in RuleId::ALL {
            let known = known(rule.as_str()).expect("every assessed rule has a known name");
            let mut model = RuleSettings::default_of(rule);
            assert_eq!(rule.parameter().is_some(), !known.parameters.is_empty());
            for (name, default) in known.parameters {
                let seconds = units::duration(default).expect(default).as_secs();
                let span = model.parameter(rule, name).expect("the model has it");
                assert_eq!(span.as_seconds(), i64::try_from(seconds).expect("fits"));
            }
        }
    }

    #[test]
    fn the_default_of_every_parameter_is_a_duration() {
        for rule in KNOWN_RULES {
            for (name, default) in rule.parameters {
                assert!(units::duration(default).is_ok(), "{}.{name}", rule.id);
            }
        }
    }
}
