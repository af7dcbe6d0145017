//! JSON texts within JSON texts: a text without its escapes, and where each byte of it came from.

use std::borrow::Cow;

use memchr::memchr;

/// A record, or what it reads like when its escapes are taken out once, twice …
pub(super) struct Level<'r> {
    pub(super) text: Cow<'r, [u8]>,
    /// Where each byte of the text begins in the record, and where the last one ends. Absent where
    /// the text is the record.
    places: Option<Vec<usize>>,
    /// How often escapes were taken out.
    pub(super) depth: usize,
}

impl<'r> Level<'r> {
    pub(super) fn of(raw: &'r [u8]) -> Self {
        Level {
            text: Cow::Borrowed(raw),
            places: None,
            depth: 0,
        }
    }

    /// The text with its escapes taken out once more; `None` where it has none.
    pub(super) fn unescaped(&self) -> Option<Level<'static>> {
        memchr(b'\\', &self.text)?;
        let mut text = Vec::with_capacity(self.text.len());
        let mut places = Vec::with_capacity(self.text.len() + 1);
        let mut at = 0;
        while let Some((unit, length)) = unit(&self.text, at) {
            let (begin, end) = (self.place(at), self.place(at + length));
            let mut bytes = [0; 4];
            let unescaped = match unit {
                Unit::Byte(byte) => {
                    bytes = [byte, 0, 0, 0];
                    bytes.get(..1)
                }
                Unit::Character(character) => Some(character.encode_utf8(&mut bytes).as_bytes()),
            };
            for (index, byte) in unescaped.unwrap_or_default().iter().enumerate() {
                text.push(*byte);
                places.push(if index == 0 { begin } else { end });
            }
            at += length;
        }
        places.push(self.place(self.text.len()));
        Some(Level {
            text: Cow::Owned(text),
            places: Some(places),
            depth: self.depth + 1,
        })
    }

    /// Where the byte at `at` begins in the record.
    pub(super) fn place(&self, at: usize) -> usize {
        match &self.places {
            None => at,
            Some(places) => places.get(at).copied().unwrap_or(at),
        }
    }
}

enum Unit {
    Byte(u8),
    Character(char),
}

/// What stands at `at`, and how many bytes it takes. What is no escape of JSON is itself: texts are
/// not always JSON.
fn unit(text: &[u8], at: usize) -> Option<(Unit, usize)> {
    let first = *text.get(at)?;
    let plain = Some((Unit::Byte(first), 1));
    if first != b'\\' {
        return plain;
    }
    let byte = match text.get(at + 1) {
        Some(byte @ (b'"' | b'\\' | b'/')) => *byte,
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'u') => {
            return character(text, at).map_or(plain, |(character, length)| {
                Some((Unit::Character(character), length))
            });
        }
        _ => return plain,
    };
    Some((Unit::Byte(byte), 2))
}

/// `\uXXXX`, or a pair of them.
fn character(text: &[u8], at: usize) -> Option<(char, usize)> {
    let high = code(text, at)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((
            char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER),
            6,
        ));
    }
    match code(text, at + 6) {
        Some(low) if (0xdc00..0xe000).contains(&low) => {
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            Some((
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                12,
            ))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}

fn code(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A range of the record, made such that the record stays what it was, JSON or UTF-8: it holds no
/// quote that ends a text, and cuts no escape and no character apart. `None` where nothing is left.
pub(super) fn sound(raw: &[u8], (from, to): (usize, usize)) -> Option<(usize, usize)> {
    let (mut begin, mut end) = (None, from);
    // Escapes can only be told from their beginning: from the last place before the range at which
    // none can be under way, which is behind a byte that no escape holds.
    let mut at = begin_of_units(raw, from);
    while at < to {
        let (unit, mut length) = unit(raw, at)?;
        if matches!(unit, Unit::Byte(b'"')) && length == 1 && at >= from {
            break;
        }
        while raw.get(at + length).is_some_and(|byte| byte & 0xc0 == 0x80) {
            length += 1;
        }
        let is_cut = at + length > to && raw.get(at) == Some(&b'\\') && length == 2;
        if at + length > from && !is_cut {
            begin = begin.or(Some(at));
            end = at + length;
        }
        at += length;
    }
    begin.map(|begin| (begin, end))
}

/// At most so many bytes before a place begins an escape that it lies in.
const ESCAPE_BYTES_MAX: usize = 12;

fn begin_of_units(raw: &[u8], from: usize) -> usize {
    let mut at = from.saturating_sub(ESCAPE_BYTES_MAX);
    // A backslash within a run of them may be either half of an escape.
    while at > 0 && raw.get(at - 1) == Some(&b'\\') {
        at -= 1;
    }
    at
}

/// A secret as it is meant, however often it was wrapped, so that it is the same wherever it stands.
pub(super) fn plain(secret: &[u8]) -> Vec<u8> {
    let mut level = Level::of(secret);
    while let Some(deeper) = level.unescaped().filter(|it| it.text != level.text) {
        level = Level {
            text: deeper.text,
            places: None,
            depth: 0,
        };
    }
    level.text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_taken_out_and_each_byte_knows_where_it_came_from() {
        let check = |raw: &str, expected: &str| {
            let level = Level::of(raw.as_bytes()).unescaped().expect("escapes");
            assert_eq!(String::from_utf8_lossy(&level.text), expected, "{raw}");
            assert_eq!(level.place(0), 0);
            assert_eq!(level.place(level.text.len()), raw.len());
        };
        check(r#"a\"b"#, "a\"b");
        check(r"a\/b\\c", r"a/b\c");
        check(r"\u0026x", "&x");
        check(r"\u00e9\ud83d\ude00!", "é😀!");
        check(r"\ud83d!", "\u{fffd}!");
        check(r"DOMAIN\user \q \u12", r"DOMAIN\user \q \u12");
        check(r"x\", r"x\");
        assert!(Level::of(b"none").unescaped().is_none());
        let twice = Level::of(br#"a\\\"b"#).unescaped().expect("once");
        let twice = twice.unescaped().expect("twice");
        assert_eq!(&*twice.text, b"a\"b");
        assert_eq!((twice.place(1), twice.place(2), twice.depth), (1, 5, 2));
    }

    #[test]
    fn a_range_holds_no_end_of_a_text_and_cuts_nothing_apart() {
        let check = |raw: &str, range: (usize, usize), expected: Option<&str>| {
            let sound = sound(raw.as_bytes(), range);
            let text = sound.map(|(from, to)| &raw[from..to]);
            assert_eq!(text, expected, "{raw} {range:?}");
        };
        check("abc", (1, 2), Some("b"));
        check(r#"abc","d"#, (0, 6), Some("abc"));
        check(r#"ab\"c"#, (0, 5), Some(r#"ab\"c"#));
        // The range ends within an escape of two: it is left out, of six or of a character: taken.
        check(r#"ab\"c"#, (0, 3), Some("ab"));
        check(r"ab\u0026c", (0, 4), Some(r"ab\u0026"));
        check("abé", (0, 3), Some("abé"));
        check(r"\\\\x", (3, 5), Some(r"\\x"));
        check(r#""x"#, (0, 2), None);
        check("abc", (1, 1), None);
    }
}
