//! Cuts a file's bytes into records, with bounded memory whatever the bytes are.
//!
//! Where a record ends must not depend on how much of the file was there when it was read: stored
//! positions are record numbers, and a restart counts them again from the start of the file.

use crate::model::limits::{RECORD_BYTES_KEPT_OF_TOO_LARGE, RECORD_BYTES_MAX};
use crate::model::record::{Offset, Record, Reject, RejectReason};
use crate::model::time::Timestamp;

/// A record of the greatest size and its line's end.
const HELD_BYTES_MAX: usize = RECORD_BYTES_MAX + 2;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file's bytes are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `.ndjson`, `.jsonl`: a record is a line.
    Lines,
    /// `.json`: a record is an object or array, or else a line. Whether a line's end also ends an
    /// open value is told by the first one: a file that begins with a value over several lines is
    /// a document, and any other holds a value a line, where a broken line must not swallow the
    /// next.
    Values,
}

/// The state between two pieces of one file.
#[derive(Debug)]
pub struct Splitter {
    scan: Scan,
    /// The beginning of a record whose end has not been seen.
    partial: Vec<u8>,
    /// Bytes of that record so far; more than `partial` holds once it is too large.
    partial_bytes: usize,
    next: Offset,
    /// Records before this one are counted and not delivered.
    deliver_from: Offset,
    /// Bytes at the start of the file that may still turn out to be a byte order mark.
    mark: Option<usize>,
}

#[derive(Debug)]
enum Scan {
    Lines,
    Values(ValueScan),
}

#[derive(Debug, Default)]
struct ValueScan {
    depth: u64,
    in_string: bool,
    escaped: bool,
    newline: Newline,
}

/// What the end of a line means inside a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Newline {
    #[default]
    Undecided,
    EndsValue,
    IsBlank,
}

impl Splitter {
    pub fn new(form: Form, deliver_from: Offset) -> Self {
        Splitter {
            scan: match form {
                Form::Lines => Scan::Lines,
                Form::Values => Scan::Values(ValueScan::default()),
            },
            partial: Vec::new(),
            partial_bytes: 0,
            next: 0,
            deliver_from,
            mark: Some(0),
        }
    }

    /// Number of the next record: how many there were so far.
    pub fn next(&self) -> Offset {
        self.next
    }

    /// Where a second reading from the start of the file has to begin to deliver.
    pub fn resume_from(&self) -> Offset {
        self.next.max(self.deliver_from)
    }

    /// The file had at least as many records as the caller had read of it before.
    pub fn reached_start(&self) -> bool {
        self.next >= self.deliver_from
    }

    pub fn push(&mut self, piece: &[u8], received_at: Option<Timestamp>, out: &mut Vec<Record>) {
        let mut rest = self.without_mark(piece);
        while !rest.is_empty() {
            let end = match &mut self.scan {
                Scan::Lines => memchr::memchr(b'\n', rest).map(|at| at + 1),
                Scan::Values(scan) => scan.end(rest),
            };
            let Some((record, left)) = end.and_then(|end| rest.split_at_checked(end)) else {
                self.keep(rest);
                return;
            };
            self.complete(record, received_at, out);
            rest = left;
        }
    }

    /// The file ends here: what is left is its last record. True where there was one.
    pub fn finish(&mut self, received_at: Option<Timestamp>, out: &mut Vec<Record>) -> bool {
        let before = self.next;
        self.keep_half_a_mark();
        self.complete(b"", received_at, out);
        self.next > before
    }

    /// Reading cannot go on: a last record tells why and holds what was read of the record that
    /// was cut.
    pub fn break_off(
        &mut self,
        why: impl Into<String>,
        received_at: Option<Timestamp>,
        out: &mut Vec<Record>,
    ) {
        self.keep_half_a_mark();
        let mut raw = std::mem::take(&mut self.partial);
        raw.truncate(RECORD_BYTES_KEPT_OF_TOO_LARGE);
        self.partial_bytes = 0;
        let reject = Reject::new(RejectReason::Truncated, why);
        self.emit(raw, Some(reject), received_at, out);
    }

