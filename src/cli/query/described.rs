//! What there is to ask about, and what a question read.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment};
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

use super::super::table::{self, Look};
use super::Format;
use crate::query::{FUNCTIONS, Scan, TableInfo};

/// A question that was run to its end.
pub(super) struct Explained {
    pub(super) rows: usize,
    pub(super) scans: Vec<Scan>,
    pub(super) plan: String,
}

/// Tables with their columns, and functions.
pub(super) fn tables(tables: &[TableInfo], format: Format) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if format == Format::Table {
        let look = Look::of_stdout();
        out.write_all(render_tables(tables, look).as_bytes())?;
        out.write_all(b"\n")?;
        out.write_all(render_functions(look).as_bytes())?;
    } else {
        writeln!(out, "{}", tables_json(tables))?;
    }
    Ok(out.flush()?)
}

fn render_tables(tables: &[TableInfo], look: Look) -> String {
    let mut sheet = table::styled(&["TABLE", "COLUMN", "TYPE", "MEANING"], look);
    for table in tables {
        sheet.add_row([table.name, "", "", table.meaning]);
        for column in &table.columns {
            let cells = [table.name, &column.name, &column.kind, column.meaning];
            sheet.add_row(cells);
        }
    }
    table::lines(&sheet)
}

fn render_functions(look: Look) -> String {
    let mut sheet = table::styled(&["FUNCTION", "MEANING"], look);
    for (name, meaning) in FUNCTIONS {
        sheet.add_row([format!("{name}(who)"), meaning.to_owned()]);
    }
    table::lines(&sheet)
}

fn tables_json(tables: &[TableInfo]) -> Value {
    let tables = tables.iter().map(|table| {
        let columns = table.columns.iter().map(
            |column| json!({"name": column.name, "type": column.kind, "meaning": column.meaning}),
        );
        json!({
            "name": table.name,
            "meaning": table.meaning,
            "columns": columns.collect::<Vec<Value>>(),
        })
    });
    let functions = FUNCTIONS
        .iter()
        .map(|(name, meaning)| json!({"name": name, "meaning": meaning}));
    json!({
        "tables": tables.collect::<Vec<Value>>(),
        "functions": functions.collect::<Vec<Value>>(),
    })
}

/// What was read, and the plan.
pub(super) fn explained(explained: &Explained, format: Format) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if format == Format::Table {
        let text = render_explained(explained, Look::of_stdout());
        out.write_all(text.as_bytes())?;
    } else {
        writeln!(out, "{}", explained_json(explained))?;
    }
    Ok(out.flush()?)
}

fn render_explained(explained: &Explained, look: Look) -> String {
    let header = [
        "DATASET",
        "FILES",
        "PASSED OVER",
        "ROW GROUPS",
        "BY STATISTICS",
        "BY BLOOM",
        "PAGES",
        "PASSED OVER",
        "READ",
        "OF",
        "ROWS",
    ];
    let mut sheet = table::styled(&header, look);
    for scan in &explained.scans {
        let number = |number: usize| right(HumanCount(number as u64).to_string());
        let bytes = |number: u64| right(HumanBytes(number).to_string());
        sheet.add_row([
            Cell::new(&scan.dataset),
            number(scan.files),
            number(scan.files_passed_over),
            number(scan.row_groups),
            number(scan.row_groups_by_statistics),
            number(scan.row_groups_by_bloom),
            number(scan.pages),
            number(scan.pages_passed_over),
            bytes(scan.bytes_read as u64),
            bytes(scan.bytes),
            number(scan.rows),
        ]);
    }
    let (rows, plan) = (HumanCount(explained.rows as u64), &explained.plan);
    format!("{}\n{rows} rows\n\n{plan}", table::lines(&sheet))
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn explained_json(explained: &Explained) -> Value {
    let scans = explained.scans.iter().map(|scan| {
        json!({
            "dataset": scan.dataset,
            "files": scan.files,
            "files_passed_over": scan.files_passed_over,
            "row_groups": scan.row_groups,
            "row_groups_by_statistics": scan.row_groups_by_statistics,
            "row_groups_by_bloom": scan.row_groups_by_bloom,
            "pages": scan.pages,
            "pages_passed_over": scan.pages_passed_over,
            "bytes_read": scan.bytes_read,
            "bytes": scan.bytes,
            "rows": scan.rows,
        })
    });
    json!({
        "rows": explained.rows,
        "scans": scans.collect::<Vec<Value>>(),
        "plan": explained.plan,
    })
}
