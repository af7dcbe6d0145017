use std::fs::{self, File};
use std::sync::Arc;

use crossbeam_channel::{Receiver, unbounded};
use tempfile::TempDir;

use super::super::ReceivedAt;
use super::*;

/// A directory with one log, and what is read of it.
pub(super) struct Place {
    directory: TempDir,
    settings: FilesSettings,
    outlet: Outlet,
    arrivals: Receiver<Arrival>,
}

impl Place {
    pub(super) fn new() -> Self {
        let directory = TempDir::new().expect("directory");
        fs::create_dir_all(directory.path().join("logs/okta")).expect("logs");
        let (sender, arrivals) = unbounded();
        Place {
            settings: FilesSettings {
                root: directory.path().join("logs"),
                received_at: ReceivedAt::Unknown,
                known_sources: ["okta".to_owned()].into(),
                poll: std::time::Duration::ZERO,
            },
            outlet: Outlet::new(sender, Arc::default()),
            arrivals,
            directory,
        }
    }

    pub(super) fn tail(&self) -> Tail<'_> {
        let bookmarks = self.directory.path().join("bookmarks");
        let generations = Generations::open(&bookmarks, StartPositions::new());
        let desk = Desk::new(&self.settings, &self.outlet);
        Tail::new(desk, generations.expect("bookmarks"))
    }

    /// Writes over the file in place, or makes it; its time of change is always the same.
    pub(super) fn write(&self, text: &str) {
        let path = self.settings.root.join("okta/a.ndjson");
        fs::write(&path, text).expect("written");
        let file = File::options().write(true).open(&path).expect("open");
        file.set_modified(std::time::UNIX_EPOCH).expect("time");
    }

    /// Records that came since, with their topics.
    pub(super) fn came(&self) -> Vec<(String, String)> {
        let mut came = Vec::new();
        for arrival in self.arrivals.try_iter() {
            if let Arrival::Batch(batch) = arrival {
                let topic = batch.stream.topic.to_string();
                let texts = batch.records.into_iter().map(|record| record.raw);
                came.extend(
                    texts.map(|raw| (topic.clone(), String::from_utf8(raw).expect("text"))),
                );
            }
        }
        came
    }
}

pub(super) fn read_all(tail: &mut Tail<'_>) {
    while tail.read_one().expect("nobody stops") {}
}

pub(super) fn came(topic: &str, text: &str) -> Vec<(String, String)> {
    vec![(topic.to_owned(), text.to_owned())]
}

/// A log was moved aside and back between a look and its turn. Nothing about it had changed by the
/// next look, and what it held stayed unread until it grew again.
#[test]
fn a_file_that_was_away_when_its_turn_came_is_read_when_it_is_back() {
    let place = Place::new();
    let mut tail = place.tail();
    place.write("{\"n\":1}\n");
    tail.look().expect("look");
    read_all(&mut tail);
    assert_eq!(place.came(), came("okta/a.ndjson", "{\"n\":1}"));
    place.write("{\"n\":1}\n{\"n\":2}\n");
    tail.look().expect("look");
    let (here, aside) = (
        place.settings.root.join("okta/a.ndjson"),
        place.directory.path().join("aside"),
    );
    fs::rename(&here, &aside).expect("moved");
    read_all(&mut tail);
    assert_eq!(place.came(), []);
    fs::rename(&aside, &here).expect("moved back");
    tail.look().expect("look");
    read_all(&mut tail);
    assert_eq!(place.came(), came("okta/a.ndjson", "{\"n\":2}"));
    tail.look().expect("look");
    assert!(tail.queue.is_empty(), "a doubt that is resolved is over");
}
