//! The home of a device.

use serde::{Deserialize, Serialize};

use crate::model::fact::DeviceEvent;
use crate::model::join::{Join, Newest};
use crate::model::limits::DEVICE_EVENTS_MAX;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceState {
    events: Newest<DeviceEvent, DEVICE_EVENTS_MAX>,
}

impl DeviceState {
    pub fn record(&mut self, event: DeviceEvent) -> bool {
        self.events.insert(event)
    }

    /// Ascending in time; of one instant, what takes it from somebody comes last.
    pub fn events(&self) -> &[DeviceEvent] {
        self.events.as_slice()
    }
}

impl Join for DeviceState {
    fn join(&mut self, other: Self) -> bool {
        self.events.join(other.events)
    }
}
