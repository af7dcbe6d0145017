//! What is told of a look at retention, or of its application.

use std::collections::BTreeMap;

use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;

use crate::cli::table::{self, Look, harmless};
use crate::evidence::commit::FileRef;
use crate::io::archive::LetGo;
use crate::io::archive::retain::{HeldBy, RetainSettings};
use crate::model::retention::{Day, FilePlace, Retention};
use crate::model::time::Timestamp;

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) as_of: Timestamp,
    pub(super) retention: Retention,
    /// What would go, or went.
    pub(super) files: Vec<ShownFile>,
    /// Tombstones that were written.
    pub(super) tombstones: Vec<String>,
    pub(super) applied: bool,
    pub(super) held: Vec<ShownHeld>,
    pub(super) unsound: Vec<ShownWhy>,
    /// Files that an earlier tombstone names and that are still there: with its path.
    pub(super) unfinished: Vec<ShownWhy>,
    pub(super) undeleted: Vec<ShownWhy>,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownFile {
    path: String,
    dataset: String,
    day: Option<Day>,
    source: Option<String>,
    rows: u64,
    records: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_days: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownHeld {
    file: ShownFile,
    holds: Vec<HeldBy>,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownWhy {
    path: String,
    why: String,
}

/// What one line of a table adds up.
#[derive(Default)]
struct Sum {
    days: Option<(Day, Day)>,
    files: u64,
    rows: u64,
    bytes: u64,
}

impl ShownFile {
    fn new(file: &FileRef, keep_days: Option<u32>) -> Self {
        let place = FilePlace::of(&file.path);
        ShownFile {
            path: file.path.clone(),
            dataset: place.map_or("", |place| place.dataset).to_owned(),
            day: place.map(|place| place.day),
            source: place.and_then(|place| place.source).map(str::to_owned),
            rows: file.rows,
            records: file.records,
            bytes: file.bytes,
            keep_days,
        }
    }
}

impl ShownWhy {
    fn new(file: &FileRef, why: &str) -> Self {
        ShownWhy {
            path: file.path.clone(),
            why: why.to_owned(),
        }
    }
}

impl Sum {
    fn add(&mut self, file: &ShownFile) {
        if let Some(day) = file.day {
            let (first, last) = self.days.unwrap_or((day, day));
            self.days = Some((first.min(day), last.max(day)));
        }
        self.files += 1;
        self.rows += file.rows;
        self.bytes += file.bytes;
    }

    fn cells(&self) -> Vec<String> {
        let days = match self.days {
            None => "-".to_owned(),
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}..{last}"),
        };
        vec![
            days,
            HumanCount(self.files).to_string(),
            HumanCount(self.rows).to_string(),
            HumanBytes(self.bytes).to_string(),
        ]
    }
}

impl Shown {
    pub(super) fn new(settings: &RetainSettings) -> Self {
        Shown {
            as_of: settings.now,
            retention: settings.retention.clone(),
            files: Vec::new(),
            tombstones: Vec::new(),
            applied: false,
            held: Vec::new(),
            unsound: Vec::new(),
            unfinished: Vec::new(),
            undeleted: Vec::new(),
        }
    }

    pub(super) fn add_due(&mut self, file: &FileRef, keep_days: u32) {
        self.files.push(ShownFile::new(file, Some(keep_days)));
    }

    pub(super) fn add_held(&mut self, file: &FileRef, holds: Vec<HeldBy>) {
        let file = ShownFile::new(file, None);
        self.held.push(ShownHeld { file, holds });
    }

    pub(super) fn add_unsound(&mut self, file: &FileRef, why: &str) {
        self.unsound.push(ShownWhy::new(file, why));
    }

    pub(super) fn add_unfinished(&mut self, file: &FileRef, tombstone: &str) {
        self.unfinished.push(ShownWhy::new(file, tombstone));
    }

    pub(super) fn take(&mut self, went: &LetGo, settings: &RetainSettings) {
        self.applied = true;
        self.tombstones.clone_from(&went.tombstones);
        for file in &went.deleted {
            let place = FilePlace::of(&file.path);
            let keep = place.and_then(|place| settings.retention.keep_days(&place));
            self.files.push(ShownFile::new(file, keep));
        }
        for (file, holds) in &went.held {
            self.add_held(file, holds.clone());
        }
        for (file, why) in &went.unsound {
            self.add_unsound(file, why);
        }
        let undeleted = went.undeleted.iter();
        self.undeleted = undeleted
            .map(|(file, why)| ShownWhy::new(file, why))
            .collect();
    }

    pub(super) fn rendered(&self, look: Look) -> String {
        let mut text = self.gone(look);
        if !self.held.is_empty() {
            text += &format!("\n{}", self.holds(look));
        }
        for (what, some) in [
            ("not let go, see `tenure verify`", &self.unsound),
            ("let go before and still there", &self.unfinished),
            ("not deleted, run this again", &self.undeleted),
        ] {
            for ShownWhy { path, why } in some {
                text += &format!("{what}: {}: {}\n", harmless(path), harmless(why));
            }
        }
        for tombstone in &self.tombstones {
            text += &format!("wrote {tombstone}, and signed it\n");
        }
        let due = self.files.len() + self.unfinished.len();
        if due > 0 && !self.applied {
            text += "nothing was changed; --apply deletes it\n";
        }
        text
    }

    fn gone(&self, look: Look) -> String {
        let word = if self.applied { "was" } else { "would be" };
        if self.files.is_empty() {
            return format!("nothing {word} let go as of {}\n", self.as_of);
        }
        let header = [
            "DATASET", "SOURCE", "KEPT", "DAYS", "FILES", "ROWS", "BYTES",
        ];
        let mut table = table::styled(&header, look);
        let mut sums: BTreeMap<(&str, &str, Option<u32>), Sum> = BTreeMap::new();
        for file in &self.files {
            let source = file.source.as_deref().unwrap_or("-");
            let key = (file.dataset.as_str(), source, file.keep_days);
            sums.entry(key).or_default().add(file);
        }
        for ((dataset, source, keep), sum) in &sums {
            let keep = keep.map_or_else(|| "-".to_owned(), |days| format!("{days}d"));
            let mut row = vec![(*dataset).to_owned(), harmless(source), keep];
            row.extend(sum.cells());
            table.add_row(row);
        }
        format!(
            "this {word} let go as of {}:\n{}",
            self.as_of,
            table::lines(&table)
        )
    }

    fn holds(&self, look: Look) -> String {
        let header = [
            "HELD BY", "DATASET", "SOURCE", "DAYS", "FILES", "ROWS", "BYTES", "WHY", "REASON",
        ];
        let mut table = table::styled(&header, look);
        let mut sums: BTreeMap<[&str; 5], Sum> = BTreeMap::new();
        for held in &self.held {
            let file = &held.file;
            let source = file.source.as_deref().unwrap_or("-");
            for hold in &held.holds {
                let key = [&*hold.id, &*file.dataset, source, &*hold.why, &*hold.reason];
                sums.entry(key).or_default().add(file);
            }
        }
        for ([id, dataset, source, why, reason], sum) in &sums {
            let mut row = vec![harmless(id), (*dataset).to_owned(), harmless(source)];
            row.extend(sum.cells());
            row.extend([harmless(why), harmless(reason)]);
            table.add_row(row);
        }
        table::lines(&table)
    }
}
