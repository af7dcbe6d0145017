//! The mappings that a command works with: ours, and those of a directory of the user's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use crate::config::Problem;
use crate::model::limits::{MAPPING_BYTES_MAX, MAPPINGS_MAX};
use crate::normalize::{MappingProblem, Mappings};

/// What is wrong with the mappings of a place.
#[derive(Default)]
pub(super) struct Examined {
    /// Why they could not be read.
    pub problem: Option<Problem>,
    pub mistakes: Vec<MappingProblem>,
}

/// Ours, and those at `path`: one file, or the `*.yaml` of a directory.
pub(super) fn load(path: Option<&Path>) -> anyhow::Result<Arc<Mappings>> {
    let Some(path) = path else {
        return Ok(Arc::new(Mappings::builtin()));
    };
    let problems = match read(path) {
        Err(problem) => vec![problem.to_string()],
        Ok(files) => match Mappings::with(files) {
            Ok(mappings) => return Ok(Arc::new(mappings)),
            Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
        },
    };
    bail!(
        "the mappings of {} cannot be used\n{}",
        path.display(),
        problems.join("\n")
    )
}

pub(super) fn examine(path: &Path) -> Examined {
    match read(path) {
        Err(problem) => Examined {
            problem: Some(problem),
            ..Examined::default()
        },
        Ok(files) => Examined {
            mistakes: Mappings::with(files).err().unwrap_or_default(),
            ..Examined::default()
        },
    }
}

/// The files at `path`, each with its name, in the order of the alphabet.
fn read(path: &Path) -> Result<Vec<(String, String)>, Problem> {
    let paths = list(path).map_err(|error| problem(path, &error))?;
    if paths.len() > MAPPINGS_MAX {
        let message = format!("holds {} mappings, at most {MAPPINGS_MAX}", paths.len());
        return Err(Problem::of_file(&path.display().to_string(), message, None));
    }
    let read = |path: PathBuf| {
        let text = read_text(&path).map_err(|error| problem(&path, &error))?;
        Ok((path.display().to_string(), text))
    };
    paths.into_iter().map(read).collect()
}

/// A file itself, or the mappings of a directory in the order of the alphabet.
pub(super) fn list(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(path)? {
        paths.push(entry?.path());
    }
    let is_mapping = |path: &PathBuf| {
        let extension = path.extension();
        extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
    };
    paths.retain(is_mapping);
    paths.sort();
    Ok(paths)
}

fn read_text(path: &Path) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > MAPPING_BYTES_MAX {
        let why = format!("it has {size} bytes, a mapping at most {MAPPING_BYTES_MAX}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    fs::read_to_string(path)
}

fn problem(path: &Path, error: &io::Error) -> Problem {
    let hint = "name a directory of mappings, or leave `mappings` out for those built in";
    Problem::of_file(
        &path.display().to_string(),
        format!("failed to read mappings: {error}"),
        Some(hint.to_owned()),
    )
}
