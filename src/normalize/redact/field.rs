//! JSON fields by their names: where the value of one lies in a text, which may be broken off.

/// A value's place in a text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) from: usize,
    pub(super) to: usize,
    /// It is a number, which has no quotes.
    pub(super) is_bare: bool,
}

/// What a name that was found in a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A field's name, or says which field another one is the value of; the value begins here.
    At(usize),
    /// The name of a field of JSON within a text: it shows when escapes are taken out.
    Hidden,
    /// Part of another word.
    Nothing,
}

/// Fields that say what their neighbour is the value of: `{"name": "password", "value": "…"}`.
const NAMING: [&[u8]; 4] = [b"name", b"key", b"displayname", b"parametername"];
const VALUED: [&[u8]; 5] = [
    b"value",
    b"newvalue",
    b"new_value",
    b"stringvalue",
    b"oldvalue",
];

impl Value {
    pub(super) fn within(from: usize, to: usize) -> Self {
        Value {
            from,
            to,
            is_bare: false,
        }
    }
}

/// What the name at `begin..end` is.
pub(super) fn named(text: &[u8], (begin, end): (usize, usize)) -> Named {
    let before = begin.checked_sub(1).and_then(|at| text.get(at));
    if before != Some(&b'"') {
        return Named::Nothing;
    }
    match text.get(end) {
        Some(b'\\') => return Named::Hidden,
        Some(b'"') => {}
        _ => return Named::Nothing,
    }
    let at = blank(text, end + 1);
    match text.get(at) {
        Some(b':') => Named::At(blank(text, at + 1)),
        Some(b',') if is_named_by_its_field(text, begin - 1) => neighbour(text, at + 1),
        _ => Named::Nothing,
    }
}

/// Tells of each value at `at`: a text, a number, or those of a list.
pub(super) fn values(text: &[u8], at: usize, tell: &mut dyn FnMut(Value)) {
    let is_list = text.get(at) == Some(&b'[');
    let mut at = if is_list { blank(text, at + 1) } else { at };
    while let Some((value, end)) = scalar(text, at) {
        value.into_iter().for_each(&mut *tell);
        let next = blank(text, end);
        if !is_list || text.get(next) != Some(&b',') {
            return;
        }
        at = blank(text, next + 1);
    }
}

/// The text or number at `at`, and where it ends with its quotes. Words (`null`, `true`) have an end
/// and no value.
fn scalar(text: &[u8], at: usize) -> Option<(Option<Value>, usize)> {
    let rest = text.get(at..)?;
    match rest.first()? {
        b'"' => {
            let from = at + 1;
            let to = end_of_text(text, from);
            Some((Some(Value::within(from, to)), to + 1))
        }
        b'-' | b'0'..=b'9' => {
            let in_number = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            let length = rest.iter().take_while(|byte| in_number(byte)).count();
            let value = Value {
                from: at,
                to: at + length,
                is_bare: true,
            };
            Some((Some(value), at + length))
        }
        b'a'..=b'z' => {
            let length = rest.iter().take_while(|it| it.is_ascii_lowercase()).count();
            Some((None, at + length))
        }
        _ => None,
    }
}

/// The quote that ends the text which begins at `from`, or where the record breaks off.
fn end_of_text(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Whether the text whose first quote is at `quote` is the value of a field such as `name`.
fn is_named_by_its_field(text: &[u8], quote: usize) -> bool {
    let before = text.get(..quote).unwrap_or_default().trim_ascii_end();
    let before = before.strip_suffix(b":").map(<[u8]>::trim_ascii_end);
    let Some(before) = before.and_then(|before| before.strip_suffix(b"\"")) else {
        return false;
    };
    let is_quoted = |name: &&[u8]| {
        let Some(rest) = before.len().checked_sub(name.len() + 1) else {
            return false;
        };
        let written = before.get(rest..).and_then(|it| it.split_first());
        written.is_some_and(|(quote, it)| *quote == b'"' && it.eq_ignore_ascii_case(name))
    };
    NAMING.iter().any(is_quoted)
}

/// The value of the field at `at`, if that says what the one before it is worth.
fn neighbour(text: &[u8], at: usize) -> Named {
    let at = blank(text, at);
    let valued = VALUED.iter().find_map(|name| {
        let written = text.get(at + 1..at + 1 + name.len())?;
        let quoted = (text.get(at)?, text.get(at + 1 + name.len())?) == (&b'"', &b'"');
        (quoted && written.eq_ignore_ascii_case(name)).then_some(at + 2 + name.len())
    });
    let colon = valued.map(|end| blank(text, end));
    match colon.filter(|colon| text.get(*colon) == Some(&b':')) {
        Some(colon) => Named::At(blank(text, colon + 1)),
        None => Named::Nothing,
    }
}

/// The place of what follows the blanks at `at`.
fn blank(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_ascii_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_name_is_found_however_it_is_written() {
        let check = |text: &str, expected: &[&str]| {
            let begin = text.find("pass").expect("a name");
            let mut found = Vec::new();
            if let Named::At(at) = named(text.as_bytes(), (begin, begin + 4)) {
                values(text.as_bytes(), at, &mut |value| {
                    found.push(&text[value.from..value.to]);
                });
            }
            assert_eq!(found, expected, "{text}");
        };
        check(r#"{"pass":"a"}"#, &["a"]);
        check(r#"{"pass" : "a\"b\\" , "x":"y"}"#, &[r#"a\"b\\"#]);
        check(r#"{"pass":-1.5e3}"#, &["-1.5e3"]);
        check(r#"{"pass":["a", 2, null ,"b"],"c":"d"}"#, &["a", "2", "b"]);
        check(r#"{"pass":{"a":"b"}}"#, &[]);
        check(r#"{"pass":null}"#, &[]);
        check(r#"{"name":"pass","value":"a"}"#, &["a"]);
        check(r#"{"Name" : "pass" , "NewValue" : "a"}"#, &["a"]);
        check(r#"{"kind":"pass","value":"a"}"#, &[]);
        check(r#"{"name":"pass","note":"a"}"#, &[]);
        check(r#"{"pass":"broken off"#, &["broken off"]);
        check(r#"{"pass":"broken off\"#, &[r"broken off\"]);
        check(r#"{"bypass":"a"}"#, &[]);
        check(r#"{"passes":"a"}"#, &[]);
        check(r#"{"pass":"#, &[]);
        check("pass", &[]);
    }

    #[test]
    fn a_name_within_a_text_is_hidden() {
        let text = br#"{"d":"{\"pass\":\"a\"}"}"#;
        assert_eq!(named(text, (9, 13)), Named::Hidden);
    }
}
