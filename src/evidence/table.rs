//! A table as a Parquet file in memory, for datasets that hold what was computed and no records:
//! flat columns, one kind of compression, the same bytes for the same rows.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{Field, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::model::Text;
use crate::model::limits::SEGMENT_ROWS_MAX;
use crate::model::time::Timestamp;

/// Named instead of the library's version, which would make bytes depend on an upgrade.
const CREATED_BY: &str = "tenure evidence format 1";
const ZSTD_LEVEL: i32 = 3;
/// Rows that go to the writer at a time: a part of the form, since pages are cut at slices.
const SLICE_ROWS: usize = 1_024;

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    Texts(Vec<Option<Text>>),
    Times(Vec<Option<Timestamp>>),
    Flags(Vec<bool>),
    Numbers(Vec<i64>),
    /// Numbers of which some are not known.
    Counts(Vec<Option<i64>>),
    /// Of each row several texts, in their order.
    Lists(Vec<Vec<Text>>),
}

/// The columns do not make a table: a bug, or memory has run out.
#[derive(Debug, thiserror::Error)]
#[error("failed to encode a table: {0}")]
pub struct TableError(#[from] ParquetError);

/// Encodes columns of one length.
pub fn encode(columns: &[(&str, Column)]) -> Result<Bytes, TableError> {
    let arrays: Vec<(&str, ArrayRef)> = columns
        .iter()
        .map(|(name, column)| (*name, column.array()))
        .collect();
    let fields: Vec<Field> = arrays
        .iter()
        .zip(columns)
        .map(|((name, array), (_, column))| {
            let nullable = matches!(
                column,
                Column::Texts(_) | Column::Times(_) | Column::Counts(_)
            );
            Field::new(*name, array.data_type().clone(), nullable)
        })
        .collect();
    let arrays = arrays.into_iter().map(|(_, array)| array).collect();
    let batch =
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(ParquetError::from)?;
    let level = ZstdLevel::try_new(ZSTD_LEVEL)?;
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(SEGMENT_ROWS_MAX))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    for first in (0..batch.num_rows()).step_by(SLICE_ROWS) {
        let rows = SLICE_ROWS.min(batch.num_rows() - first);
        writer.write(&batch.slice(first, rows))?;
    }
    Ok(writer.into_inner()?.into())
}

impl Column {
    fn array(&self) -> ArrayRef {
        match self {
            Column::Texts(texts) => {
                let texts = texts.iter().map(Option::as_deref);
                Arc::new(texts.collect::<StringArray>())
            }
            Column::Times(times) => {
                let micros = times.iter().map(|time| time.map(Timestamp::as_micros));
                let times = micros.collect::<TimestampMicrosecondArray>();
                Arc::new(times.with_timezone("UTC"))
            }
            Column::Flags(flags) => Arc::new(BooleanArray::from(flags.clone())),
            Column::Numbers(numbers) => Arc::new(Int64Array::from(numbers.clone())),
            Column::Counts(counts) => Arc::new(Int64Array::from(counts.clone())),
            Column::Lists(lists) => {
                let mut builder = ListBuilder::new(StringBuilder::new());
                for list in lists {
                    list.iter()
                        .for_each(|text| builder.values().append_value(text));
                    builder.append(true);
                }
                Arc::new(builder.finish())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_give_the_same_bytes_and_columns_of_two_lengths_are_refused() {
        let texts = |count| Column::Texts(vec![Some("a".into()); count]);
        let flags = || Column::Flags(vec![true; 3_000]);
        let lists = (0..3_000).map(|row| vec![Text::from("a"); row % 3]);
        let columns = [
            ("a", texts(3_000)),
            ("b", flags()),
            ("c", Column::Numbers((0..3_000).collect())),
            ("d", Column::Lists(lists.collect())),
        ];
        let first = encode(&columns).expect("bytes");
        assert_eq!(first, encode(&columns).expect("bytes"));
        assert!(encode(&[("a", texts(2)), ("b", flags())]).is_err());
        assert!(encode(&[("a", texts(0))]).is_ok(), "no rows are a table");
    }
}
