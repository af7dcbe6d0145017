//! A dataset as a table: an explicit list of files, with what their commits say of them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, SchemaRef, TimeUnit};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result, ScalarValue, Statistics, project_schema};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{TableType, create_ordering};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, SortExpr, ident};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::evidence::commit::{Commit, FileRef};
use crate::model::time::Timestamp;

/// A dataset's files as one table.
#[derive(Debug)]
pub(super) struct DatasetTable {
    schema: TableSchema,
    files: Vec<PartitionedFile>,
    order: Vec<SortExpr>,
    store: ObjectStoreUrl,
}

/// What is common to all files of a dataset.
pub(super) struct Shape {
    /// The columns that files have; one that a file lacks is null.
    pub(super) schema: SchemaRef,
    /// The column of which a commit tells the least and the greatest value.
    pub(super) time: &'static str,
    /// Each file is sorted by these, nulls last.
    pub(super) order: &'static [&'static str],
}

impl DatasetTable {
    /// `files` with the commits that name them; `extra` columns come after those of the files.
    pub(super) fn new<'c>(
        shape: &Shape,
        files: impl Iterator<Item = (&'c Commit, &'c FileRef)>,
        store: ObjectStoreUrl,
        extra: &[Extra],
    ) -> Self {
        let columns: Vec<FieldRef> = extra.iter().map(|extra| extra.field()).collect();
        let schema = TableSchema::builder(shape.schema.clone())
            .with_table_partition_cols(columns)
            .build();
        let files = files.map(|(commit, file)| {
            let values = extra.iter().map(|extra| extra.value(commit, file));
            PartitionedFile::new(file.path.clone(), file.bytes)
                .with_partition_values(values.collect())
                .with_statistics(Arc::new(statistics(shape, commit, file)))
        });
        DatasetTable {
            files: files.collect(),
            order: shape
                .order
                .iter()
                .map(|name| ident(*name).sort(true, false))
                .collect(),
            schema,
            store,
        }
    }
}

/// A column that no file has: its value is the same in all rows of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    /// The day in the file's path.
    Day,
    CommitNumber,
}

impl Extra {
    fn field(self) -> FieldRef {
        let (name, kind) = match self {
            Extra::Day => ("day", DataType::Date32),
            Extra::CommitNumber => ("commit_number", DataType::Int64),
        };
        Arc::new(Field::new(name, kind, true))
    }

    fn value(self, commit: &Commit, file: &FileRef) -> ScalarValue {
        match self {
            Extra::Day => ScalarValue::Date32(part(file, "day=").and_then(day_number)),
            Extra::CommitNumber => ScalarValue::Int64(i64::try_from(commit.number).ok()),
        }
    }
}

#[async_trait]
impl TableProvider for DatasetTable {
    fn schema(&self) -> SchemaRef {
        self.schema.table_schema().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters are left to the optimizer, which hands them on to the reader of Parquet.
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            let schema = project_schema(&self.schema(), projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let runtime = state.runtime_env();
        let metadata = runtime.cache_manager.get_file_metadata_cache();
        let store = runtime.object_store(&self.store)?;
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let reader = CachedParquetFileReaderFactory::new(store, metadata);
        let mut source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(options.clone())
            .with_parquet_file_reader_factory(Arc::new(reader));
        if let Some(bytes) = options.global.metadata_size_hint {
            source = source.with_metadata_size_hint(bytes);
        }
        let partitions = state.config_options().execution.target_partitions.max(1);
        let groups = FileGroup::new(self.files.clone()).split_files(partitions);
        let orders: &[Vec<SortExpr>] = match self.order.as_slice() {
            [] => &[],
            order => &[order.to_vec()],
        };
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_output_ordering(create_ordering(&self.schema(), orders)?)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// What the commit says of the file's columns: enough to pass it over unopened.
fn statistics(shape: &Shape, commit: &Commit, file: &FileRef) -> Statistics {
    let columns = shape.schema.fields().iter().map(|field| {
        let (min, max) = match (field.name().as_str(), &commit.event_times) {
            (name, Some(times)) if name == shape.time => (
                time(times.earliest.as_micros()),
                time(times.latest.as_micros()),
            ),
            ("source", _) if part(file, "source=").is_some() => {
                let source = part(file, "source=").map(str::to_owned);
                (ScalarValue::Utf8(source.clone()), ScalarValue::Utf8(source))
            }
            _ => return ColumnStatistics::new_unknown(),
        };
        ColumnStatistics {
            min_value: Precision::Exact(min),
            max_value: Precision::Exact(max),
            ..ColumnStatistics::new_unknown()
        }
    });
    let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
    Statistics {
        num_rows: Precision::Inexact(rows),
        total_byte_size: Precision::Absent,
        column_statistics: columns.collect(),
    }
}

fn time(micros: i64) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()))
}

/// The type of all times.
pub(super) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// What follows `key` in one of the directories of the file's path.
fn part<'f>(file: &'f FileRef, key: &str) -> Option<&'f str> {
    file.path.split('/').find_map(|part| part.strip_prefix(key))
}

/// Days since 1970 of a date such as `2026-03-01`.
fn day_number(text: &str) -> Option<i32> {
    let begin: Timestamp = format!("{text}T00:00:00Z").parse().ok()?;
    Some(begin.day())
}
