//! Records in, records out: what is replaced, what is not, and that both are still what they were.

use std::sync::Arc;

use super::{Redaction, RedactionKey, Redactor, proof};
use crate::model::redaction::{Pattern, PatternFile, Shape, Written};

fn written(text: &str) -> Written {
    Written {
        text: text.into(),
        line: 1,
    }
}

fn pattern(id: &str, shape: Shape) -> Pattern {
    Pattern {
        id: written(id),
        what: id.into(),
        shape,
        unless: None,
        except: vec!["box".into()],
        matches: vec![written("«x»")],
        misses: vec![written("y")],
    }
}

fn text(id: &str, regex: &str, keyword: &str) -> Pattern {
    let (regex, keywords) = (written(regex), vec![written(keyword)]);
    pattern(id, Shape::Text { regex, keywords })
}

fn redactor(patterns: Vec<Pattern>) -> Redactor {
    let file = PatternFile {
        name: "test.toml".into(),
        patterns,
        placeholders: vec!["redacted".into()],
    };
    let redaction = Redaction::compile(&[file], &[]).expect("patterns");
    Redactor::new(Arc::new(redaction), RedactionKey::new(b"key"))
}

fn some() -> Redactor {
    redactor(vec![
        text("tok", r"\b(tok-[a-z0-9]{4,})", "tok-"),
        text("param", r#"[?&]key=([^&\s"\\]+)"#, "key="),
        text("greedy", r"all:(.*)", "all:"),
        pattern(
            "field",
            Shape::Fields(vec![written("password"), written("client_secret")]),
        ),
    ])
}

/// The record with each replacement shown as its id alone.
fn short(redactor: &Redactor, raw: &str) -> String {
    let mut bytes = raw.as_bytes().to_vec();
    let ids = redactor.redact("", &mut bytes);
    let once = bytes.clone();
    assert!(redactor.redact("", &mut bytes).is_empty(), "twice: {raw}");
    assert_eq!(once, bytes, "twice: {raw}");
    let became = String::from_utf8(bytes).expect("text stays text");
    if serde_json::from_str::<serde_json::Value>(raw).is_ok() {
        let read = serde_json::from_str::<serde_json::Value>(&became);
        assert!(read.is_ok(), "JSON stays JSON: {raw} became {became}");
    }
    let marker = regex::Regex::new(r"\[redacted:([a-z-]+):[0-9a-f]{16}\]").expect("regex");
    let found = marker.find_iter(&became).count();
    assert!(found <= ids.len(), "{raw} became {became}");
    marker.replace_all(&became, "<$1>").into_owned()
}

fn check(raw: &str, expected: &str) {
    assert_eq!(short(&some(), raw), expected, "{raw}");
}

#[test]
fn what_is_found_is_replaced_and_the_rest_stays_as_it_was() {
    check("nothing of note", "nothing of note");
    check("a tok-12ab, TOK-12ab\n", "a <tok>, TOK-12ab\n");
    check(r#"{"password":"a\"b\\"}"#, r#"{"password":"<field>"}"#);
    check(
        r#"{"clientSecret":"a","CLIENT-SECRET":"b"}"#,
        r#"{"clientSecret":"<field>","CLIENT-SECRET":"<field>"}"#,
    );
    check("", "");
}

#[test]
fn a_number_becomes_a_text_at_every_depth() {
    check(r#"{"password":123456}"#, r#"{"password":"<field>"}"#);
    check(r#"{"password":12}"#, r#"{"password":12}"#);
    check(
        r#"{"d":"{\"password\":123456}"}"#,
        r#"{"d":"{\"password\":\"<field>\"}"}"#,
    );
}

#[test]
fn escapes_hide_nothing_and_are_not_cut() {
    check(
        r#"{"u":"h?key=a\u0026b=c"}"#,
        r#"{"u":"h?key=<param>\u0026b=c"}"#,
    );
    check(r#"{"u":"h\u003fkey=a"}"#, r#"{"u":"h\u003fkey=<param>"}"#);
    check(r#"{"\u0070assword":"y"}"#, r#"{"\u0070assword":"<field>"}"#);
    check(r#"{"t":"tok\u002d12ab"}"#, r#"{"t":"<tok>"}"#);
    check(
        r#"{"d":"{\"e\":\"{\\\"password\\\":\\\"x\\\\\\\"y\\\"}\"}"}"#,
        r#"{"d":"{\"e\":\"{\\\"password\\\":\\\"<field>\\\"}\"}"}"#,
    );
    // A line break stands before the token, not the letter n.
    check(r#"{"t":"a\ntok-12ab"}"#, r#"{"t":"a\n<tok>"}"#);
}

#[test]
fn a_pattern_that_runs_on_stops_at_the_end_of_its_text() {
    check(
        r#"{"a":"all: x\"y","b":"c"}"#,
        r#"{"a":"all:<greedy>","b":"c"}"#,
    );
    check(
        r#"{"a":"all: x\\","b":"c"}"#,
        r#"{"a":"all:<greedy>","b":"c"}"#,
    );
    // Read without its escapes, the text seems to go on behind the quote.
    check(
        r#"{"password":"x\\","b":"c","d":"e"}"#,
        r#"{"password":"<field>","b":"c","d":"e"}"#,
    );
}

#[test]
fn what_overlaps_is_replaced_as_one() {
    check(
        r#"{"password":"tok-12ab and h?key=1"}"#,
        r#"{"password":"<field>"}"#,
    );
    check("h?key=tok-12ab-x", "h?key=<param>");
}

#[test]
fn what_was_replaced_before_stays_and_hides_nothing_beside_it() {
    let marker = "[redacted:field:0123456789abcdef]";
    let same = format!(r#"{{"password":"{marker}"}}"#);
    let mut raw = same.clone().into_bytes();
    assert!(some().redact("", &mut raw).is_empty());
    assert_eq!(raw, same.into_bytes());
    check(
        &format!(r#"{{"password":"{marker} hunter2"}}"#),
        r#"{"password":"<field>"}"#,
    );
    check(
        r#"{"password":"[Redacted]"}"#,
        r#"{"password":"[Redacted]"}"#,
    );
    check(r#"{"password":"••••"}"#, r#"{"password":"••••"}"#);
}

#[test]
fn equal_secrets_are_equal_wherever_and_however_they_stand() {
    let marker = |raw: &str| {
        let mut raw = raw.as_bytes().to_vec();
        assert_eq!(some().redact("", &mut raw).len(), 1);
        let text = String::from_utf8(raw).expect("text");
        let hash = text.rsplit(':').next();
        hash.map(|hash| hash.chars().take(16).collect::<String>())
    };
    let plain = marker(r#"{"password":"tok-12ab"}"#);
    assert_eq!(marker("x tok-12ab"), plain);
    assert_eq!(
        marker(r#"{"d":"{\"password\":\"tok\\u002d12ab\"}"}"#),
        plain
    );
    assert_ne!(marker("x tok-12ac"), plain);
}

#[test]
fn a_source_may_be_excepted() {
    let mut raw = br#"{"password":"hunter2"}"#.to_vec();
    assert!(some().redact("box", &mut raw).is_empty());
    assert_eq!(some().redact("okta", &mut raw).len(), 1);
}

#[test]
fn broken_records_are_redacted_too() {
    check(r#"{"password":"cut of"#, r#"{"password":"<field>"#);
    let mut raw = b"\xff\xfe tok-12ab \xff".to_vec();
    assert_eq!(some().redact("", &mut raw).len(), 1);
    assert!(raw.starts_with(b"\xff\xfe [redacted:tok:") && raw.ends_with(b"] \xff"));
}

#[test]
fn deep_and_long_records_end() {
    let deep = format!("{}password\":{}", "\\".repeat(200_000), "\"".repeat(1_000));
    let mut raw = deep.into_bytes();
    some().redact("", &mut raw);
    let many = r#""password":"a","#.repeat(20_000);
    let mut raw = many.into_bytes();
    assert_eq!(some().redact("", &mut raw).len(), 20_000);
}

#[test]
fn mistakes_of_patterns_are_told_with_what_to_write() {
    let check = |pattern: Pattern, expected: &[&str]| {
        let file = PatternFile {
            name: "own.toml".into(),
            patterns: vec![pattern],
            placeholders: Vec::new(),
        };
        let mut mistakes = Redaction::compile(std::slice::from_ref(&file), &[])
            .err()
            .unwrap_or_default();
        mistakes.extend(Redaction::mistakes(&file));
        let told: Vec<String> = mistakes
            .iter()
            .map(|it| format!("{} {}", it.key, it.message))
            .collect();
        assert_eq!(told, expected);
    };
    let with = |id: &str, regex: &str, matches: &str, misses: &str| Pattern {
        matches: vec![written(matches)],
        misses: vec![written(misses)],
        ..text(id, regex, "tok-")
    };
    let good = r"(tok-[0-9]+)";
    check(with("a", good, "«tok-1»", "tok-"), &[]);
    check(
        with("A b", good, "«tok-1»", "x"),
        &["pattern.id is `A b`, which cannot be an id"],
    );
    check(
        with("a", r"tok-([0-9]+", "tok-«1»", "x"),
        &["pattern.regex is no regular expression: unclosed group"],
    );
    check(
        with("a", r"tok-[0-9]+", "«tok-1»", "x"),
        &["pattern.regex has 0 groups"],
    );
    check(
        with("a", r"(tok-)?", "«tok-»", "x"),
        &["pattern.regex matches an empty text"],
    );
    check(
        with("a", good, "«tok-x»", "x"),
        &["pattern.matches has `tok-x`, of which nothing is replaced"],
    );
    check(
        with("a", good, "tok-1", "x"),
        &["pattern.matches has `tok-1`, which marks no secret"],
    );
    check(
        with("a", good, "tok-«1»", "tok-1"),
        &[
            "pattern.matches has `tok-1`, which becomes `[redacted:a:db73b22ace936a05]`",
            "pattern.misses has a text that becomes `[redacted:a:db73b22ace936a05]`",
        ],
    );
    check(
        Pattern {
            matches: Vec::new(),
            misses: Vec::new(),
            ..text("a", good, "to")
        },
        &["pattern.keywords has `to`, which is too short"],
    );
}

/// Ours, all together, on all their examples.
#[test]
fn examples_of_a_pattern_are_read_with_their_fillings() {
    let example = proof::read(&written("a «<5>-<4x>» b <3")).expect("example");
    assert_eq!(example.text(), "a Kq7Zx-5b0c b <3");
    assert_eq!(example.secret(), "Kq7Zx-5b0c");
    for text in ["none", "«»", "«a» «b»", "»a«"] {
        assert!(proof::read(&written(text)).is_none(), "{text}");
    }
}