    fn without_mark<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let mut rest = piece;
        while let Some(matched) = self.mark {
            let Some((byte, left)) = rest.split_first() else {
                return rest;
            };
            if BYTE_ORDER_MARK.get(matched) == Some(byte) {
                rest = left;
                self.mark = Some(matched + 1).filter(|matched| *matched < BYTE_ORDER_MARK.len());
            } else {
                self.keep_half_a_mark();
            }
        }
        rest
    }

    /// No mark after all: its beginning is part of the first record.
    fn keep_half_a_mark(&mut self) {
        let matched = self.mark.take().unwrap_or_default();
        self.keep(BYTE_ORDER_MARK.get(..matched).unwrap_or_default());
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.partial_bytes += bytes.len();
        if self.partial_bytes <= HELD_BYTES_MAX {
            self.partial.extend_from_slice(bytes);
        } else if self.partial.len() < RECORD_BYTES_KEPT_OF_TOO_LARGE {
            let room = RECORD_BYTES_KEPT_OF_TOO_LARGE - self.partial.len();
            self.partial.extend(bytes.iter().take(room));
        } else {
            self.partial.truncate(RECORD_BYTES_KEPT_OF_TOO_LARGE);
            self.partial.shrink_to_fit();
        }
    }

    fn complete(&mut self, end: &[u8], received_at: Option<Timestamp>, out: &mut Vec<Record>) {
        if self.partial_bytes == 0 {
            self.judge(end, end.len(), received_at, out);
            return;
        }
        self.keep(end);
        let bytes = std::mem::take(&mut self.partial_bytes);
        let partial = std::mem::take(&mut self.partial);
        self.judge(&partial, bytes, received_at, out);
    }

    /// `held` is the record with its line's end, or the beginning of one that had `bytes`.
    fn judge(
        &mut self,
        held: &[u8],
        bytes: usize,
        received_at: Option<Timestamp>,
        out: &mut Vec<Record>,
    ) {
        let record = without_line_end(held);
        if bytes <= HELD_BYTES_MAX && record.len() <= RECORD_BYTES_MAX {
            if !record.trim_ascii().is_empty() {
                self.emit_bytes(record, received_at, out);
            }
            return;
        }
        let kept = record
            .get(..RECORD_BYTES_KEPT_OF_TOO_LARGE)
            .unwrap_or(record);
        let detail = format!("{bytes} bytes, of which {} are kept", kept.len());
        let reject = Reject::new(RejectReason::TooLarge, detail);
        self.emit(kept.to_vec(), Some(reject), received_at, out);
    }

    fn emit_bytes(&mut self, raw: &[u8], received_at: Option<Timestamp>, out: &mut Vec<Record>) {
        if self.next < self.deliver_from {
            self.next += 1;
        } else {
            self.emit(raw.to_vec(), None, received_at, out);
        }
    }

    fn emit(
        &mut self,
        raw: Vec<u8>,
        broken: Option<Reject>,
        received_at: Option<Timestamp>,
        out: &mut Vec<Record>,
    ) {
        let offset = self.next;
        self.next += 1;
        if offset >= self.deliver_from {
            out.push(Record {
                offset,
                received_at,
                raw,
                broken,
            });
        }
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl ValueScan {
    /// How many bytes of `piece` belong to the record that is open, or `None` for all of them and
    /// more to come.
    fn end(&mut self, piece: &[u8]) -> Option<usize> {
        piece
            .iter()
            .position(|byte| self.ends(*byte))
            .map(|at| at + 1)
    }

    fn ends(&mut self, byte: u8) -> bool {
        if byte == b'\n' {
            return self.newline_ends();
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            // Outside of a value a quote is part of a broken line, which its newline ends.
            b'"' => self.in_string = self.depth > 0,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                if self.depth == 0 && self.newline == Newline::Undecided {
                    self.newline = Newline::EndsValue;
                }
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }

    fn newline_ends(&mut self) -> bool {
        if self.newline == Newline::Undecided && self.depth > 0 {
            // A newline within a string is no JSON: such a line is broken, not a document.
            self.newline = if self.in_string {
                Newline::EndsValue
            } else {
                Newline::IsBlank
            };
        }
        if self.depth > 0 && self.newline == Newline::IsBlank {
            return false;
        }
        self.depth = 0;
        self.in_string = false;
        self.escaped = false;
        true
    }
}

#[cfg(test)]
mod tests;
