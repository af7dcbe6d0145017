//! `[redaction]` of `tenure.toml`: patterns of the user's own, those that are turned off, and the
//! key that makes equal secrets comparable. Never the key itself.

use std::path::{Path, PathBuf};

use crate::model::Text;

use super::load::SecretFrom;
use super::sheet::Table;
use super::tenure_file::path;
use super::tenure_webhook::environment_name;

/// How secrets are replaced before anything is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionSettings {
    pub key: RedactionKeyFrom,
    /// A file of patterns beside ours.
    pub patterns: Option<PathBuf>,
    /// Ids that are turned off, each with its line, and the config that says so.
    pub disabled: Vec<(Text, usize)>,
    pub file: Text,
}

/// Where the key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedactionKeyFrom {
    /// A file of the service's own, made with a new key where there is none.
    Own(PathBuf),
    /// A key that somebody made; without it the service does not start.
    Given(SecretFrom),
}

const KEY_HINT: &str = "write key_file = \"path\", or key_env = \"TENURE_REDACTION_KEY\", the name of \
                        an environment variable";

impl RedactionSettings {
    /// What holds where a config says nothing.
    pub fn with_key(path: PathBuf) -> Self {
        RedactionSettings {
            key: RedactionKeyFrom::Own(path),
            patterns: None,
            disabled: Vec::new(),
            file: Text::default(),
        }
    }
}

pub(super) fn read(
    mut table: Table<'_>,
    (file, base): (&str, &Path),
    settings: &mut RedactionSettings,
) {
    if let Some(field) = table.field("key") {
        field.report(
            "stands in the file, where every reader of it sees it",
            KEY_HINT,
        );
    }
    let key = match (table.field("key_file"), table.field("key_env")) {
        (Some(_), Some(field)) => field.wrong("stands beside `key_file`", "keep one of them"),
        (Some(field), None) => path(&field, base).map(SecretFrom::File),
        (None, Some(field)) => environment_name(&field).map(SecretFrom::Environment),
        (None, None) => None,
    };
    if let Some(key) = key {
        settings.key = RedactionKeyFrom::Given(key);
    }
    let patterns = table.field("patterns");
    settings.patterns = patterns.and_then(|field| path(&field, base));
    let disabled = table.field("disable").map(|field| field.texts());
    let disabled = disabled.unwrap_or_default().into_iter();
    let disabled = disabled.map(|(item, text)| (Text::from(text), item.line()));
    settings.disabled = disabled.collect();
    settings.file = Text::from(file);
    table.finish();
}
