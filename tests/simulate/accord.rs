//! What the normaliser reads of a record, beside what the deed says: both as lines of text.

mod said;
mod meant;

use std::collections::BTreeSet;
use std::sync::Arc;

use tenure::model::event::Normalized;
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::normalize::{Mappings, Normalizer};
use tenure::simulate::Simulation;
use tenure::simulate::deed::{Cast, Deed};

pub fn check(simulation: &Simulation, mappings: Arc<Mappings>) {
    let mut normalizer = Normalizer::new(mappings);
    let mut wrong = Vec::new();
    for numbered in simulation.days().flatten() {
        let raw = simulation.record(&numbered);
        let deed = &numbered.deed;
        let record = Record {
            offset: 0,
            received_at: None,
            raw: raw.clone().into_bytes(),
            broken: None,
        };
        let read = normalizer.normalize(&SourceName::new(deed.log), &record);
        if let Some(why) = differs(&simulation.cast, deed, &read) {
            wrong.push(format!("{why}\n{deed:?}\n{raw}"));
        }
    }
    let first: Vec<&String> = wrong.iter().take(3).collect();
    assert!(
        wrong.is_empty(),
        "{} records, such as {first:#?}",
        wrong.len()
    );
}

fn differs(cast: &Cast, deed: &Deed, read: &Normalized) -> Option<String> {
    if let Some(reject) = &read.reject {
        return Some(format!("rejected: {reject:?}"));
    }
    if !read.unmapped.is_empty() || !read.mistyped.is_empty() {
        return Some(format!(
            "not understood: {:?} {:?}",
            read.unmapped, read.mistyped
        ));
    }
    if let Some(event) = read.events.iter().find(|event| event.time != deed.at) {
        return Some(format!("at {} instead of {}", event.time, deed.at));
    }
    let said: BTreeSet<String> = read
        .facts
        .iter()
        .filter_map(|fact| said::line(cast, fact))
        .collect();
    let meant: BTreeSet<String> = meant::lines(cast, deed).into_iter().collect();
    // What ends one role may end all that exclude it.
    let also = |line: &&String| !line.starts_with("ended ");
    let more: Vec<&String> = said.difference(&meant).filter(also).collect();
    let less: Vec<&String> = meant.difference(&said).collect();
    let same = more.is_empty() && less.is_empty();
    (!same).then(|| format!("read {more:?}, meant {less:?}"))
}
