//! Asks the archive everything that a report needs. How it is asked is the caller's: SQL goes to
//! whatever speaks it, files and proofs come from the archive's store.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalogue::{Control, Framework};
use super::control::{ControlEvidence, Counted, Found};
use super::period::Period;
use super::population::{Needs, Population};
use super::queries::{self, Query};
use super::sample::{hexadecimal, seed_fault};
use super::sampled;
use super::table::{Cell, Table};
use crate::evidence::note::{Checkpoint, Note};
use crate::model::time::Timestamp;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub framework: &'static Framework,
    pub period: Period,
    /// So many of each control's population are sampled, or all if there are fewer.
    pub sample: usize,
    /// Without one it follows from the checkpoint, so that whoever runs the report does not choose it.
    pub seed: Option<String>,
}

/// A record's place, as `tenure prove --record` takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// Files by name.
pub type Files = Vec<(String, Vec<u8>)>;

/// Something that is asked by a text: SQL, or a path.
pub type Ask<'a, T> = dyn FnMut(&str) -> Result<T, String> + 'a;

/// Where answers come from. Errors are told to the operator as they are.
pub struct Sources<'s> {
    pub sql: &'s mut Ask<'s, Table>,
    /// A file of the archive, by its path; `None` where it is not there.
    pub file: &'s mut Ask<'s, Option<Vec<u8>>>,
    /// The proof of a record, or why there is none.
    pub prove: &'s mut dyn FnMut(&Origin) -> Result<Files, String>,
    /// What is being done.
    pub progress: &'s mut dyn FnMut(&str),
}

/// The archive as it was when the report was drawn from it.
#[derive(Clone, Debug, Default)]
pub struct ArchiveState {
    /// The signed note as it lies there.
    pub note: Option<Vec<u8>>,
    pub checkpoint: Option<Checkpoint>,
    pub earliest_event: Option<Timestamp>,
    pub latest_event: Option<Timestamp>,
    pub last_commit: Option<Timestamp>,
}

/// Rule and policy versions.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Those in force within the period, in the order of time.
    pub table: Table,
    pub files: Files,
}

#[derive(Clone, Debug)]
pub struct Evidence {
    pub request: Request,
    pub seed: String,
    pub archive: ArchiveState,
    pub controls: Vec<ControlEvidence>,
    pub not_covered: Vec<&'static Control>,
    pub reconciliation: Table,
    pub rejects: Table,
    pub commits: Table,
    /// Those of live access.
    pub snapshots: Table,
    /// Those of people.
    pub people: Table,
    pub settings: Settings,
    /// Files of each proof, by its directory.
    pub proofs: BTreeMap<String, Files>,
    /// Why some of the sample has no proof.
    pub unproved: Vec<String>,
    /// Every query, in the order in which they were asked, with the files that hold its answer.
    pub queries: Vec<(Query, Vec<String>)>,
}

pub(super) struct Gatherer<'s, 'g> {
    pub(super) sources: &'g mut Sources<'s>,
    queries: Vec<(Query, Vec<String>)>,
    populations: BTreeMap<Population, Result<Arc<Table>, String>>,
    kinds: Table,
    snapshots: Table,
    people: Table,
    /// Why the archive's events say nothing of the period, if they do not.
    outside: Option<String>,
}

