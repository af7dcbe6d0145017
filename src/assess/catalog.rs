//! The texts of the rules, from the files under `rules/`, which are part of the program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::Text;
use crate::model::finding::{RuleId, Severity};

/// What a rule file says for people; what the rule does is code.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    pub id: RuleId,
    pub version: u32,
    pub title: Text,
    /// What the rule means and why it matters.
    pub description: Text,
    pub subject: Text,
    /// Parameters and their defaults, as `policy.toml` would write them.
    pub parameters: BTreeMap<Text, Text>,
    pub severity: Severity,
    pub remedy: Text,
    pub controls: Vec<Text>,
    /// Where the definition left a choice: what was chosen, and why.
    pub readings: Vec<Text>,
}

const FILES: [&str; 21] = [
    include_str!("../../rules/leaver-account-live.yaml"),
    include_str!("../../rules/leaver-activity.yaml"),
    include_str!("../../rules/leaver-credential-live.yaml"),
    include_str!("../../rules/orphan-account.yaml"),
    include_str!("../../rules/account-dormant.yaml"),
    include_str!("../../rules/credential-unrotated.yaml"),
    include_str!("../../rules/leaver-reinstated.yaml"),
    include_str!("../../rules/leaver-grant-live.yaml"),
    include_str!("../../rules/contract-expired.yaml"),
    include_str!("../../rules/nhi-ownerless.yaml"),
    include_str!("../../rules/credential-unused.yaml"),
    include_str!("../../rules/grant-unused.yaml"),
    include_str!("../../rules/admin-standing.yaml"),
    include_str!("../../rules/account-shadow.yaml"),
    include_str!("../../rules/deprovision-failed.yaml"),
    include_str!("../../rules/mover-grant-retained.yaml"),
    include_str!("../../rules/workflow-incomplete.yaml"),
    include_str!("../../rules/source-silent.yaml"),
    include_str!("../../rules/leaver-device-held.yaml"),
    include_str!("../../rules/grant-unapproved.yaml"),
    include_str!("../../rules/revocation-unfulfilled.yaml"),
];

static CATALOG: LazyLock<BTreeMap<RuleId, RuleText>> = LazyLock::new(|| {
    let texts = FILES.map(|file| match serde_saphyr::from_str::<RuleText>(file) {
        Ok(text) => (text.id, text),
        Err(error) => unreachable!("RULE-TEXT: a rule file of the program is broken: {error}"),
    });
    texts.into()
});

/// Every rule's text, by id.
pub fn catalog() -> &'static BTreeMap<RuleId, RuleText> {
    &CATALOG
}

pub fn rule_text(rule: RuleId) -> &'static RuleText {
    match CATALOG.get(&rule) {
        Some(text) => text,
        None => unreachable!("RULE-TEXT: {rule} has no file under rules/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::RuleSettings;

    #[test]
    fn every_rule_has_a_file_that_states_the_defaults_of_the_code() {
        for rule in RuleId::ALL {
            let text = rule_text(rule);
            let default = RuleSettings::default_of(rule);
            assert_eq!(text.severity, default.severity, "{rule}");
            let parameter = rule.parameter().map(Text::from);
            assert_eq!(text.parameters.keys().next(), parameter.as_ref(), "{rule}");
            if let Some(stated) = text.parameters.values().next() {
                let delay = default.delay.as_seconds();
                let forms = [
                    format!("{}h", delay / 3_600),
                    format!("{}d", delay / 86_400),
                ];
                assert!(
                    forms.contains(&stated.to_string()),
                    "{rule}: {stated} for {delay} s"
                );
            }
            assert!(
                !text.controls.is_empty() && !text.remedy.is_empty(),
                "{rule}"
            );
        }
    }
}
