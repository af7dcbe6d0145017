//! Frameworks and their controls, from the files under `rules/frameworks/`, which are part of the
//! program: what a control asks in our words, and which rules give evidence for it.

use std::sync::LazyLock;

use serde::Deserialize;

use super::population::Population;
use crate::model::finding::RuleId;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// As `--framework` takes it.
    pub id: String,
    pub name: String,
    /// What stands before the colon in a rule's `controls`.
    pub prefix: String,
    /// What of the framework is looked at.
    pub about: String,
    pub controls: Vec<Control>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    pub id: String,
    pub title: String,
    /// What it asks, in our words.
    pub asks: String,
    /// Empty where no rule of ours gives evidence; then `not_covered` says why.
    #[serde(default)]
    pub rules: Vec<RuleId>,
    /// The population that the sample is drawn from.
    pub sample: Option<Population>,
    pub not_covered: Option<String>,
}

impl Control {
    /// The populations of its rules, each once; the one that is sampled first.
    pub fn populations(&self) -> Vec<Population> {
        let mut populations: Vec<Population> = self.sample.into_iter().collect();
        for population in self.rules.iter().map(|rule| Population::of(*rule)) {
            if !populations.contains(&population) {
                populations.push(population);
            }
        }
        populations
    }
}

macro_rules! file {
    ($id:literal) => {
        (
            concat!("rules/frameworks/", $id, ".yaml"),
            include_str!(concat!("../../rules/frameworks/", $id, ".yaml")),
        )
    };
}

const FILES: [(&str, &str); 6] = [
    file!("soc2"),
    file!("iso27001"),
    file!("nist-csf"),
    file!("pci"),
    file!("owasp-nhi"),
    file!("cis"),
];

static FRAMEWORKS: LazyLock<Vec<Framework>> = LazyLock::new(|| {
    let read = |(path, text): &(&str, &str)| match serde_saphyr::from_str(text) {
        Ok(framework) => framework,
        Err(error) => unreachable!("RULE-TEXT: {path} is broken: {error}"),
    };
    FILES.iter().map(read).collect()
});

/// All frameworks.
pub fn frameworks() -> &'static [Framework] {
    &FRAMEWORKS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::assess::rule_text;

    #[test]
    fn the_catalogue_and_the_rules_name_the_same_controls() {
        for framework in frameworks() {
            let mut ours = BTreeSet::new();
            for control in &framework.controls {
                for rule in &control.rules {
                    ours.insert((format!("{}:{}", framework.prefix, control.id), *rule));
                }
            }
            let mut theirs = BTreeSet::new();
            for rule in RuleId::ALL {
                for control in &rule_text(rule).controls {
                    if control.split(':').next() == Some(framework.prefix.as_str()) {
                        theirs.insert((control.to_string(), rule));
                    }
                }
            }
            assert_eq!(ours, theirs, "{}", framework.id);
        }
    }

    #[test]
    fn each_control_is_evidenced_or_says_why_not_and_its_id_is_a_file_name() {
        for framework in frameworks() {
            let ids: BTreeSet<_> = framework.controls.iter().map(|it| &it.id).collect();
            assert_eq!(ids.len(), framework.controls.len(), "{}", framework.id);
            for control in &framework.controls {
                let at = format!("{} {}", framework.id, control.id);
                assert_eq!(
                    control.rules.is_empty(),
                    control.not_covered.is_some(),
                    "{at}"
                );
                assert_eq!(control.rules.is_empty(), control.sample.is_none(), "{at}");
                let sound = |it: char| it.is_ascii_alphanumeric() || ".-".contains(it);
                assert!(
                    control.id.chars().all(sound) && !control.id.starts_with('.'),
                    "{at}"
                );
                let rules = control.rules.iter().map(|rule| Population::of(*rule));
                let of_rules: Vec<_> = rules.collect();
                assert!(
                    control.sample.is_none_or(|it| of_rules.contains(&it)),
                    "{at}"
                );
            }
        }
    }
}
