//! A table as queries give it and files take it: typed columns, and cells that may be absent.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use datafusion::arrow::compute::cast;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::period::date_of;
use crate::model::limits::SEGMENT_ROWS_MAX;
use crate::model::time::Timestamp;

/// Named instead of the library's version, which would make bytes depend on an upgrade.
const CREATED_BY: &str = "tenure report format 1";
const ZSTD_LEVEL: i32 = 3;
/// Rows that go to the writer at a time: a part of the form, since pages are cut at slices.
const SLICE_ROWS: usize = 1_024;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Time,
    Day,
    Flag,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Time(Timestamp),
    /// Days since the epoch.
    Day(i32),
    Flag(bool),
}

/// A query's answer, or a table's encoding, is not what was expected of it: a bug, or memory has
/// run out.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("failed to read the column {column} of an answer: {source}")]
    Column { column: String, source: ArrowError },
    #[error("failed to encode a table: {0}")]
    Encode(#[from] ParquetError),
}

impl Cell {
    /// As CSV has it; `None` is an empty field.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Cell::Null => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Integer(number) => Some(number.to_string()),
            Cell::Time(at) => Some(at.to_string()),
            Cell::Day(day) => Some(date_of(*day)),
            Cell::Flag(flag) => Some(flag.to_string()),
        }
    }
}

impl Table {
    /// Rows have a cell for each column.
    pub fn new(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        Table { columns, rows }
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The cell of a row in the column of this name.
    pub fn cell<'t>(&self, row: &'t [Cell], name: &str) -> &'t Cell {
        self.place(name)
            .and_then(|place| row.get(place))
            .unwrap_or(&Cell::Null)
    }

    pub fn text<'t>(&self, row: &'t [Cell], name: &str) -> Option<&'t str> {
        match self.cell(row, name) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn time(&self, row: &[Cell], name: &str) -> Option<Timestamp> {
        match self.cell(row, name) {
            Cell::Time(at) => Some(*at),
            _ => None,
        }
    }

    /// 0 where it is absent.
    pub fn integer(&self, row: &[Cell], name: &str) -> i64 {
        match self.cell(row, name) {
            Cell::Integer(number) => *number,
            _ => 0,
        }
    }

    /// What a query gave.
    pub fn from_answer(schema: &Schema, batches: &[RecordBatch]) -> Result<Self, TableError> {
        let fields = schema.fields().iter();
        let columns: Vec<Column> = fields
            .map(|field| Column {
                name: field.name().clone(),
                kind: Kind::of(field.data_type()),
            })
            .collect();
        let mut rows = Vec::new();
        for batch in batches {
            let mut arrays = Vec::with_capacity(columns.len());
            for (column, array) in columns.iter().zip(batch.columns()) {
                let plain = cast(array, &column.kind.data_type());
                arrays.push(plain.map_err(|source| TableError::Column {
                    column: column.name.clone(),
                    source,
                })?);
            }
            for row in 0..batch.num_rows() {
                let cells = columns.iter().zip(&arrays);
                rows.push(cells.map(|(it, array)| it.kind.cell(array, row)).collect());
            }
        }
        Ok(Table { columns, rows })
    }

    /// The same rows give the same bytes.
    pub fn to_parquet(&self) -> Result<Vec<u8>, TableError> {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|it| Field::new(&it.name, it.kind.data_type(), true))
            .collect();
        let arrays = (0..self.columns.len()).map(|place| self.array(place));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.collect())
            .map_err(ParquetError::from)?;
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_max_row_group_row_count(Some(SEGMENT_ROWS_MAX))
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
        for first in (0..batch.num_rows()).step_by(SLICE_ROWS) {
            let rows = SLICE_ROWS.min(batch.num_rows() - first);
            writer.write(&batch.slice(first, rows))?;
        }
        Ok(writer.into_inner()?)
    }

    fn array(&self, place: usize) -> ArrayRef {
        let kind = self.columns.get(place).map_or(Kind::Text, |it| it.kind);
        let cells = self.rows.iter().map(|row| row.get(place));
        match kind {
            Kind::Text => Arc::new(
                cells
                    .map(|cell| match cell {
                        Some(Cell::Text(text)) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect::<StringArray>(),
            ),
            Kind::Integer => Arc::new(
                cells
                    .map(|cell| match cell {
                        Some(Cell::Integer(number)) => Some(*number),
                        _ => None,
                    })
                    .collect::<Int64Array>(),
            ),
            Kind::Time => {
                let times = cells.map(|cell| match cell {
                    Some(Cell::Time(at)) => Some(at.as_micros()),
                    _ => None,
                });
                let times = times.collect::<TimestampMicrosecondArray>();
                Arc::new(times.with_timezone("UTC"))
            }
            Kind::Day => Arc::new(
                cells
                    .map(|cell| match cell {
                        Some(Cell::Day(day)) => Some(*day),
                        _ => None,
                    })
                    .collect::<Date32Array>(),
            ),
            Kind::Flag => Arc::new(
                cells
                    .map(|cell| match cell {
                        Some(Cell::Flag(flag)) => Some(*flag),
                        _ => None,
                    })
                    .collect::<BooleanArray>(),
            ),
        }
    }
}

impl Kind {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Kind::Flag,
            DataType::Date32 | DataType::Date64 => Kind::Day,
            DataType::Timestamp(..) => Kind::Time,
            integer if integer.is_integer() => Kind::Integer,
            _ => Kind::Text,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Day => DataType::Date32,
            Kind::Flag => DataType::Boolean,
        }
    }

    /// `array` is of this kind.
    fn cell(self, array: &ArrayRef, row: usize) -> Cell {
        if array.is_null(row) {
            return Cell::Null;
        }
        match self {
            Kind::Text => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
            Kind::Integer => Cell::Integer(array.as_primitive::<Int64Type>().value(row)),
            Kind::Time => {
                let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
                Cell::Time(Timestamp::from_micros(micros))
            }
            Kind::Day => Cell::Day(array.as_primitive::<Date32Type>().value(row)),
            Kind::Flag => Cell::Flag(array.as_boolean().value(row)),
        }
    }
}

#[cfg(test)]
mod tests {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    #[test]
    fn a_table_comes_back_from_parquet_with_its_types() {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let columns = vec![
            column("text", Kind::Text),
            column("integer", Kind::Integer),
            column("time", Kind::Time),
            column("day", Kind::Day),
            column("flag", Kind::Flag),
        ];
        let full = vec![
            Cell::Text("é".to_owned()),
            Cell::Integer(-1),
            Cell::Time(Timestamp::from_seconds(1_772_330_400)),
            Cell::Day(20_513),
            Cell::Flag(true),
        ];
        let table = Table::new(columns, vec![full, vec![Cell::Null; 5]]);
        let bytes = table.to_parquet().expect("bytes");
        assert_eq!(bytes, table.to_parquet().expect("bytes"));
        let bytes = bytes::Bytes::from(bytes);
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("builder");
        let reader = builder.build().expect("reader");
        let batches: Vec<RecordBatch> = reader.map(|batch| batch.expect("batch")).collect();
        let schema = batches[0].schema();
        assert_eq!(Table::from_answer(&schema, &batches).expect("table"), table);
    }
}
