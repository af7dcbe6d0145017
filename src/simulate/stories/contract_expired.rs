//! `contract-expired`: a contract has ended, and the account lives on.

use super::Story;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::company::people::Who;
use crate::simulate::deed::{AccountNo, HrKind};
use crate::simulate::stage::{DAY, EDGES, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("contract-expired.forgotten", forgotten),
    ("contract-expired.edges", edges),
    ("contract-expired.extended-in-time", extended_in_time),
    ("contract-expired.extended-late", extended_late),
    (
        "contract-expired.extended-at-the-edges",
        extended_at_the_edges,
    ),
    ("contract-expired.no-end-any-more", no_end_any_more),
    ("contract-expired.terminated", terminated),
    ("contract-expired.became-an-employee", became_an_employee),
    ("contract-expired.twice", twice),
];

const RULE: RuleId = RuleId::ContractExpired;

fn contractor(stage: &mut Stage<'_>, needed: i64) -> (Who, AccountNo, Timestamp) {
    let mut who = Who::new(stage.world, "Engineering");
    let ends = stage.moment(needed);
    who.employment_type = Text::from("contractor");
    who.contract_end = Some(ends);
    let recorded = after(stage.begin(), stage.seconds(10, 3_000));
    let effective = after(stage.begin(), -stage.seconds(DAY, 90 * DAY));
    who.told(stage.world, HrKind::Hire, (recorded, effective));
    let source = stage.source(&[
        "okta",
        "google_workspace",
        "aws_cloudtrail",
        "entra",
        "github",
        "gitlab",
    ]);
    let account = who.account(stage.world, source);
    let since = stage.created(account);
    stage.used(account, since, ends);
    (who, account, ends)
}

fn forgotten(stage: &mut Stage<'_>) {
    let (_, account, ends) = contractor(stage, 10 * DAY);
    if stage.world.chance.percent(70) {
        stage.ends(account, after(ends + stage.delay(RULE), stage_span(stage)));
    }
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(HOUR, 6 * DAY)
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (_, account, ends) = contractor(stage, 5 * DAY);
        let deadline = ends + stage.delay(RULE);
        stage.ends(account, after(deadline, edge));
    }
}

fn extend(stage: &mut Stage<'_>, who: &mut Who, (at, until): (Timestamp, Option<Timestamp>)) {
    who.contract_end = until;
    who.told(stage.world, HrKind::ContractChange, (at, at));
}

fn extended_in_time(stage: &mut Stage<'_>) {
    let (mut who, account, ends) = contractor(stage, 10 * DAY);
    let until = after(stage.end(), 30 * DAY);
    extend(stage, &mut who, (after(ends, -2 * DAY), Some(until)));
    let end = stage.end();
    stage.used(account, ends, end);
}

fn extended_late(stage: &mut Stage<'_>) {
    let (mut who, account, ends) = contractor(stage, 12 * DAY);
    let at = after(ends + stage.delay(RULE), stage.seconds(HOUR, 5 * DAY));
    let until = after(stage.end(), 60 * DAY);
    extend(stage, &mut who, (at, Some(until)));
    let end = stage.end();
    stage.used(account, at, end);
}

fn extended_at_the_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (mut who, account, ends) = contractor(stage, 5 * DAY);
        let at = after(ends + stage.delay(RULE), edge);
        let until = after(stage.end(), 60 * DAY);
        extend(stage, &mut who, (at, Some(until)));
        let end = stage.end();
        stage.used(account, at, end);
    }
}

fn no_end_any_more(stage: &mut Stage<'_>) {
    let (mut who, account, ends) = contractor(stage, 12 * DAY);
    let at = after(ends, stage.seconds(-3 * DAY, 4 * DAY));
    extend(stage, &mut who, (at, None));
    let end = stage.end();
    stage.used(account, ends, end);
}

/// The leaver's rules take over.
fn terminated(stage: &mut Stage<'_>) {
    let (who, account, ends) = contractor(stage, 14 * DAY);
    let left = after(ends + stage.delay(RULE), stage.seconds(HOUR, 3 * DAY));
    who.told(stage.world, HrKind::Terminate, (left, left));
    stage.ends(account, after(left, stage.seconds(HOUR, 2 * DAY)));
}

fn became_an_employee(stage: &mut Stage<'_>) {
    let (mut who, account, ends) = contractor(stage, 10 * DAY);
    who.employment_type = Text::from("employee");
    let at = after(ends, -stage.seconds(HOUR, DAY));
    extend(stage, &mut who, (at, None));
    let end = stage.end();
    stage.used(account, ends, end);
}

/// Extended late, and expired again.
fn twice(stage: &mut Stage<'_>) {
    let (mut who, account, ends) = contractor(stage, 30 * DAY);
    let at = after(ends + stage.delay(RULE), DAY);
    let again = after(at, stage.seconds(5 * DAY, 9 * DAY));
    extend(stage, &mut who, (at, Some(again)));
    stage.ends(account, after(again + stage.delay(RULE), 2 * DAY));
}
