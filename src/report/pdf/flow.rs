//! Blocks flow down pages: what does not fit begins the next.

use super::face::{Faces, Weight};
use super::grid;
use crate::report::document::{Block, Document, Figure};
use crate::report::drawing::{Anchor, Area, Colour, Drawing, Length, Point, Shape, points};

/// A4.
pub const PAGE: (Length, Length) = (59_528, 84_189);
/// As wide as the widest drawing.
pub const WIDTH: Length = points(520);
pub const LEFT: Length = (PAGE.0 - WIDTH) / 2;
const TOP: Length = points(48);
const BOTTOM: Length = PAGE.1 - points(52);
const BODY: Style = Style {
    size: 900,
    leading: 1_300,
    weight: Weight::Regular,
    colour: Colour::INK,
};

#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub size: Length,
    pub leading: Length,
    pub weight: Weight,
    pub colour: Colour,
}

/// What is drawn: a shape, or a text with its weight.
pub enum Mark {
    Shape(Shape),
    Text {
        at: Point,
        style: Style,
        text: String,
    },
}

#[derive(Default)]
pub struct Page {
    pub marks: Vec<Mark>,
}

/// A part of the document, and the page on which it begins.
pub struct Begin {
    pub title: String,
    pub page: usize,
}

pub struct Flow<'f> {
    pub faces: &'f Faces,
    pub pages: Vec<Page>,
    pub parts: Vec<Begin>,
    y: Length,
}

impl<'f> Flow<'f> {
    pub fn new(faces: &'f Faces) -> Self {
        Flow {
            faces,
            pages: vec![Page::default()],
            parts: Vec::new(),
            y: TOP,
        }
    }

