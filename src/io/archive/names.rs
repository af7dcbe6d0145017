//! Whose rows a file holds: the names of one identity, gathered from what the archive knows, and
//! the search for them in a file's rows.
//!
//! Where it cannot be told, a file is said to hold such a row: it is asked before files are deleted.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use crate::model::id::SourceName;

/// Rows decoded at a time.
const ROWS: usize = 1_024;
/// Shorter names are only found where they are a whole value: as a part of a text they say nothing.
const PART_BYTES_MIN: usize = 5;
/// Columns that say, in one row, that names are one identity's.
const IDENTITY: [&str; 5] = ["identity", "ids", "identity_email", "email", "account"];
/// Uids of those who claim an account, with blanks between them. They need not be the same person.
const OWNERS: &str = "owners";

/// Names of the identities that are looked for, in lower case: addresses, uids of people, accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(BTreeSet<String>);

/// Which names are one identity's, as far as the archive tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Ties {
    /// Names that stand in one row, and those of its owners.
    rows: BTreeSet<(Vec<String>, Vec<String>)>,
    /// A file that could not be asked, and why: there may be more names.
    pub(super) unread: Option<String>,
}

impl Ties {
    /// Takes the names of each row.
    pub(super) fn learn(&mut self, parquet: Bytes) -> Result<(), ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(parquet)?;
        understood(builder.schema())?;
        let columns = IDENTITY.into_iter().chain([OWNERS]);
        let projection = ProjectionMask::columns(builder.parquet_schema(), columns);
        let reader = builder
            .with_projection(projection)
            .with_batch_size(ROWS)
            .build()?;
        let mut last = (Vec::new(), Vec::new());
        for batch in reader {
            let batch = batch?;
            let columns: Vec<&ArrayRef> = IDENTITY
                .iter()
                .filter_map(|name| batch.column_by_name(name))
                .collect();
            let owners = batch.column_by_name(OWNERS);
            for row in 0..batch.num_rows() {
                let tie = tie(&columns, owners, row);
                // Rows are sorted by identity: most say what the one before said.
                if tie != last {
                    self.rows.insert(tie.clone());
                    last = tie;
                }
            }
        }
        Ok(())
    }
}

fn tie(columns: &[&ArrayRef], owners: Option<&ArrayRef>, row: usize) -> (Vec<String>, Vec<String>) {
    let mut names = Vec::new();
    for value in columns.iter().flat_map(|array| values(array, row)) {
        let value = value.to_lowercase();
        let shared = account(&value);
        if shared != value {
            names.push(shared);
        }
        names.push(value);
    }
    let owners = owners.into_iter().flat_map(|array| values(array, row));
    let owners = owners.flat_map(|value| value.split(' '));
    let owners = owners.filter(|owner| !owner.is_empty());
    (names, owners.map(str::to_lowercase).collect())
}

