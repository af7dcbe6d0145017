//! Reading a ticket: what it asked for at one of its events.

use crate::model::Text;
use crate::model::fact::{TicketEvent, Whom};

/// What a ticket says as of one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'a> {
    /// access_request, onboarding, offboarding, revocation …
    pub kind: Option<&'a str>,
    pub subject: Option<Whom>,
    /// `source:kind:name`; empty where it names none.
    pub grants: &'a [Text],
    pub resolution: Option<&'a str>,
}

/// What the event at `place` says; what it leaves out, as the nearest event before it says, or
/// else the nearest after it. Desks rarely say all of it in every record.
pub fn request_at<'a>(events: &[&'a TicketEvent], place: usize) -> Request<'a> {
    let (until, after) = events.split_at(events.len().min(place + 1));
    let nearest = || until.iter().rev().chain(after).copied();
    let text = |read: fn(&TicketEvent) -> Option<&Text>| nearest().find_map(read);
    Request {
        kind: text(|event| event.request.as_ref()).map(|kind| &**kind),
        subject: nearest().find_map(|event| Whom::parse(event.subject.as_deref()?)),
        grants: nearest()
            .map(|event| event.grants.as_slice())
            .find(|grants| !grants.is_empty())
            .unwrap_or_default(),
        resolution: text(|event| event.resolution.as_ref()).map(|word| &**word),
    }
}
