//! What the archive last said: the newest row of each account and of each finding, read back from
//! the files that commits name.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use sha2::{Digest, Sha256};

use super::{Archive, ArchiveError, dataset, layout};
use crate::evidence::commit::{Commit, FileRef};
use crate::evidence::datasets::{Dataset, ToldLink};
use crate::evidence::leaf::Sha256Hash;
use crate::model::Text;
use crate::model::finding::{Finding, FindingId};
use crate::model::time::Timestamp;

/// The texts of a link's row that make it another when they change. All but the account itself and
/// `since`.
const LINK_TEXTS: [&str; 7] = [
    "account_name",
    "identity",
    "identity_email",
    "identity_name",
    "identity_kind",
    "link",
    "reason",
];

/// Whose each account was said to be, by account. Hashes: there may be millions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldLinks(BTreeMap<Text, Fingerprint>);

/// Half of SHA-256 over all that a row says, its time aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl ToldLinks {
    /// What was said of the account, which is forgotten.
    pub fn take(&mut self, account: &Text) -> Option<Fingerprint> {
        self.0.remove(account)
    }

    /// Says this of an account.
    pub fn put(&mut self, link: &ToldLink) -> Fingerprint {
        let to = &link.link;
        let texts = [
            link.name.as_deref(),
            to.identity.as_deref(),
            to.email.as_deref(),
            to.name.as_deref(),
            to.kind.as_deref(),
            Some(&*to.state),
            to.reason.as_deref(),
        ];
        let print = Fingerprint::of(texts, to.since.map(Timestamp::as_micros));
        self.0.insert(link.account.clone(), print);
        print
    }

    /// Ascending by account.
    pub fn into_rest(self) -> impl Iterator<Item = (Text, Fingerprint)> {
        self.0.into_iter()
    }
}

impl Fingerprint {
    fn of(texts: [Option<&str>; LINK_TEXTS.len()], since: Option<i64>) -> Self {
        let mut hash = Sha256::new();
        for text in texts {
            match text {
                None => hash.update([0]),
                Some(text) => {
                    hash.update([1]);
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text);
                }
            }
        }
        hash.update([u8::from(since.is_some())]);
        hash.update(since.unwrap_or_default().to_be_bytes());
        let mut print = [0; 16];
        for (to, from) in print.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Fingerprint(print)
    }
}

impl Archive {
    /// Number of the dataset's next commit.
    pub fn next_number(&mut self, dataset: Dataset) -> Result<u64, ArchiveError> {
        Ok(self.chain(&dataset::stream(dataset))?.next_number())
    }

    /// What the dataset `links` last said of each account.
    pub fn told_links(&self) -> Result<ToldLinks, ArchiveError> {
        let mut told = ToldLinks::default();
        let columns: Vec<&str> = LINK_TEXTS.into_iter().chain(["account", "since"]).collect();
        self.each_batch(Dataset::Links, &columns, &mut |batch| {
            let texts = LINK_TEXTS.map(|name| text_column(batch, name));
            let accounts = text_column(batch, "account")?;
            let since = batch
                .column_by_name("since")?
                .as_primitive_opt::<TimestampMicrosecondType>()?;
            for row in 0..batch.num_rows() {
                let mut of_row = [None; LINK_TEXTS.len()];
                for (to, column) in of_row.iter_mut().zip(&texts) {
                    let column = (*column)?;
                    *to = column.is_valid(row).then(|| column.value(row));
                }
                let since = since.is_valid(row).then(|| since.value(row));
                let print = Fingerprint::of(of_row, since);
                told.0.insert(accounts.value(row).into(), print);
            }
            Some(())
        })?;
        Ok(told)
    }

    /// Every finding as the dataset `findings` last told it, withdrawn ones too, with how many rows
    /// it has.
    pub fn told_findings(&self) -> Result<(BTreeMap<FindingId, Finding>, u64), ArchiveError> {
        let mut told = BTreeMap::new();
        let mut rows = 0;
        self.each_batch(Dataset::Findings, &["form"], &mut |batch| {
            let forms = text_column(batch, "form")?;
            for row in 0..batch.num_rows() {
                let finding: Finding = serde_json::from_str(forms.value(row)).ok()?;
                told.insert(finding.finding_id, finding);
                rows += 1;
            }
            Some(())
        })?;
        Ok((told, rows))
    }

    /// Reads columns of all files of a dataset, in the order of commits. What was taken out since
    /// is passed over: it is not said any more. `None` of `each` says that rows are not as they
    /// should be.
    fn each_batch(
        &self,
        dataset: Dataset,
        columns: &[&str],
        each: &mut dyn FnMut(&RecordBatch) -> Option<()>,
    ) -> Result<(), ArchiveError> {
        for file in self.files_of(dataset)? {
            let Some(bytes) = self.store.find("file", &file.path)? else {
                continue;
            };
            let unreadable = |why: &dyn std::fmt::Display| self.store.unreadable(&file.path, why);
            if Sha256Hash::of(&bytes) != file.sha256 {
                let why = "it is not the file that its commit names (`tenure verify` tells more)";
                return Err(unreadable(&why));
            }
            read(bytes, columns, each)
                .map_err(|error| unreadable(&error))?
                .ok_or_else(|| unreadable(&"it has not the columns of its dataset"))?;
        }
        Ok(())
    }

    /// The files of a dataset, in the order of commits.
    fn files_of(&self, dataset: Dataset) -> Result<Vec<FileRef>, ArchiveError> {
        let chain = layout::commits(&dataset::stream(dataset));
        let names = self.store.list(&chain)?;
        let numbers = names.iter().filter_map(|name| layout::commit_number(name));
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        let mut files = Vec::new();
        for number in numbers {
            let path = layout::commit_of(&chain, number);
            let bytes = self.store.read("commit", &path)?;
            let commit: Commit = serde_json::from_slice(&bytes)
                .map_err(|error| self.store.unreadable(&path, &error))?;
            files.extend(commit.files);
        }
        Ok(files)
    }
}

fn read(
    bytes: Bytes,
    columns: &[&str],
    each: &mut dyn FnMut(&RecordBatch) -> Option<()>,
) -> Result<Option<()>, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let projection = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    for batch in builder.with_projection(projection).build()? {
        if each(&batch?).is_none() {
            return Ok(None);
        }
    }
    Ok(Some(()))
}

fn text_column<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a arrow_array::StringArray> {
    batch.column_by_name(name)?.as_string_opt::<i32>()
}