impl Names {
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n String>) -> Self {
        let names = names.into_iter().map(|name| name.trim().to_lowercase());
        Names(names.filter(|name| !name.is_empty()).collect())
    }

    pub(super) fn to_vec(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }

    /// Adds the names that are tied to these, and to those in turn.
    #[must_use]
    pub(super) fn with(mut self, ties: &Ties) -> Self {
        loop {
            let before = self.0.len();
            for (names, owners) in &ties.rows {
                if names.iter().chain(owners).any(|name| self.0.contains(name)) {
                    self.0.extend(names.iter().cloned());
                }
            }
            if self.0.len() == before {
                return self;
            }
        }
    }

    /// The first name that a row of the file is of: one of its texts is the name, or has it in it.
    /// Records that were refused have no columns, so their bytes are looked through.
    pub(super) fn are_in(&self, parquet: Bytes) -> Result<Option<&str>, ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(parquet)?;
        understood(builder.schema())?;
        let reader = builder.with_batch_size(ROWS).build()?;
        for batch in reader {
            if let Some(found) = self.are_in_batch(&batch?) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn are_in_batch(&self, batch: &RecordBatch) -> Option<&str> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let event = batch.column_by_name("event_uid");
        for (field, array) in columns {
            let is_raw = *array.data_type() == DataType::Binary;
            let mut last = None;
            for row in 0..batch.num_rows() {
                let found = if is_raw {
                    let refused = event.is_none_or(|event| event.is_null(row));
                    refused.then(|| self.are_in_bytes(array, row)).flatten()
                } else {
                    values(array, row).find_map(|value| {
                        // Rows are sorted, so most values stand in the row before as well.
                        let again = last.replace(value) == Some(value);
                        (!again).then(|| self.are_in_text(field.name(), value))?
                    })
                };
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    fn are_in_bytes(&self, array: &ArrayRef, row: usize) -> Option<&str> {
        let array = array.as_binary_opt::<i32>()?;
        let bytes = array.is_valid(row).then(|| array.value(row))?;
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        // Where nobody understood the bytes, nobody knows where a value begins and ends.
        self.find(|name| text.contains(uid_of(name).unwrap_or(name)))
    }

    fn are_in_text(&self, column: &str, value: &str) -> Option<&str> {
        let value = value.to_lowercase();
        let shared = (column == "account").then(|| account(&value));
        let is_uid = column.ends_with("_uid");
        self.find(|name| {
            value == *name
                || shared.as_deref() == Some(name)
                || (is_uid && uid_of(name) == Some(value.as_str()))
                || value.split([' ', ',', '|', '/']).any(|part| part == name)
                || (name.len() >= PART_BYTES_MIN && has_part(&value, name))
        })
    }

    fn find(&self, is_there: impl Fn(&str) -> bool) -> Option<&str> {
        let mut names = self.0.iter().map(String::as_str);
        names.find(|name| is_there(name))
    }
}

/// That no column may hold names in a form that nobody looks for here: files of a later version.
fn understood(schema: &Schema) -> Result<(), ParquetError> {
    let is_plain = |kind: &DataType| {
        let is_text = matches!(kind, DataType::Utf8 | DataType::Binary);
        is_text || kind.is_primitive() || *kind == DataType::Boolean
    };
    for field in schema.fields() {
        let known = match field.data_type() {
            DataType::List(of) => is_plain(of.data_type()) && *of.data_type() != DataType::Binary,
            kind => is_plain(kind),
        };
        if !known {
            let (name, kind) = (field.name(), field.data_type());
            let why =
                format!("column `{name}` is of type {kind}, in which names are not looked for");
            return Err(ParquetError::General(why));
        }
    }
    Ok(())
}

/// The account's own part of `source:uid`.
fn uid_of(name: &str) -> Option<&str> {
    name.split_once(':').map(|(_, uid)| uid)
}

/// The account under the name that several logs share: `entra:x` of `entra_audit:x`.
fn account(value: &str) -> String {
    match value.split_once(':') {
        None => value.to_owned(),
        Some((source, uid)) => {
            let shared = SourceName::new(source).accounts();
            format!("{}:{uid}", shared.as_str())
        }
    }
}

/// Whether the name stands in the text with nothing of a word beside it.
fn has_part(text: &str, name: &str) -> bool {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(name)) {
        let at = from + found;
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..);
        let after = after.and_then(|text| text.chars().next());
        let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        if !is_word(before) && !is_word(after) {
            return true;
        }
        from = at + name.len();
    }
    false
}

/// The texts of a cell: one, or those of a list.
fn values(array: &ArrayRef, row: usize) -> Box<dyn Iterator<Item = &str> + '_> {
    if array.is_null(row) {
        return Box::new(std::iter::empty());
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Box::new(std::iter::once(texts.value(row)));
    }
    let list = array.as_list_opt::<i32>();
    let texts = list.and_then(|list| {
        let texts = list.values().as_string_opt::<i32>()?;
        let offsets = list.value_offsets();
        let (from, to) = (offsets.get(row)?, offsets.get(row + 1)?);
        let (from, to) = (usize::try_from(*from).ok()?, usize::try_from(*to).ok()?);
        Some((texts, from..to))
    });
    match texts {
        Some((texts, range)) => Box::new(
            range
                .filter(|place| texts.is_valid(*place))
                .map(|place| texts.value(place)),
        ),
        None => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests;
