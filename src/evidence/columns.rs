//! The columns of a segment: their names and types, how they are encoded, and their builders.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::rows::{EventNumbers, Row};
use crate::model::limits::SEGMENT_ROWS_MAX;
use crate::model::record::{Record, Stream};
use crate::model::time::Timestamp;

/// The text columns, in the order of a row's texts. `identity` is first: rows are sorted by it.
pub(super) const TEXTS: [&str; 29] = [
    "identity",
    "account",
    "source",
    "reject_reason",
    "reject_detail",
    "verb",
    "event_code",
    "outcome",
    "outcome_detail",
    "actor_kind",
    "actor_uid",
    "actor_name",
    "actor_email",
    "user_kind",
    "user_uid",
    "user_name",
    "user_email",
    "group_name",
    "resource_kind",
    "resource_name",
    "resource_uid",
    "src_ip",
    "session_uid",
    "user_agent",
    "entitlement",
    "credential_uid",
    "ticket",
    "vendor_uid",
    "message",
];

/// Ids of the patterns whose secrets were replaced in the record, each once, with commas between.
const REDACTED: &str = "redacted";
/// Columns that an auditor looks one value up in.
const BLOOM_FILTERED: [&str; 4] = ["identity", "account", "event_uid", "src_ip"];
/// At this rate a look-up opens one row group in a hundred in vain, for 1.2 bytes a value.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;
/// Columns whose least and greatest values are kept for each page. Rows are sorted by identity, so
/// the pages of other columns all span the same range and could not be passed over.
const PAGE_INDEXED: [&str; 4] = ["identity", "account", "time", "offset"];
/// Almost every value is another: a dictionary would be built, found too large and given up.
const UNIQUE: [&str; 4] = ["event_uid", "vendor_uid", "session_uid", "raw"];
/// Times and offsets: close to their neighbours.
const DELTAS: [&str; 4] = ["offset", "received_at", "time", "effective_time"];
/// A page is the least that a reader decompresses: of `raw`, some 160 records of 1.5 KB.
const RAW_PAGE_BYTES: usize = 256 << 10;
/// Named instead of the library's version, which would make bytes depend on an upgrade.
const CREATED_BY: &str = "tenure evidence format 1";
const ZSTD_LEVEL: i32 = 3;

