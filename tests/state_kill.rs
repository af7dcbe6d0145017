//! A process that is killed while it commits leaves whole batches and nothing else.

#![expect(
    clippy::disallowed_methods,
    reason = "the test runs itself as a child and tells it by a variable"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use tenure::io::state::{StateBatch, StateStore};
use tenure::model::id::Partition;
use tenure::model::limits::PARTITIONS;
use tenure::model::record::Stream;

const FULL_CHILD: &str = "TENURE_TEST_STATE_FULL_CHILD";
const CHILD: &str = "TENURE_TEST_STATE_CHILD";

fn stream(partition: i32) -> Stream {
    Stream {
        topic: "identity.okta".into(),
        partition,
    }
}

/// Every home, every offset and the outbox say `n`.
fn batch(n: i64) -> StateBatch {
    let value = n.to_be_bytes().to_vec();
    StateBatch {
        homes: (0..PARTITIONS)
            .map(|it| (Partition(it), it.to_be_bytes().to_vec(), value.clone()))
            .collect(),
        offsets: (0..4).map(|it| (stream(it), n)).collect(),
        outbox_add: vec![value.clone()],
        outbox_remove: u64::try_from(n - 1).into_iter().collect(),
        meta: vec![("n".to_owned(), value)],
    }
}

/// The number that everything in the store agrees on.
fn agreed(path: &Path) -> i64 {
    let store = StateStore::open(path).expect("open");
    let Some(meta) = store.meta("n").expect("meta") else {
        return -1;
    };
    let n = i64::from_be_bytes(meta.clone().try_into().expect("eight bytes"));
    let mut homes = 0;
    store
        .load(|_, value| {
            assert_eq!(value, meta, "home against meta {n}");
            homes += 1;
        })
        .expect("load");
    assert_eq!(homes, PARTITIONS);
    let offsets = store.offsets().expect("offsets");
    assert_eq!(offsets.len(), 4);
    assert!(offsets.values().all(|offset| *offset == n), "{offsets:?}");
    let outbox: Result<Vec<_>, _> = store.outbox().collect();
    let sequence = u64::try_from(n).expect("positive");
    assert_eq!(outbox.expect("outbox"), [(sequence, meta)]);
    n
}

#[test]
fn child_commits_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let path = Path::new(&path);
    let mut n = agreed(path);
    let store = StateStore::open(path).expect("open");
    loop {
        n += 1;
        store.commit(batch(n)).expect("commit");
        println!("committed {n}");
    }
}

#[test]
fn child_commits_until_the_disk_is_full() {
    let Ok(path) = std::env::var(FULL_CHILD) else {
        return;
    };
    let store = StateStore::open(Path::new(&path)).expect("open");
    for n in 0.. {
        let mut batch = batch(n);
        // Values that do not compress.
        let noise = std::iter::successors(Some(n), |it| {
            Some(it.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1))
        });
        let large = noise.flat_map(i64::to_be_bytes).skip(8).take(8 << 20);
        batch.meta.push(("large".to_owned(), large.collect()));
        if let Err(error) = store.commit(batch) {
            println!("failed {error}");
            let after = store.commit(StateBatch {
                meta: vec![("after".to_owned(), Vec::new())],
                ..StateBatch::default()
            });
            assert!(after.is_err(), "a commit after a failed one");
            return;
        }
        println!("committed {n}");
    }
}

/// A bound on the size of files stands in for a full disk: writes fail in the middle of a batch.
#[test]
fn a_full_disk_is_an_error_and_leaves_whole_batches() {
    let directory = tempfile::tempdir().expect("directory");
    let output = Command::new("bash")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 70000; exec \"$0\" --exact child_commits_until_the_disk_is_full --nocapture",
        ])
        .arg(std::env::current_exe().expect("test binary"))
        .env(FULL_CHILD, directory.path())
        .output()
        .expect("child");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains("failed to commit to the state"), "{told}");
    let durable = told
        .lines()
        .filter_map(|line| line.split_once("committed ")?.1.parse::<i64>().ok())
        .next_back()
        .expect("some commits before the disk was full");
    assert!(agreed(directory.path()) >= durable);
}

#[test]
fn a_kill_at_any_point_leaves_whole_batches() {
    let directory = tempfile::tempdir().expect("directory");
    let mut told = -1;
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().expect("test binary"))
            .args(["--exact", "child_commits_until_it_is_killed", "--nocapture"])
            .env(CHILD, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("child");
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let committed = stdout.lines().map_while(Result::ok);
        let mut committed = committed.filter_map(|line| {
            let (_, n) = line.split_once("committed ")?;
            n.parse::<i64>().ok()
        });
        told = committed.nth(3 + round * 5).expect("commits");
        child.kill().expect("kill");
        child.wait().expect("wait");
        told = committed.last().unwrap_or(told);
        let stored = agreed(directory.path());
        assert!(
            stored >= told,
            "{told} was reported durable, {stored} is stored"
        );
    }
    assert!(told > 100);
}
