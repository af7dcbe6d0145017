//! Where rule files come from: the program itself, or the user's disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::assess::RULE_FILES;
use crate::config::Problem;
use crate::model::limits::{RULE_FILE_BYTES_MAX, RULE_TEST_FILES_MAX};

use super::case::{self, RuleFile};
use crate::cli::mappings;

/// The files that were read, and what is wrong with the others.
#[derive(Default)]
pub struct Read {
    pub files: Vec<RuleFile>,
    pub problems: Vec<Problem>,
}

/// The tests of the program's own rules.
pub fn built_in() -> Read {
    let mut read = Read::default();
    for (path, text) in RULE_FILES {
        read.add(case::read(path, text));
    }
    read.files.sort_by_key(|file| file.rule.as_str());
    read
}

/// Those of files, and of the `*.yaml` of directories.
pub(super) fn of_paths(paths: &[PathBuf]) -> Read {
    let mut read = Read::default();
    for path in paths {
        match mappings::list(path) {
            Ok(files) if files.is_empty() => {
                let hint = "name a rule file, or a directory that holds some".to_owned();
                read.wrong(path, "holds no rule file (*.yaml)", hint);
            }
            Ok(files) if files.len() > RULE_TEST_FILES_MAX => {
                let message = format!("holds {} files, at most {RULE_TEST_FILES_MAX}", files.len());
                read.wrong(path, &message, "name some of them".to_owned());
            }
            Ok(files) => files.iter().for_each(|file| read.file(file)),
            Err(error) => read.unread(path, &error),
        }
    }
    read
}

impl Read {
    fn add(&mut self, read: Result<RuleFile, Vec<Problem>>) {
        match read {
            Ok(file) => self.files.push(file),
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn file(&mut self, path: &Path) {
        match read_text(path) {
            Ok(text) => self.add(case::read(&path.display().to_string(), &text)),
            Err(error) => self.unread(path, &error),
        }
    }

    fn unread(&mut self, path: &Path, error: &io::Error) {
        let hint = "name an existing rule file, or none for those of the program";
        self.wrong(path, &format!("cannot be read: {error}"), hint.to_owned());
    }

    fn wrong(&mut self, path: &Path, message: &str, hint: String) {
        let file = path.display().to_string();
        self.problems
            .push(Problem::of_file(&file, message, Some(hint)));
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > RULE_FILE_BYTES_MAX {
        let why = format!("it has {size} bytes, a rule file at most {RULE_FILE_BYTES_MAX}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    fs::read_to_string(path)
}
