//! The texts of the rules, from the files under `rules/`, which are part of the program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IgnoredAny;

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
    /// What the file's tests say, for whoever runs them.
    #[serde(default, rename = "records")]
    _records: IgnoredAny,
    #[serde(default, rename = "tests")]
    _tests: IgnoredAny,
}

/// A file's path in the repository, and its text.
macro_rules! file {
    ($id:literal) => {
        (
            concat!("rules/", $id, ".yaml"),
            include_str!(concat!("../../rules/", $id, ".yaml")),
        )
    };
}

/// The rule files, by the paths that they have in the repository.
pub const RULE_FILES: [(&str, &str); 21] = [
    file!("leaver-account-live"),
    file!("leaver-activity"),
    file!("leaver-credential-live"),
    file!("orphan-account"),
    file!("account-dormant"),
    file!("credential-unrotated"),
    file!("leaver-reinstated"),
    file!("leaver-grant-live"),
    file!("contract-expired"),
    file!("nhi-ownerless"),
    file!("credential-unused"),
    file!("grant-unused"),
    file!("admin-standing"),
    file!("account-shadow"),
    file!("deprovision-failed"),
    file!("mover-grant-retained"),
    file!("workflow-incomplete"),
    file!("source-silent"),
    file!("leaver-device-held"),
    file!("grant-unapproved"),
    file!("revocation-unfulfilled"),
];

static CATALOG: LazyLock<BTreeMap<RuleId, RuleText>> = LazyLock::new(|| {
    let texts = RULE_FILES.map(
        |(path, file)| match serde_saphyr::from_str::<RuleText>(file) {
            Ok(text) => (text.id, text),
            Err(error) => unreachable!("RULE-TEXT: {path} is broken: {error}"),
        },
    );
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
