//! Commands that cannot do what they are told: what, to what, and why.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use super::place::{Ended, Place, late_use};

type Prepare = fn(&Place);
type Words = [&'static str];

/// Runs the arguments, and expects the exit code, these words on standard error, and no output.
fn check(prepare: Prepare, arguments: &Words, code: i32, says: &Words) {
    let place = Place::with_a_leaver();
    place.put("tenure.toml", "[http]\nlisten = \"127.0.0.1:0\"\n");
    prepare(&place);
    let ended = place.tenure(arguments);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    ended.says(says);
    assert_eq!(ended.stdout, "", "{arguments:?}");
}

#[test]
fn input_that_is_not_there_is_named() {
    let cases: [(&Words, i32, &Words); 9] = [
        (
            &["replay", "nowhere", "--out", "out"],
            1,
            &["failed to read logs from nowhere", "no such directory"],
        ),
        (
            &["replay", "logs/okta/0.ndjson", "--out", "out"],
            1,
            &[
                "failed to read logs from logs/okta/0.ndjson",
                "not a directory",
            ],
        ),
        (
            &["replay", "logs", "--out", "out", "--policy", "no.toml"],
            1,
            &[
                "no.toml: the policy cannot be read",
                "No such file",
                "hint: ",
            ],
        ),
        (
            &["replay", "logs", "--out", "out", "--now", "yesterday"],
            2,
            &["`yesterday` is not an RFC 3339 time such as", "--now"],
        ),
        (
            &["normalize", "--source", "martian"],
            1,
            &[
                "no mapping for the source `martian`",
                "`tenure sources` lists the 48 that have one",
            ],
        ),
        (
            &["normalize", "--source", "okta", "no.ndjson"],
            1,
            &["failed to read no.ndjson", "No such file"],
        ),
        (
            &["normalize", "--source", "okta", "logs"],
            1,
            &["logs", "Is a directory"],
        ),
        (
            &["findings", "--file", "no.ndjson"],
            1,
            &["failed to open no.ndjson", "No such file"],
        ),
        (
            &["run", "-c", "no.toml"],
            1,
            &[
                "no.toml: the config cannot be read",
                "No such file",
                "hint: ",
            ],
        ),
    ];
    for (arguments, code, says) in cases {
        check(|_| {}, arguments, code, says);
    }
}

#[test]
fn output_that_cannot_be_written_is_named() {
    let replay: &Words = &["replay", "logs", "--out", "out"];
    let run: &Words = &["run", "--log", "off"];
    let cases: [(Prepare, &Words, &Words); 6] = [
        (
            |place| place.put("out", "a file"),
            replay,
            &["failed to write out: File exists"],
        ),
        (
            |place| place.put("out", "a file"),
            &["replay", "logs", "--out", "out/below"],
            &["failed to write out/below: Not a directory"],
        ),
        (
            |place| place.put("out/archive", "a file"),
            replay,
            &["failed to open archive out/archive: File exists"],
        ),
        (
            |place| place.put("out/findings.ndjson/x", "a file"),
            replay,
            &["failed to write out/findings.ndjson: Is a directory"],
        ),
        (
            |place| place.put("tenure-data/archive", "a file"),
            run,
            &["failed to open archive tenure-data/archive: File exists"],
        ),
        (
            |place| place.put("tenure-data", "a file"),
            run,
            &["failed to read redaction key tenure-data/redaction.key: Not a directory"],
        ),
    ];
    for (prepare, arguments, says) in cases {
        check(prepare, arguments, 1, says);
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_its_key() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let place = Place::with_a_leaver();
    place.put("tenure.toml", format!("[http]\nlisten = \"{address}\"\n"));
    let ended = place.tenure(&["run"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    ended.says(&[
        &format!("failed to listen on {address} (`http.listen`)"),
        "Address already in use",
    ]);
}

/// The peak is read while the program waits for more, when all of it has passed.
#[test]
fn a_record_of_100_megabytes_passes_through_little_memory() {
    const RECORD_KIB: usize = 100 << 10;
    let place = Place::new();
    let mut command = place.command(&["normalize", "--source", "okta"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = command.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut input = program.stdin.take().expect("piped");
    let mut output = BufReader::new(program.stdout.take().expect("piped"));
    let writing = std::thread::spawn(move || {
        let piece = vec![b'['; 1 << 10];
        (0..RECORD_KIB).for_each(|_| input.write_all(&piece).expect("written"));
        // Enough of them that what is written is flushed while the input is still open.
        for number in 0..2_000 {
            writeln!(input).expect("written");
            input
                .write_all(late_use(number).as_bytes())
                .expect("written");
        }
        input
    });
    let mut first = String::new();
    output.read_line(&mut first).expect("a line");
    assert!(first.contains("\"reason\":\"too_large\""), "{first}");
    let peak = peak_memory_kib(program.id());
    assert!(peak < RECORD_KIB / 2, "{peak} KiB for {RECORD_KIB} KiB");
    let rest = std::thread::spawn(move || output.lines().count());
    drop(writing.join().expect("written"));
    let ended = Ended::of(program.wait_with_output().expect("it ends"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(rest.join().expect("lines"), 2_000);
}

/// Without the pages of the program's own file, which grow with its code and not with a record.
pub fn peak_memory_kib(process: u32) -> usize {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(path).expect("Linux tells");
    let figure = |name: &str| -> usize {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let figure = line.expect("a figure").trim().trim_end_matches(" kB");
        figure.parse().expect("a number")
    };
    figure("VmHWM:").saturating_sub(figure("RssFile:"))
}
