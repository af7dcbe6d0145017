//! Reads one file: bytes, plain or compressed, a turn at a time.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::split::Splitter;
use super::walk::{Compression, Found, Stat};
use crate::model::limits::FILE_TURN_BYTES;
use crate::model::record::{Offset, Record};
use crate::model::time::Timestamp;

/// A file and how far it is read.
pub struct FileReader {
    pub found: Found,
    splitter: Splitter,
    /// `None` until it is needed, and while the file rests at its end.
    input: Option<Input>,
    /// Bytes that came out so far; in a plain file, where to go on.
    bytes_read: u64,
    done: bool,
}

/// What a turn came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// There may be more.
    More,
    /// There is no more for now.
    AtEnd,
    /// The compressed stream is damaged here; the last record says so.
    Broken,
}

enum Input {
    Plain(File),
    Gzip(Box<flate2::bufread::MultiGzDecoder<BufReader<File>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<File>>>),
}

impl FileReader {
    /// Records before `deliver_from` are read over.
    pub fn new(found: Found, deliver_from: Offset) -> Self {
        let splitter = Splitter::new(found.form, deliver_from);
        FileReader {
            found,
            splitter,
            input: None,
            bytes_read: 0,
            done: false,
        }
    }

    /// Number of the next record.
    pub fn next(&self) -> Offset {
        self.splitter.next()
    }

