//! Enforces what ARCHITECTURE.md promises about the shape of the code.
//!
//! It reads the source as syntax, so it sees what is written, not what it means: a type that hides
//! a clock behind a trait gets past it. Clippy's `disallowed_methods` resolves names and is the
//! second net.

mod mentions;
mod rules;
mod source;

use rules::Complaint;
use source::Source;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The code and everything that tests or measures it. `src` alone answers for imports and purity.
const TREES: [&str; 3] = ["src", "tests", "benches"];

type Rule = fn(&[Source]) -> Vec<Complaint>;

fn hold(rule: Rule) {
    let sources = source::read(Path::new(ROOT), &TREES);
    let complaints: Vec<String> = rule(&sources).iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn modules_import_only_what_the_table_allows() {
    hold(rules::imports);
}

#[test]
fn the_core_does_no_io_and_reads_no_clock() {
    hold(rules::purity);
}

#[test]
fn functions_and_files_fit_their_limits() {
    hold(rules::sizes);
}

#[test]
fn modules_are_named_after_what_they_hold() {
    hold(rules::names);
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    hold(rules::leftovers);
}

/// A walk that finds nothing would let every rule above pass.
#[test]
fn the_walk_finds_the_code() {
    let sources = source::read(Path::new(ROOT), &TREES);
    for path in [
        "src/lib.rs",
        "src/main.rs",
        "src/model/mod.rs",
        "tests/architecture/main.rs",
    ] {
        assert!(
            sources.iter().any(|source| source.path == path),
            "{path} was not read"
        );
    }
}

/// Runs one rule over invented files; `expected` holds the beginning of each complaint, in order.
fn check(rule: Rule, files: &[(&str, &str)], expected: &[&str]) {
    let sources: Vec<Source> = files
        .iter()
        .map(|(path, text)| Source::parse(path, text).expect("valid Rust"))
        .collect();
    let complaints: Vec<String> = rule(&sources).iter().map(ToString::to_string).collect();
    let as_expected = complaints.len() == expected.len()
        && complaints
            .iter()
            .zip(expected)
            .all(|(complaint, start)| complaint.starts_with(start));
    assert!(
        as_expected,
        "{files:?}\nexpected {expected:#?}\ngot {complaints:#?}"
    );
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    let found = |text: &str| {
        check(
            rules::imports,
            &[("src/model/fact.rs", text)],
            &["src/model/fact.rs:2: `model` imports `io`"],
        );
    };
    found("\nuse crate::io::kafka;");
    found("\nuse crate::{model::Event, io::kafka};");
    found("\nuse crate::io as outside;");
    found("\npub use super::super::io::*;");
    found("\nuse {crate::io::kafka};");
    found("\nfn f() { crate::io::kafka::poll(); }");
    found("\nfn f(_: super::super::io::Source) {}");
    found("\nfn f() -> Option<crate::io::Source> { None }");
    found("\nimpl crate::io::Source for Fact {}");
    found("\nfn f() { g(vec![crate::io::poll()]); }");
    found("\nfn f() { assert!(matches!(x, crate :: io :: Source(_))); }");
    found("\n#[serde(with = \"crate::io::time\")] struct Fact;");
    found("\n#[derive(crate::io::Derive)] struct Fact;");
    found("\nmod tests { use crate::io::kafka; }");
    found("\nmod tests { use super::super::super::io::kafka; }");
    found("\nuse tenure::io::kafka;");
    found("\nmacro_rules! m { () => { $crate::io::poll() } }");
}

#[test]
fn a_detour_through_the_crate_root_is_found() {
    let whole = "src/model/fact.rs:1: `model` imports the whole crate";
    let root = "src/model/fact.rs:1: `model` imports `Event` from the crate's root";
    check(
        rules::imports,
        &[("src/model/fact.rs", "use crate::*;")],
        &[whole],
    );
    check(
        rules::imports,
        &[("src/model/fact.rs", "use super::super::*;")],
        &[whole],
    );
    check(
        rules::imports,
        &[("src/model/fact.rs", "use crate as all;")],
        &[whole],
    );
    check(
        rules::imports,
        &[("src/model/fact.rs", "use crate::Event;")],
        &[root],
    );
}

#[test]
fn the_table_is_read_by_row() {
    let row = |path: &str, import: &str, expected: &[&str]| {
        check(
            rules::imports,
            &[(path, &format!("use crate::{import}::X;"))],
            expected,
        );
    };
    row("src/assess/mod.rs", "identity", &[]);
    row("src/alert/mod.rs", "identity", &[]);
    row(
        "src/sigma/mod.rs",
        "identity",
        &["src/sigma/mod.rs:1: `sigma` imports `identity`"],
    );
    row("src/engine/mod.rs", "evidence", &[]);
    row(
        "src/engine/mod.rs",
        "config",
        &["src/engine/mod.rs:1: `engine` imports `config`"],
    );
    row("src/io/kafka.rs", "evidence", &[]);
    row(
        "src/io/kafka.rs",
        "engine",
        &["src/io/kafka.rs:1: `io` imports `engine`"],
    );
    row("src/service/run.rs", "io", &[]);
    row(
        "src/service/run.rs",
        "http",
        &["src/service/run.rs:1: `service` imports `http`"],
    );
    row("src/http/mod.rs", "service", &[]);
    row(
        "src/http/mod.rs",
        "io",
        &["src/http/mod.rs:1: `http` imports `io`"],
    );
    row("src/cli/mod.rs", "http", &[]);
    row(
        "src/http/mod.rs",
        "cli",
        &["src/http/mod.rs:1: `http` imports `cli`"],
    );
    row(
        "src/plumbing/mod.rs",
        "model",
        &["src/plumbing/mod.rs:1: `plumbing` is not in the table"],
    );
    row(
        "src/plumbing.rs",
        "model",
        &["src/plumbing.rs:1: `plumbing` is not in the table"],
    );
}

#[test]
fn what_stays_inside_a_module_is_allowed() {
    let fine = |path: &str, text: &str| check(rules::imports, &[(path, text)], &[]);
    fine(
        "src/model/fact.rs",
        "use super::event::Event; use self::a::B; use crate::model::limits;",
    );
    fine("src/model/mod.rs", "mod tests { use super::*; }");
    fine(
        "src/model/mod.rs",
        "pub(crate) struct A; pub(super) struct B; use std::io::Read;",
    );
    fine(
        "src/model/mod.rs",
        "/// [`crate::io::kafka`] fills this.\nstruct Fact;",
    );
    fine(
        "src/model/mod.rs",
        "const HINT: &str = \"crate::io::kafka\";",
    );
    fine(
        "src/lib.rs",
        "pub mod io; pub use io::Source; pub use crate::engine::Engine;",
    );
    fine("src/main.rs", "use tenure::cli; fn main() { cli::run() }");
    fine("tests/restart.rs", "use tenure::io::kafka;");
}

#[test]
fn io_and_clocks_in_the_core_are_found_however_they_are_written() {
    let found = |text: &str, what: &str| {
        let expected = format!("src/assess/mod.rs:2: `assess` uses `{what}`");
        check(rules::purity, &[("src/assess/mod.rs", text)], &[&expected]);
    };
    found("\nuse std::fs;", "std::fs");
    found("\nuse std::{collections::BTreeMap, fs::File};", "std::fs");
    found("\nfn f() { std::fs::read(\"x\"); }", "std::fs");
    found("\nfn f() { ::std::fs::read(\"x\"); }", "std::fs");
    found("\nuse std::io::Read;", "std::io");
    found("\nuse std::net::IpAddr;", "std::net");
    found("\nfn f() { std::env::var(\"HOME\"); }", "std::env");
    found("\nfn f() { std::thread::spawn(g); }", "std::thread");
    found("\nuse std::process::Command;", "std::process");
    found(
        "\nuse std::time::{Duration, Instant};",
        "std::time::Instant",
    );
    found("\nuse std::time::*;", "std::time::Instant");
    found("\nuse std::*;", "std::fs");
    found(
        "\nuse std::time; fn f() { time::SystemTime::now(); }",
        "std::time::SystemTime",
    );
    found(
        "\nuse std::time as t; fn f() { t::SystemTime::now(); }",
        "std::time::SystemTime",
    );
    found(
        "\nuse jiff::Timestamp; fn f() { Timestamp::now(); }",
        "jiff::Timestamp::now",
    );
    found(
        "\nuse jiff::Timestamp as T; fn f() { g(T::now); }",
        "jiff::Timestamp::now",
    );
    found("\nfn f() { jiff::Zoned::now(); }", "jiff::Zoned::now");
    found(
        "\nfn f() { dbg_all![jiff::Timestamp::now()]; }",
        "jiff::Timestamp::now",
    );
    found("\nuse tokio::sync::mpsc;", "tokio");
    found("\n#[tokio::test] async fn f() {}", "tokio");
    found("\nuse rdkafka::Message;", "rdkafka");
    found("\nuse object_store as s;", "object_store");
    found("\nfn f() { println!(\"x\"); }", "println!");
    found("\nfn f() { std::eprintln!(\"x\"); }", "eprintln!");
    found("\nfn f() { assert!({ dbg!(x) }); }", "dbg!");
    found("\nfn f() { rand::random::<u64>(); }", "rand");
}

#[test]
fn a_crutch_is_reported_once_a_file_and_only_in_the_core() {
    let twice = "use std::fs; fn f() { fs::read(\"x\"); std::fs::write(\"x\", b\"\"); }";
    check(
        rules::purity,
        &[("src/evidence/segment.rs", twice)],
        &["src/evidence/segment.rs:1: `evidence` uses `std::fs`"],
    );
    check(rules::purity, &[("src/io/files.rs", twice)], &[]);
    check(rules::purity, &[("src/config/mod.rs", twice)], &[]);
    check(rules::purity, &[("tests/replay.rs", twice)], &[]);
}

#[test]
fn what_the_core_needs_is_allowed() {
    let fine = |text: &str| check(rules::purity, &[("src/engine/mod.rs", text)], &[]);
    fine("use std::time::Duration; use jiff::Timestamp; fn f(now: Timestamp) {}");
    fine("use std::collections::{BTreeMap, HashMap}; use std::fmt;");
    fine("use parquet::arrow::ArrowWriter; use sha2::Sha256;");
    fine("fn now() {} fn f() { now(); self::now(); x.now(); }");
    fine("mod fs { pub fn x() {} } fn f() { self::fs::x(); }");
    fine("const BYTES: &[u8] = include_bytes!(\"x\");");
}

#[test]
fn limits_are_counted_in_lines() {
    let function = |lines: usize| format!("/// doc\nfn f() {{{}}}\n", "\n".repeat(lines - 1));
    let method = |lines: usize| format!("impl A {{\n{}}}", function(lines));
    check(rules::sizes, &[("src/a.rs", &function(70))], &[]);
    check(
        rules::sizes,
        &[("src/a.rs", &function(71))],
        &["src/a.rs:2: function `f` has 71 lines; the limit is 70"],
    );
    check(
        rules::sizes,
        &[("tests/a.rs", &method(71))],
        &["tests/a.rs:3: function `f` has 71 lines; the limit is 70"],
    );
    check(rules::sizes, &[("src/a.rs", &"\n".repeat(600))], &[]);
    check(
        rules::sizes,
        &[("benches/a.rs", &"\n".repeat(601))],
        &["benches/a.rs:601: the file has 601 lines; the limit is 600"],
    );
}

#[test]
fn names_that_say_nothing_are_found() {
    check(
        rules::names,
        &[("src/model/utils.rs", "")],
        &["src/model/utils.rs:1: `utils`"],
    );
    check(
        rules::names,
        &[("tests/common/mod.rs", "")],
        &["tests/common/mod.rs:1: `common`"],
    );
    check(
        rules::names,
        &[("src/io.rs", "mod helpers {}")],
        &["src/io.rs:1: `helpers`"],
    );
    check(
        rules::names,
        &[("src/io.rs", "mod a { mod manager {} }")],
        &["src/io.rs:1: `manager`"],
    );
    check(
        rules::names,
        &[("src/io/kafka.rs", "mod tests {} mod manage {}")],
        &[],
    );
}

#[test]
fn leftovers_are_found() {
    let found = |text: &str, what: &str| {
        let expected = format!("src/io.rs:2: {what}");
        check(rules::leftovers, &[("src/io.rs", text)], &[&expected]);
    };
    found("\n#[test]#[ignore] fn f() {}", "`#[ignore]`");
    found("\n#[test]#[ignore = \"slow\"] fn f() {}", "`#[ignore]`");
    found(
        "\n#[cfg_attr(windows, ignore)] #[test] fn f() {}",
        "`#[ignore]`",
    );
    found("\nproptest! { #[ignore] fn f() {} }", "`#[ignore]`");
    found("\nfn f() { todo!() }", "`todo!`");
    found(
        "\nfn f() { std::unimplemented!(\"x\") }",
        "`unimplemented!`",
    );
    found("\nfn f() { g(vec![todo!()]); }", "`todo!`");
    check(
        rules::leftovers,
        &[("src/io.rs", "fn ignore() { let todo = 1; } // todo!")],
        &[],
    );
    check(
        rules::leftovers,
        &[("src/io.rs", "fn f() { assert!(ignore != todo); }")],
        &[],
    );
}
