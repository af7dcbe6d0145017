//! Values of an answer as people read them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BinaryArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// RFC 3339, like all times of the product.
const TIME: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

/// The columns with bytes as text: as it is where it is UTF-8, else `\x` and hexadecimal digits.
pub(super) fn readable(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| {
        let bytes = column.as_any().downcast_ref::<BinaryArray>();
        bytes.map_or_else(|| column.clone(), texts)
    });
    RecordBatch::try_new(readable_schema(&batch.schema()), columns.collect())
}

fn readable_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Binary => Arc::new(Field::new(field.name(), DataType::Utf8, true)),
        _ => field.clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn texts(bytes: &BinaryArray) -> ArrayRef {
    let texts = bytes.iter().map(|bytes| bytes.map(text));
    Arc::new(texts.collect::<StringArray>())
}

fn text(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16));
    "\\x".chars().chain(digits).collect()
}

/// The rows of a readable batch, each a text a column; `null` stands for what is absent.
pub(super) fn rows(batch: &RecordBatch, null: &str) -> Result<Vec<Vec<String>>, ArrowError> {
    let options = FormatOptions::new()
        .with_null(null)
        .with_timestamp_format(Some(TIME))
        .with_timestamp_tz_format(Some(TIME));
    let columns = batch.columns().iter();
    let columns: Vec<ArrayFormatter<'_>> = columns
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<_, _>>()?;
    let row = |row| {
        let cells = columns
            .iter()
            .map(|column| column.value(row).try_to_string());
        cells.collect()
    };
    (0..batch.num_rows()).map(row).collect()
}
