//! The files that users start containers with agree with each other and with the program.
//!
//! No container engine is needed: the form refuses unknown keys and wrong types, as
//! `docker compose config` would, and the checks know what it does not: our own files.

mod form;
mod services;
mod image;
mod reach;
mod monitoring;

use std::path::Path;

use form::Compose;
use tenure::config::tenure_file;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Where the container has the config: its relative paths start there.
const CONFIG_PLACE: &str = "/etc/tenure";

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
        let mut faults = services::faults(&compose, &self.dockerfile);
        faults.extend(image::faults(&self.dockerfile, &self.package));
        faults.extend(reach::faults(self, &compose, &config));
        faults.extend(monitoring::faults(self, &compose));
        faults
    }
}

#[test]
fn the_deployment_fits_together() {
    let faults = Deployment::read().faults();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
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
