//! What replaces secrets: our patterns and the user's, and the key.

use std::sync::Arc;

use super::normalizers::Secrets;
use crate::config::{self, Problem, Problems, RedactionKeyFrom, RedactionSettings, SecretFrom};
use crate::io::redaction_key::{self, RedactionKeyError};
use crate::model::Text;
use crate::model::limits::CONFIG_BYTES_MAX;
use crate::model::redaction::{PatternFile, PatternMistake};
use crate::normalize::redact::{Redaction, RedactionKey, Redactor};

/// Why there is no key: without one nothing is archived.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    #[error(transparent)]
    Key(#[from] RedactionKeyError),
    #[error("failed to get the redaction key: {0}")]
    Secret(#[from] crate::config::SecretError),
}

/// The patterns that come with the program.
pub fn builtin() -> Arc<Redaction> {
    let compiled = Redaction::compile(&[config::redaction_file::builtin()], &[]);
    Arc::new(compiled.expect("our own patterns compile: a test does it"))
}

/// Our patterns and those of the file that the config names, less what it turns off. Every problem
/// at once.
pub fn patterns(settings: &RedactionSettings) -> Result<Arc<Redaction>, Problems> {
    let mut files = vec![config::redaction_file::builtin()];
    let mut problems = Vec::new();
    match own(settings) {
        Ok(own) => files.extend(own),
        Err(Problems(found)) => problems.extend(found),
    }
    let disabled: Vec<Text> = settings.disabled.iter().map(|(id, _)| id.clone()).collect();
    problems.extend(unknown(settings, &files));
    let own = files.get(1);
    let mistakes = own.map(Redaction::mistakes).unwrap_or_default();
    match Redaction::compile(&files, &disabled) {
        Ok(redaction) if problems.is_empty() && mistakes.is_empty() => Ok(Arc::new(redaction)),
        compiled => {
            let compiled = compiled.err().unwrap_or_default();
            problems.extend(compiled.into_iter().chain(mistakes).map(problem));
            Err(Problems(problems))
        }
    }
}

/// Patterns and key together.
pub fn redactor(
    patterns: Arc<Redaction>,
    key: &RedactionKeyFrom,
) -> Result<Redactor, RedactionError> {
    let bytes = match key {
        RedactionKeyFrom::Own(path) => redaction_key::open_or_make(path)?,
        RedactionKeyFrom::Given(from) => {
            let place = match from {
                SecretFrom::Environment(name) => format!("the environment variable `{name}`"),
                SecretFrom::File(path) => path.display().to_string(),
            };
            redaction_key::parse(&place, &from.read()?)?
        }
    };
    Ok(Redactor::new(patterns, RedactionKey::new(&bytes)))
}

/// Our patterns with a key that everybody knows: for tests, whose outputs are compared.
pub fn some() -> Secrets {
    let key = RedactionKey::new(b"a key that everybody knows");
    Secrets::Replaced(Redactor::new(builtin(), key))
}

fn own(settings: &RedactionSettings) -> Result<Option<PatternFile>, Problems> {
    let Some(path) = &settings.patterns else {
        return Ok(None);
    };
    let name = path.display().to_string();
    let unread = |why: String| {
        let hint = "name a file of patterns, or leave `redaction.patterns` out for ours alone";
        let message = format!("the file of patterns {why}");
        Problems(vec![Problem::of_file(
            &name,
            message,
            Some(hint.to_owned()),
        )])
    };
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size > CONFIG_BYTES_MAX as u64 {
        return Err(unread(format!("is larger than {CONFIG_BYTES_MAX} bytes")));
    }
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| unread(format!("cannot be read: {error}")))?;
    let checked = config::redaction_file::parse(&name, &text)?;
    Ok(Some(checked.value))
}

