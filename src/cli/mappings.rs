//! The mappings that a command works with: ours, and those of a directory of the user's.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

use crate::normalize::Mappings;

/// Ours, and those at `path`: one file, or the `*.yaml` of a directory.
pub(super) fn load(path: Option<&Path>) -> anyhow::Result<Arc<Mappings>> {
    let Some(path) = path else {
        return Ok(Arc::new(Mappings::builtin()));
    };
    let files = read(path)?;
    let problems = match Mappings::with(files) {
        Ok(mappings) => return Ok(Arc::new(mappings)),
        Err(problems) => problems,
    };
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    bail!(
        "the mappings of {} cannot be used\n{}",
        path.display(),
        told.join("\n")
    )
}

/// The files at `path`, each with its name, in the order of the alphabet.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut paths = Vec::new();
    if path.is_dir() {
        let entries = fs::read_dir(path);
        for entry in entries.with_context(|| format!("failed to list {}", path.display()))? {
            let entry = entry.with_context(|| format!("failed to list {}", path.display()))?;
            paths.push(entry.path());
        }
        paths.retain(|path| is_mapping(path));
        paths.sort();
    } else {
        paths.push(path.to_owned());
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("failed to read {}", path.display()))?;
        Ok((path.display().to_string(), text))
    };
    paths.into_iter().map(read).collect()
}

fn is_mapping(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
