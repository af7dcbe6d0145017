#![expect(
    clippy::disallowed_methods,
    reason = "the one place of the config that reads the environment: secrets are named, not written"
)]
//! Reading the two files, and the secrets that they name.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::model::Text;
use crate::model::limits::CONFIG_BYTES_MAX;
use crate::model::policy::Policy;

use super::problem::{Problem, Problems};
use super::tenure_file::{Config, PolicyFile};
use super::{Checked, policy_file, tenure_file};

/// Both files, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub config: Config,
    pub policy: Policy,
    /// The text of the policy's file, where there is one.
    pub policy_text: Option<Text>,
    pub notes: Vec<Problem>,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    Environment(Text),
    File(PathBuf),
}

/// A secret that is not where the config says.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable `{0}` is not set")]
    NotSet(Text),
    #[error("failed to read the secret from {}: {cause}", path.display())]
    NotRead { path: PathBuf, cause: io::Error },
    #[error("the secret of {0:?} is empty")]
    Empty(SecretFrom),
}

/// Loads the config, and the policy that it or `policy` names. Without a config the defaults hold,
/// without a policy those of the rules. Reports the problems of both files at once.
pub fn load(config: Option<&Path>, policy: Option<&Path>) -> Result<Loaded, Problems> {
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    let mut keep = |found: Result<Vec<Problem>, Problems>| match found {
        Ok(found) => notes.extend(found),
        Err(found) => problems.extend(found.0),
    };
    let (read_config, named_by_it) = match config {
        None => {
            let value = Config::under(Path::new("."));
            let notes = Vec::new();
            (Ok(Checked { value, notes }), None)
        }
        Some(path) => load_config(path),
    };
    let config_name = config.map(|path| path.display().to_string());
    let (value, found) = split(read_config);
    keep(found);
    let named_here = policy.map(|path| PolicyFile {
        path: path.to_owned(),
        line: 0,
    });
    let named = named_here.or(named_by_it);
    let by = config_name.as_deref().filter(|_| policy.is_none());
    let mut policy_text = None;
    let (policy, found) = match named {
        None => (Some(Policy::default()), Ok(Vec::new())),
        Some(named) => split(load_policy(&named, by).map(|(policy, text)| {
            policy_text = Some(text);
            policy
        })),
    };
    keep(found);
    match (value, policy) {
        (Some(config), Some(policy)) => Ok(Loaded {
            config,
            policy,
            policy_text,
            notes,
        }),
        _ => Err(Problems(problems)),
    }
}

impl SecretFrom {
    /// The secret, without the line end that editors put after it.
    pub fn read(&self) -> Result<String, SecretError> {
        let secret = match self {
            SecretFrom::Environment(name) => {
                std::env::var(&**name).map_err(|_unset| SecretError::NotSet(name.clone()))?
            }
            SecretFrom::File(path) => {
                fs::read_to_string(path).map_err(|cause| SecretError::NotRead {
                    path: path.clone(),
                    cause,
                })?
            }
        };
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(SecretError::Empty(self.clone()));
        }
        Ok(secret.to_owned())
    }
}

/// With the policy that it names, which is told even where the config is wrong elsewhere.
fn load_config(path: &Path) -> (Result<Checked<Config>, Problems>, Option<PolicyFile>) {
    let name = path.display().to_string();
    let text = match read(path) {
        Ok(text) => text,
        Err(why) => {
            let hint = "name an existing file, or leave -c out for the defaults".to_owned();
            let problem = Problem::of_file(&name, format!("the config {why}"), Some(hint));
            return (Err(Problems(vec![problem])), None);
        }
    };
    let base = path.parent().unwrap_or(Path::new(""));
    let parsed = tenure_file::parse(&name, base, &text);
    (parsed, tenure_file::named_policy(&name, base, &text))
}

