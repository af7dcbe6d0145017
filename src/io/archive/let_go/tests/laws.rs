//! Whatever is held, released, crashed and let go in whatever order.

use std::collections::HashMap;

use super::*;
use crate::evidence::commit::TimeRange;
use crate::evidence::hold::Touch;
use crate::io::archive::log::LogWriter;
use crate::io::archive::retain::prepare_in;
use crate::io::archive::store::Store;
use crate::model::retention::Day;

/// A chain of pseudo-random numbers: the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn in_memory() -> Archive {
    let mut archive = Archive {
        store: Store::in_memory(),
        chains: HashMap::new(),
        log: None,
        unlogged: Vec::new(),
        unsigned_max: 1,
        introduced: false,
    };
    archive.log = Some(LogWriter::open(&archive.store, signer()).expect("log"));
    archive
}

fn scope(dice: &mut Dice) -> HoldScope {
    let at = |number: u64| Day::of(day(i64::try_from(number).expect("small")));
    match dice.below(5) {
        0 => HoldScope::All,
        1 => HoldScope::Sources(vec!["okta".to_owned()]),
        2 => HoldScope::Sources(vec!["github".to_owned()]),
        3 => {
            let from = dice.below(3);
            HoldScope::Days {
                from: at(from),
                to: at(from + dice.below(2)),
            }
        }
        _ => HoldScope::Identities(vec!["github:john-2".to_owned()]),
    }
}

/// What the scope keeps, said another way than the code under test says it.
fn keeps(scope: &HoldScope, path: &str) -> bool {
    let place = FilePlace::of(path).expect("a place");
    let at = place.day.begin();
    let times = (place.dataset == "access").then_some(TimeRange {
        earliest: at,
        latest: at,
    });
    match scope.touches(&place, times) {
        Touch::Yes(_) => true,
        Touch::No => false,
        Touch::AskRows => path.contains("source=github") || path.starts_with("access/"),
    }
}

#[test]
fn nothing_held_is_ever_deleted_whatever_the_order_of_holds_and_releases() {
    let (mut deleted, mut kept) = (0, 0);
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut archive = in_memory();
        fill(&mut archive);
        let mut held: BTreeMap<String, HoldScope> = BTreeMap::new();
        for step in 0..12 {
            let id = format!("case-{}", dice.below(3));
            match dice.below(3) {
                0 if !held.contains_key(&id) => {
                    let scope = scope(&mut dice);
                    hold(&mut archive, &id, Some(scope.clone()));
                    held.insert(id, scope);
                }
                1 if held.contains_key(&id) => {
                    hold(&mut archive, &id, None);
                    held.remove(&id);
                }
                _ => {
                    let days = u32::try_from(dice.below(4) + 1).expect("small");
                    let as_of = i64::try_from(dice.below(8)).expect("small");
                    let settings = settings(&[("events", days), ("access", 2)], as_of);
                    let before = archive.store.everything().expect("list");
                    let prepared = prepare_in(&archive.store, &settings, &|_| true);
                    let prepared = prepared.expect("looked").expect("to the end");
                    if dice.below(3) == 0 {
                        // A crash between the tombstone and the deletion.
                        let fated = |one: &&Candidate| {
                            prepared.fate(&archive.store, &one.file).expect("fate") == Fate::Due
                        };
                        let due: Vec<&Candidate> =
                            prepared.candidates.iter().filter(fated).collect();
                        if !due.is_empty() {
                            let committed = archive.commit_tombstone(&prepared, &due, day(900));
                            assert!(committed.expect("committed").is_some());
                        }
                    } else {
                        archive.finish_letting_go(&prepared).expect("finished");
                        let let_go = archive.let_go(&prepared, &prepared.candidates, day(900));
                        assert!(matches!(let_go.expect("let go"), Outcome::Done(_)));
                    }
                    let after = archive.store.everything().expect("list");
                    let of_data = |path: &&String| FilePlace::of(path).is_some();
                    let is_held = |path: &&String| held.values().any(|it| keeps(it, path));
                    let due = prepared.candidates.iter().map(|one| &one.file.file.path);
                    kept += due.filter(is_held).count();
                    for path in before.keys().filter(|path| !after.contains_key(*path)) {
                        let by = held
                            .iter()
                            .find(|(_, scope)| FilePlace::of(path).is_some() && keeps(scope, path));
                        assert_eq!(by, None, "seed {seed} step {step}: {path} was deleted");
                        deleted += usize::from(of_data(&path));
                    }
                }
            }
        }
    }
    assert!(deleted > 100 && kept > 100, "{deleted} {kept}");
}
