//! `truth.ndjson`: what must be told of the company, by the oracle, each with its story.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;

use crate::config::policy_file;
use crate::model::Text;
use crate::simulate::Simulation;
use crate::simulate::deed::Deed;
use crate::simulate::oracle::{self, Expected};

/// The oracle holds all that happens, and asks everything anew at each moment. Of more than this,
/// nothing is said.
const TRUTH_RECORDS_MAX: u64 = 1_000_000;

/// Returns how many findings must be told, or `None` where there is too much to ask about.
pub fn write(to: &Path, simulation: &Simulation, records: u64) -> anyhow::Result<Option<usize>> {
    if records > TRUTH_RECORDS_MAX {
        return Ok(None);
    }
    let expected = expected(simulation)?;
    let write = || -> io::Result<()> {
        let mut file = BufWriter::new(File::create(to)?);
        for finding in &expected {
            serde_json::to_writer(&mut file, finding)?;
            writeln!(file)?;
        }
        file.flush()
    };
    write().with_context(|| format!("failed to write {}", to.display()))?;
    Ok(Some(expected.len()))
}

/// What must be told at the end, each with its story.
pub fn expected(simulation: &Simulation) -> anyhow::Result<Vec<Expected>> {
    let policy = policy_file::parse("policy.toml", &simulation.policy)
        .map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let deeds: Vec<Deed> = simulation.deeds().collect();
    let until = simulation.settings.until;
    let mut expected = oracle::findings(&simulation.cast, &deeds, &policy.value, until);
    for finding in &mut expected {
        finding.story = simulation.label(&finding.subject).map(Text::from);
    }
    Ok(expected)
}
