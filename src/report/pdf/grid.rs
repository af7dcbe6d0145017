//! Tables: columns by their weights, cells wrapped, the header again on each page.

use super::face::Weight;
use super::flow::{Flow, LEFT, Style, WIDTH, length};
use crate::report::document::{Align, Grid};
use crate::report::drawing::{Colour, Length, Point, points};

const CELL: Style = Style {
    size: 760,
    leading: 1_020,
    weight: Weight::Regular,
    colour: Colour::INK,
};
const HEADER: Style = Style {
    weight: Weight::Medium,
    colour: Colour::MUTED,
    ..CELL
};
/// Between columns.
const GUTTER: Length = points(7);
/// Above and below a row's text.
const PADDING: Length = points(3);
/// More of one cell is cut: a log's text of some kilobytes would fill pages. Tables beside the
/// report have it whole.
const LINES_MAX: usize = 24;

struct Columns {
    /// Left edge and width of each.
    places: Vec<(Length, Length)>,
    aligns: Vec<Align>,
}

pub fn draw(flow: &mut Flow<'_>, grid: &Grid) {
    let columns = Columns::of(grid);
    let titles: Vec<String> = grid.columns.iter().map(|it| it.title.clone()).collect();
    // A header alone at the foot of a page says nothing.
    flow.need(points(44));
    header(flow, &columns, &titles);
    for row in &grid.rows {
        let cells = columns.wrap(flow, CELL, row);
        if flow.need(height(&cells)) {
            header(flow, &columns, &titles);
        }
        columns.row(flow, CELL, cells);
        flow.rule(Colour::RULE, 40);
    }
}

fn header(flow: &mut Flow<'_>, columns: &Columns, titles: &[String]) {
    let cells = columns.wrap(flow, HEADER, titles);
    columns.row(flow, HEADER, cells);
    flow.rule(Colour::INK, 80);
}

fn height(cells: &[Vec<String>]) -> Length {
    let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
    CELL.leading * length(lines) + 2 * PADDING
}

impl Columns {
    fn of(grid: &Grid) -> Self {
        let whole: i32 = grid.columns.iter().map(|it| it.weight.max(1)).sum();
        let mut places = Vec::new();
        let mut before = 0;
        for column in &grid.columns {
            let left = LEFT + WIDTH / whole.max(1) * before;
            before += column.weight.max(1);
            let right = LEFT + WIDTH / whole.max(1) * before;
            places.push((left, right - left - GUTTER));
        }
        Columns {
            places,
            aligns: grid.columns.iter().map(|it| it.align).collect(),
        }
    }

    fn wrap(&self, flow: &Flow<'_>, style: Style, row: &[String]) -> Vec<Vec<String>> {
        let cells = row.iter().zip(&self.places);
        cells
            .map(|(text, (_, width))| {
                let mut lines = flow.faces.lines(style.weight, style.size, text, *width);
                if lines.len() > LINES_MAX {
                    lines.truncate(LINES_MAX);
                    lines.push("…".to_owned());
                }
                lines
            })
            .collect()
    }

    fn row(&self, flow: &mut Flow<'_>, style: Style, cells: Vec<Vec<String>>) {
        let height = height(&cells);
        let top = flow.y() + PADDING;
        for ((lines, (left, width)), align) in cells.into_iter().zip(&self.places).zip(&self.aligns)
        {
            for (place, line) in lines.into_iter().enumerate() {
                let used = flow.faces.width(style.weight, style.size, &line);
                let x = match align {
                    Align::Left => *left,
                    Align::Right => left + width - used,
                };
                let y = top + style.leading * length(place + 1) - style.leading / 4;
                flow.write(Point { x, y }, style, line);
            }
        }
        flow.skip(height);
    }
}
