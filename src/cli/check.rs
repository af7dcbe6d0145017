//! `tenure check`: every problem of everything that people write, at once.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::config::{self, Level, Problem, SigningKey};
use crate::normalize::MappingProblem;
use crate::service::redaction;
use crate::service::signing::{self, SigningError};

use super::mappings;

/// Where a config is looked for when none is named.
pub(super) const CONFIG_FILE: &str = "tenure.toml";

/// Check the config and the policy, and say everything that is wrong with them
#[derive(Debug, Args)]
pub struct Check {
    /// The config; without it, `tenure.toml` here if there is one, or the defaults
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The policy, instead of the one that the config names
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A directory of mappings, or one file, instead of the one that the config names
    #[arg(long, value_name = "PATH")]
    mappings: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Examined {
    problems: Vec<Problem>,
    mappings: Vec<MappingProblem>,
    /// The directory that the config names.
    named_mappings: Option<PathBuf>,
    notes: Vec<Problem>,
}

impl Examined {
    fn problem_count(&self) -> usize {
        self.problems.len() + self.mappings.len()
    }

    /// A key that was given is opened, as the service will. One that is not here may be where the
    /// service runs; one that is here and does not open never will.
    fn key(&mut self, file: &str, key: &SigningKey) {
        let SigningKey::Given { .. } = key else {
            return;
        };
        let Err(error) = signing::key(key) else {
            return;
        };
        let level = match error {
            SigningError::Key(_) => Level::Problem,
            SigningError::Secret(_) => Level::Note,
        };
        let problem = Problem {
            level,
            key: "signing".to_owned(),
            message: format!("gives no key that signs: {error}"),
            ..Problem::of_file(file, "", None)
        };
        match level {
            Level::Problem => self.problems.push(problem),
            Level::Note => self.notes.push(problem),
        }
    }
}

impl Check {
    /// Exits with 0 where nothing is wrong, notes or not, and with 1 otherwise.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let examined = self.examine();
        let mut out = io::stdout().lock();
        if self.json {
            write_json(&mut out, &examined)?;
        } else {
            write_text(&mut out, &examined)?;
            anstream::eprintln!("{}", summary(&examined));
        }
        Ok(if examined.problem_count() == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Each part adds what it finds, and the next part is examined all the same.
    fn examine(&self) -> Examined {
        let mut examined = Examined::default();
        self.examine_config(&mut examined);
        self.examine_mappings(&mut examined);
        // Rules follow here, in the order in which data flows.
        examined
    }

    /// Those that `--mappings` names, or else the config.
    fn examine_mappings(&self, examined: &mut Examined) {
        let named = self.mappings.clone().or(examined.named_mappings.take());
        let Some(path) = named else { return };
        let found = mappings::examine(&path);
        examined.problems.extend(found.problem);
        examined.mappings = found.mistakes;
    }

    fn examine_config(&self, examined: &mut Examined) {
        let here = Path::new(CONFIG_FILE);
        let found = here.is_file().then_some(here);
        let config = self.config.as_deref().or(found);
        match config::load(config, self.policy.as_deref()) {
            Ok(loaded) => {
                examined.notes.extend(loaded.notes);
                let file = config.map_or_else(String::new, |path| path.display().to_string());
                examined.key(&file, &loaded.config.signing);
                let patterns = redaction::patterns(&loaded.config.redaction);
                examined
                    .problems
                    .extend(patterns.err().into_iter().flat_map(|it| it.0));
                examined.named_mappings = loaded.config.mappings;
            }
            Err(problems) => examined.problems.extend(problems.0),
        }
    }
}

fn write_text(out: &mut impl Write, examined: &Examined) -> io::Result<()> {
    for problem in &examined.problems {
        writeln!(out, "{problem}")?;
    }
    for mistake in &examined.mappings {
        writeln!(out, "{mistake}")?;
    }
    for note in &examined.notes {
        writeln!(out, "{note}")?;
    }
    out.flush()
}

fn write_json(out: &mut impl Write, examined: &Examined) -> io::Result<()> {
    for problem in &examined.problems {
        serde_json::to_writer(&mut *out, problem)?;
        writeln!(out)?;
    }
    for mistake in &examined.mappings {
        let told = serde_json::json!({
            "level": "problem", "file": mistake.file, "line": mistake.line,
            "key": mistake.key, "message": mistake.message, "hint": mistake.hint,
        });
        writeln!(out, "{told}")?;
    }
    for note in &examined.notes {
        serde_json::to_writer(&mut *out, note)?;
        writeln!(out)?;
    }
    out.flush()
}

fn summary(examined: &Examined) -> String {
    let counted = |count: usize, word: &str| match count {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        more => format!("{more} {word}s"),
    };
    let problems = counted(examined.problem_count(), "problem");
    match examined.notes.len() {
        0 => problems,
        notes => format!("{problems}, {}", counted(notes, "note")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::keys::LocalKey;

    fn examined(policy: &str) -> (String, String, String) {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("policy.toml");
        std::fs::write(&path, policy).expect("write");
        let check = Check {
            config: None,
            policy: Some(path.clone()),
            mappings: None,
            json: false,
        };
        let examined = check.examine();
        let (mut text, mut json) = (Vec::new(), Vec::new());
        write_text(&mut text, &examined).expect("text");
        write_json(&mut json, &examined).expect("json");
        let shown = |bytes| {
            let text = String::from_utf8(bytes).expect("text");
            text.replace(&path.display().to_string(), "policy.toml")
        };
        (shown(text), shown(json), summary(&examined))
    }

    #[test]
    fn problems_and_notes_are_listed_and_counted() {
        let nhi = "[[nhi]]\naccount = \"okta:x\"\nowner = \"jane@corp.example\"\n";
        let (text, _, summary) = examined(&nhi.repeat(2));
        assert_eq!(
            text,
            "policy.toml:4: note: `nhi` repeats what is said of `okta:x` above\n"
        );
        assert_eq!(summary, "no problems, 1 note");
        let (_, json, summary) = examined("rule = 1\nlnk = 2\n");
        assert_eq!(
            json.lines().next(),
            Some(
                "{\"level\":\"problem\",\"file\":\"policy.toml\",\"line\":1,\"key\":\"rule\",\
                 \"message\":\"is not a key here\",\"hint\":\"did you mean `rules`?\"}"
            )
        );
        assert_eq!(summary, "2 problems");
    }

    #[test]
    fn a_signing_key_that_never_opens_is_a_problem_and_one_that_is_not_here_a_note() {
        let dir = tempfile::tempdir().expect("dir");
        let config = dir.path().join("tenure.toml");
        std::fs::write(&config, "[signing]\nkey_file = \"signing.key\"\n").expect("write");
        let check = || {
            let check = Check {
                config: Some(config.clone()),
                policy: None,
                mappings: None,
                json: false,
            };
            summary(&check.examine())
        };
        assert_eq!(check(), "no problems, 1 note");
        let key = dir.path().join("signing.key");
        std::fs::write(&key, "no key").expect("write");
        assert_eq!(check(), "1 problem");
        std::fs::remove_file(&key).expect("removed");
        let made = LocalKey::generate(None).expect("key");
        made.create(&key, None).expect("created");
        assert_eq!(check(), "no problems");
    }
}
