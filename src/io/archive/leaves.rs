//! Rows that are leaves of their commit's row root, so that one can be proved without its file: the
//! records of `events`, by offset, and the changes of `findings`, by their number. The other datasets
//! have none; their files are held by their hash alone.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use crate::evidence::blocks::RowBlocks;
use crate::evidence::commit::FileRef;
use crate::evidence::leaf::LeafHasher;
use crate::model::record::{Offset, Stream};

use super::layout;

/// Rows decoded at a time.
const ROWS: usize = 1_024;
const OF_EVENTS: [&str; 4] = ["offset", "event_index", "event_uid", "raw"];
const OF_FINDINGS: [&str; 3] = ["change", "finding_id", "form"];

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Events,
    Findings,
}

/// A row, as far as it is proved.
pub(super) struct Row<'r> {
    /// The record's offset, or the number of the change.
    pub(super) offset: Offset,
    /// The place of its event among those of the record. Rows above 0 are no leaves.
    pub(super) index: i32,
    /// Of the event, or of the finding.
    pub(super) uid: Option<&'r str>,
    pub(super) raw: &'r [u8],
}

impl Kind {
    /// `None` for a file whose rows are no leaves.
    pub(super) fn of(file: &FileRef) -> Option<Self> {
        if layout::is_events(file) {
            Some(Kind::Events)
        } else if layout::is_findings(&file.path) {
            Some(Kind::Findings)
        } else {
            None
        }
    }

    /// Shows every row, in the order of the file; else why the file cannot be read.
    pub(super) fn rows(self, bytes: Bytes, each: &mut dyn FnMut(&Row<'_>)) -> Result<(), String> {
        let failed = |error: &dyn std::error::Error| format!("its rows cannot be read: {error}");
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| failed(&error))?;
        if !has_sound_places(builder.metadata()) {
            return Err("its rows cannot be read: its footer points before the file".to_owned());
        }
        let schema = builder.parquet_schema();
        let projection = match self {
            Kind::Events => ProjectionMask::columns(schema, OF_EVENTS),
            Kind::Findings => ProjectionMask::columns(schema, OF_FINDINGS),
        };
        let reader = builder
            .with_projection(projection)
            .with_batch_size(ROWS)
            .build();
        for batch in reader.map_err(|error| failed(&error))? {
            let batch = batch.map_err(|error| failed(&error))?;
            let read = match self {
                Kind::Events => events(&batch, each),
                Kind::Findings => findings(&batch, each),
            };
            read.ok_or("it has not the columns of its dataset")?;
        }
        Ok(())
    }

    /// The tree over the leaves of one file.
    pub(super) fn tree(self, stream: &Stream, bytes: Bytes) -> Result<RowBlocks, String> {
        let hasher = LeafHasher::new(stream);
        let mut tree = RowBlocks::default();
        self.rows(bytes, &mut |row| {
            if row.index == 0 {
                tree.push(hasher.leaf(row.offset, row.raw));
            }
        })?;
        Ok(tree)
    }
}

/// Whether what a footer says of the places of columns can be: the library takes it to be.
fn has_sound_places(metadata: &ParquetMetaData) -> bool {
    let columns = metadata
        .row_groups()
        .iter()
        .flat_map(RowGroupMetaData::columns);
    columns.into_iter().all(|column| {
        let dictionary = column.dictionary_page_offset().unwrap_or(0);
        column.data_page_offset() >= 0 && dictionary >= 0 && column.compressed_size() >= 0
    })
}

/// `None` where a column is missing or of another type.
fn events(batch: &RecordBatch, each: &mut dyn FnMut(&Row<'_>)) -> Option<()> {
    let offset = batch
        .column_by_name("offset")?
        .as_primitive_opt::<Int64Type>()?;
    let index = batch
        .column_by_name("event_index")?
        .as_primitive_opt::<Int32Type>()?;
    let uid = batch.column_by_name("event_uid")?.as_string_opt::<i32>()?;
    let raw = batch.column_by_name("raw")?.as_binary_opt::<i32>()?;
    for row in 0..batch.num_rows() {
        each(&Row {
            offset: offset.value(row),
            index: index.value(row),
            uid: uid.is_valid(row).then(|| uid.value(row)),
            raw: raw.value(row),
        });
    }
    Some(())
}

fn findings(batch: &RecordBatch, each: &mut dyn FnMut(&Row<'_>)) -> Option<()> {
    let change = batch
        .column_by_name("change")?
        .as_primitive_opt::<Int64Type>()?;
    let uid = batch.column_by_name("finding_id")?.as_string_opt::<i32>()?;
    let form = batch.column_by_name("form")?.as_string_opt::<i32>()?;
    for row in 0..batch.num_rows() {
        each(&Row {
            offset: change.value(row),
            index: 0,
            uid: uid.is_valid(row).then(|| uid.value(row)),
            raw: form.value(row).as_bytes(),
        });
    }
    Some(())
}
