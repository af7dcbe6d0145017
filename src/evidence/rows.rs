//! Rows that wait for their segment to close: what events state, packed in the order of arrival.
//!
//! Events are copied out and let go at once, into one text and one list of lengths, so that a
//! segment of many thousand rows is a handful of allocations. Columns are built later, in order.

use std::cmp::Ordering;

use super::columns::TEXTS;
use crate::model::event::{Event, Named, Party, PartyKind, Verb};
use crate::model::id::{EventUid, SourceName};
use crate::model::limits::TEXT_BYTES_MAX;
use crate::model::record::Reject;
use crate::model::time::Timestamp;

/// The length that stands for "absent". No text is longer than [`TEXT_BYTES_MAX`].
const ABSENT: u16 = u16::MAX;
const _: () = assert!(TEXT_BYTES_MAX < ABSENT as usize);

#[derive(Default)]
pub(super) struct Rows {
    list: Vec<Row>,
    /// All texts of all rows, one after another.
    text: String,
    /// Lengths of the texts, [`TEXTS`] of them a row.
    lengths: Vec<u16>,
}

/// What a row holds besides texts.
pub(super) struct Row {
    /// Its record's place in the segment.
    pub(super) record: u32,
    pub(super) event_index: i32,
    pub(super) event: Option<EventNumbers>,
    /// Where its texts begin.
    text_at: usize,
}

pub(super) struct EventNumbers {
    pub(super) uid: EventUid,
    pub(super) time: Timestamp,
    pub(super) time_clamped: bool,
    pub(super) effective_time: Option<Timestamp>,
    pub(super) class_uid: i32,
    pub(super) activity_id: i32,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.lengths.len() * 2 + self.list.len() * size_of::<Row>()
    }

    pub(super) fn push_event(&mut self, record: u32, event_index: i32, event: &Event) {
        let text_at = self.text.len();
        // Whom it is about: the target, or else the one who acts.
        let about = [&event.user, &event.actor]
            .into_iter()
            .flatten()
            .find(|party| party.uid.is_some() || party.email.is_some());
        self.push_identity(&event.source, about);
        self.push_account(&event.source, about);
        for text in event_texts(event) {
            self.push_text(text);
        }
        self.list.push(Row {
            record,
            event_index,
            event: Some(EventNumbers {
                uid: event.uid,
                time: event.time,
                time_clamped: event.time_clamped,
                effective_time: event.lifecycle.effective_time,
                // OCSF's ids and those of our extension stay far below 2^31.
                class_uid: i32::try_from(event.class_uid).unwrap_or(i32::MAX),
                activity_id: i32::from(event.activity_id),
            }),
            text_at,
        });
    }

    /// The one row of a record of which no event could be made.
    pub(super) fn push_without_event(
        &mut self,
        record: u32,
        source: &SourceName,
        reject: Option<&Reject>,
    ) {
        let text_at = self.text.len();
        let stated = [
            None,
            None,
            Some(source.as_str()),
            reject.map(|reject| reject.reason.as_str()),
            reject.map(|reject| reject.detail.as_str()),
        ];
        let absent = std::iter::repeat(None);
        for text in stated.into_iter().chain(absent).take(TEXTS.len()) {
            self.push_text(text);
        }
        self.list.push(Row {
            record,
            event_index: 0,
            event: None,
            text_at,
        });
    }

    /// The row at `place` in the order of arrival, with its texts.
    pub(super) fn get(&self, place: u32) -> Option<(&Row, impl Iterator<Item = Option<&str>>)> {
        let place = place as usize;
        let row = self.list.get(place)?;
        let first = place * TEXTS.len();
        let lengths = self.lengths.get(first..first + TEXTS.len())?;
        let mut rest = self.text.get(row.text_at..)?;
        let texts = lengths.iter().map(move |length| {
            let (text, after) = rest.split_at_checked(present(*length)?)?;
            rest = after;
            Some(text)
        });
        Some((row, texts))
    }

    /// Places of all rows, sorted by identity (rows without one come last), time, offset, index.
    pub(super) fn order(&self) -> Vec<u32> {
        // The first bytes of the identity tell most rows apart without a look at the text.
        let mut keys: Vec<(u64, u32)> = (0..)
            .zip(&self.list)
            .map(|(place, _)| (self.identity(place).map_or(u64::MAX, prefix), place))
            .collect();
        keys.sort_unstable_by(|(prefix, place), (other_prefix, other)| {
            prefix
                .cmp(other_prefix)
                .then_with(|| self.compare(*place, *other))
        });
        keys.into_iter().map(|(_, place)| place).collect()
    }

    /// Rows stand in the order of offset and index, so their places compare like these.
    fn compare(&self, place: u32, other: u32) -> Ordering {
        let key = |place| (self.identity(place), self.time(place), place);
        let (identity, time, _) = key(place);
        let (other_identity, other_time, _) = key(other);
        identity
            .is_none()
            .cmp(&other_identity.is_none())
            .then_with(|| identity.cmp(&other_identity))
            .then_with(|| time.cmp(&other_time))
            .then_with(|| place.cmp(&other))
    }

    fn identity(&self, place: u32) -> Option<&str> {
        let place = place as usize;
        let length = present(*self.lengths.get(place * TEXTS.len())?)?;
        let at = self.list.get(place)?.text_at;
        self.text.get(at..at + length)
    }

    /// Rows without a time come last.
    fn time(&self, place: u32) -> Timestamp {
        let event = self
            .list
            .get(place as usize)
            .and_then(|row| row.event.as_ref());
        event.map_or(Timestamp::MAX, |event| event.time)
    }

    /// The e-mail address as identifiers are compared, or else the account.
    fn push_identity(&mut self, source: &SourceName, about: Option<&Party>) {
        let stated = about
            .and_then(|party| party.email.as_deref())
            .and_then(address);
        match stated {
            None => self.push_account(source, about),
            Some(address) if address.is_ascii() => {
                let at = self.text.len();
                self.push_text(Some(address));
                if let Some(pushed) = self.text.get_mut(at..) {
                    pushed.make_ascii_lowercase();
                }
            }
            Some(address) => self.push_text(Some(&address.to_lowercase())),
        }
    }

    /// `source:uid`
    fn push_account(&mut self, source: &SourceName, about: Option<&Party>) {
        match about.and_then(|party| party.uid.as_deref()) {
            None => self.push_text(None),
            Some(uid) => self.push_parts([source.as_str(), ":", uid]),
        }
    }

    fn push_text(&mut self, text: Option<&str>) {
        match text {
            None => self.lengths.push(ABSENT),
            Some(text) => self.push_parts([text]),
        }
    }

    fn push_parts<const N: usize>(&mut self, parts: [&str; N]) {
        let at = self.text.len();
        for part in parts {
            self.text.push_str(cut(part));
        }
        let end = self.text.floor_char_boundary(at + TEXT_BYTES_MAX);
        self.text.truncate(end);
        self.lengths
            .push(u16::try_from(self.text.len() - at).unwrap_or(ABSENT));
    }
}

