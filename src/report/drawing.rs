//! A drawing of a few plain shapes, which becomes SVG on the page and paths in the PDF. All lengths
//! are whole hundredths of a point, so that no rounding differs between machines.

/// Hundredths of a point.
pub type Length = i32;

/// Points, as hundredths.
pub const fn points(whole: i32) -> Length {
    whole * 100
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Text.
    pub const INK: Colour = Colour(0x1c, 0x24, 0x30);
    /// Text of less weight.
    pub const MUTED: Colour = Colour(0x5b, 0x67, 0x78);
    /// Rules and axes.
    pub const RULE: Colour = Colour(0xd9, 0xdf, 0xe7);
    /// Where nothing is.
    pub const EMPTY: Colour = Colour(0xee, 0xf1, 0xf5);
    pub const OPENED: Colour = Colour(0xb4, 0x45, 0x2c);
    pub const RESOLVED: Colour = Colour(0x2f, 0x7d, 0x6b);
    pub const LINE: Colour = Colour(0x2a, 0x4d, 0x86);
    pub const WARNING: Colour = Colour(0xc2, 0x7c, 0x0e);

    /// As HTML writes it.
    pub fn hex(self) -> String {
        let Colour(red, green, blue) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Between this colour and another, in hundredths.
    pub fn towards(self, other: Colour, hundredths: u8) -> Colour {
        let part = |from: u8, to: u8| {
            let share = u16::from(hundredths.min(100));
            let mixed = (u16::from(from) * (100 - share) + u16::from(to) * share) / 100;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Colour(
            part(self.0, other.0),
            part(self.1, other.1),
            part(self.2, other.2),
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub x: Length,
    pub y: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub x: Length,
    pub y: Length,
    pub width: Length,
    pub height: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Filled {
        area: Area,
        colour: Colour,
        /// Shown where the page can show it; empty for none.
        hint: String,
    },
    Line {
        points: Vec<Point>,
        colour: Colour,
        width: Length,
    },
    Text {
        at: Point,
        anchor: Anchor,
        size: Length,
        colour: Colour,
        text: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    pub width: Length,
    pub height: Length,
    /// What it shows, in words.
    pub title: String,
    pub shapes: Vec<Shape>,
}

impl Drawing {
    pub fn new(title: &str, width: Length, height: Length) -> Self {
        Drawing {
            width,
            height,
            title: title.to_owned(),
            shapes: Vec::new(),
        }
    }

    pub fn fill(&mut self, area: Area, colour: Colour, hint: String) {
        self.shapes.push(Shape::Filled { area, colour, hint });
    }

    pub fn line(&mut self, points: Vec<Point>, colour: Colour, width: Length) {
        self.shapes.push(Shape::Line {
            points,
            colour,
            width,
        });
    }

    /// A small text.
    pub fn label(&mut self, at: Point, anchor: Anchor, colour: Colour, text: &str) {
        self.shapes.push(Shape::Text {
            at,
            anchor,
            size: LABEL,
            colour,
            text: text.to_owned(),
        });
    }
}

/// The size of texts in drawings.
const LABEL: Length = 750;
