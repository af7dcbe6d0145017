//! The two fonts, and how wide texts are in them.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::raw::TableProvider;
use skrifa::{FontRef, MetadataProvider};

use super::writer::PdfError;
use crate::report::drawing::Length;

const REGULAR: &[u8] = include_bytes!("../fonts/Roboto-Regular.ttf");
const MEDIUM: &[u8] = include_bytes!("../fonts/Roboto-Medium.ttf");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Medium,
}

pub struct Face {
    pub font: Font,
    glyphs: FontRef<'static>,
    units_per_em: u16,
}

pub struct Faces {
    regular: Face,
    medium: Face,
}

impl Faces {
    pub fn new() -> Result<Self, PdfError> {
        Ok(Faces {
            regular: Face::new(REGULAR)?,
            medium: Face::new(MEDIUM)?,
        })
    }

    pub fn of(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Medium => &self.medium,
        }
    }

    pub fn width(&self, weight: Weight, size: Length, text: &str) -> Length {
        let face = self.of(weight);
        text.chars().map(|it| face.advance(it, size)).sum()
    }

    /// The text in lines that are no wider than `width`, broken at spaces, or within a word that
    /// is wider than a line.
    pub fn lines(&self, weight: Weight, size: Length, text: &str, width: Length) -> Vec<String> {
        let face = self.of(weight);
        let space = face.advance(' ', size);
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0);
        for word in text.split_whitespace() {
            let long = self.width(weight, size, word);
            if !line.is_empty() && used + space + long > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if !line.is_empty() {
                line.push(' ');
                used += space;
            }
            if used + long <= width {
                line.push_str(word);
                used += long;
                continue;
            }
            for character in word.chars() {
                let advance = face.advance(character, size);
                if used + advance > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(character);
                used += advance;
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

impl Face {
    fn new(bytes: &'static [u8]) -> Result<Self, PdfError> {
        let glyphs = FontRef::new(bytes).map_err(|error| PdfError::Font(error.to_string()))?;
        let head = glyphs.head();
        let head = head.map_err(|error| PdfError::Font(error.to_string()))?;
        let font = Font::new(bytes.into(), 0);
        Ok(Face {
            font: font.ok_or_else(|| PdfError::Font("it cannot be embedded".to_owned()))?,
            units_per_em: head.units_per_em().max(1),
            glyphs,
        })
    }

    /// Characters that the font lacks are drawn as an empty box; copied text still has them.
    pub fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, character): (usize, char)| {
            let id = self.glyph(character);
            let advance = f32::from(self.units(id)) / f32::from(self.units_per_em);
            let range = at..at + character.len_utf8();
            KrillaGlyph::new(
                GlyphId::new(id.to_u32()),
                advance,
                0.0,
                0.0,
                0.0,
                range,
                None,
            )
        };
        text.char_indices().map(glyph).collect()
    }

    fn advance(&self, character: char, size: Length) -> Length {
        let units = self.units(self.glyph(character));
        Length::from(units) * size / Length::from(self.units_per_em)
    }

    fn glyph(&self, character: char) -> skrifa::GlyphId {
        self.glyphs.charmap().map(character).unwrap_or_default()
    }

    fn units(&self, glyph: skrifa::GlyphId) -> u16 {
        let widths = self.glyphs.hmtx().ok();
        widths.and_then(|it| it.advance(glyph)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_every_word_and_are_no_wider_than_asked() {
        let faces = Faces::new().expect("fonts");
        let text = "who still has access, why, and can you prove it? \
                    okta:00uemil000000000x5d7|group:a-very-long-name-without-any-space";
        let (size, width) = (800, 9_000);
        let lines = faces.lines(Weight::Regular, size, text, width);
        assert!(lines.len() > 3, "{lines:?}");
        for line in &lines {
            assert!(faces.width(Weight::Regular, size, line) <= width, "{line}");
        }
        let kept: String = lines.concat().split_whitespace().collect();
        assert_eq!(kept, text.split_whitespace().collect::<String>());
        assert_eq!(faces.lines(Weight::Regular, size, "", width), [""]);
    }

    #[test]
    fn a_character_that_is_wider_than_a_line_does_not_hang() {
        let faces = Faces::new().expect("fonts");
        assert_eq!(faces.lines(Weight::Medium, 800, "WW", 1), ["W", "W"]);
    }
}
