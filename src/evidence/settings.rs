//! The settings under which findings were made: program, policy, rules and mappings, as a file of
//! the archive. Who asks years later why something was found, or was not, finds it here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::leaf::Sha256Hash;
use crate::model::Text;
use crate::model::finding::{RuleId, Severity};

/// What was in force from one time on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The program's version.
    pub tenure: Text,
    /// `null` where there was none, and the defaults held.
    pub policy: Option<PolicyText>,
    /// By id.
    pub rules: Vec<RuleInForce>,
    /// By source.
    pub sources: Vec<SourceInForce>,
    /// The settings before: the SHA-256 of their file, which is its name. So settings that come
    /// back are a file of their own.
    #[serde(default)]
    pub previous: Option<Sha256Hash>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyText {
    pub sha256: Sha256Hash,
    pub text: Text,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleInForce {
    pub id: RuleId,
    pub version: u32,
    pub enabled: bool,
    pub severity: Severity,
    /// As the policy would write them.
    pub parameters: BTreeMap<Text, Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInForce {
    pub source: Text,
    /// Of the mapping's text.
    pub mapping_sha256: Sha256Hash,
}

impl Settings {
    /// Whether the same is in force.
    pub fn says_the_same(&self, other: &Settings) -> bool {
        let plain = |it: &Settings| Settings {
            previous: None,
            ..it.clone()
        };
        plain(self) == plain(other)
    }
}
