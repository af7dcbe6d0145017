//! The owner is terminated and the device is still enrolled or assigned at terminated_at + grace;
//! until it is unenrolled, wiped or reassigned, or rehire.

use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{DeviceChange, PersonNo};
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::LeaverDeviceHeld);
    for (device, told) in &company.devices {
        let Some(device) = company.cast.devices.get(device.0) else {
            continue;
        };
        for (no, person) in company.persons.iter().enumerate() {
            let has = |at| holder(company, told, at) == Some(PersonNo(no));
            for left in person.leaves() {
                let holds = |at| person.terminated_at(at) == Some(left) && has(at);
                let from = left + grace;
                if !holds(from) {
                    continue;
                }
                let instants = told.iter().map(|(at, _)| *at).chain(person.instants());
                let to = first_after(instants, from, |at| !holds(at));
                let subject = format!("{}:{}", device.source, device.uid);
                opinions.push(Opinion::of(subject, Stretch { from, to }));
            }
        }
    }
}

/// Whom the latest record names, if it is one person.
fn holder(
    company: &Company<'_>,
    told: &[(Timestamp, &DeviceChange)],
    at: Timestamp,
) -> Option<PersonNo> {
    let until = told.iter().rev().find(|(told, _)| *told <= at);
    let address: &Text = match until? {
        (_, DeviceChange::Enrolled { holder } | DeviceChange::Assigned { holder }) => holder,
        (_, DeviceChange::Unenrolled { .. } | DeviceChange::Wiped { .. }) => return None,
    };
    match company.addresses.get(&address.to_lowercase())?.as_slice() {
        [person] => Some(*person),
        _ => None,
    }
}
