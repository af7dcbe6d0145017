//! `[signing]` of `tenure.toml`: the key that signs the archive's log. Never the key itself.

use std::path::{Path, PathBuf};

use super::load::SecretFrom;
use super::sheet::Table;
use super::tenure_file::path;
use super::tenure_webhook::environment_name;

/// Where the signing key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningKey {
    /// A file of the service's own, made with a new key where there is none.
    Own(PathBuf),
    /// A key that somebody made; without it the service does not start.
    Given {
        key: SecretFrom,
        passphrase: Option<SecretFrom>,
    },
}

const KEY_HINT: &str = "write key_file = \"path\", or key_env = \"TENURE_SIGNING_KEY\", the name of \
                        an environment variable; `tenure keys generate` makes a key";

/// `None` where something is wrong, and said.
pub(super) fn read(mut table: Table<'_>, base: &Path) -> Option<SigningKey> {
    if let Some(field) = table.field("key") {
        field.report(
            "stands in the file, where every reader of it sees it",
            KEY_HINT,
        );
    }
    let key = secret(&mut table, base, ["key_file", "key_env"]);
    let passphrase = secret(&mut table, base, ["passphrase_file", "passphrase_env"]);
    if key.is_none() && !table.has("key_file") && !table.has("key_env") {
        table.wrong("has no key", Some(KEY_HINT.to_owned()));
    }
    table.finish();
    Some(SigningKey::Given {
        key: key?,
        passphrase,
    })
}

/// A secret that one of two keys names.
pub(super) fn secret(
    table: &mut Table<'_>,
    base: &Path,
    [file, env]: [&str; 2],
) -> Option<SecretFrom> {
    match (table.field(file), table.field(env)) {
        (Some(_), Some(field)) => {
            let message = format!("stands beside `{file}`");
            field.wrong(message, "keep one of them")
        }
        (Some(field), None) => path(&field, base).map(SecretFrom::File),
        (None, Some(field)) => environment_name(&field).map(SecretFrom::Environment),
        (None, None) => None,
    }
}
