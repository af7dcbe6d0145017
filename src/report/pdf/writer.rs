//! Writes pages through krilla.

use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point as PdfPoint, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;

use super::face::{Faces, Weight};
use super::flow::{Flow, LEFT, Mark, PAGE, Page, Style, WIDTH};
use crate::report::document::Document;
use crate::report::drawing::{Colour, Length, Point, Shape, points};

/// A PDF cannot be made: a bug, or the fonts of the program are damaged.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("failed to read a font of the PDF: {0}")]
    Font(String),
    #[error("failed to write the PDF: {0}")]
    Write(String),
}

/// The same document gives the same bytes.
pub fn pdf(document: &Document) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::new()?;
    let mut flow = Flow::new(&faces);
    flow.document(document);
    let (pages, parts) = (flow.pages, flow.parts);
    let mut out = krilla::Document::new();
    let count = pages.len();
    for (number, page) in pages.into_iter().enumerate() {
        let size = PageSettings::from_wh(pt(PAGE.0), pt(PAGE.1));
        let size = size.ok_or_else(|| PdfError::Write("a page has no size".to_owned()))?;
        let mut sheet = out.start_page_with(size);
        let mut surface = sheet.surface();
        draw(&mut surface, &faces, page);
        foot(
            &mut surface,
            &faces,
            document,
            &format!("{} / {count}", number + 1),
        );
        surface.finish();
        sheet.finish();
    }
    let mut outline = Outline::new();
    for part in parts {
        let top = PdfPoint::from_xy(0.0, 0.0);
        let to = XyzDestination::new(part.page, top);
        outline.push_child(OutlineNode::new(part.title, to));
    }
    out.set_outline(outline);
    // No dates, and an id that follows from what it says.
    let metadata = Metadata::new()
        .title(document.title.clone())
        .description(document.subtitle.clone())
        .language("en".to_owned())
        .creator("tenure".to_owned());
    out.set_metadata(metadata);
    out.finish()
        .map_err(|error| PdfError::Write(format!("{error:?}")))
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, page: Page) {
    for mark in page.marks {
        match mark {
            Mark::Text { at, style, text } => write(surface, faces, at, style, &text),
            Mark::Shape(Shape::Filled { area, colour, .. }) => {
                let (x, y) = (pt(area.x), pt(area.y));
                let area = Rect::from_xywh(x, y, pt(area.width), pt(area.height));
                let mut path = PathBuilder::new();
                if let Some(area) = area {
                    path.push_rect(area);
                }
                if let Some(path) = path.finish() {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(colour)));
                    surface.draw_path(&path);
                }
            }
            Mark::Shape(Shape::Line {
                points,
                colour,
                width,
            }) => line(surface, &points, colour, width),
            // The flow has placed it, and given it as a text.
            Mark::Shape(Shape::Text { .. }) => {}
        }
    }
}

fn line(surface: &mut Surface<'_>, points: &[Point], colour: Colour, width: Length) {
    let mut path = PathBuilder::new();
    for (place, point) in points.iter().enumerate() {
        let (x, y) = (pt(point.x), pt(point.y));
        if place == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke {
            paint: paint(colour).into(),
            width: pt(width),
            ..Stroke::default()
        }));
        surface.draw_path(&path);
    }
}

fn write(surface: &mut Surface<'_>, faces: &Faces, at: Point, style: Style, text: &str) {
    if text.is_empty() {
        return;
    }
    let face = faces.of(style.weight);
    surface.set_stroke(None);
    surface.set_fill(Some(fill(style.colour)));
    let at = PdfPoint::from_xy(pt(at.x), pt(at.y));
    let glyphs = face.glyphs(text);
    surface.draw_glyphs(at, &glyphs, face.font.clone(), text, pt(style.size), false);
}

fn foot(surface: &mut Surface<'_>, faces: &Faces, document: &Document, number: &str) {
    let style = Style {
        size: 720,
        leading: 1_000,
        weight: Weight::Regular,
        colour: Colour::MUTED,
    };
    let y = PAGE.1 - points(28);
    let title = format!("{} · {}", document.title, document.subtitle);
    write(surface, faces, Point { x: LEFT, y }, style, &title);
    let x = LEFT + WIDTH - faces.width(style.weight, style.size, number);
    write(surface, faces, Point { x, y }, style, number);
}

fn fill(colour: Colour) -> Fill {
    Fill {
        paint: paint(colour).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn paint(colour: Colour) -> rgb::Color {
    rgb::Color::new(colour.0, colour.1, colour.2)
}

/// Whole points and hundredths are small: a page has 842 points.
fn pt(length: Length) -> f32 {
    let whole = i16::try_from(length.div_euclid(100)).unwrap_or(i16::MAX);
    let part = i16::try_from(length.rem_euclid(100)).unwrap_or(0);
    f32::from(whole) + f32::from(part) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Align, Block, Grid};

    #[test]
    fn the_same_document_gives_the_same_bytes_and_all_pages() {
        let mut grid = Grid::new(&[("A", 1, Align::Left), ("B", 3, Align::Right)]);
        for row in 0..200 {
            grid.rows
                .push(vec![row.to_string(), "漢字 ☃ word ".repeat(30)]);
        }
        let document = Document {
            title: "Title".to_owned(),
            subtitle: "Subtitle".to_owned(),
            blocks: vec![
                Block::Part {
                    id: "one".to_owned(),
                    text: "One".to_owned(),
                },
                Block::Grid(grid),
                Block::Part {
                    id: "two".to_owned(),
                    text: "Two".to_owned(),
                },
                Block::Warning("x".repeat(50_000)),
            ],
        };
        let bytes = pdf(&document).expect("a PDF");
        assert!(bytes.starts_with(b"%PDF-"));
        assert_eq!(bytes, pdf(&document).expect("a PDF"));
    }

    #[test]
    fn lengths_become_points() {
        assert!((pt(1_250) - 12.5).abs() < f32::EPSILON);
        assert!((pt(-50) + 0.5).abs() < f32::EPSILON);
    }
}
