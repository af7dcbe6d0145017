//! Comma-separated values, as RFC 4180 has them, safe to open in a spreadsheet.

use super::table::{Cell, Table};

impl Table {
    /// The header, then a line a row. An empty field is "not known".
    pub fn to_csv(&self) -> Vec<u8> {
        let mut out = String::new();
        line(
            &mut out,
            self.columns()
                .iter()
                .map(|it| Some((it.name.as_str(), true))),
        );
        for row in self.rows() {
            let texts: Vec<(Option<String>, bool)> = row
                .iter()
                .map(|cell| (cell.to_text(), matches!(cell, Cell::Text(_))))
                .collect();
            let fields = texts.iter();
            line(
                &mut out,
                fields.map(|(text, guarded)| text.as_deref().map(|text| (text, *guarded))),
            );
        }
        out.into_bytes()
    }
}

/// Texts come from logs: one that a spreadsheet would take for a formula gets an apostrophe in
/// front. Numbers and times are ours.
fn line<'f>(out: &mut String, fields: impl Iterator<Item = Option<(&'f str, bool)>>) {
    for (place, field) in fields.enumerate() {
        if place > 0 {
            out.push(',');
        }
        let Some((text, guarded)) = field else {
            continue;
        };
        let formula = guarded && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let quoted = formula || text.is_empty() || text.contains([',', '"', '\n', '\r']);
        if !quoted {
            out.push_str(text);
            continue;
        }
        out.push('"');
        if formula {
            out.push('\'');
        }
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::table::{Column, Kind};
    use super::*;

    #[test]
    fn a_field_stays_one_field_and_no_formula() {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let text = |text: &str| Cell::Text(text.to_owned());
        let table = Table::new(
            vec![column("a", Kind::Text), column("b", Kind::Integer)],
            vec![
                vec![text("plain"), Cell::Integer(-5)],
                vec![text("a,\"b\""), Cell::Null],
                vec![text("=1+1"), Cell::Integer(1)],
                vec![text(""), Cell::Integer(2)],
                vec![Cell::Null, Cell::Integer(3)],
            ],
        );
        let csv = String::from_utf8(table.to_csv()).expect("text");
        let lines: Vec<&str> = csv.split("\r\n").collect();
        let expected = [
            "a,b",
            "plain,-5",
            "\"a,\"\"b\"\"\",",
            "\"'=1+1\",1",
            "\"\",2",
            ",3",
            "",
        ];
        assert_eq!(lines, expected);
    }
}
