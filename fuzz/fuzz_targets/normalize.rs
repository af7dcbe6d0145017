//! Any bytes, as a record of any source: an event or a reject, never a panic.
//!
//! The first byte chooses the source, so that one corpus serves them all.

#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::normalize::{Mappings, Normalizer, Unmapped, ocsf};

static MAPPINGS: OnceLock<Arc<Mappings>> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let Some((choice, raw)) = data.split_first() else {
        return;
    };
    let mappings = MAPPINGS.get_or_init(|| Arc::new(Mappings::builtin()));
    let sources = mappings.sources();
    let name = sources[usize::from(*choice) % sources.len()];
    let record = Record {
        offset: 0,
        received_at: None,
        raw: raw.to_vec(),
        broken: None,
    };
    let mut normalizer = Normalizer::new(Arc::clone(mappings)).with_unmapped(Unmapped::Kept);
    let normalized = normalizer.normalize(&SourceName::new(name), &record);
    assert_eq!(normalized.events.is_empty(), normalized.reject.is_some());
    for event in &normalized.events {
        let rendered = ocsf::render(event, mappings.product(name));
        assert!(rendered.is_object());
    }
});
