//! `leaver-device-held`: a leaver still has a device.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::company::people::Who;
use crate::simulate::deed::{DeviceChange, DeviceNo};
use crate::simulate::stage::{DAY, EDGES, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("leaver-device-held.kept", kept),
    ("leaver-device-held.edges", edges),
    ("leaver-device-held.handed-on", handed_on),
    ("leaver-device-held.rehired", rehired),
    ("leaver-device-held.earlier-address", earlier_address),
];

const RULE: RuleId = RuleId::LeaverDeviceHeld;

fn leaver(stage: &mut Stage<'_>, needed: i64) -> (Who, DeviceNo, Timestamp) {
    let who = stage.hired("Sales");
    let device = stage.world.device();
    let at = after(stage.begin(), stage.seconds(HOUR, 3 * DAY));
    let holder = who.email.clone();
    stage.device(device, at, DeviceChange::Enrolled { holder });
    let left = stage.moment(needed);
    stage.leaves(&who, left);
    (who, device, left)
}

/// It goes out of management, or is wiped.
fn taken(stage: &mut Stage<'_>, who: &Who) -> DeviceChange {
    let holder = who.email.clone();
    if stage.world.chance.percent(50) {
        DeviceChange::Unenrolled { holder }
    } else {
        DeviceChange::Wiped { holder }
    }
}

fn kept(stage: &mut Stage<'_>) {
    let (who, device, left) = leaver(stage, 16 * DAY);
    if stage.world.chance.percent(60) {
        let back = after(left + stage.delay(RULE), stage.seconds(HOUR, 6 * DAY));
        let change = taken(stage, &who);
        stage.device(device, back, change);
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (who, device, left) = leaver(stage, 9 * DAY);
        let deadline = left + stage.delay(RULE);
        let change = taken(stage, &who);
        stage.device(device, after(deadline, edge), change);
    }
}

/// Who gets it next has it.
fn handed_on(stage: &mut Stage<'_>) {
    let (_, device, left) = leaver(stage, 16 * DAY);
    let next = stage.hired("Sales");
    let at = after(left + stage.delay(RULE), stage.seconds(-3 * DAY, 3 * DAY));
    let holder = next.email.clone();
    stage.device(device, at, DeviceChange::Assigned { holder });
}

fn rehired(stage: &mut Stage<'_>) {
    let (who, _, left) = leaver(stage, 18 * DAY);
    let back = after(left + stage.delay(RULE), stage.seconds(-2 * DAY, 5 * DAY));
    stage.rehired(&who, back);
}

/// The device was handed out under a name that its holder has no more.
fn earlier_address(stage: &mut Stage<'_>) {
    let mut who = stage.hired("Support");
    let device = stage.world.device();
    let at = after(stage.begin(), stage.seconds(HOUR, 2 * DAY));
    let holder = who.email.clone();
    stage.device(device, at, DeviceChange::Enrolled { holder });
    super::identities::renamed(stage, &mut who, after(at, DAY));
    let left = stage.moment(10 * DAY);
    stage.leaves(&who, left);
}
