//! Who holds a device.

use serde::{Deserialize, Serialize};

use crate::model::Text;
use crate::model::id::{AccountId, EventUid, Identifier};
use crate::model::time::Timestamp;

/// One event in a device's life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceEvent {
    pub at: Timestamp,
    pub kind: DeviceEventKind,
    /// Whose the record says that it is: from now on, or where it ends, until now.
    pub holder: Option<Holder>,
    /// What the device is called.
    pub name: Option<Text>,
    /// Who did it, where the record says so.
    pub actor: Option<Text>,
    pub event: EventUid,
}

/// In the order in which events of one instant count: what takes it from somebody comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeviceEventKind {
    Enrolled,
    Assigned,
    Unenrolled,
    Wiped,
}

/// Device management knows its users as accounts, or by nothing but an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Holder {
    Account(AccountId),
    Identifier(Identifier),
}