/// The policy, and its text. `by` is the config that names it, if it was not the command line.
fn load_policy(named: &PolicyFile, by: Option<&str>) -> Result<(Checked<Policy>, Text), Problems> {
    let name = named.path.display().to_string();
    let text = read(&named.path).map_err(|why| {
        let hint = "name an existing file, or none for the defaults of all rules".to_owned();
        let mut problem = match by {
            Some(config) => {
                Problem::of_file(config, format!("names `{name}`, which {why}"), Some(hint))
            }
            None => Problem::of_file(&name, format!("the policy {why}"), Some(hint)),
        };
        if by.is_some() {
            "policy".clone_into(&mut problem.key);
            problem.line = named.line;
        }
        Problems(vec![problem])
    })?;
    let policy = policy_file::parse(&name, &text)?;
    Ok((policy, text.into()))
}

/// The text of a file, or the rest of a sentence that says why not.
fn read(path: &Path) -> Result<String, String> {
    let unread = |cause: io::Error| format!("cannot be read: {cause}");
    let mut bytes = Vec::new();
    let max = u64::try_from(CONFIG_BYTES_MAX).unwrap_or(u64::MAX);
    fs::File::open(path)
        .and_then(|file| file.take(max.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(unread)?;
    if bytes.len() > CONFIG_BYTES_MAX {
        return Err(format!("is larger than {CONFIG_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        format!("is no UTF-8 text: byte {place} is wrong")
    })
}

fn split<T>(read: Result<Checked<T>, Problems>) -> (Option<T>, Result<Vec<Problem>, Problems>) {
    match read {
        Ok(checked) => (Some(checked.value), Ok(checked.notes)),
        Err(problems) => (None, Err(problems)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_policy_that_is_missing_is_a_problem_of_the_line_that_names_it() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("tenure.toml");
        fs::write(&path, "\npolicy = \"gone.toml\"\n").expect("write");
        let problems = load(Some(&path), None).expect_err("missing").to_string();
        let begin = format!(
            "{}:2: `policy` names `{}`, which cannot be read: No such file",
            path.display(),
            dir.path().join("gone.toml").display()
        );
        assert!(problems.starts_with(&begin), "{problems}");
    }

    #[test]
    fn problems_of_both_files_are_reported_at_once() {
        let dir = tempfile::tempdir().expect("dir");
        let config = dir.path().join("tenure.toml");
        let policy = dir.path().join("other.toml");
        fs::write(&config, "[files]\npoll = 1\n").expect("write");
        fs::write(&policy, "rule = 1\n").expect("write");
        let Problems(found) = load(Some(&config), Some(&policy)).expect_err("two");
        let keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys, ["files.poll", "rule"]);
    }

    #[test]
    fn without_files_the_defaults_hold() {
        let loaded = load(None, None).expect("defaults");
        assert_eq!(loaded.policy, Policy::default());
        assert!(loaded.config.files.is_some());
        let absent = load(Some(Path::new("absent.toml")), None).expect_err("absent");
        assert!(
            absent
                .to_string()
                .starts_with("absent.toml: the config cannot be read")
        );
    }

    #[test]
    fn what_is_no_text_or_too_large_is_refused() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("tenure.toml");
        fs::write(&path, b"policy = \"\xff\"").expect("write");
        let refused = load(Some(&path), None).expect_err("bytes").to_string();
        assert!(
            refused.contains("is no UTF-8 text: byte 10 is wrong"),
            "{refused}"
        );
        fs::write(&path, vec![b'#'; CONFIG_BYTES_MAX + 1]).expect("write");
        let refused = load(Some(&path), None).expect_err("large").to_string();
        assert!(refused.contains("is larger than"), "{refused}");
    }

    #[test]
    fn a_secret_is_read_without_its_line_end_and_never_empty() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("secret");
        fs::write(&path, "hunter2\n").expect("write");
        let from = SecretFrom::File(path.clone());
        assert_eq!(from.read().expect("read"), "hunter2");
        fs::write(&path, "\n").expect("write");
        assert!(matches!(from.read(), Err(SecretError::Empty(_))));
        let unset = SecretFrom::Environment("TENURE_NO_SUCH_VARIABLE".into());
        assert!(matches!(unset.read(), Err(SecretError::NotSet(_))));
    }
}