    /// False at the end of a file that has fewer records than were read of it before.
    pub fn reached_start(&self) -> bool {
        self.splitter.reached_start()
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    pub fn is_open(&self) -> bool {
        self.input.is_some()
    }

    /// Opens the file and tells which one it is: a path may lead to another by now.
    pub fn open(&mut self) -> io::Result<Stat> {
        let (input, stat) = Input::open(&self.found, self.bytes_read)?;
        self.input = Some(input);
        Ok(stat)
    }

    /// Gives the file handle back. Reading goes on later as if it had not: a plain file where it
    /// was left, a compressed one from its start, over what was delivered.
    pub fn close(&mut self) {
        self.input = None;
        if self.found.compression != Compression::None {
            self.splitter = Splitter::new(self.found.form, self.splitter.resume_from());
            self.bytes_read = 0;
        }
    }

    /// The whole file is read, and it is not read again if it grows.
    pub fn done(&mut self) {
        self.input = None;
        self.done = true;
    }

    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Where reading the file anew has to begin to deliver.
    pub fn resume_from(&self) -> Offset {
        self.splitter.resume_from()
    }

    /// Reads one piece. An error is the operating system's: nothing is lost, try again.
    pub fn turn(
        &mut self,
        buffer: &mut Vec<u8>,
        received_at: Option<Timestamp>,
        out: &mut Vec<Record>,
    ) -> io::Result<Turn> {
        if self.input.is_none() {
            self.open()?;
        }
        let Some(input) = &mut self.input else {
            return Ok(Turn::AtEnd);
        };
        buffer.resize(FILE_TURN_BYTES, 0);
        loop {
            match input.read(buffer) {
                Ok(0) => return Ok(Turn::AtEnd),
                Ok(count) => {
                    self.bytes_read += count as u64;
                    let piece = buffer.get(..count).unwrap_or_default();
                    self.splitter.push(piece, received_at, out);
                    return Ok(Turn::More);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Decoders make up their errors; those of the system carry a number.
                Err(error) if error.raw_os_error().is_some() => return Err(error),
                Err(error) => {
                    let why = input.describe(&error);
                    self.splitter.break_off(why, received_at, out);
                    return Ok(Turn::Broken);
                }
            }
        }
    }

    /// The file will not grow: what is left is its last record. True where there was one.
    pub fn finish(&mut self, received_at: Option<Timestamp>, out: &mut Vec<Record>) -> bool {
        self.splitter.finish(received_at, out)
    }

    /// Reading is given up for good: a last record says why.
    pub fn break_off(&mut self, why: &str, at: Option<Timestamp>, out: &mut Vec<Record>) {
        self.splitter.break_off(why, at, out);
    }
}

impl Input {
    fn open(found: &Found, bytes_read: u64) -> io::Result<(Self, Stat)> {
        let mut file = File::open(&found.path)?;
        let stat = Stat::of(&file.metadata()?);
        // An empty file is an empty stream, which the decoders dispute.
        let compression = match stat.size {
            0 => Compression::None,
            _ => found.compression,
        };
        let buffered = |file| BufReader::with_capacity(64 << 10, file);
        let input = match compression {
            Compression::None => {
                file.seek(SeekFrom::Start(bytes_read))?;
                Input::Plain(file)
            }
            Compression::Gzip => Input::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(
                buffered(file),
            ))),
            Compression::Zstd => Input::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(
                buffered(file),
            )?)),
        };
        Ok((input, stat))
    }

    fn describe(&self, error: &io::Error) -> String {
        let (name, kind) = match self {
            Input::Plain(_) => ("file", error.kind()),
            Input::Gzip(_) => ("gzip stream", error.kind()),
            Input::Zstd(_) => ("zstd stream", error.kind()),
        };
        if kind == io::ErrorKind::UnexpectedEof {
            format!("the {name} ends in the middle")
        } else {
            format!("the {name} is damaged: {error}")
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Plain(file) => file.read(buffer),
            Input::Gzip(decoder) => decoder.read(buffer),
            Input::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;

    use super::*;
    use crate::io::files::split::Form;
    use crate::model::id::SourceName;
    use crate::model::record::RejectReason;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("write");
        encoder.finish().expect("finish")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(bytes, 3).expect("encode")
    }

    fn read(bytes: &[u8], compression: Compression) -> Vec<Record> {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), bytes).expect("write");
        let found = Found {
            path: file.path().to_owned(),
            topic: "okta/a.ndjson".into(),
            source: SourceName::new("okta"),
            form: Form::Lines,
            compression,
            stat: Stat::of(&file.path().metadata().expect("stat")),
        };
        let mut reader = FileReader::new(found, 0);
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        while let Turn::More = reader.turn(&mut buffer, None, &mut out).expect("turn") {}
        reader.finish(None, &mut out);
        out
    }

    fn lines(count: usize) -> Vec<u8> {
        let line = |n: usize| format!("{{\"n\":{n},\"t\":\"{}\"}}\n", (n * 7919) % 104_729);
        (0..count).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn several_members_and_frames_are_read_whole() {
        let (a, b) = (lines(10), lines(5));
        let gz = [gzip(&a), gzip(&b)].concat();
        let zst = [zstd(&a), zstd(&b)].concat();
        assert_eq!(read(&gz, Compression::Gzip).len(), 15);
        assert_eq!(read(&zst, Compression::Zstd).len(), 15);
    }

    #[test]
    fn an_empty_file_has_no_records_whatever_its_name_says() {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            assert!(read(b"", compression).is_empty(), "{compression:?}");
        }
    }

    #[test]
    fn a_cut_stream_delivers_what_could_be_read_and_says_so() {
        let text = lines(20_000);
        for (bytes, compression) in [
            (gzip(&text), Compression::Gzip),
            (zstd(&text), Compression::Zstd),
        ] {
            let cut = &bytes[..bytes.len() * 9 / 10];
            let records = read(cut, compression);
            let (last, whole) = records.split_last().expect("records");
            let broken = last.broken.as_ref().expect("broken");
            assert_eq!(broken.reason, RejectReason::Truncated);
            assert!(broken.detail.contains("ends in the middle"), "{broken:?}");
            assert!(whole.len() > 10_000, "{compression:?}: {}", whole.len());
            assert!(whole.iter().all(|record| record.broken.is_none()));
        }
    }

    #[test]
    fn damage_is_told_from_an_early_end() {
        for (mut bytes, compression) in [
            (gzip(&lines(1_000)), Compression::Gzip),
            (zstd(&lines(1_000)), Compression::Zstd),
        ] {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            bytes[middle + 1] ^= 0xff;
            let records = read(&bytes, compression);
            let last = records.last().expect("records");
            let broken = last.broken.as_ref().expect("broken");
            assert_eq!(broken.reason, RejectReason::Truncated);
            assert!(!broken.detail.is_empty());
        }
        let records = read(b"{\"plain\":1}\n", Compression::Gzip);
        assert!(records[0].broken.is_some());
    }
}
