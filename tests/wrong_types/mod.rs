//! Records of the fixtures with one value each replaced by one of another type.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Every fixture's source, name and text, in the order of their names.
pub fn fixtures() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut fixtures = Vec::new();
    for source in listed(&root) {
        let name = source.file_name().expect("a name").to_string_lossy();
        fixtures.extend(listed(&source).into_iter().map(|it| (name.to_string(), it)));
    }
    assert!(fixtures.len() >= 12, "{fixtures:?}");
    fixtures
}

/// Each value of each record, replaced in turn: numbers for texts, arrays for objects, nulls.
pub fn lines(fixture: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(fixture).expect("a fixture");
    let mut lines = Vec::new();
    for record in text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
    {
        let record: Value = record;
        for place in places(&record) {
            let wrong = wrong(lines.len());
            let mut mutant = record.clone();
            *mutant.pointer_mut(&place).expect("it was there") = wrong;
            lines.push(mutant.to_string());
        }
    }
    lines
}

fn wrong(turn: usize) -> Value {
    let all = [
        json!(7),
        json!([]),
        json!({}),
        json!(null),
        json!("\u{0}"),
        json!(-1.5e300),
        json!([[{ "a": [1, null] }, "b"]]),
        json!(true),
        json!({ "id": { "id": 1 }, "type": [], "value": null }),
        json!(u64::MAX),
    ];
    let count = all.len();
    all.into_iter().nth(turn % count).expect("one of them")
}

/// JSON pointers of the value and everything in it.
fn places(value: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(items) => (0..)
            .zip(items)
            .map(|(n, it)| (format!("{n}"), it))
            .collect(),
        _ => Vec::new(),
    };
    for (key, value) in below {
        let key = key.replace('~', "~0").replace('/', "~1");
        places.extend(places_below(&key, value));
    }
    places
}

fn places_below(key: &str, value: &Value) -> Vec<String> {
    let below = places(value).into_iter();
    below.map(|place| format!("/{key}{place}")).collect()
}

fn listed(dir: &Path) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(dir).expect("a directory");
    let mut paths: Vec<PathBuf> = listing.map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    paths
}
