//! `tenure report`: an evidence pack for one framework and one period.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::evidence_read::{self, Recording};
use super::place::{archive_place, progress_bar};
use super::table::{Look, harmless, lines, styled};
use crate::io::archive::prove::{Prover, Wanted};
use crate::io::archive::{Excerpt, Place};
use crate::model::record::Stream;
use crate::query::Session;
use crate::report::{
    Framework, Origin, Period, Request, Sources, Table, frameworks, gather, render,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A sample is looked at by people; each item has a proof.
const SAMPLE_MAX: usize = 1_000;

/// Draw an evidence pack for auditors from an archive
#[derive(Debug, Args)]
pub struct Report {
    /// soc2, iso27001, nist-csf, pci, owasp-nhi or cis
    #[arg(long, required_unless_present = "list")]
    framework: Option<String>,
    /// The first day of the period, UTC
    #[arg(long, value_name = "DAY", required_unless_present = "list")]
    from: Option<String>,
    /// The last day of the period, UTC
    #[arg(long, value_name = "DAY", required_unless_present = "list")]
    to: Option<String>,
    /// A new directory for the pack
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    out: Option<PathBuf>,
    /// The archive, a directory or a URL; by default that of the configuration here, or else
    /// ./tenure-data/archive
    #[arg(long, value_name = "PLACE")]
    archive: Option<String>,
    /// So many of each control's population are sampled, or all where there are fewer
    #[arg(long, value_name = "N", default_value_t = 25)]
    sample: usize,
    /// The sample's seed, for the auditor to name; without it one follows from the archive's checkpoint
    #[arg(long, value_name = "SEED")]
    seed: Option<String>,
    /// List frameworks, their controls and the rules that give evidence, and do nothing else
    #[arg(long)]
    list: bool,
    /// Print the manifest, or the list, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    recording: Recording,
}

impl Report {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        if self.list {
            self.print_list()?;
            return Ok(ExitCode::SUCCESS);
        }
        let request = self.request()?;
        let out = self.out.as_deref().unwrap_or(Path::new("."));
        ensure!(
            !out.exists(),
            "{} is there already: name a new directory",
            out.display()
        );
        let place = archive_place(self.archive.as_deref())?;
        let manifest = self.make(request, &place, out)?;
        self.print(&manifest, out)?;
        Ok(ExitCode::SUCCESS)
    }

    fn request(&self) -> anyhow::Result<Request> {
        let asked = self.framework.as_deref().unwrap_or_default();
        let framework = framework_named(asked)?;
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        let period = Period::new(from.unwrap_or_default(), to.unwrap_or_default())?;
        ensure!(
            (1..=SAMPLE_MAX).contains(&self.sample),
            "a sample is 1 to {SAMPLE_MAX} of each population"
        );
        Ok(Request {
            framework,
            period,
            sample: self.sample,
            seed: self.seed.clone(),
        })
    }

    /// Asks the archive, and writes the pack.
    fn make(&self, request: Request, place: &Place, out: &Path) -> anyhow::Result<Value> {
        let bar = progress_bar();
        bar.set_message("reading commits");
        let session = Session::open(place)?;
        let excerpt = Excerpt::open(place)?;
        let prover = Prover::open(place)?;
        let mut sql = |text: &str| {
            let answer = session.sql(text).map_err(|error| error.to_string())?;
            let table = Table::from_answer(&answer.schema, &answer.batches);
            table.map_err(|error| error.to_string())
        };
        let mut file = |path: &str| {
            let bytes = excerpt.file(path).map_err(|error| error.to_string())?;
            Ok(bytes.map(|bytes| bytes.to_vec()))
        };
        let mut proof = |origin: &Origin| proof_of(&prover, origin);
        let mut progress = |what: &str| bar.set_message(what.to_owned());
        let mut sources = Sources {
            sql: &mut sql,
            file: &mut file,
            prove: &mut proof,
            progress: &mut progress,
        };
        let evidence = gather(request, &mut sources).map_err(|why| anyhow!(why))?;
        let what = evidence_read::command_line();
        evidence_read::record(&self.recording, place, ("report", &what, None))?;
        bar.set_message("writing");
        std::fs::create_dir_all(out)
            .with_context(|| format!("failed to make {}", out.display()))?;
        let mut write = |path: &str, bytes: &[u8]| {
            let path = out.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, bytes)
        };
        let manifest = render(&evidence, VERSION, &mut write)?;
        bar.finish_and_clear();
        Ok(manifest)
    }

    fn print(&self, manifest: &Value, out: &Path) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            writeln!(stdout, "{manifest}")?;
            return Ok(());
        }
        let header = [
            "CONTROL",
            "POPULATION",
            "MEMBERS",
            "EXCEPTIONS",
            "OPEN",
            "EXEMPT",
            "SAMPLED",
            "TITLE",
        ];
        let mut table = styled(&header, Look::of_stdout());
        for control in array(&manifest["controls"]) {
            let population = array(&control["populations"]).first();
            let of_population = |key: &str| population.map_or(&Value::Null, |it| &it[key]);
            table.add_row([
                text(&control["control"]),
                text(of_population("population")),
                text(of_population("members")),
                text(&control["exceptions"]),
                text(&control["open_at_end"]),
                text(&control["exemptions"]),
                text(&control["sampled"]),
                text(&control["title"]),
            ]);
        }
        write!(stdout, "{}", lines(&table))?;
        for warning in array(&manifest["warnings"]) {
            writeln!(stdout, "warning: {}", harmless(&text(warning)))?;
        }
        let out = out.display();
        writeln!(
            stdout,
            "wrote the report into {out}: open {out}/report.html"
        )?;
        Ok(())
    }

    fn print_list(&self) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        let frameworks = match self.framework.as_deref() {
            Some(asked) => vec![framework_named(asked)?],
            None => frameworks().iter().collect(),
        };
        if self.json {
            let list: Vec<Value> = frameworks.into_iter().map(listed).collect();
            writeln!(stdout, "{}", Value::Array(list))?;
            return Ok(());
        }
        let mut table = styled(
            &["FRAMEWORK", "CONTROL", "TITLE", "RULES"],
            Look::of_stdout(),
        );
        for framework in frameworks {
            for control in &framework.controls {
                let rules: Vec<&str> = control.rules.iter().map(|rule| rule.as_str()).collect();
                let rules = if rules.is_empty() {
                    "not covered".to_owned()
                } else {
                    rules.join(" ")
                };
                let row = [&framework.id, &control.id, &control.title, &rules];
                table.add_row(row);
            }
        }
        write!(stdout, "{}", lines(&table))?;
        Ok(())
    }
}

fn proof_of(prover: &Prover, origin: &Origin) -> Result<Vec<(String, Vec<u8>)>, String> {
    let wanted = Wanted::Record {
        stream: Stream {
            topic: origin.topic.as_str().into(),
            partition: origin.partition,
        },
        offset: origin.offset,
    };
    match prover.prove(&wanted) {
        Ok(proof) => Ok(proof.files),
        Err(error) => Err(error.to_string()),
    }
}

fn framework_named(asked: &str) -> anyhow::Result<&'static Framework> {
    let found = frameworks().iter().find(|it| it.id == asked);
    let known = || {
        let ids: Vec<&str> = frameworks().iter().map(|it| it.id.as_str()).collect();
        ids.join(", ")
    };
    found.ok_or_else(|| anyhow!("there is no framework `{asked}`: there are {}", known()))
}

fn listed(framework: &Framework) -> Value {
    let controls = framework.controls.iter().map(|control| {
        json!({
            "control": control.id,
            "title": control.title,
            "asks": control.asks,
            "rules": control.rules,
            "not_covered": control.not_covered,
        })
    });
    json!({
        "framework": framework.id,
        "name": framework.name,
        "controls": controls.collect::<Vec<_>>(),
    })
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
