//! What must hold of every service, and of the volumes that they share.

use std::path::Path;

use crate::ROOT;
use crate::form::{Compose, Condition, Service};

pub fn faults(compose: &Compose, dockerfile: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, service) in &compose.services {
        let found = service_faults(compose, service, dockerfile);
        faults.extend(found.iter().map(|fault| format!("service {name}: {fault}")));
    }
    faults.extend(volume_faults(compose));
    faults
}

fn service_faults(compose: &Compose, service: &Service, dockerfile: &str) -> Vec<String> {
    let mut faults = Vec::new();
    match service.image.rsplit_once(':') {
        Some((_, tag)) if tag != "latest" => {}
        _ => faults.push(format!("the image `{}` has no version", service.image)),
    }
    if let Some(build) = &service.build {
        let path = Path::new(&build.context).join(&build.dockerfile);
        if !Path::new(ROOT).join(&path).is_file() {
            faults.push(format!("there is no {}", path.display()));
        }
    }
    for (name, dependency) in &service.depends_on {
        let Some(needed) = compose.services.get(name) else {
            faults.push(format!("depends on `{name}`, which is no service"));
            continue;
        };
        let in_image = needed.build.is_some() && dockerfile.contains("\nHEALTHCHECK ");
        if dependency.condition == Condition::ServiceHealthy
            && needed.healthcheck.is_none()
            && !in_image
        {
            faults.push(format!(
                "waits for the health of `{name}`, which has no health check"
            ));
        }
    }
    for port in &service.ports {
        if !port.starts_with("127.0.0.1:") || port.split(':').count() != 3 {
            faults.push(format!(
                "port `{port}` is open to the network; write 127.0.0.1:HOST:CONTAINER"
            ));
        }
    }
    faults
}

fn volume_faults(compose: &Compose) -> Vec<String> {
    let mut faults = Vec::new();
    let mounts: Vec<&String> = compose
        .services
        .values()
        .flat_map(|service| &service.volumes)
        .collect();
    for mount in &mounts {
        let parts: Vec<&str> = mount.split(':').collect();
        match parts.as_slice() {
            [file, _, "ro"] if file.starts_with("./") => {
                if !holds_something(&Path::new(ROOT).join(file)) {
                    faults.push(format!("`{file}` is mounted but does not exist"));
                }
            }
            [volume, _] if compose.volumes.contains_key(*volume) => {}
            _ => faults.push(format!(
                "mount `{mount}` is neither ./PATH:PATH:ro nor a volume of this file"
            )),
        }
    }
    for volume in compose.volumes.keys() {
        if !mounts
            .iter()
            .any(|mount| mount.starts_with(&format!("{volume}:")))
        {
            faults.push(format!("volume `{volume}` is used by no service"));
        }
    }
    faults
}

/// A file, or a directory that is not empty: the engine would make an empty one of what is missing.
fn holds_something(path: &Path) -> bool {
    let mut entries = std::fs::read_dir(path).into_iter().flatten();
    path.is_file() || entries.next().is_some()
}
