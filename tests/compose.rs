//! The files that users start containers with agree with each other and with the program.
//!
//! No container engine is needed: the forms below refuse unknown keys and wrong types, as
//! `docker compose config` would, and the checks know what it does not: our own files.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use tenure::config::{ArchivePlace, Config, tenure_file};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Where the container has the config: its relative paths start there.
const CONFIG_PLACE: &str = "/etc/tenure";

/// What we use of <https://github.com/compose-spec/compose-spec>; a key that is not here is a typo
/// until somebody adds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compose {
    services: BTreeMap<String, Service>,
    volumes: BTreeMap<String, Option<BTreeMap<String, String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "some fields are read only so that their type is checked"
)]
struct Service {
    image: String,
    #[serde(default)]
    command: Vec<String>,
    build: Option<Build>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    depends_on: BTreeMap<String, Dependency>,
    #[serde(default)]
    ports: Vec<String>,
    #[serde(default)]
    volumes: Vec<String>,
    healthcheck: Option<Healthcheck>,
    restart: Restart,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    tmpfs: Vec<String>,
    #[serde(default)]
    cap_drop: Vec<String>,
    #[serde(default)]
    security_opt: Vec<String>,
    stop_grace_period: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    context: String,
    dockerfile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dependency {
    condition: Condition,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Condition {
    ServiceStarted,
    ServiceHealthy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only so that its types are checked")]
struct Healthcheck {
    test: Vec<String>,
    interval: String,
    timeout: String,
    retries: u32,
    start_period: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Restart {
    UnlessStopped,
}

/// The files that have to fit together, as text.
struct Deployment {
    compose: String,
    dockerfile: String,
    prometheus: String,
    datasource: String,
    provider: String,
    tenure: String,
    package: String,
}

impl Deployment {
    fn read() -> Self {
        let read = |path: &str| {
            std::fs::read_to_string(Path::new(ROOT).join(path))
                .unwrap_or_else(|error| panic!("failed to read {path}: {error}"))
        };
        Self {
            compose: read("docker-compose.yml"),
            dockerfile: read("Dockerfile"),
            prometheus: read("deploy/prometheus.yml"),
            datasource: read("dashboards/provisioning/datasources/prometheus.yml"),
            provider: read("dashboards/provisioning/dashboards/tenure.yml"),
            tenure: read("deploy/tenure.toml"),
            package: read("Cargo.toml"),
        }
    }

    /// Everything that is wrong, one line each.
    fn faults(&self) -> Vec<String> {
        let compose: Compose = match serde_saphyr::from_str(&self.compose) {
            Ok(compose) => compose,
            Err(error) => return vec![format!("docker-compose.yml: {error}")],
        };
        let config =
            match tenure_file::parse("deploy/tenure.toml", CONFIG_PLACE.as_ref(), &self.tenure) {
                Ok(config) => config.value,
                Err(problems) => return vec![problems.to_string()],
            };
        let mut faults = Vec::new();
        for (name, service) in &compose.services {
            let found = service_faults(&compose, service, &self.dockerfile);
            faults.extend(found.iter().map(|fault| format!("service {name}: {fault}")));
        }
        faults.extend(volume_faults(&compose));
        faults.extend(dockerfile_faults(&self.dockerfile, &self.package));
        match compose.services.get("kafka") {
            Some(kafka) => faults.extend(kafka_faults(kafka, &config)),
            None => faults.push("there is no service kafka".to_owned()),
        }
        match compose.services.get("tenure") {
            Some(tenure) => {
                faults.extend(self.port_faults(tenure, config.listen));
                faults.extend(self.path_faults(tenure, &config));
            }
            None => faults.push("there is no service tenure".to_owned()),
        }
        match (
            compose.services.get("prometheus"),
            compose.services.get("grafana"),
        ) {
            (Some(prometheus), Some(grafana)) => {
                faults.extend(self.rule_faults(prometheus));
                faults.extend(self.dashboard_faults(&compose, grafana));
            }
            _ => faults.push("there is no service prometheus or grafana".to_owned()),
        }
        faults
    }

    /// Prometheus finds its config, the rules that it names, and room for what they look back on.
    fn rule_faults(&self, prometheus: &Service) -> Vec<String> {
        let mut faults = Vec::new();
        let config = prometheus
            .command
            .iter()
            .find_map(|word| word.strip_prefix("--config.file="));
        if config.and_then(|path| mounted_from(prometheus, path))
            != Some("./deploy/prometheus.yml".into())
        {
            faults.push("prometheus does not start with deploy/prometheus.yml".to_owned());
        }
        let rules = self.prometheus.lines().filter_map(|line| {
            let path = line.trim().strip_prefix("- /")?;
            path.strip_suffix("/*.yml").map(|path| format!("/{path}"))
        });
        let rules: Vec<String> = rules.collect();
        let found =
            |path: &String| mounted_from(prometheus, path) == Some("./dashboards/rules".into());
        if rules.is_empty() || !rules.iter().all(found) {
            faults.push("prometheus does not read dashboards/rules".to_owned());
        }
        faults
    }

    /// Grafana finds its provisioning, by that the dashboards, and by name a Prometheus to ask.
    fn dashboard_faults(&self, compose: &Compose, grafana: &Service) -> Vec<String> {
        let mut faults = Vec::new();
        let provisioning = mounted_from(grafana, "/etc/grafana/provisioning");
        if provisioning != Some("./dashboards/provisioning".into()) {
            faults.push("grafana does not read dashboards/provisioning".to_owned());
        }
        let value = |text: &str, key: &str| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix(key));
            line.unwrap_or_default().trim().to_owned()
        };
        let path = value(&self.provider, "path:");
        if mounted_from(grafana, &path) != Some("./dashboards".into()) {
            faults.push(format!("no dashboards are mounted at `{path}`"));
        }
        let url = value(&self.datasource, "url: http://");
        let host = url.split(':').next().unwrap_or_default();
        if !compose.services.contains_key(host) {
            faults.push(format!("grafana asks `{url}`, which is no service"));
        }
        let home = grafana
            .environment
            .get("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")
            .and_then(|path| mounted_from(grafana, path));
        if !home.is_some_and(|home| Path::new(ROOT).join(home).is_file()) {
            faults.push("grafana's home dashboard is not there".to_owned());
        }
        let anonymous = ["GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_ANONYMOUS_ORG_ROLE"];
        let anonymous = anonymous.map(|key| grafana.environment.get(key).map(String::as_str));
        if anonymous == [Some("true"), Some("Viewer")] {
            return faults;
        }
        faults.push("anonymous people are not viewers at grafana".to_owned());
        faults
    }

    /// Whoever asks tenure asks the port that it listens on.
    fn port_faults(&self, tenure: &Service, listen: SocketAddr) -> Vec<String> {
        let port = listen.port();
        let published = format!(":{port}");
        let checked = format!("/dev/tcp/127.0.0.1/{port} ");
        let scraped = format!("targets: [\"tenure:{port}\"]");
        let fault = |is_fine: bool, fault: String| (!is_fine).then_some(fault);
        [
            fault(
                listen.ip().is_unspecified(),
                format!("tenure listens on {listen}, which no other container reaches"),
            ),
            fault(
                tenure
                    .ports
                    .iter()
                    .any(|mapping| mapping.ends_with(&published)),
                format!("tenure's port {port} is not published"),
            ),
            fault(
                self.dockerfile.contains(&checked),
                format!("the image's health check does not ask port {port}"),
            ),
            fault(
                self.prometheus.contains(&scraped),
                format!("prometheus does not scrape tenure:{port}"),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What tenure keeps outlives its container, and its config is where the image looks for it.
    fn path_faults(&self, tenure: &Service, config: &Config) -> Vec<String> {
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
        let command = self
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
}

/// What is mounted at `path` of a container: a file, a directory, or what lies in one.
fn mounted_from(service: &Service, path: &str) -> Option<std::path::PathBuf> {
    service.volumes.iter().find_map(|mount| {
        let mut parts = mount.split(':');
        let (from, to) = (parts.next()?, parts.next()?);
        let rest = Path::new(path).strip_prefix(to).ok()?;
        let from = Path::new(from);
        // Joining nothing would leave a slash at the end.
        Some(if rest.as_os_str().is_empty() {
            from.to_owned()
        } else {
            from.join(rest)
        })
    })
}

/// A file, or a directory that is not empty: the engine would make an empty one of what is missing.
fn holds_something(path: &Path) -> bool {
    let mut entries = std::fs::read_dir(path).into_iter().flatten();
    path.is_file() || entries.next().is_some()
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

fn dockerfile_faults(dockerfile: &str, package: &str) -> Vec<String> {
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

#[test]
fn the_deployment_fits_together() {
    let faults = Deployment::read().faults();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
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

/// One breakage of the real files a line: file, what to replace, by what, and the fault to expect.
const BREAKAGES: &str = r"
compose    | ports:                     | port:                   | docker-compose.yml:
compose    | restart: unless-stopped    | restart: perhaps        | docker-compose.yml:
compose    | healthcheck:\n             | health:\n               | docker-compose.yml:
compose    | apache/kafka:4.1.1         | apache/kafka            | service kafka: the image
compose    | prometheus:v3.5.0          | prometheus:latest       | service prometheus: the image
compose    | dockerfile: Dockerfile     | dockerfile: Dockerfil   | service tenure: there is no
compose    | kafka:\n        condition  | kafak:\n        condition | `kafak`, which is no service
compose    | 127.0.0.1:9090:9090        | 9090:9090               | service prometheus: port
compose    | ./deploy/prometheus.yml    | ./deploy/missing.yml    | does not exist
compose    | ./dashboards/rules:        | ./dashboards/rule:       | does not exist
compose    | :/etc/prometheus/rules     | :/etc/prometheus/rule    | does not read dashboards/rules
compose    | file=/etc/prometheus/p     | file=/etc/p              | does not start with deploy
compose    | - ./dashboards:/etc        | - ./dashboards:/opt      | no dashboards are mounted
compose    | :/etc/grafana/provisioning | :/etc/grafana/provision  | does not read dashboards/provisioning
compose    | lifecycle-health.json      | life.json                | home dashboard is not there
compose    | ORG_ROLE: Viewer           | ORG_ROLE: Admin          | are not viewers
compose    | grafana:12.1.1             | grafana                  | service grafana: the image
compose    | 127.0.0.1:3000:3000        | 3000:3000                | service grafana: port
datasource | //prometheus:9090          | //prom:9090              | which is no service
provider   | path: /etc                 | path: /opt               | no dashboards are mounted
prometheus | - /etc/prometheus/rules/*  | - /etc/rules/*           | does not read dashboards/rules
compose    | - prometheus-data:         | - prometheus-date:      | mount `prometheus-date:
compose    | - prometheus-data:         | - tenure-data:          | volume `prometheus-data`
compose    | HOST:PLAINTEXT,            |                         | HOST has no security protocol
compose    | HOST://:19092,             |                         | advertises HOST
compose    | INSIDE://kafka:9092        | INSIDE://localhost:9092 | does not advertise
compose    | 127.0.0.1:8480:8480        | 127.0.0.1:8480:8481     | port 8480 is not published
compose    | tenure-data:/var/lib       | tenure-data:/var/other  | is in no volume
compose    | :/etc/tenure/tenure.toml   | :/etc/tenure.toml       | expects its config
tenure     | kafka:9092                 | kafka:9093              | does not advertise
tenure     | 0.0.0.0:8480               | 127.0.0.1:8480          | no other container reaches
tenure     | path = @/var/lib/tenure/s   | path = @s                | the state /etc/tenure/state
tenure     | [state]\n                  | [stat]\n                | deploy/tenure.toml:
tenure     | :8480                      | :8481                   | does not scrape tenure:8481
tenure     | :8480                      | :8481                   | does not ask port 8481
prometheus | tenure:8480                | tenure:80               | does not scrape
dockerfile | \nHEALTHCHECK              | \n#                     | health of `tenure`
dockerfile | USER 10001                 | USER root               | runs as root
dockerfile | --from=build               | --from=builder          | which is no stage
package    | rust-version = @           | rust-version = @9       | does not build with Rust
";

#[test]
fn every_breakage_is_found() {
    for line in BREAKAGES.lines().filter(|line| !line.is_empty()) {
        let cell = |cell: &str| cell.trim().replace("\\n", "\n").replace('@', "\"");
        let cells: Vec<String> = line.split('|').map(cell).collect();
        let [file, from, to, expected] = cells.as_slice() else {
            panic!("not four cells: {line}")
        };
        let mut files = Deployment::read();
        let text = match file.as_str() {
            "compose" => &mut files.compose,
            "dockerfile" => &mut files.dockerfile,
            "prometheus" => &mut files.prometheus,
            "datasource" => &mut files.datasource,
            "provider" => &mut files.provider,
            "tenure" => &mut files.tenure,
            "package" => &mut files.package,
            _ => panic!("no such file: {line}"),
        };
        assert!(text.contains(from), "nothing to break: {line}");
        *text = text.replacen(from, to, 1);
        let faults = files.faults();
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{line}\ngot {faults:#?}"
        );
    }
}
