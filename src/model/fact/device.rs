//! Who holds a device.

use serde::{Deserialize, Serialize};

use super::Actor;
use crate::model::Text;
use crate::model::id::{AccountId, DeviceId, EventUid, Identifier};
use crate::model::state::DeviceState;
use crate::model::time::Timestamp;

/// One event in a device's life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceEvent {
    pub at: Timestamp,
    pub kind: DeviceEventKind,
    /// Whose the record says that it is: from now on, or where it ends, until now.
    pub holder: Option<Whom>,
    /// What the device is called.
    pub name: Option<Text>,
    /// Who did it, where the record says so.
    pub actor: Option<Actor>,
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

/// Whom a record means: device management and ticket desks know people as accounts, or by nothing
/// but an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Whom {
    Account(AccountId),
    Identifier(Identifier),
}

/// From a device's home: all that is known of it, for whom its records name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceTold {
    pub device: DeviceId,
    /// As whom.
    pub named: Whom,
    pub state: DeviceState,
}

/// How something about a person came to them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Through {
    Identifier(Identifier),
    Account(AccountId),
}

impl Whom {
    /// Reads `source:account` or an e-mail address.
    pub fn parse(text: &str) -> Option<Self> {
        // An address has no colon; what follows one may well be an address.
        if text.contains(':') {
            return AccountId::parse(text).map(Whom::Account);
        }
        Identifier::email(text).map(Whom::Identifier)
    }
}
