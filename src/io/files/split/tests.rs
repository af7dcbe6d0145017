use super::*;
use proptest::prelude::*;

fn split(form: Form, pieces: &[&[u8]]) -> Vec<Record> {
    let mut splitter = Splitter::new(form, 0);
    let mut out = Vec::new();
    for piece in pieces {
        splitter.push(piece, None, &mut out);
    }
    splitter.finish(None, &mut out);
    out
}

fn check(form: Form, text: &str, expected: &[&str]) {
    let records = split(form, &[text.as_bytes()]);
    let raws: Vec<&str> = records
        .iter()
        .map(|record| std::str::from_utf8(&record.raw).expect("UTF-8"))
        .collect();
    assert_eq!(raws, expected, "{text:?}");
    assert!(records.iter().all(|record| record.broken.is_none()));
    let numbers: Vec<Offset> = records.iter().map(|record| record.offset).collect();
    assert_eq!(numbers, (0..).take(raws.len()).collect::<Vec<_>>());
}

#[test]
fn a_line_is_a_record_and_a_blank_line_is_none() {
    for (text, expected) in [
        ("", &[][..]),
        ("\n \r\n\t\n", &[]),
        ("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]),
        ("{\"a\":1}\r\n\r\n{\"b\":2}", &["{\"a\":1}", "{\"b\":2}"]),
        ("\u{feff}{}\n", &["{}"]),
        ("{\n}\n", &["{", "}"]),
    ] {
        check(Form::Lines, text, expected);
    }
}

#[test]
fn a_json_file_holds_a_document_or_a_value_a_line() {
    for (text, expected) in [
        ("", &[][..]),
        ("{\n \"a\": 1\n}\n", &["{\n \"a\": 1\n}"]),
        ("[{\"a\":1}\n,{\"b\":2}\n]", &["[{\"a\":1}\n,{\"b\":2}\n]"]),
        ("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]),
        ("{\"a\":\"}\\\"{\"}\n{}\n", &["{\"a\":\"}\\\"{\"}", "{}"]),
        ("{\n}\n{\n}\n", &["{\n}", "{\n}"]),
        ("\n\n{\"a\":[\n1]}", &["{\"a\":[\n1]}"]),
    ] {
        check(Form::Values, text, expected);
    }
}

#[test]
fn a_broken_line_does_not_swallow_the_next() {
    let text = "{\"a\":1}\n{\"b\":\n{\"c\":3}\n\"x\n}\n{\"d\":4}\n";
    let expected = ["{\"a\":1}", "{\"b\":", "{\"c\":3}", "\"x", "}", "{\"d\":4}"];
    check(Form::Values, text, &expected);
}

#[test]
fn a_record_above_the_limit_is_cut_and_the_next_is_whole() {
    let piece = vec![b'x'; 1 << 20];
    let mut pieces: Vec<&[u8]> = vec![&piece; 100];
    pieces.push(b"\n{}\n");
    let records = split(Form::Lines, &pieces);
    assert_eq!(records.len(), 2);
    let broken = records[0].broken.as_ref().expect("too large");
    assert_eq!(broken.reason, RejectReason::TooLarge);
    assert_eq!(records[0].raw.len(), RECORD_BYTES_KEPT_OF_TOO_LARGE);
    assert_eq!(records[1].raw, b"{}");
}

#[test]
fn the_limit_itself_is_not_too_large() {
    for (bytes, too_large) in [(RECORD_BYTES_MAX, false), (RECORD_BYTES_MAX + 1, true)] {
        let mut line = vec![b'x'; bytes];
        line.extend(b"\r\n");
        for cut in [0, 7, bytes - 1, bytes, bytes + 1] {
            let (first, second) = line.split_at(cut);
            let records = split(Form::Lines, &[first, second]);
            assert_eq!(records.len(), 1);
            let broken = records[0].broken.is_some();
            assert_eq!(broken, too_large, "{bytes} bytes cut at {cut}");
        }
    }
}

#[test]
fn a_cut_stream_ends_with_a_record_that_says_so() {
    let mut splitter = Splitter::new(Form::Lines, 0);
    let mut out = Vec::new();
    splitter.push(b"{}\n{\"a\":", None, &mut out);
    splitter.break_off("unexpected end of gzip stream", None, &mut out);
    assert_eq!(out.len(), 2);
    assert_eq!(out[1].raw, b"{\"a\":");
    let broken = out[1].broken.as_ref().expect("broken");
    assert_eq!(broken.reason, RejectReason::Truncated);
    assert_eq!(splitter.next(), 2);
}

#[test]
fn records_before_the_start_are_counted_and_not_delivered() {
    let mut splitter = Splitter::new(Form::Lines, 2);
    let mut out = Vec::new();
    splitter.push(b"0\n1\n", None, &mut out);
    assert!(splitter.reached_start());
    splitter.push(b"2\n", None, &mut out);
    assert_eq!(out.len(), 1);
    assert_eq!((out[0].offset, out[0].raw.as_slice()), (2, &b"2"[..]));
}

proptest! {
    /// Positions are record numbers: they mean the same however the file came in.
    #[test]
    fn cuts_do_not_change_the_records(
        text in "(\u{feff})?([{}\\[\\]\"\\\\a1 ,:\n]|\r\n){0,40}",
        cuts in proptest::collection::vec(0_usize..60, 0..6),
        form in prop_oneof![Just(Form::Lines), Just(Form::Values)],
    ) {
        let bytes = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= bytes.len()).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&bytes[from..cut]);
            from = cut;
        }
        pieces.push(&bytes[from..]);
        let key = |records: Vec<Record>| -> Vec<(Offset, Vec<u8>)> {
            records.into_iter().map(|record| (record.offset, record.raw)).collect()
        };
        prop_assert_eq!(key(split(form, &pieces)), key(split(form, &[bytes])));
    }
}
