//! `[retention]`.

use super::{good, parse};
use crate::config::Apply;

#[test]
fn retention_is_in_whole_days_and_nothing_is_let_go_unless_it_is_stated() {
    assert!(good("").retention.keep.is_empty());
    let text = "[retention]\nevents = \"400d\"\naccess = \"7y\"\nlinks = \"9w\"\nreads = \"25h\"\n\
                 people = \"7y\"\n\
                apply = \"daily\"\n[[retention.source]]\nname = \"okta\"\nkeep = \"730d\"\n";
    let checked = parse(text).expect("good");
    let retention = &checked.value.retention;
    assert_eq!(retention.apply, Apply::Daily);
    let days = |name: &str| retention.keep.datasets.get(name).copied();
    assert_eq!((days("events"), days("access")), (Some(400), Some(2_562)));
    assert_eq!(
        (days("links"), days("findings"), days("reads")),
        (Some(63), None, Some(2))
    );
    assert_eq!(days("people"), Some(2_562));
    assert_eq!(retention.keep.sources.get("okta"), Some(&730));
    let notes: Vec<String> = checked.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("links are changes"), "{notes:?}");
}
