//! Reads a directory once, to its end.

use std::collections::VecDeque;
use std::io;

use super::reader::{FileReader, Turn};
use super::{Desk, FilesError, FilesSettings, stream};
use crate::io::intake::{Arrival, Outlet, Stopped};
use crate::model::limits::FILES_ACTIVE_MAX;

/// Delivers every record below the root, then [`Arrival::End`]. Files take turns in the order of
/// their names, so the arrivals are the same each time. Returns early without `End` when stopped.
pub fn read_all(settings: &FilesSettings, outlet: &Outlet) -> Result<(), FilesError> {
    let walk = settings.walk()?;
    let mut desk = Desk::new(settings, outlet);
    // Stopped is no error: whoever said stop knows.
    let _stopped: Result<(), Stopped> = desk.warn_of(&walk).and_then(|()| {
        let mut waiting: VecDeque<FileReader> = walk
            .files
            .into_iter()
            .map(|found| FileReader::new(found, 0))
            .collect();
        let mut active = VecDeque::new();
        loop {
            while active.len() < FILES_ACTIVE_MAX
                && let Some(next) = waiting.pop_front()
            {
                active.push_back(next);
            }
            let Some(mut reader) = active.pop_front() else {
                return outlet.send(Arrival::End);
            };
            if take_turn(&mut desk, &mut reader)? == Turn::More {
                active.push_back(reader);
            }
        }
    });
    Ok(())
}

fn take_turn(desk: &mut Desk<'_>, reader: &mut FileReader) -> Result<Turn, Stopped> {
    let at = desk.settings.received_at.stamp();
    let topic = reader.found.topic.clone();
    let mut out = Vec::new();
    let turn = match reader.turn(&mut desk.buffer, at, &mut out) {
        Ok(turn) => turn,
        Err(error) => {
            desk.outlet.lost(failed(reader, &error))?;
            // A file that was never opened has no records to tell of; the warning names it.
            if reader.is_open() {
                reader.break_off(&format!("reading failed: {error}"), at, &mut out);
            }
            Turn::Broken
        }
    };
    if turn == Turn::AtEnd {
        reader.finish(at, &mut out);
    }
    desk.deliver(&topic, reader, out)?;
    if turn != Turn::More {
        desk.outlet.send(Arrival::Position {
            stream: stream(&topic),
            source: reader.found.source.clone(),
            next: reader.next(),
        })?;
    }
    Ok(turn)
}

fn failed(reader: &FileReader, error: &io::Error) -> String {
    format!("failed to read {}: {error}", reader.found.path.display())
}