/// Asks for everything. An error says what could not be asked or understood.
pub fn gather(request: Request, sources: &mut Sources<'_>) -> Result<Evidence, String> {
    if let Some(fault) = request.seed.as_deref().and_then(seed_fault) {
        return Err(fault);
    }
    let mut gatherer = Gatherer {
        sources,
        queries: Vec::new(),
        populations: BTreeMap::new(),
        kinds: Table::default(),
        snapshots: Table::default(),
        people: Table::default(),
        outside: None,
    };
    let archive = gatherer.archive()?;
    gatherer.outside = archive.outside(&request.period);
    let seed = request.seed.clone().unwrap_or_else(|| archive.seed());
    let period = request.period;
    gatherer.kinds = gatherer.ask(queries::kinds_of_events(), &[])?;
    gatherer.snapshots = gatherer.ask(queries::snapshots(&period), &["access_snapshots"])?;
    gatherer.people = gatherer.ask(queries::people_snapshots(&period), &["people_snapshots"])?;
    let (covered, not_covered): (Vec<&Control>, Vec<&Control>) = request
        .framework
        .controls
        .iter()
        .partition(|it| !it.rules.is_empty());
    let mut controls = Vec::new();
    for control in covered {
        (gatherer.sources.progress)(&format!("control {}", control.id));
        controls.push(gatherer.control(control, &period)?);
    }
    (gatherer.sources.progress)("reconciliation");
    let reconciliation = gatherer.ask(queries::reconciliation(&period), &["reconciliation"])?;
    let rejects = gatherer.ask(queries::rejects(&period), &["reconciliation_rejects"])?;
    let commits = gatherer.ask(queries::commits(&period), &["reconciliation_commits"])?;
    let settings = gatherer.settings(&period)?;
    (gatherer.sources.progress)("sample and proofs");
    let mut evidence = Evidence {
        snapshots: std::mem::take(&mut gatherer.snapshots),
        people: std::mem::take(&mut gatherer.people),
        queries: Vec::new(),
        request,
        seed,
        archive,
        controls,
        not_covered,
        reconciliation,
        rejects,
        commits,
        settings,
        proofs: BTreeMap::new(),
        unproved: Vec::new(),
    };
    sampled::sample(&mut gatherer, &mut evidence)?;
    evidence.queries = gatherer.queries;
    Ok(evidence)
}

impl ArchiveState {
    /// Why its events say nothing of the period, if they do not.
    fn outside(&self, period: &Period) -> Option<String> {
        let reach = self.last_commit.max(self.latest_event);
        match (self.earliest_event, reach) {
            (Some(first), _) if first >= period.end() => Some(format!(
                "the archive's earliest event is of {first}, after the period"
            )),
            (_, Some(reach)) if reach < period.begin() => Some(format!(
                "the archive reaches to {reach}, before the period begins"
            )),
            _ => None,
        }
    }

    /// Nobody who makes a report can choose it, and the same archive gives the same.
    fn seed(&self) -> String {
        let checkpoint = self.checkpoint.as_ref();
        checkpoint.map_or_else(
            || "0".to_owned(),
            |it| {
                let hash =
                    hexadecimal(format!("{}\n{}\n{}", it.origin, it.size, it.root).as_bytes());
                hash.chars().take(16).collect()
            },
        )
    }
}

impl Gatherer<'_, '_> {
    /// Asks, and remembers which files will hold the answer (`.csv` and `.parquet` of each).
    pub(super) fn ask(&mut self, query: Query, files: &[&str]) -> Result<Table, String> {
        let table = (self.sources.sql)(&query.sql)
            .map_err(|why| format!("failed to ask for {}: {why}", query.name))?;
        let files = files.iter().map(|it| (*it).to_owned()).collect();
        self.queries.push((query, files));
        Ok(table)
    }

    fn archive(&mut self) -> Result<ArchiveState, String> {
        let note = (self.sources.file)("log/checkpoint")?;
        let checkpoint = match &note {
            None => None,
            Some(bytes) => Some(
                Note::parse(bytes)
                    .and_then(|note| Checkpoint::parse(&note.text))
                    .map_err(|error| format!("log/checkpoint {error}"))?,
            ),
        };
        let reach = self.ask(queries::reach(), &[])?;
        let row = reach.rows().first().cloned().unwrap_or_default();
        Ok(ArchiveState {
            note,
            checkpoint,
            earliest_event: reach.time(&row, "earliest_event"),
            latest_event: reach.time(&row, "latest_event"),
            last_commit: reach.time(&row, "last_commit"),
        })
    }

