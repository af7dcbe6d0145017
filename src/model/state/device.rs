//! The home of a device.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::fact::{DeviceEvent, Whom};
use crate::model::join::{Join, Newest, join_item};
use crate::model::limits::{DEVICE_EVENTS_MAX, LINKS_MAX};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceState {
    events: Newest<DeviceEvent, DEVICE_EVENTS_MAX>,
    /// Everybody who was ever named: they are told who has it now.
    pub holders: BTreeSet<Whom>,
}

impl DeviceState {
    pub fn record(&mut self, event: DeviceEvent) -> bool {
        let holder = event.holder.clone();
        let named = holder.is_some_and(|holder| join_item(&mut self.holders, LINKS_MAX, holder));
        self.events.insert(event) | named
    }

    /// Ascending in time; of one instant, what takes it from somebody comes last.
    pub fn events(&self) -> &[DeviceEvent] {
        self.events.as_slice()
    }
}

impl Join for DeviceState {
    fn join(&mut self, other: Self) -> bool {
        let holders = other.holders.into_iter();
        let named = holders.fold(false, |changed, holder| {
            join_item(&mut self.holders, LINKS_MAX, holder) | changed
        });
        self.events.join(other.events) | named
    }
}
