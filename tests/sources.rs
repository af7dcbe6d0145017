//! What every fixture becomes, source by source, and what hostile input must not do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenure::model::event::Verb;
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::normalize::{Mappings, Normalizer, Unmapped, explain, ocsf};

/// A file of records of one source: `tests/fixtures/<source>/<name>.ndjson`.
struct Fixture {
    source: String,
    name: String,
    text: String,
}

fn fixtures() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found = Vec::new();
    for source in entries(&root) {
        for file in entries(&source) {
            found.push(Fixture {
                source: name_of(&source),
                name: name_of(&file),
                text: fs::read_to_string(&file).expect("a fixture is text"),
            });
        }
    }
    found
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(dir).expect("a directory");
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().expect("a name");
    stem.to_string_lossy().into_owned()
}

fn normalizer() -> Normalizer {
    Normalizer::new(Arc::new(Mappings::builtin())).with_unmapped(Unmapped::Kept)
}

fn record(raw: &str) -> Record {
    Record {
        offset: 0,
        received_at: None,
        raw: raw.as_bytes().to_vec(),
        broken: None,
    }
}

#[test]
fn fixtures_become_what_they_say() {
    let mut normalizer = normalizer();
    for fixture in fixtures() {
        let source = SourceName::new(&fixture.source);
        let mut shown = String::new();
        for (index, line) in fixture.text.lines().enumerate() {
            let normalized = normalizer.normalize(&source, &record(line));
            shown += &format!("#{}\n{}", index + 1, explain(&normalized));
        }
        insta::assert_snapshot!(format!("{}-{}", fixture.source, fixture.name), shown);
    }
}

#[test]
fn every_source_has_fixtures_and_every_fixture_a_source() {
    let mappings = Mappings::builtin();
    let mut with_fixtures: Vec<String> = fixtures().into_iter().map(|one| one.source).collect();
    with_fixtures.dedup();
    assert_eq!(mappings.sources(), with_fixtures);
    // They are compiled when they are first asked.
    for source in mappings.sources() {
        assert!(mappings.actions(source) > 0, "{source} names no action");
    }
}

/// A small seeded generator: the same mutations on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }
}

#[test]
fn every_verb_that_a_mapping_can_express_stands_in_a_fixture() {
    let mappings = Mappings::builtin();
    let mut normalizer = normalizer();
    let mut shown: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for fixture in fixtures() {
        let source = SourceName::new(&fixture.source);
        let verbs = shown.entry(fixture.source).or_default();
        for line in fixture.text.lines() {
            let normalized = normalizer.normalize(&source, &record(line));
            let of_events = normalized.events.iter().filter_map(|it| it.lifecycle.verb);
            verbs.extend(of_events.map(Verb::as_str));
        }
    }
    let mut missing = Vec::new();
    for source in mappings.sources() {
        let verbs = mappings.verbs(source);
        let of_source = shown.get(source);
        let is_missing = |verb: &&str| !of_source.is_some_and(|shown| shown.contains(verb));
        let unseen = verbs.iter().copied().map(Verb::as_str).filter(is_missing);
        missing.extend(unseen.map(|verb| format!("{source}: {verb}")));
    }
    assert!(
        missing.is_empty(),
        "without a fixture:\n{}",
        missing.join("\n")
    );
}

/// At least so many records are tried.
const MUTANTS: usize = 100_000;

#[test]
fn mutated_records_are_events_or_rejects() {
    let mappings = Mappings::builtin();
    let mut normalizer = normalizer();
    let mut chance = Chance(0x5eed);
    let fixtures = fixtures();
    let lines: usize = fixtures.iter().map(|one| one.text.lines().count()).sum();
    let mut tried = 0;
    for fixture in &fixtures {
        let source = SourceName::new(&fixture.source);
        let product = mappings.product(&fixture.source);
        for line in fixture.text.lines() {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            for _ in 0..=MUTANTS / lines * 5 / 4 {
                let mut mutated = value.clone();
                for _ in 0..=chance.below(3) {
                    mutate(&mut mutated, &mut chance);
                }
                let raw = mutated.to_string();
                let normalized = normalizer.normalize(&source, &record(&raw));
                tried += 1;
                assert!(
                    normalized.events.is_empty() == normalized.reject.is_some(),
                    "neither or both of event and reject: {raw}"
                );
                for event in &normalized.events {
                    ocsf::render(event, product);
                }
            }
        }
    }
    assert!(
        tried >= MUTANTS,
        "{tried} only: too many fixtures are no JSON"
    );
}

/// Removes, retypes, renames or nests one value somewhere.
fn mutate(value: &mut serde_json::Value, chance: &mut Chance) {
    use serde_json::{Value, json};
    let strange = [
        Value::Null,
        json!(""),
        json!("unknown"),
        json!(-1),
        json!(1.0e300),
        json!(true),
        json!([[], {}]),
        json!({"a": {"b": "c"}}),
        json!("\u{0}\u{fffd}木"),
    ];
    match value {
        Value::Object(fields) if !fields.is_empty() && chance.below(8) > 0 => {
            let index = chance.below(fields.len());
            let Some(key) = fields.keys().nth(index).cloned() else {
                return;
            };
            match chance.below(6) {
                0 => {
                    fields.remove(&key);
                }
                1 => {
                    let held = fields.remove(&key).unwrap_or_default();
                    fields.insert(key.to_uppercase(), held);
                }
                2 => {
                    let held = fields.remove(&key).unwrap_or_default();
                    fields.insert(key, json!({ "nested": held }));
                }
                _ => {
                    if let Some(inner) = fields.get_mut(&key) {
                        mutate(inner, chance);
                    }
                }
            }
        }
        Value::Array(elements) if !elements.is_empty() && chance.below(8) > 0 => {
            let index = chance.below(elements.len());
            if let Some(element) = elements.get_mut(index) {
                mutate(element, chance);
            }
        }
        _ => *value = strange.into_iter().nth(chance.below(9)).unwrap_or_default(),
    }
}