/// Ids that are turned off and are none.
fn unknown(settings: &RedactionSettings, files: &[PatternFile]) -> Vec<Problem> {
    let patterns = files.iter().flat_map(|file| &file.patterns);
    let known: Vec<&str> = patterns.map(|pattern| pattern.id.as_str()).collect();
    let unknown = settings.disabled.iter();
    let unknown = unknown.filter(|(id, _)| !known.contains(&&**id));
    let unknown = unknown.map(|(id, line)| Problem {
        line: *line,
        key: "redaction.disable".to_owned(),
        ..Problem::of_file(
            &settings.file,
            format!("names `{id}`, which is no pattern"),
            Some(config::suggestion(id, &known)),
        )
    });
    unknown.collect()
}

fn problem(mistake: PatternMistake) -> Problem {
    Problem {
        line: mistake.line,
        key: mistake.key.to_owned(),
        ..Problem::of_file(&mistake.file, mistake.message, Some(mistake.hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_patterns_keep_what_their_examples_promise() {
        let file = config::redaction_file::builtin();
        let mistakes = Redaction::mistakes(&file);
        let told: Vec<String> = mistakes
            .into_iter()
            .map(|mistake| problem(mistake).to_string())
            .collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
        assert_eq!(builtin().ids().count(), file.patterns.len());
    }

    /// An archive is read again, and dead letters are sent again.
    #[test]
    fn redacting_what_is_redacted_changes_nothing() {
        let redactor = Redactor::new(builtin(), RedactionKey::new(b"key"));
        let token = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8";
        for text in [
            format!(r#"{{"a":"Authorization: Bearer ghp_{token}","token":"x ghp_{token}"}}"#),
            format!("https://jane:glpat-{token}@h/?access_token={token}&password={token}#a"),
            format!(r#"{{"d":"{{\"password\":123456,\"Cookie\":[\"sid={token}; a=b\"]}}"}}"#),
            format!("password={token},secret = {token} X-Api-Key: {token}\\n{token}"),
            format!("-----BEGIN PRIVATE KEY-----\n{token}\n-----END PRIVATE KEY-----{token}"),
        ] {
            let mut raw = text.clone().into_bytes();
            assert!(!redactor.redact("okta", &mut raw).is_empty(), "{text}");
            let once = raw.clone();
            assert!(redactor.redact("okta", &mut raw).is_empty(), "{text}");
            assert_eq!(raw, once, "{text}");
        }
    }

    #[test]
    fn a_file_of_the_users_adds_and_a_list_turns_off() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("own.toml");
        let mut settings = RedactionSettings::with_key(dir.path().join("key"));
        settings.patterns = Some(path.clone());
        settings.disabled = vec![("jwt".into(), 3)];
        settings.file = "tenure.toml".into();
        let own = "[[pattern]]\nid = \"corp-token\"\nwhat = \"ours\"\nregex = '\\b(corp-[0-9]{8})'\n\
                   keywords = [\"corp-\"]\nmatches = [\"«corp-12345678»\"]\nmisses = [\"corp-1\"]\n";
        std::fs::write(&path, own).expect("write");
        let patterns_now = patterns(&settings).expect("patterns");
        let ids: Vec<&Text> = patterns_now.ids().collect();
        assert!(ids.iter().any(|id| &***id == "corp-token"));
        assert!(!ids.iter().any(|id| &***id == "jwt"));
        let redactor = redactor(patterns_now, &settings.key).expect("key");
        let mut raw = b"a corp-12345678".to_vec();
        assert_eq!(redactor.redact("", &mut raw), ["corp-token".into()]);

        settings.disabled = vec![("jwtt".into(), 3)];
        std::fs::write(&path, own.replace("12345678»", "1»")).expect("write");
        let told = patterns(&settings).err().expect("problems").to_string();
        let name = path.display();
        assert_eq!(
            told,
            format!(
                "tenure.toml:3: `redaction.disable` names `jwtt`, which is no pattern\n  hint: did you mean \
                 `jwt`?\n{name}:6: `pattern.matches` has `corp-1`, of which nothing is replaced\n  hint: \
                 exactly what is between « and » is replaced; keywords and `unless` count too"
            )
        );
    }
}
