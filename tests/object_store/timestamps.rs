use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::authority::{Authority, openssl};
use crate::place::{stop, wait_until};
use crate::server::Server;
use crate::{ARCHIVE, archived, log_in, log_of, place, succeeds, tenure, told, verify};

#[test]
fn checkpoints_are_stamped_and_an_archive_cut_short_is_found_by_its_timestamp() {
    let server = Server::start();
    let mut authority = Authority::new();
    let more = format!(
        "[timestamps]\nauthority = \"{}\"\nevery = \"1s\"\n",
        authority.url()
    );
    let place = place(&server, &more);
    log_in(&place, 0..10);
    let service = place.start();
    wait_until("it is archived, whoever stamps it", || {
        archived(&server) == 10
    });
    wait_until("it is told that nobody stamps", || {
        log_of(&place).contains("a checkpoint is not stamped yet, archiving goes on")
    });
    let before = server.objects("tenure");
    authority.start();
    log_in(&place, 10..20);
    wait_until("it is archived", || archived(&server) == 20);
    let stamps = || -> Vec<String> {
        let objects = server.objects("tenure/log/timestamps");
        objects
            .into_keys()
            .filter(|name| name.strip_suffix(".tsr").is_some())
            .collect()
    };
    wait_until("it is stamped", || !stamps().is_empty());
    stop(&place, service);
    assert!(
        log_of(&place).contains("it is no RFC 3161 timestamp"),
        "{}",
        log_of(&place)
    );

    let newest = verify(&server, &place)["timestamp"].clone();
    assert_eq!(newest["proved"], false, "{newest}");
    let key = place
        .path()
        .join("signing.key")
        .to_str()
        .expect("a path")
        .to_owned();
    let with = |ca: &str| {
        let (archive, ca) = (ARCHIVE, authority.path(ca));
        tenure(
            &server,
            &["verify", archive, "--key", &key, "--tsa-ca", &ca],
        )
    };
    let told_of = succeeds(&with("ca.pem"));
    assert!(
        told_of.contains("signed by an authority that you trust"),
        "{told_of}"
    );
    let by_another = with("other.pem");
    assert_eq!(by_another.status.code(), Some(1));
    let why = told(&by_another);
    assert!(why.contains("openssl ts -verify does not agree"), "{why}");

    let size = newest["size"].as_u64().expect("a size");
    look_by_hand((&server, &authority), &before, &key, size);
}

fn look_by_hand(
    (server, authority): (&Server, &Authority),
    before: &BTreeMap<String, Vec<u8>>,
    key: &str,
    size: u64,
) {
    // By hand, with openssl alone.
    let local = TempDir::new().expect("a directory");
    lay(&server.objects("tenure"), local.path());
    let at = local.path().join("log/timestamps");
    let ca = authority.path("ca.pem");
    let by_hand = format!("ts -verify -data {size}.checkpoint -in {size}.tsr -CAfile {ca}");
    assert!(openssl(&at, &by_hand).contains("Verification: OK"));

    // What was there before, with the timestamp of what came later.
    let cut = TempDir::new().expect("a directory");
    lay(before, cut.path());
    let stamped = server.objects("tenure/log/timestamps");
    lay(&stamped, &cut.path().join("log/timestamps"));
    let cut = cut.path().to_str().expect("a path");
    let output = tenure(server, &["verify", cut, "--key", key]);
    assert_eq!(output.status.code(), Some(1));
    let why = told(&output);
    assert!(
        why.contains("an authority has seen a checkpoint of"),
        "{why}"
    );

    // A timestamp that is of something else.
    let changed = at.join(format!("{size}.checkpoint"));
    fs::write(&changed, b"something else").expect("written");
    let local = local.path().to_str().expect("a path");
    let output = tenure(server, &["verify", local, "--key", key]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("it is about "), "{}", told(&output));
}

/// Writes objects as files.
fn lay(objects: &BTreeMap<String, Vec<u8>>, directory: &Path) {
    for (name, bytes) in objects {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("above")).expect("a directory");
        fs::write(path, bytes).expect("written");
    }
}
