//! The report as a list of blocks, which the page and the PDF render alike.

use super::drawing::Drawing;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub title: String,
    pub subtitle: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A part of its own; the PDF begins a page.
    Part {
        id: String,
        text: String,
    },
    Heading(String),
    Paragraph(String),
    /// Something that the reader must not miss.
    Warning(String),
    Muted(String),
    /// Names with texts.
    Facts(Vec<(String, String)>),
    /// Large figures in a row.
    Figures(Vec<Figure>),
    Grid(Grid),
    /// Beside each other where there is room.
    Charts(Vec<Drawing>),
    /// As it is, in letters of one width.
    Verbatim(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub value: String,
    pub label: String,
}

/// A table for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    pub columns: Vec<GridColumn>,
    pub rows: Vec<Vec<String>>,
    /// Below it.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridColumn {
    pub title: String,
    /// Its share of the width.
    pub weight: i32,
    pub align: Align,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

impl Grid {
    /// Columns as title, weight and alignment.
    pub fn new(columns: &[(&str, i32, Align)]) -> Self {
        let columns = columns.iter().map(|(title, weight, align)| GridColumn {
            title: (*title).to_owned(),
            weight: *weight,
            align: *align,
        });
        Grid {
            columns: columns.collect(),
            rows: Vec::new(),
            note: String::new(),
        }
    }
}

/// What is a value of the archive and what is ours cannot be told apart in print otherwise: line
/// feeds and control characters become spaces, marks that turn the direction of text are taken out.
pub fn plain(text: &str) -> String {
    let turns = |it: &char| matches!(*it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|it| !turns(it))
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_turn_or_break_the_line() {
        assert_eq!(plain("a\nb\u{202e}c\u{0}d"), "a bc d");
    }
}
