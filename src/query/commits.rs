//! The commits themselves, and the files that they name, as tables.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::ReaderBuilder;

use super::table::time_type;
use crate::evidence::commit::{Commit, FileRef};
use crate::io::archive::StoredCommit;

/// Commits decoded at a time.
const ROWS: usize = 1_024;

/// One row a commit, with the columns of the JSON that is stored.
pub(super) fn commits(commits: &[StoredCommit]) -> Result<Vec<RecordBatch>, ArrowError> {
    // Each ends with a line feed.
    let parts: Vec<&[u8]> = commits.iter().map(|stored| stored.bytes.as_ref()).collect();
    let text = Bytes::from(parts.concat());
    let reader = ReaderBuilder::new(commits_schema())
        .with_batch_size(ROWS)
        .build(Cursor::new(text))?;
    reader.collect()
}

pub(super) fn commits_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let number = |name| Field::new(name, DataType::Int64, true);
    let list = |of: DataType| DataType::List(Arc::new(Field::new_list_field(of, true)));
    let record = |fields: Vec<Field>| DataType::Struct(Fields::from(fields));
    let file = record(vec![
        text("path"),
        text("sha256"),
        number("bytes"),
        number("rows"),
        number("records"),
    ]);
    let entry = record(vec![
        Field::new("keys", DataType::Utf8, false),
        Field::new("values", DataType::Int64, true),
    ]);
    let rejects = DataType::Map(Arc::new(Field::new("entries", entry, false)), false);
    let counts = record(vec![
        number("records"),
        number("events"),
        Field::new("rejects", rejects, true),
        number("duplicates"),
        Field::new("gaps", list(list(DataType::Int64)), true),
    ]);
    let time = |name| Field::new(name, time_type(), true);
    Arc::new(Schema::new(vec![
        Field::new("format", DataType::Int32, true),
        number("number"),
        Field::new(
            "stream",
            record(vec![
                text("topic"),
                Field::new("partition", DataType::Int32, true),
            ]),
            true,
        ),
        number("start"),
        number("end"),
        text("previous"),
        Field::new("heartbeat", DataType::Boolean, true),
        Field::new("files", list(file), true),
        text("row_root"),
        Field::new("counts", counts, true),
        Field::new(
            "event_times",
            record(vec![time("earliest"), time("latest")]),
            true,
        ),
        time("written_at"),
    ]))
}

/// One row a file.
pub(super) fn files(commits: &[StoredCommit]) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<(&Commit, &FileRef)> = named(commits).collect();
    let texts = |of: &dyn Fn(&Commit, &FileRef) -> String| -> ArrayRef {
        let values = rows.iter().map(|(commit, file)| Some(of(commit, file)));
        Arc::new(values.collect::<StringArray>())
    };
    let numbers = |of: &dyn Fn(&Commit, &FileRef) -> u64| -> ArrayRef {
        let values = rows
            .iter()
            .map(|(commit, file)| i64::try_from(of(commit, file)).ok());
        Arc::new(values.collect::<Int64Array>())
    };
    let partitions = rows.iter().map(|(commit, _)| Some(commit.stream.partition));
    RecordBatch::try_from_iter_with_nullable([
        ("dataset", texts(&|_, file| dataset(file).to_owned()), true),
        ("path", texts(&|_, file| file.path.clone()), true),
        ("sha256", texts(&|_, file| file.sha256.to_string()), true),
        ("bytes", numbers(&|_, file| file.bytes), true),
        ("rows", numbers(&|_, file| file.rows), true),
        ("records", numbers(&|_, file| file.records), true),
        (
            "topic",
            texts(&|commit, _| commit.stream.topic.clone()),
            true,
        ),
        (
            "partition",
            Arc::new(partitions.collect::<Int32Array>()),
            true,
        ),
        ("commit_number", numbers(&|commit, _| commit.number), true),
    ])
}

/// All files with the commits that name them.
pub(super) fn named(commits: &[StoredCommit]) -> impl Iterator<Item = (&Commit, &FileRef)> {
    commits.iter().flat_map(|stored| {
        let files = stored.commit.files.iter();
        files.map(|file| (&stored.commit, file))
    })
}

/// The first part of the file's path.
pub(super) fn dataset(file: &FileRef) -> &str {
    file.path.split('/').next().unwrap_or(&file.path)
}
