//! Answers in their forms, written as their rows come.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use comfy_table::{Cell, CellAlignment};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::{JsonArray, LineDelimited};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use indicatif::ProgressBar;

use super::super::csv;
use super::super::table::{self, Look, harmless};
use super::{Format, cells};
use crate::query::{QueryError, Rows};

/// Letters of a value that a table shows; the other forms have it whole.
const CELL_LETTERS: usize = 200;

/// How an answer is put down.
pub(super) struct Sheet {
    pub(super) format: Format,
    pub(super) look: Look,
    /// Rows of a table; the others are counted.
    pub(super) rows_max: usize,
}

/// Batches of rows, with the columns that all of them have.
struct Batches<I> {
    schema: SchemaRef,
    batches: I,
}

/// Writes the answer to standard output. How many rows it has.
pub(super) fn to_stdout(
    mut rows: Rows<'_>,
    sheet: &Sheet,
    bar: &ProgressBar,
) -> anyhow::Result<usize> {
    let schema = rows.schema();
    // What goes wrong before the first row comes leaves no half of an answer.
    let first = rows.next().transpose()?;
    bar.finish_and_clear();
    let batches = first.map(Ok).into_iter().chain(rows);
    let mut out = BufWriter::new(io::stdout());
    let count = write(Batches { schema, batches }, sheet, &mut out)?;
    out.flush()?;
    Ok(count)
}

/// Writes the answer to a file that must not be there, whole or not at all.
pub(super) fn to_file(rows: Rows<'_>, sheet: &Sheet, path: &Path) -> anyhow::Result<usize> {
    let shown = path.display();
    ensure!(
        !path.exists(),
        "{shown} is there already: name another file"
    );
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let failed = || format!("failed to write {}", part.display());
    let mut file = BufWriter::new(File::create(&part).with_context(failed)?);
    let schema = rows.schema();
    let written = write(
        Batches {
            schema,
            batches: rows,
        },
        sheet,
        &mut file,
    );
    let written = written.and_then(|count| {
        let file = file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).with_context(failed)?;
        fs::rename(&part, path).with_context(|| format!("failed to write {shown}"))?;
        Ok(count)
    });
    if written.is_err()
        && let Err(error) = fs::remove_file(&part)
    {
        tracing::warn!("{} stays, half written: {error}", part.display());
    }
    written
}

fn write(
    rows: Batches<impl Iterator<Item = Result<RecordBatch, QueryError>>>,
    sheet: &Sheet,
    out: &mut (impl Write + Send),
) -> anyhow::Result<usize> {
    match sheet.format {
        Format::Table => write_table(rows, sheet, out),
        Format::Csv => write_csv(rows, out),
        Format::Json => {
            let mut writer = WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, JsonArray>(&mut *out);
            let count = each(rows, |batch| Ok(writer.write(&cells::readable(batch)?)?))?;
            writer.finish()?;
            writeln!(out)?;
            Ok(count)
        }
        Format::Ndjson => {
            let mut writer = WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, LineDelimited>(out);
            let count = each(rows, |batch| Ok(writer.write(&cells::readable(batch)?)?))?;
            writer.finish()?;
            Ok(count)
        }
        Format::Parquet => write_parquet(rows, out),
    }
}

/// Does something with each batch, and counts the rows.
fn each(
    rows: Batches<impl Iterator<Item = Result<RecordBatch, QueryError>>>,
    mut with: impl FnMut(&RecordBatch) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let mut count = 0;
    for batch in rows.batches {
        let batch = batch?;
        count += batch.num_rows();
        with(&batch)?;
    }
    Ok(count)
}

fn write_table(
    rows: Batches<impl Iterator<Item = Result<RecordBatch, QueryError>>>,
    sheet: &Sheet,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let schema = rows.schema.clone();
    let header: Vec<String> = names(&schema).map(str::to_uppercase).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = table::styled(&header, sheet.look);
    let right: Vec<bool> = schema
        .fields()
        .iter()
        .map(|field| field.data_type().is_numeric())
        .collect();
    let mut left = sheet.rows_max;
    let count = each(rows, |batch| {
        let shown = batch.slice(0, left.min(batch.num_rows()));
        left -= shown.num_rows();
        for row in cells::rows(&cells::readable(&shown)?, "-")? {
            let row = row.iter().zip(&right).map(|(text, right)| {
                let cell = Cell::new(harmless(&cut(text)));
                if *right {
                    cell.set_alignment(CellAlignment::Right)
                } else {
                    cell
                }
            });
            table.add_row(row.collect::<Vec<Cell>>());
        }
        Ok(())
    })?;
    out.write_all(table::lines(&table).as_bytes())?;
    Ok(count)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CELL_LETTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
    }
}

fn write_csv(
    rows: Batches<impl Iterator<Item = Result<RecordBatch, QueryError>>>,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let header: Vec<&str> = names(&rows.schema).collect();
    csv::line(out, &header)?;
    each(rows, |batch| {
        for row in cells::rows(&cells::readable(batch)?, "")? {
            csv::line(out, &row)?;
        }
        Ok(())
    })
}

fn write_parquet(
    rows: Batches<impl Iterator<Item = Result<RecordBatch, QueryError>>>,
    out: &mut (impl Write + Send),
) -> anyhow::Result<usize> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = ArrowWriter::try_new(out, rows.schema.clone(), Some(properties))?;
    let count = each(rows, |batch| Ok(writer.write(batch)?))?;
    writer.close()?;
    Ok(count)
}

fn names(schema: &Schema) -> impl Iterator<Item = &str> {
    schema.fields().iter().map(|field| field.name().as_str())
}