/// The texts of an event from `source` on, in the order of [`TEXTS`].
fn event_texts(event: &Event) -> [Option<&str>; 27] {
    let (actor, user) = (event.actor.as_ref(), event.user.as_ref());
    let resource = event.resource.as_ref();
    let lifecycle = &event.lifecycle;
    [
        Some(event.source.as_str()),
        None,
        None,
        lifecycle.verb.map(Verb::as_str),
        Some(&event.event_code),
        Some(event.outcome.as_str()),
        event.outcome_detail.as_deref(),
        actor.map(|party| party_kind(party.kind)),
        actor.and_then(|party| party.uid.as_deref()),
        actor.and_then(|party| party.name.as_deref()),
        actor.and_then(|party| party.email.as_deref()),
        user.map(|party| party_kind(party.kind)),
        user.and_then(|party| party.uid.as_deref()),
        user.and_then(|party| party.name.as_deref()),
        user.and_then(|party| party.email.as_deref()),
        event.group.as_ref().and_then(name_or_uid),
        resource.map(|resource| &*resource.kind),
        resource.and_then(|resource| resource.name.as_deref()),
        resource.and_then(|resource| resource.uid.as_deref()),
        event.src_ip.as_deref(),
        event.session_uid.as_deref(),
        event.user_agent.as_deref(),
        lifecycle.entitlement.as_deref(),
        lifecycle.credential_uid.as_deref(),
        lifecycle.ticket.as_deref(),
        event.vendor_uid.as_deref(),
        event.message.as_deref(),
    ]
}

/// Some sources name groups by id only.
fn name_or_uid(group: &Named) -> Option<&str> {
    group.name.as_deref().or(group.uid.as_deref())
}

const fn party_kind(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::User => "user",
        PartyKind::Service => "service",
        PartyKind::System => "system",
        PartyKind::Role => "role",
        PartyKind::Unknown => "unknown",
    }
}

/// What `Identifier::email` takes for an address, without making one.
fn address(text: &str) -> Option<&str> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let sound = !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace);
    sound.then_some(text)
}

/// The beginning of a text too long for a column, whole characters only.
fn cut(text: &str) -> &str {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or(text)
}

fn present(length: u16) -> Option<usize> {
    (length != ABSENT).then_some(usize::from(length))
}

/// The first eight bytes as a number that compares like the text.
fn prefix(identity: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(identity.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}
