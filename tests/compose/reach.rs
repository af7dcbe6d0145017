//! Tenure, its broker and its callers reach each other, and what it keeps outlives its container.

use std::net::SocketAddr;
use std::path::Path;

use tenure::config::{ArchivePlace, Config};

use crate::Deployment;
use crate::form::{Compose, Service};

pub fn faults(deployment: &Deployment, compose: &Compose, config: &Config) -> Vec<String> {
    let service = |name| compose.services.get(name);
    let mut faults = Vec::new();
    match service("kafka") {
        Some(kafka) => faults.extend(kafka_faults(kafka, config)),
        None => faults.push("there is no service kafka".to_owned()),
    }
    match service("tenure") {
        Some(tenure) => {
            faults.extend(port_faults(deployment, tenure, config.listen));
            faults.extend(path_faults(deployment, tenure, config));
        }
        None => faults.push("there is no service tenure".to_owned()),
    }
    faults
}

/// A client reaches the broker under the name that the broker tells it.
fn kafka_faults(kafka: &Service, config: &Config) -> Vec<String> {
    let list = |key: &str| {
        kafka
            .environment
            .get(key)
            .map_or("", String::as_str)
            .split(',')
    };
    let named = |key: &str| {
        list(key)
            .filter_map(|one| one.split_once("://"))
            .collect::<Vec<_>>()
    };
    let listeners = named("KAFKA_LISTENERS");
    let advertised = named("KAFKA_ADVERTISED_LISTENERS");
    let mut faults = Vec::new();
    for (name, _) in &listeners {
        let protocol = format!("{name}:PLAINTEXT");
        if !list("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP").any(|one| one == protocol) {
            faults.push(format!("kafka's listener {name} has no security protocol"));
        }
    }
    for (name, _) in &advertised {
        if !listeners.iter().any(|(listener, _)| listener == name) {
            faults.push(format!("kafka advertises {name} but does not listen there"));
        }
    }
    for broker in config.kafka.iter().flat_map(|kafka| &kafka.brokers) {
        if !advertised.iter().any(|(_, address)| *address == &**broker) {
            faults.push(format!(
                "tenure.toml names the broker {broker}, which kafka does not advertise"
            ));
        }
    }
    faults
}

/// Whoever asks tenure asks the port that it listens on.
fn port_faults(deployment: &Deployment, tenure: &Service, listen: SocketAddr) -> Vec<String> {
    let port = listen.port();
    let published = format!(":{port}");
    let checked = format!("/dev/tcp/127.0.0.1/{port} ");
    let scraped = format!("targets: [\"tenure:{port}\"]");
    let is_published = |mapping: &String| mapping.ends_with(&published);
    let checks = [
        (
            listen.ip().is_unspecified(),
            format!("tenure listens on {listen}, which no other container reaches"),
        ),
        (
            tenure.ports.iter().any(is_published),
            format!("tenure's port {port} is not published"),
        ),
        (
            deployment.dockerfile.contains(&checked),
            format!("the image's health check does not ask port {port}"),
        ),
        (
            deployment.prometheus.contains(&scraped),
            format!("prometheus does not scrape tenure:{port}"),
        ),
    ];
    let faults = checks.into_iter().filter(|(is_fine, _)| !is_fine);
    faults.map(|(_, fault)| fault).collect()
}

/// What tenure keeps outlives its container, and its config is where the image looks for it.
fn path_faults(deployment: &Deployment, tenure: &Service, config: &Config) -> Vec<String> {
    let places = tenure
        .volumes
        .iter()
        .filter_map(|mount| mount.split(':').nth(1));
    let mounts: Vec<&Path> = places.map(Path::new).collect();
    let mounted = |path: &Path| mounts.iter().any(|mount| path.starts_with(mount));
    let mut faults = Vec::new();
    if !mounted(&config.state) {
        faults.push(format!(
            "the state {} is in no volume",
            config.state.display()
        ));
    }
    if let ArchivePlace::Directory(archive) = &config.archive.place
        && !mounted(archive)
    {
        faults.push(format!("the archive {} is in no volume", archive.display()));
    }
    let command = deployment
        .dockerfile
        .lines()
        .find(|line| line.starts_with("CMD ["));
    let file = command
        .and_then(|line| line.rsplit('"').nth(1))
        .map(Path::new);
    if !file.is_some_and(mounted) {
        faults.push("no file is mounted where the image expects its config".to_owned());
    }
    faults
}
