//! `tenure check`: every problem of everything that people write, at once.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::config::{self, Problem};

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
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Examined {
    problems: Vec<Problem>,
    notes: Vec<Problem>,
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
        Ok(if examined.problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Each part adds what it finds, and the next part is examined all the same.
    fn examine(&self) -> Examined {
        let mut examined = Examined::default();
        self.examine_config(&mut examined);
        // Mappings and rules follow here, in the order in which data flows.
        examined
    }

    fn examine_config(&self, examined: &mut Examined) {
        let here = Path::new(CONFIG_FILE);
        let found = here.is_file().then_some(here);
        let config = self.config.as_deref().or(found);
        match config::load(config, self.policy.as_deref()) {
            Ok(loaded) => examined.notes.extend(loaded.notes),
            Err(problems) => examined.problems.extend(problems.0),
        }
    }
}

fn write_text(out: &mut impl Write, examined: &Examined) -> io::Result<()> {
    for problem in examined.problems.iter().chain(&examined.notes) {
        writeln!(out, "{problem}")?;
    }
    out.flush()
}

fn write_json(out: &mut impl Write, examined: &Examined) -> io::Result<()> {
    for problem in examined.problems.iter().chain(&examined.notes) {
        serde_json::to_writer(&mut *out, problem)?;
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
    let problems = counted(examined.problems.len(), "problem");
    match examined.notes.len() {
        0 => problems,
        notes => format!("{problems}, {}", counted(notes, "note")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(policy: &str) -> (String, String, String) {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("policy.toml");
        std::fs::write(&path, policy).expect("write");
        let check = Check {
            config: None,
            policy: Some(path.clone()),
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
        let note = "[rules.grant-unused]\nidle = \"30d\"\n";
        let (text, _, summary) = examined(note);
        assert_eq!(
            text,
            "policy.toml:1: note: `rules.grant-unused` is not assessed by this version\n"
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
}
