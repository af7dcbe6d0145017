//! A directory of logs, in memory and on disk.

use std::path::Path;

use crate::company::{Company, SOURCES};

pub struct Logs {
    /// NDJSON, in the order of [`SOURCES`].
    files: [Vec<u8>; SOURCES.len()],
    pub records: u64,
    pub bytes: u64,
}

impl Logs {
    /// A hire for each identity, and log-ins up to `records`.
    pub fn generate(seed: u64, identities: u64, records: u64) -> Self {
        let mut company = Company::new(seed, identities, records.saturating_sub(identities));
        let mut files: [Vec<u8>; SOURCES.len()] = Default::default();
        let mut record = Vec::new();
        for number in 0..records {
            record.clear();
            let source = if number < identities {
                company.hire(number, &mut record)
            } else {
                company.next(&mut record)
            };
            record.push(b'\n');
            if let Some(file) = files.get_mut(source) {
                file.extend_from_slice(&record);
            }
        }
        let bytes = files.iter().map(Vec::len).sum::<usize>() as u64 - records;
        Logs {
            files,
            records,
            bytes,
        }
    }

    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self
            .files
            .iter()
            .flat_map(|file| file.split(|byte| *byte == b'\n'));
        lines.filter(|line| !line.is_empty())
    }

    pub fn write(&self, root: &Path) -> std::io::Result<()> {
        for (source, bytes) in SOURCES.iter().zip(&self.files) {
            let directory = root.join(source);
            std::fs::create_dir_all(&directory)?;
            std::fs::write(directory.join("log.ndjson"), bytes)?;
        }
        Ok(())
    }
}
