//! Comma-separated values, as RFC 4180 has them.

use std::io::{self, Write};

/// Writes one line. Names come from logs: one that a spreadsheet would take for a formula gets an
/// apostrophe in front, which the spreadsheet takes away again.
pub(super) fn line(out: &mut impl Write, fields: &[impl AsRef<str>]) -> io::Result<()> {
    for (place, field) in fields.iter().enumerate() {
        let field = field.as_ref();
        let comma = if place > 0 { "," } else { "" };
        let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let guard = if formula { "'" } else { "" };
        if formula || field.contains([',', '"', '\n', '\r']) {
            write!(out, "{comma}\"{guard}{}\"", field.replace('"', "\"\""))?;
        } else {
            write!(out, "{comma}{field}")?;
        }
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_stays_one_field_and_no_formula() {
        let mut out = Vec::new();
        line(&mut out, &["plain", "a,\"b\"", "=1+1", ""]).expect("written");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "plain,\"a,\"\"b\"\"\",\"'=1+1\",\r\n");
    }
}
