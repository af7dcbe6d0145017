//! The document as one page: no scripts, no fonts, no images from elsewhere, and it prints.

use super::document::{Align, Block, Document, Grid};
use super::drawing::{Anchor, Drawing, Length, Shape};

const STYLE: &str = include_str!("page.css");

pub fn page(document: &Document) -> Vec<u8> {
    let mut out = String::with_capacity(64 << 10);
    let title = escape(&document.title);
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Values come from logs: even if one escaped its escaping, nothing would run or be loaded.
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str(&format!(
        "<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    ));
    contents(&mut out, document);
    out.push_str("<main>\n<header>\n");
    let subtitle = escape(&document.subtitle);
    out.push_str(&format!(
        "<h1>{title}</h1>\n<p class=\"subtitle\">{subtitle}</p>\n</header>\n"
    ));
    let mut in_part = false;
    for block in &document.blocks {
        if let Block::Part { id, text } = block {
            if in_part {
                out.push_str("</section>\n");
            }
            in_part = true;
            let (id, text) = (escape(id), escape(text));
            out.push_str(&format!("<section id=\"{id}\">\n<h2>{text}</h2>\n"));
        } else {
            write_block(&mut out, block);
        }
    }
    if in_part {
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out.into_bytes()
}

fn contents(out: &mut String, document: &Document) {
    out.push_str("<nav aria-label=\"Contents\">\n<ol>\n");
    for block in &document.blocks {
        if let Block::Part { id, text } = block {
            let (id, text) = (escape(id), escape(text));
            out.push_str(&format!("<li><a href=\"#{id}\">{text}</a></li>\n"));
        }
    }
    out.push_str("</ol>\n</nav>\n");
}

fn write_block(out: &mut String, block: &Block) {
    let mut element = |open: &str, text: &str, close: &str| {
        out.push_str(&format!("<{open}>{}</{close}>\n", escape(text)));
    };
    match block {
        Block::Part { .. } => {}
        Block::Heading(text) => element("h3", text, "h3"),
        Block::Paragraph(text) => element("p", text, "p"),
        Block::Warning(text) => element("p class=\"warning\"", text, "p"),
        Block::Muted(text) => element("p class=\"muted\"", text, "p"),
        Block::Verbatim(text) => element("pre", text, "pre"),
        Block::Facts(facts) => {
            out.push_str("<dl>\n");
            for (name, text) in facts {
                let (name, text) = (escape(name), escape(text));
                out.push_str(&format!("<dt>{name}</dt><dd>{text}</dd>\n"));
            }
            out.push_str("</dl>\n");
        }
        Block::Figures(figures) => {
            out.push_str("<div class=\"figures\">\n");
            for figure in figures {
                let (value, label) = (escape(&figure.value), escape(&figure.label));
                out.push_str(&format!(
                    "<div><strong>{value}</strong><span>{label}</span></div>\n"
                ));
            }
            out.push_str("</div>\n");
        }
        Block::Grid(grid) => write_grid(out, grid),
        Block::Charts(drawings) => {
            out.push_str("<div class=\"charts\">\n");
            for drawing in drawings {
                out.push_str(&svg(drawing));
            }
            out.push_str("</div>\n");
        }
    }
}

fn write_grid(out: &mut String, grid: &Grid) {
    out.push_str("<div class=\"grid\"><table>\n<colgroup>");
    let whole: i32 = grid.columns.iter().map(|column| column.weight).sum();
    for column in &grid.columns {
        let share = column.weight * 100 / whole.max(1);
        out.push_str(&format!("<col style=\"width:{share}%\">"));
    }
    out.push_str("</colgroup>\n<thead><tr>");
    for column in &grid.columns {
        let class = class(column.align);
        out.push_str(&format!("<th{class}>{}</th>", escape(&column.title)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &grid.rows {
        out.push_str("<tr>");
        for (cell, column) in row.iter().zip(&grid.columns) {
            let class = class(column.align);
            out.push_str(&format!("<td{class}>{}</td>", escape(cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
    if !grid.note.is_empty() {
        out.push_str(&format!("<p class=\"muted\">{}</p>\n", escape(&grid.note)));
    }
}

fn class(align: Align) -> &'static str {
    match align {
        Align::Left => "",
        Align::Right => " class=\"number\"",
    }
}

/// A drawing as inline SVG.
fn svg(drawing: &Drawing) -> String {
    let (width, height) = (hundredths(drawing.width), hundredths(drawing.height));
    let title = escape(&drawing.title);
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n"
    );
    for shape in &drawing.shapes {
        match shape {
            Shape::Filled { area, colour, hint } => {
                let (x, y) = (hundredths(area.x), hundredths(area.y));
                let (width, height) = (hundredths(area.width), hundredths(area.height));
                let fill = colour.hex();
                out.push_str(&format!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\">"
                ));
                if !hint.is_empty() {
                    out.push_str(&format!("<title>{}</title>", escape(hint)));
                }
                out.push_str("</rect>\n");
            }
            Shape::Line {
                points,
                colour,
                width,
            } => {
                let points: Vec<String> = points
                    .iter()
                    .map(|it| format!("{},{}", hundredths(it.x), hundredths(it.y)))
                    .collect();
                let (points, stroke) = (points.join(" "), colour.hex());
                let width = hundredths(*width);
                out.push_str(&format!(
                    "<polyline points=\"{points}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>\n"
                ));
            }
            Shape::Text {
                at,
                anchor,
                size,
                colour,
                text,
            } => {
                let (x, y) = (hundredths(at.x), hundredths(at.y));
                let (size, fill) = (hundredths(*size), colour.hex());
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                let text = escape(text);
                out.push_str(&format!(
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{text}</text>\n"
                ));
            }
        }
    }
    out.push_str("</svg>\n");
    out
}

/// A length in points, exactly.
fn hundredths(length: Length) -> String {
    let sign = if length < 0 { "-" } else { "" };
    let length = length.unsigned_abs();
    match length % 100 {
        0 => format!("{sign}{}", length / 100),
        rest => format!("{sign}{}.{rest:02}", length / 100),
    }
}

/// Text that is no markup, within an element or an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in HTML, even escaped.
            it if it.is_control() && it != '\n' && it != '\t' => out.push('\u{fffd}'),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Align::Left;

    #[test]
    fn a_hostile_value_is_text_wherever_it_stands() {
        let hostile = "</td><script>alert(\"1\")</script>'\u{0}&";
        let mut grid = Grid::new(&[(hostile, 1, Left)]);
        grid.rows.push(vec![hostile.to_owned()]);
        grid.note = hostile.to_owned();
        let document = Document {
            title: hostile.to_owned(),
            subtitle: hostile.to_owned(),
            blocks: vec![
                Block::Part {
                    id: hostile.to_owned(),
                    text: hostile.to_owned(),
                },
                Block::Warning(hostile.to_owned()),
                Block::Grid(grid),
                Block::Facts(vec![(hostile.to_owned(), hostile.to_owned())]),
                Block::Charts(vec![Drawing::new(hostile, 100, 100)]),
            ],
        };
        let page = String::from_utf8(page(&document)).expect("text");
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains('\u{0}'));
        assert_eq!(page.matches("&lt;script&gt;").count(), 15);
    }

    #[test]
    fn lengths_are_exact() {
        let check = |length, expected: &str| assert_eq!(hundredths(length), expected);
        check(1_205, "12.05");
        check(-50, "-0.50");
        check(300, "3");
    }
}
