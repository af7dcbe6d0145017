//! The samples: drawn, traced to the records that they rest on, and proved.

use std::collections::{BTreeMap, BTreeSet};

use super::control::{ControlEvidence, findings_by_member};
use super::gather::{Evidence, Gatherer, Origin};
use super::queries;
use super::sample::{Purpose, draw};
use super::table::{Cell, Column, Kind, Table};

/// Draws each control's sample, finds the records that it rests on, and proves them.
pub(super) fn sample(
    gatherer: &mut Gatherer<'_, '_>,
    evidence: &mut Evidence,
) -> Result<(), String> {
    let mut drawn: Vec<Vec<Sampled>> = Vec::new();
    for control in &evidence.controls {
        drawn.push(draw_of(control, evidence));
    }
    let uids = drawn.iter().flatten().filter_map(|it| it.event.as_deref());
    let uids: BTreeSet<&str> = uids.collect();
    let origins = origins(gatherer, &uids.into_iter().collect::<Vec<_>>())?;
    let distinct: BTreeSet<&Origin> = origins.values().collect();
    let mut proved: BTreeMap<Origin, String> = BTreeMap::new();
    for origin in distinct {
        match (gatherer.sources.prove)(origin) {
            Ok(files) => {
                let directory = format!("proofs/{:04}", proved.len() + 1);
                evidence.proofs.insert(directory.clone(), files);
                proved.insert(origin.clone(), directory);
            }
            Err(why) if evidence.unproved.contains(&why) => {}
            Err(why) => evidence.unproved.push(why),
        }
    }
    for (control, drawn) in evidence.controls.iter_mut().zip(drawn) {
        let rows = drawn.into_iter().enumerate();
        let rows = rows.map(|(place, it)| it.row(place + 1, &origins, &proved));
        control.sample = Table::new(sample_columns(), rows.collect());
    }
    Ok(())
}

/// Where the record of each event lies.
fn origins(
    gatherer: &mut Gatherer<'_, '_>,
    uids: &[&str],
) -> Result<BTreeMap<String, Origin>, String> {
    let mut origins = BTreeMap::new();
    if uids.is_empty() {
        return Ok(origins);
    }
    let table = gatherer.ask(queries::origins(uids), &[])?;
    for row in table.rows() {
        let uid = table.text(row, "event_uid");
        let (Some(uid), Some(topic)) = (uid, table.text(row, "topic")) else {
            continue;
        };
        let origin = Origin {
            topic: topic.to_owned(),
            partition: i32::try_from(table.integer(row, "partition")).unwrap_or(i32::MAX),
            offset: table.integer(row, "offset"),
        };
        // A record that came twice proves the same.
        origins.entry(uid.to_owned()).or_insert(origin);
    }
    Ok(origins)
}

/// A member of a sample.
struct Sampled {
    item: String,
    rank: String,
    exceptions: String,
    exemptions: String,
    event: Option<String>,
}

fn draw_of(control: &ControlEvidence, evidence: &Evidence) -> Vec<Sampled> {
    let Some(counted) = control.populations.first() else {
        return Vec::new();
    };
    let Ok(members) = &counted.members else {
        return Vec::new();
    };
    let purpose = Purpose {
        seed: &evidence.seed,
        framework: &evidence.request.framework.id,
        control: &control.control.id,
    };
    let items = members.rows().iter();
    let items = items.map(|row| members.text(row, "item").unwrap_or_default());
    let exceptions = findings_by_member(counted.population, &control.found.exceptions);
    let exemptions = findings_by_member(counted.population, &control.found.exemptions);
    let ids = |of: &BTreeMap<String, Vec<String>>, item: &str| {
        of.get(item).map(|ids| ids.join(" ")).unwrap_or_default()
    };
    draw(purpose, items, evidence.request.sample)
        .into_iter()
        .filter_map(|drawn| {
            let row = members.rows().get(drawn.place)?;
            let item = members.text(row, "item")?.to_owned();
            let event = members.text(row, "event_uid").filter(|uid| !uid.is_empty());
            Some(Sampled {
                exceptions: ids(&exceptions, &item),
                exemptions: ids(&exemptions, &item),
                event: event.map(str::to_owned),
                rank: drawn.rank,
                item,
            })
        })
        .collect()
}

fn sample_columns() -> Vec<Column> {
    let texts = [
        "item",
        "rank",
        "exceptions",
        "exemptions",
        "event_uid",
        "record",
        "proof",
    ];
    let number = ("number", Kind::Integer);
    let columns = std::iter::once(number).chain(texts.map(|name| (name, Kind::Text)));
    let columns = columns.map(|(name, kind)| Column {
        name: name.to_owned(),
        kind,
    });
    columns.collect()
}

impl Sampled {
    fn row(
        self,
        number: usize,
        origins: &BTreeMap<String, Origin>,
        proved: &BTreeMap<Origin, String>,
    ) -> Vec<Cell> {
        let text = |text: String| Cell::Text(text);
        let optional = |it: Option<String>| it.map_or(Cell::Null, Cell::Text);
        let origin = self.event.as_ref().and_then(|uid| origins.get(uid));
        let record = origin.map(|it| format!("{}/{}/{}", it.topic, it.partition, it.offset));
        let proof = origin.and_then(|it| proved.get(it)).cloned();
        vec![
            Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX)),
            text(self.item),
            text(self.rank),
            text(self.exceptions),
            text(self.exemptions),
            optional(self.event),
            optional(record),
            optional(proof),
        ]
    }
}