pub(super) fn schema() -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("topic", DataType::Utf8, false),
        Field::new("partition", DataType::Int32, false),
        Field::new("offset", DataType::Int64, false),
        Field::new("event_index", DataType::Int32, false),
        Field::new("received_at", time(), true),
        Field::new("event_uid", DataType::Utf8, true),
        Field::new("time", time(), true),
        Field::new("time_clamped", DataType::Boolean, true),
        Field::new("effective_time", time(), true),
        Field::new("class_uid", DataType::Int32, true),
        Field::new("activity_id", DataType::Int32, true),
    ];
    fields.extend(TEXTS.map(|name| Field::new(name, DataType::Utf8, name != "source")));
    fields.push(Field::new("raw", DataType::Binary, true));
    // Last, so that readers of older files, which lack it, go on.
    fields.push(Field::new(REDACTED, DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

/// How the columns are written. All that decides about bytes is stated here or is the library's
/// default, never the machine's.
pub(super) fn properties(schema: &Schema, rows: usize) -> Result<WriterProperties, ParquetError> {
    let group_rows = rows.clamp(1, SEGMENT_ROWS_MAX);
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(SEGMENT_ROWS_MAX))
        .set_sorting_columns(Some(sorting_columns(schema)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(path("raw"), EnabledStatistics::None)
        .set_column_data_page_size_limit(path("raw"), RAW_PAGE_BYTES);
    for name in UNIQUE.into_iter().chain(DELTAS) {
        properties = properties.set_column_dictionary_enabled(path(name), false);
    }
    for name in DELTAS {
        properties = properties.set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in PAGE_INDEXED {
        properties = properties.set_column_statistics_enabled(path(name), EnabledStatistics::Page);
    }
    for name in BLOOM_FILTERED {
        properties = bloom_filter(properties, name, group_rows as u64);
    }
    Ok(properties.build())
}

fn bloom_filter(
    properties: WriterPropertiesBuilder,
    name: &str,
    values_max: u64,
) -> WriterPropertiesBuilder {
    properties
        .set_column_bloom_filter_fpp(path(name), BLOOM_FALSE_POSITIVES)
        .set_column_bloom_filter_max_ndv(path(name), values_max)
}

fn sorting_columns(schema: &Schema) -> Result<Vec<SortingColumn>, ParquetError> {
    ["identity", "time", "offset", "event_index"]
        .into_iter()
        .map(|name| {
            Ok(SortingColumn {
                column_idx: i32::try_from(schema.index_of(name)?)?,
                descending: false,
                nulls_first: false,
            })
        })
        .collect()
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::from(name)
}

/// Builders of all columns, filled row by row: a row's parts lie together in memory.
pub(super) struct Builders {
    schema: SchemaRef,
    topic: StringBuilder,
    partition: Int32Builder,
    offset: Int64Builder,
    event_index: Int32Builder,
    received_at: TimestampMicrosecondBuilder,
    event_uid: StringBuilder,
    time: TimestampMicrosecondBuilder,
    time_clamped: BooleanBuilder,
    effective_time: TimestampMicrosecondBuilder,
    class_uid: Int32Builder,
    activity_id: Int32Builder,
    texts: Vec<StringBuilder>,
    raw: BinaryBuilder,
    redacted: StringBuilder,
}

impl Builders {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Builders {
            schema,
            topic: StringBuilder::new(),
            partition: Int32Builder::new(),
            offset: Int64Builder::new(),
            event_index: Int32Builder::new(),
            received_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            event_uid: StringBuilder::new(),
            time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            time_clamped: BooleanBuilder::new(),
            effective_time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            class_uid: Int32Builder::new(),
            activity_id: Int32Builder::new(),
            texts: TEXTS.map(|_| StringBuilder::new()).into(),
            raw: BinaryBuilder::new(),
            redacted: StringBuilder::new(),
        }
    }

    /// `texts` are the row's, in the order of [`TEXTS`].
    pub(super) fn append<'a>(
        &mut self,
        stream: &Stream,
        (record, redacted): (&Record, Option<&str>),
        row: &Row,
        texts: impl Iterator<Item = Option<&'a str>>,
    ) {
        self.topic.append_value(&stream.topic);
        self.partition.append_value(stream.partition);
        self.offset.append_value(record.offset);
        self.event_index.append_value(row.event_index);
        self.received_at
            .append_option(record.received_at.map(Timestamp::as_micros));
        self.append_numbers(row.event.as_ref());
        for (builder, text) in self.texts.iter_mut().zip(texts) {
            builder.append_option(text);
        }
        let first = row.event_index == 0;
        self.raw.append_option(first.then_some(&record.raw));
        self.redacted.append_option(redacted);
    }

    fn append_numbers(&mut self, event: Option<&EventNumbers>) {
        self.time
            .append_option(event.map(|event| event.time.as_micros()));
        self.time_clamped
            .append_option(event.map(|event| event.time_clamped));
        self.effective_time
            .append_option(event.and_then(|event| event.effective_time.map(Timestamp::as_micros)));
        self.class_uid
            .append_option(event.map(|event| event.class_uid));
        self.activity_id
            .append_option(event.map(|event| event.activity_id));
        let mut digits = [0; 32];
        self.event_uid
            .append_option(event.and_then(|event| hexadecimal(&event.uid.0, &mut digits)));
    }

    /// What was appended since the last call.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.topic.finish()),
            Arc::new(self.partition.finish()),
            Arc::new(self.offset.finish()),
            Arc::new(self.event_index.finish()),
            Arc::new(self.received_at.finish()),
            Arc::new(self.event_uid.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.time_clamped.finish()),
            Arc::new(self.effective_time.finish()),
            Arc::new(self.class_uid.finish()),
            Arc::new(self.activity_id.finish()),
        ];
        for text in &mut self.texts {
            columns.push(Arc::new(text.finish()));
        }
        columns.push(Arc::new(self.raw.finish()));
        columns.push(Arc::new(self.redacted.finish()));
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

/// The 32 digits of a uid, as its `Display` writes them but without the formatter's cost. Always
/// `Some`: the digits are ASCII.
fn hexadecimal<'a>(uid: &[u8; 16], digits: &'a mut [u8; 32]) -> Option<&'a str> {
    let digit = |value: u8| {
        if value < 10 {
            b'0' + value
        } else {
            b'a' - 10 + value
        }
    };
    for ([high, low], byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(uid) {
        *high = digit(byte >> 4);
        *low = digit(byte & 15);
    }
    std::str::from_utf8(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::EventUid;

    #[test]
    fn a_uid_has_the_digits_that_it_displays() {
        let uid = EventUid([
            0, 1, 9, 10, 15, 16, 0xa0, 0xff, 0x9f, 0xf9, 1, 2, 3, 4, 5, 6,
        ]);
        let mut digits = [0; 32];
        assert_eq!(
            hexadecimal(&uid.0, &mut digits),
            Some(uid.to_string().as_str())
        );
    }
}
