//! The image: it is built with our Rust from all that the build needs, and runs as nobody.

use std::path::Path;

use crate::ROOT;

pub fn faults(dockerfile: &str, package: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let package: toml::Table = package.parse().expect("Cargo.toml is TOML");
    let rust = package
        .get("package")
        .and_then(|package| package.get("rust-version")?.as_str());
    let rust = rust.expect("Cargo.toml names its Rust");
    if !dockerfile.contains(&format!("FROM rust:{rust}-")) {
        faults.push(format!(
            "the Dockerfile does not build with Rust {rust}, the version in Cargo.toml"
        ));
    }
    let run = dockerfile.rsplit("\nFROM ").next().unwrap_or_default();
    if !run.lines().any(|line| {
        line.strip_prefix("USER ")
            .is_some_and(|user| !matches!(user, "root" | "0"))
    }) {
        faults.push("the image runs as root".to_owned());
    }
    for line in run.lines() {
        let stage = line
            .strip_prefix("COPY --from=")
            .and_then(|rest| rest.split(' ').next());
        if let Some(stage) = stage
            && !dockerfile.contains(&format!(" AS {stage}\n"))
        {
            faults.push(format!(
                "the Dockerfile copies from `{stage}`, which is no stage"
            ));
        }
    }
    faults
}

/// The image is built from the whole tree less .dockerignore: a list of what to leave out can grow
/// by a directory that the compiler needs.
#[test]
fn the_image_gets_what_the_build_needs() {
    let ignored = std::fs::read_to_string(Path::new(ROOT).join(".dockerignore")).unwrap();
    for needed in [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "benches",
        "rules",
        "schemas",
    ] {
        assert!(
            !ignored.lines().any(|line| line == needed),
            ".dockerignore leaves out {needed}"
        );
    }
    for private in [".git", "target", "logs", "tenure-data"] {
        assert!(
            ignored.lines().any(|line| line == private),
            ".dockerignore lets {private} in"
        );
    }
}