    fn control(
        &mut self,
        control: &'static Control,
        period: &Period,
    ) -> Result<ControlEvidence, String> {
        let mut populations = Vec::new();
        for (place, population) in control.populations().into_iter().enumerate() {
            let members = self.population(population, period)?;
            if members.is_ok() {
                let file = format!("controls/{}/{}", control.id, file_of(place, population));
                let name = format!("population_{}", population.key());
                let asked = self.queries.iter_mut().find(|(it, _)| it.name == name);
                if let Some((_, files)) = asked {
                    files.push(file);
                }
            }
            populations.push(Counted {
                population,
                members,
            });
        }
        let mut findings = |what: &str, sql: String| {
            let file = format!("controls/{}/{what}", control.id);
            let name = format!("{}_{what}", control.id);
            self.ask(Query::new(name, sql), &[&file])
        };
        let found = Found {
            exceptions: findings("exceptions", queries::exceptions(&control.rules, period))?,
            exemptions: findings("exemptions", queries::exemptions(&control.rules, period))?,
            withdrawn: findings("withdrawn", queries::withdrawn(&control.rules, period))?,
        };
        Ok(ControlEvidence::new(control, populations, found, period))
    }

    /// The members, asked for once however many controls need them.
    fn population(
        &mut self,
        population: Population,
        period: &Period,
    ) -> Result<Result<Arc<Table>, String>, String> {
        if let Some(known) = self.populations.get(&population) {
            return Ok(known.clone());
        }
        let members = match self.unknown(population) {
            Some(why) => Err(why),
            None => Ok(Arc::new(self.ask(population.query(period), &[])?)),
        };
        self.populations.insert(population, members.clone());
        Ok(members)
    }

    /// Why the archive cannot say who is in the population, if it cannot.
    fn unknown(&self, population: Population) -> Option<String> {
        let no_people = self.people.is_empty();
        let by_events = !matches!(population.needs(), Needs::Snapshot | Needs::People);
        if let Some(outside) = self.outside.as_ref().filter(|_| by_events) {
            return Some(outside.clone());
        }
        match population.needs() {
            Needs::Snapshot if self.snapshots.is_empty() => Some(
                "no snapshot of live access was taken within the period; the service takes one \
                 a day, a replay one at its end"
                    .to_owned(),
            ),
            Needs::People if no_people => Some(
                "the archive has no snapshot of people of the period, or after it, in which \
                 somebody is: the service takes one a day, a replay one at its end, and earlier \
                 versions took none"
                    .to_owned(),
            ),
            Needs::Verbs(kind) if !self.has_events(kind) => Some(no_events(kind)),
            Needs::PeopleOrVerbs(kind) if no_people && !self.has_events(kind) => {
                Some(no_events(kind))
            }
            Needs::Nothing
            | Needs::Snapshot
            | Needs::People
            | Needs::Verbs(_)
            | Needs::PeopleOrVerbs(_) => None,
        }
    }

    /// Whether there are events whose verb begins so.
    fn has_events(&self, kind: &str) -> bool {
        let mut rows = self.kinds.rows().iter();
        rows.any(|row| self.kinds.text(row, "kind") == Some(kind))
    }

    /// The settings that held at the beginning and all that began within the period. A replay
    /// records its own when it runs: where nothing older is known, the first that are.
    fn settings(&mut self, period: &Period) -> Result<Settings, String> {
        let all = self.ask(queries::settings(), &["settings/settings"])?;
        let at = |row: &Vec<Cell>| all.time(row, "recorded_at");
        let before = |row: &&Vec<Cell>| at(row).is_some_and(|at| at < period.begin());
        let within =
            |row: &&Vec<Cell>| at(row).is_some_and(|at| at >= period.begin() && at < period.end());
        let standing = all.rows().iter().rfind(before);
        let mut rows: Vec<Vec<Cell>> = standing.into_iter().cloned().collect();
        rows.extend(all.rows().iter().filter(within).cloned());
        if rows.is_empty() {
            rows.extend(all.rows().first().cloned());
        }
        let table = Table::new(all.columns().to_vec(), rows);
        let mut files = Vec::new();
        for row in table.rows() {
            let Some(path) = table.text(row, "path") else {
                continue;
            };
            let bytes = (self.sources.file)(path)?;
            let bytes = bytes.ok_or_else(|| format!("{path} is missing from the archive"))?;
            files.push((path.to_owned(), bytes));
        }
        Ok(Settings { table, files })
    }
}

fn no_events(kind: &str) -> String {
    format!("the archive has no events of this kind (`{kind}.*`): no source tells of them")
}

/// The name of a population's files within a control's directory.
pub(super) fn file_of(place: usize, population: Population) -> String {
    if place == 0 {
        "population".to_owned()
    } else {
        format!("population-{}", population.key())
    }
}
