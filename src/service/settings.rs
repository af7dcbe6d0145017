//! The settings in force, as the archive records them.

use crate::assess::catalog;
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::settings::{PolicyText, RuleInForce, Settings, SourceInForce};
use crate::model::policy::Policy;
use crate::normalize::Mappings;

/// `text` is that of the policy's file, where there is one.
pub fn in_force(policy: &Policy, text: Option<&str>, mappings: &Mappings) -> Settings {
    let mut rules: Vec<RuleInForce> = catalog()
        .iter()
        .map(|(id, text)| {
            let mut settings = policy.rule(*id);
            let (enabled, severity) = (settings.enabled, settings.severity);
            let named = text.parameters.keys().filter_map(|name| {
                let span = settings.parameter(*id, name)?;
                Some((name.clone(), span.to_string().into()))
            });
            RuleInForce {
                id: *id,
                version: text.version,
                enabled,
                severity,
                parameters: named.collect(),
            }
        })
        .collect();
    rules.sort_by_key(|rule| rule.id.as_str());
    let sources = mappings.hashes().into_iter();
    Settings {
        tenure: env!("CARGO_PKG_VERSION").into(),
        policy: text.map(|text| PolicyText {
            sha256: Sha256Hash::of(text.as_bytes()),
            text: text.into(),
        }),
        rules,
        sources: sources
            .map(|(source, hash)| SourceInForce {
                source: source.into(),
                mapping_sha256: Sha256Hash(hash),
            })
            .collect(),
        previous: None,
    }
}
