//! The pack: every file of it, in a fixed order, and the manifest that holds them together.

use serde_json::{Value, json};

use super::compose;
use super::control::ControlEvidence;
use super::gather::{Evidence, file_of};
use super::html;
use super::pdf;
use super::queries::Query;
use super::sample::hexadecimal;
use super::statistics::Remedies;
use super::table::{Table, TableError};
use crate::model::time::Span;

/// The form of the manifest and of the tables' columns.
const FORMAT: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Pdf(#[from] pdf::PdfError),
    #[error("failed to write {path}: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
}

/// Takes a file of the pack: its path, with `/`, and its bytes.
pub type Sink<'s> = dyn FnMut(&str, &[u8]) -> Result<(), std::io::Error> + 's;

/// A pack as it is written.
pub struct Pack<'p, 's> {
    sink: &'p mut Sink<'s>,
    files: Vec<Value>,
}

/// Writes all files; the manifest last, so that a pack without one is not whole. Gives what the
/// manifest says.
pub fn render(evidence: &Evidence, version: &str, sink: &mut Sink<'_>) -> Result<Value, PackError> {
    let document = compose::document(evidence, version);
    let mut pack = Pack {
        sink,
        files: Vec::new(),
    };
    pack.file("README.txt", readme(evidence).as_bytes())?;
    pack.file("report.html", &html::page(&document))?;
    pack.file("report.pdf", &pdf::pdf(&document)?)?;
    pack.file("queries.sql", queries(evidence).as_bytes())?;
    if let Some(note) = &evidence.archive.note {
        pack.file("checkpoint", note)?;
    }
    for control in &evidence.controls {
        pack.control(control)?;
    }
    pack.table("reconciliation", &evidence.reconciliation)?;
    pack.table("reconciliation_rejects", &evidence.rejects)?;
    pack.table("reconciliation_commits", &evidence.commits)?;
    pack.table("access_snapshots", &evidence.snapshots)?;
    pack.table("people_snapshots", &evidence.people)?;
    pack.table("settings/settings", &evidence.settings.table)?;
    for (path, bytes) in &evidence.settings.files {
        pack.file(path, bytes)?;
    }
    for (directory, files) in &evidence.proofs {
        for (name, bytes) in files {
            pack.file(&format!("{directory}/{name}"), bytes)?;
        }
    }
    let files = std::mem::take(&mut pack.files);
    let manifest = manifest(evidence, version, &files);
    let mut text = format!("{manifest:#}");
    text.push('\n');
    pack.file("manifest.json", text.as_bytes())?;
    Ok(manifest)
}

impl Pack<'_, '_> {
    fn file(&mut self, path: &str, bytes: &[u8]) -> Result<(), PackError> {
        (self.sink)(path, bytes).map_err(|source| PackError::Write {
            path: path.to_owned(),
            source,
        })?;
        self.files.push(json!({
            "path": path,
            "sha256": hexadecimal(bytes),
            "bytes": bytes.len(),
        }));
        Ok(())
    }

    fn table(&mut self, path: &str, table: &Table) -> Result<(), PackError> {
        self.file(&format!("{path}.csv"), &table.to_csv())?;
        self.file(&format!("{path}.parquet"), &table.to_parquet()?)
    }

    fn control(&mut self, control: &ControlEvidence) -> Result<(), PackError> {
        let at = format!("controls/{}", control.control.id);
        self.table(&format!("{at}/tests"), &control.tests_table())?;
        for (place, counted) in control.populations.iter().enumerate() {
            if let Ok(members) = &counted.members {
                let name = file_of(place, counted.population);
                self.table(&format!("{at}/{name}"), members)?;
            }
        }
        self.table(&format!("{at}/exceptions"), &control.found.exceptions)?;
        self.table(&format!("{at}/exemptions"), &control.found.exemptions)?;
        self.table(&format!("{at}/withdrawn"), &control.found.withdrawn)?;
        self.table(&format!("{at}/sample"), &control.sample)
    }
}

fn manifest(evidence: &Evidence, version: &str, files: &[Value]) -> Value {
    let request = &evidence.request;
    let archive = &evidence.archive;
    let checkpoint = archive
        .checkpoint
        .as_ref()
        .map(|it| json!({"origin": it.origin, "size": it.size, "root": it.root.to_string()}));
    let not_covered = evidence.not_covered.iter().map(|it| it.id.as_str());
    json!({
        "format": FORMAT,
        "tenure": version,
        "framework": request.framework.id,
        "framework_name": request.framework.name,
        "from": request.period.first_day().to_string(),
        "to": request.period.last_day().to_string(),
        "seed": evidence.seed,
        "sample": request.sample,
        "archive": {
            "checkpoint": checkpoint,
            "earliest_event": archive.earliest_event,
            "latest_event": archive.latest_event,
            "last_commit": archive.last_commit,
        },
        "warnings": compose::warnings(evidence),
        "controls": evidence.controls.iter().map(told).collect::<Vec<_>>(),
        "not_covered": not_covered.collect::<Vec<_>>(),
        "files": files,
    })
}

/// A control in a few figures.
fn told(control: &ControlEvidence) -> Value {
    let seconds = |remedies: &Remedies, percent| remedies.percentile(percent).map(Span::as_seconds);
    let populations = control.populations.iter().map(|it| match &it.members {
        Ok(members) => json!({"population": it.population.key(), "members": members.len()}),
        Err(why) => json!({"population": it.population.key(), "members": null, "not_known": why}),
    });
    json!({
        "control": control.control.id,
        "title": control.control.title,
        "rules": control.control.rules,
        "populations": populations.collect::<Vec<_>>(),
        "exceptions": control.found.exceptions.len(),
        "resolved": control.remedies.resolved(),
        "open_at_end": control.remedies.open,
        "exemptions": control.found.exemptions.len(),
        "withdrawn": control.found.withdrawn.len(),
        "median_remedy_seconds": seconds(&control.remedies, 50),
        "p90_remedy_seconds": seconds(&control.remedies, 90),
        "longest_remedy_seconds": control.remedies.longest().map(Span::as_seconds),
        "sampled": control.sample.len(),
    })
}

fn queries(evidence: &Evidence) -> String {
    let mut out = String::from(
        "-- The queries of this report, as they were asked. Run each with\n\
         --   tenure query --archive ARCHIVE \"SELECT ...\"\n\
         -- or all of them in DuckDB, in the archive's directory:\n\
         --   duckdb -init views.sql -c \"SET TimeZone = 'UTC'\" -c \".read queries.sql\"\n\
         -- In DuckDB days are those of the session's time zone, so that it has to be UTC.\n",
    );
    for (query, files) in &evidence.queries {
        let files: Vec<String> = files.iter().map(|it| format!("{it}.csv")).collect();
        let held = if files.is_empty() {
            "no file of its own".to_owned()
        } else {
            files.join(", ")
        };
        let Query { name, sql } = query;
        out.push_str(&format!("\n-- name: {name}\n-- held in: {held}\n{sql};\n"));
    }
    out
}

fn readme(evidence: &Evidence) -> String {
    let request = &evidence.request;
    let framework = &request.framework.name;
    let (first, last) = (request.period.first_day(), request.period.last_day());
    format!(
        "Evidence report: {framework}\n{first} to {last}, both days included, UTC\n\n{README}",
        README = include_str!("README.txt")
    )
}
