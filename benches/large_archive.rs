//! One identity's rows out of very many events: how long, and how much is read, against a full scan
//! in the same run.
//!
//! ```text
//! cargo bench --bench large_archive -- --events 20000000 --keep /tmp/large
//! python benches/large_archive.py /tmp/large        # the same in DuckDB, through views.sql
//! ```
//!
//! Everyday people have rows in every file; a leaver has rows in one. An archive that is there already
//! is measured as it is.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures by the clock"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use tenure::evidence::segment::SegmentBuilder;
use tenure::io::archive::Archive;
use tenure::model::Text;
use tenure::model::event::{Event, Lifecycle, Normalized, Outcome, Party, PartyKind, Verb};
use tenure::model::id::{EventUid, SourceName};
use tenure::model::record::{Offset, Record, Stream};
use tenure::model::time::Timestamp;
use tenure::query::{Answer, Session};

const BEGIN: i64 = 1_772_330_400;
const SOURCES: [&str; 4] = ["okta", "github", "entra_signin", "google_workspace"];
/// Each has some 400 of 20 million events.
const PEOPLE: u64 = 50_000;
/// One event in so many is a leaver's, of whom each file has its own.
const LEAVERS_EVENTS: u64 = 1_000;
/// A query is run so often, and the quickest run counts.
const RUNS: usize = 3;

#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 1_000_000)]
    events: Offset,
    /// Where the archive is made, and stays
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    let directory = tempfile::tempdir().expect("directory");
    let path = options.keep.unwrap_or_else(|| directory.path().to_owned());
    let location = path.to_str().expect("path");
    if !path.join("commits").exists() {
        let began = Instant::now();
        let bytes = write(location, options.events);
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "wrote {} events, {} MB in {seconds:.0} s",
            options.events,
            bytes / 1_000_000
        );
    }
    let began = Instant::now();
    let session = Session::open(location).expect("session");
    println!("opened in {:.3} s", began.elapsed().as_secs_f64());
    measure(&session);
}

fn measure(session: &Session) {
    let full = "SELECT count(*), count(raw), max(length(raw)) FROM events";
    let whole = time(session, "full scan", full);
    for (name, who) in [("everyday", "person77"), ("leaver", "leaver7")] {
        for (how, from) in [
            (
                "events WHERE identity =",
                format!("events WHERE identity = '{who}@corp.example'"),
            ),
            ("events_of()", format!("events_of('{who}@corp.example')")),
        ] {
            let text = format!("SELECT count(*), count(raw), max(length(raw)) FROM {from}");
            let one = time(session, &format!("{name}, {how}"), &text);
            println!(
                "    1/{:.0} of the full scan",
                whole.as_secs_f64() / one.as_secs_f64()
            );
        }
    }
}

fn time(session: &Session, name: &str, text: &str) -> Duration {
    let mut best: Option<(Duration, Answer)> = None;
    for _ in 0..RUNS {
        let began = Instant::now();
        let answer = session.sql(text).expect("answer");
        let took = began.elapsed();
        if best.as_ref().is_none_or(|(best, _)| took < *best) {
            best = Some((took, answer));
        }
    }
    let (took, answer) = best.expect("runs");
    println!("{name}: {:.3} s", took.as_secs_f64());
    for scan in &answer.scans {
        println!(
            "    {} files, {} row groups: {} by statistics, {} by Bloom filters; {} of {} pages \
             passed over; {} of {} MB read; {} rows",
            scan.files,
            scan.row_groups,
            scan.row_groups_by_statistics,
            scan.row_groups_by_bloom,
            scan.pages_passed_over,
            scan.pages,
            scan.bytes_read / 1_000_000,
            scan.bytes / 1_000_000,
            scan.rows,
        );
    }
    took
}

/// Writes the archive; how many bytes its files have.
fn write(location: &str, events: Offset) -> u64 {
    let mut archive = Archive::open(location).expect("archive");
    let streams = SOURCES.map(|source| Stream {
        topic: Text::from(format!("identity.{source}")),
        partition: 0,
    });
    let (mut written, mut bytes) = (0, 0);
    for (file, (stream, source)) in streams.iter().zip(SOURCES).cycle().enumerate() {
        if written >= events {
            break;
        }
        let source = SourceName::new(source);
        let start = archive.end(stream).expect("end");
        let mut builder = SegmentBuilder::new(stream.clone(), source.clone(), start);
        while !builder.is_full() && written < events {
            let record = record(builder.next(), written);
            let normalized = normalized(&source, &record, written, file);
            builder.push(record, &normalized);
            written += 1;
        }
        let segment = builder.finish().expect("segment");
        let at = Timestamp::from_seconds(BEGIN + written / 100);
        bytes += archive.append(&segment, at).expect("append").file_bytes;
    }
    bytes
}

fn record(offset: Offset, number: Offset) -> Record {
    let seed = mixed(number);
    let raw = format!(
        "{{\"uuid\":\"{:016x}-{:016x}\",\"eventType\":\"user.session.start\",\"outcome\":{{\"result\":\
         \"SUCCESS\"}},\"actor\":{{\"type\":\"User\",\"session\":\"{:08x}\"}},\"client\":{{\"ip\":\
         \"198.51.{}.{}\",\"agent\":\"Mozilla/5.0 (X11; Linux x86_64)\"}},\"published\":{}}}",
        seed,
        mixed(number + 1),
        seed >> 40,
        seed & 255,
        seed >> 8 & 255,
        BEGIN + number / 100,
    );
    Record {
        offset,
        received_at: Some(Timestamp::from_seconds(BEGIN + number / 100)),
        raw: raw.into_bytes(),
        broken: None,
    }
}

fn normalized(source: &SourceName, record: &Record, number: Offset, file: usize) -> Normalized {
    let seed = mixed(number);
    let person = match seed % LEAVERS_EVENTS {
        0 => format!("leaver{file}"),
        _ => format!("person{}", mixed(number + 7) % PEOPLE),
    };
    let uid = EventUid::new(source, &record.raw, 0);
    let event = Event {
        uid,
        source: source.clone(),
        time: Timestamp::from_seconds(BEGIN + number / 100),
        time_clamped: false,
        class_uid: 3002,
        activity_id: 1,
        outcome: Outcome::Success,
        outcome_detail: None,
        event_code: Text::from("user.session.start"),
        vendor_uid: None,
        message: None,
        actor: None,
        user: Some(Party {
            kind: PartyKind::User,
            uid: Some(Text::from(format!("00u-{person}"))),
            email: Some(Text::from(format!("{person}@corp.example"))),
            ..Party::default()
        }),
        group: None,
        resource: None,
        src_ip: Some(Text::from(format!(
            "198.51.{}.{}",
            seed & 255,
            seed >> 8 & 255
        ))),
        session_uid: None,
        user_agent: Some(Text::from("Mozilla/5.0 (X11; Linux x86_64)")),
        lifecycle: Lifecycle {
            verb: Verb::new("auth.login"),
            ..Lifecycle::default()
        },
        unmapped: None,
    };
    Normalized {
        events: vec![event],
        ..Normalized::new(uid)
    }
}

/// A number that looks like chance (splitmix64).
fn mixed(number: Offset) -> u64 {
    let mut seed = number.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}
