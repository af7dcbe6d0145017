//! Who holds a device.

use super::{Facts, done_by};
use crate::model::event::Event;
use crate::model::fact::{DeviceEvent, Fact, Whom};
use crate::model::id::{DeviceId, Identifier};
use crate::normalize::event::thing;
use crate::normalize::verb::device_event_kind;

impl Facts<'_, '_> {
    pub(super) fn device(&mut self, event: &Event) {
        let plan = self.rule.device.and_then(|index| self.plan.thing(index));
        let Some(named) = plan.and_then(|plan| thing(plan, &self.scope)) else {
            return;
        };
        let Some(kind) = event.lifecycle.verb.and_then(device_event_kind) else {
            return;
        };
        let Some(uid) = named.uid.as_ref().or(named.name.as_ref()) else {
            return;
        };
        // Devices belong to the log that manages them, even where it shares its accounts.
        let id = DeviceId::new(&event.source, uid);
        let holder = self.chosen(self.rule.target, event).map(Whom::Account);
        let email = event.user.as_ref().and_then(|user| user.email.as_deref());
        let email = email.and_then(Identifier::email).map(Whom::Identifier);
        let event = DeviceEvent {
            at: event.time,
            kind,
            holder: holder.or(email),
            name: named.name,
            actor: done_by(self.plan, self.rule, &self.scope, event.actor.as_ref()),
            event: event.uid,
        };
        self.out.push(Fact::Device(id, Box::new(event)));
    }
}
