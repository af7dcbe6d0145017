//! `source-silent`: a log that stops.

use super::Story;
use crate::model::finding::RuleId;
use crate::simulate::stage::{DAY, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[("source-silent.stops", stops)];

/// One log of the company stops some time before the end, or just so that it counts as silent.
fn stops(stage: &mut Stage<'_>) {
    if !stage.world.mutes.is_empty() {
        return;
    }
    let log = stage.source(&["gitlab", "snowflake", "onepassword"]);
    let edge = stage
        .world
        .chance
        .pick(&[-HOUR, -1, 0, 1, 2 * DAY])
        .to_owned();
    let last = after(
        stage.end(),
        -(stage.delay(RuleId::SourceSilent).as_seconds() + edge),
    );
    let Some(desk) = stage.world.desks.get(log) else {
        return;
    };
    let admin = desk.admin;
    stage.use_at(admin, last);
    stage.world.mutes.insert(log, after(last, 1));
}