    pub fn document(&mut self, document: &Document) {
        let title = Style {
            size: 1_900,
            leading: 2_400,
            weight: Weight::Medium,
            ..BODY
        };
        self.text(&document.title, title);
        let muted = Style {
            size: 1_000,
            colour: Colour::MUTED,
            ..BODY
        };
        self.text(&document.subtitle, muted);
        self.skip(points(6));
        self.rule(Colour::INK, 120);
        self.skip(points(10));
        for block in &document.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        let heading = Style {
            size: 1_050,
            leading: 1_450,
            weight: Weight::Medium,
            ..BODY
        };
        let muted = Style {
            size: 780,
            leading: 1_080,
            colour: Colour::MUTED,
            ..BODY
        };
        match block {
            Block::Part { text, .. } => self.part(text),
            Block::Heading(text) => {
                self.skip(points(8));
                // A heading stays with what follows it.
                self.need(points(60));
                self.text(text, heading);
                self.skip(points(3));
            }
            Block::Paragraph(text) => {
                self.text(text, BODY);
                self.skip(points(6));
            }
            Block::Warning(text) => self.warning(text),
            Block::Muted(text) => {
                self.text(text, muted);
                self.skip(points(4));
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Figures(figures) => self.figures(figures),
            Block::Grid(table) => {
                grid::draw(self, table);
                if !table.note.is_empty() {
                    self.skip(points(3));
                    self.text(&table.note, muted);
                }
                self.skip(points(6));
            }
            Block::Charts(drawings) => self.charts(drawings),
            Block::Verbatim(text) => {
                for line in text.lines() {
                    self.text(
                        line,
                        Style {
                            colour: Colour::LINE,
                            ..BODY
                        },
                    );
                }
                self.skip(points(6));
            }
        }
    }

    fn part(&mut self, title: &str) {
        // The first part follows the title of the document, and short ones share a page.
        if self.y > TOP + (BOTTOM - TOP) * 2 / 5 {
            self.turn();
        } else if !self.parts.is_empty() {
            self.skip(points(26));
        }
        self.parts.push(Begin {
            title: title.to_owned(),
            page: self.pages.len() - 1,
        });
        let style = Style {
            size: 1_450,
            leading: 1_900,
            weight: Weight::Medium,
            ..BODY
        };
        self.text(title, style);
        self.skip(points(5));
    }

    fn warning(&mut self, text: &str) {
        let inset = points(10);
        let lines = self
            .faces
            .lines(BODY.weight, BODY.size, text, WIDTH - inset);
        let height = BODY.leading * length(lines.len()) + points(6);
        self.need(height);
        let bar = Area {
            x: LEFT,
            y: self.y,
            width: points(3),
            height,
        };
        self.shape(Shape::Filled {
            area: bar,
            colour: Colour::WARNING,
            hint: String::new(),
        });
        self.skip(points(3));
        for line in lines {
            self.y += BODY.leading;
            let at = Point {
                x: LEFT + inset,
                y: self.y - points(3),
            };
            self.write(at, BODY, line);
        }
        self.skip(points(9));
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        let names = points(118);
        let muted = Style {
            colour: Colour::MUTED,
            ..BODY
        };
        for (name, text) in facts {
            let lines = self
                .faces
                .lines(BODY.weight, BODY.size, text, WIDTH - names);
            let name = self
                .faces
                .lines(BODY.weight, BODY.size, name, names - points(8));
            self.need(BODY.leading * length(lines.len().max(name.len()).min(8)));
            let count = lines.len().max(name.len());
            let (mut name, mut lines) = (name.into_iter(), lines.into_iter());
            for _ in 0..count {
                self.need(BODY.leading);
                self.y += BODY.leading;
                let y = self.y - points(3);
                if let Some(name) = name.next() {
                    self.write(Point { x: LEFT, y }, muted, name);
                }
                if let Some(line) = lines.next() {
                    let x = LEFT + names;
                    self.write(Point { x, y }, BODY, line);
                }
            }
            self.skip(points(3));
        }
        self.skip(points(4));
    }

    fn figures(&mut self, figures: &[Figure]) {
        let count = length(figures.len()).max(1);
        let height = points(46);
        self.need(height + points(8));
        self.skip(points(4));
        self.rule(Colour::RULE, 60);
        let value = Style {
            size: 1_700,
            leading: 2_000,
            weight: Weight::Medium,
            ..BODY
        };
        let label = Style {
            size: 740,
            leading: 980,
            colour: Colour::MUTED,
            ..BODY
        };
        for (place, figure) in figures.iter().enumerate() {
            let x = LEFT + WIDTH * length(place) / count;
            let y = self.y + points(22);
            self.write(Point { x, y }, value, figure.value.clone());
            let width = WIDTH / count - points(6);
            let lines = self
                .faces
                .lines(label.weight, label.size, &figure.label, width);
            for (line, text) in lines.into_iter().enumerate() {
                let y = y + points(11) + label.leading * length(line);
                self.write(Point { x, y }, label, text);
            }
        }
        self.skip(height);
        self.rule(Colour::RULE, 60);
        self.skip(points(10));
    }

    fn charts(&mut self, drawings: &[Drawing]) {
        let mut x = LEFT;
        let mut below = self.y;
        for drawing in drawings {
            if x > LEFT && x + drawing.width > LEFT + WIDTH {
                self.y = below + points(12);
                x = LEFT;
            }
            if x == LEFT {
                self.need(drawing.height.min(BOTTOM - TOP));
                below = self.y;
            }
            self.drawing(drawing, Point { x, y: self.y });
            x += drawing.width + points(16);
            below = below.max(self.y + drawing.height);
        }
        self.y = below;
        self.skip(points(12));
    }

    fn drawing(&mut self, drawing: &Drawing, origin: Point) {
        let moved = |at: Point| Point {
            x: at.x + origin.x,
            y: at.y + origin.y,
        };
        for shape in &drawing.shapes {
            let shape = match shape.clone() {
                Shape::Filled { area, colour, hint } => {
                    let Point { x, y } = moved(Point {
                        x: area.x,
                        y: area.y,
                    });
                    let area = Area { x, y, ..area };
                    Shape::Filled { area, colour, hint }
                }
                Shape::Line {
                    points,
                    colour,
                    width,
                } => Shape::Line {
                    points: points.into_iter().map(moved).collect(),
                    colour,
                    width,
                },
                Shape::Text {
                    at,
                    anchor,
                    size,
                    colour,
                    text,
                } => {
                    let style = Style {
                        size,
                        colour,
                        ..BODY
                    };
                    let width = self.faces.width(style.weight, size, &text);
                    let back = match anchor {
                        Anchor::Start => 0,
                        Anchor::Middle => width / 2,
                        Anchor::End => width,
                    };
                    let at = moved(at);
                    let at = Point {
                        x: at.x - back,
                        ..at
                    };
                    self.write(at, style, text);
                    continue;
                }
            };
            self.shape(shape);
        }
    }

    /// A paragraph over the whole width.
    fn text(&mut self, text: &str, style: Style) {
        for line in self.faces.lines(style.weight, style.size, text, WIDTH) {
            self.need(style.leading);
            self.y += style.leading;
            let at = Point {
                x: LEFT,
                y: self.y - style.leading / 4,
            };
            self.write(at, style, line);
        }
    }

    pub fn rule(&mut self, colour: Colour, width: Length) {
        let from = Point { x: LEFT, y: self.y };
        let to = Point {
            x: LEFT + WIDTH,
            ..from
        };
        self.shape(Shape::Line {
            points: vec![from, to],
            colour,
            width,
        });
    }

    /// Begins a page where less than this is left.
    pub fn need(&mut self, height: Length) -> bool {
        let turns = self.y + height > BOTTOM && self.y > TOP;
        if turns {
            self.turn();
        }
        turns
    }

    fn turn(&mut self) {
        self.pages.push(Page::default());
        self.y = TOP;
    }

    pub fn skip(&mut self, height: Length) {
        self.y += height;
    }

    pub fn y(&self) -> Length {
        self.y
    }

    pub fn write(&mut self, at: Point, style: Style, text: String) {
        self.mark(Mark::Text { at, style, text });
    }

    pub fn shape(&mut self, shape: Shape) {
        self.mark(Mark::Shape(shape));
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(mark);
        }
    }
}

pub fn length(number: usize) -> Length {
    Length::try_from(number).unwrap_or(Length::MAX / 100_000)
}
