//! Jamf Pro's webhooks about devices. Nobody acts in them; they name who has the device.

use serde_json::{Value, json};

use super::telling::{Telling, epoch_milliseconds, full_name, of_name};
use crate::simulate::deed::{Act, DeviceChange};

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let Act::Device { device, change } = &telling.deed.act else {
        return None;
    };
    if telling.deed.failed || telling.actor().is_some() {
        return None;
    }
    let (event, command, holder) = match change {
        DeviceChange::Enrolled { holder } => ("MobileDeviceEnrolled", None, holder),
        DeviceChange::Assigned { holder } => ("MobileDeviceInventoryCompleted", None, holder),
        DeviceChange::Unenrolled { holder } => ("MobileDeviceUnEnrolled", None, holder),
        DeviceChange::Wiped { holder } => {
            ("MobileDeviceCommandCompleted", Some("EraseDevice"), holder)
        }
    };
    let device = telling.cast.device(*device);
    let serial = device.uid.as_ref();
    let mut about = json!({
        "deviceName": device.name.as_ref(),
        "serialNumber": serial,
        "udid": of_name("jamf udid", serial).uuid(),
        "jssID": of_name("jamf id", serial).below(9_000) + 1,
        "model": "MacBook Pro (14-inch, Nov 2024)",
        "osVersion": "15.3.1",
        "username": holder.as_ref(),
        "emailAddress": holder.as_ref(),
        "realName": full_name(holder),
        "ipAddress": telling.ip(),
        "managementId": of_name("jamf management", serial).uuid(),
    });
    if let (Some(command), Value::Object(about)) = (command, &mut about) {
        about.insert("commandName".to_owned(), Value::from(command));
    }
    Some(json!({
        "webhook": {
            "id": 7,
            "name": "identity log",
            "webhookEvent": event,
            "eventTimestamp": epoch_milliseconds(telling.deed.at),
        },
        "event": about,
    }))
}
