//! The least that any program would do with these bytes: parse each record into a DOM, and write
//! the raw column to Parquet with zstd. It knows nothing about identities afterwards.

use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::BinaryBuilder;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::logs::Logs;

/// As in a segment of the archive.
const ROW_GROUP_BYTES: usize = 64 << 20;
const SLICE_ROWS: usize = 1_024;

/// Parses every record; how many values were objects.
pub fn parse(logs: &Logs) -> usize {
    let mut objects = 0;
    for line in logs.lines() {
        let value: serde_json::Value = serde_json::from_slice(line).expect("generated JSON");
        objects += usize::from(black_box(&value).is_object());
    }
    objects
}

/// Writes one file of one column; its bytes.
pub fn write(logs: &Logs, path: &Path) -> u64 {
    let schema = Arc::new(Schema::new(vec![Field::new(
        "raw",
        DataType::Binary,
        false,
    )]));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("level")))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let file = File::create(path).expect("a file in the scratch directory");
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).expect("writer");
    let mut builder = BinaryBuilder::new();
    let (mut rows, mut group_bytes) = (0, 0);
    for line in logs.lines() {
        builder.append_value(line);
        rows += 1;
        group_bytes += line.len();
        if rows == SLICE_ROWS {
            let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(builder.finish())]);
            writer.write(&batch.expect("batch")).expect("write");
            rows = 0;
        }
        if group_bytes >= ROW_GROUP_BYTES {
            writer.flush().expect("flush");
            group_bytes = 0;
        }
    }
    let batch = RecordBatch::try_new(schema, vec![Arc::new(builder.finish())]);
    writer.write(&batch.expect("batch")).expect("write");
    writer
        .into_inner()
        .expect("file")
        .metadata()
        .expect("metadata")
        .len()
}
