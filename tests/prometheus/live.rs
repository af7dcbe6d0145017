//! A running service, a real Prometheus, and everything that a dashboard asks.

use std::io::{Seek as _, Write as _};
use std::time::Duration;

use serde_json::Value;

use super::company::{Company, POLICY};
use super::form::{ALERTS, DASHBOARDS, RECORDING, dashboard, rules};
use super::http::get;
use super::place::{Place, stop, wait_until};
use super::server::{Prometheus, promtool};

/// What has no data in a company that is well, and why. Each must be a panel's query.
const RIGHTLY_EMPTY: [(&str, &str); 0] = [];

/// One query of a panel, or the name of a recorded series.
struct Question {
    whence: String,
    expr: String,
}

/// As Grafana fills a query in for a scrape a second, and everything chosen.
fn filled_in(expr: &str) -> String {
    let mut expr = expr.to_owned();
    for (name, value) in [
        ("$__rate_interval", "15s"),
        ("$__interval", "15s"),
        ("$__range", "5m"),
        ("$source", ".*"),
        ("$rule", ".*"),
    ] {
        expr = expr.replace(name, value);
    }
    assert!(!expr.contains('$'), "nobody fills this in: {expr}");
    expr
}

fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for path in DASHBOARDS {
        for panel in dashboard(path).panels {
            for target in panel.targets {
                questions.push(Question {
                    whence: format!("{path}: {}", panel.title),
                    expr: filled_in(&target.expr),
                });
            }
        }
        for variable in dashboard(path).templating.list {
            let values = variable.definition.as_deref();
            let values = values.and_then(|it| it.strip_prefix("label_values(")?.split_once(','));
            questions.extend(values.map(|(metric, label)| Question {
                whence: format!("{path}: variable {}", variable.name),
                expr: format!("{metric}{{{}!=\"\"}}", label.trim_matches([' ', ')'])),
            }));
        }
    }
    questions.extend(rules(RECORDING).into_iter().map(|rule| Question {
        whence: RECORDING.to_owned(),
        expr: rule.record.expect("a record"),
    }));
    questions
}

/// Some value, and not only the result of dividing nothing by nothing.
fn has_data(series: &[Value]) -> bool {
    let values = series.iter().filter_map(|one| one.pointer("/value/1"));
    values.filter_map(Value::as_str).any(|value| value != "NaN")
}

fn address_of(place: &Place) -> String {
    let log = std::fs::read_to_string(place.path().join("service.log")).unwrap_or_default();
    let (_, rest) = log.split_once("answering on http://").unwrap_or_default();
    rest.split(['"', '\n', ' '])
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn every_query_of_every_panel_has_an_answer_and_every_rule_works() {
    let place = Place::new("");
    std::fs::write(place.path().join("policy.toml"), POLICY).expect("a policy");
    let mut company = Company::write(&place);
    let service = place.start();
    wait_until("it answers", || !address_of(&place).is_empty());
    let address = address_of(&place);
    let prometheus = Prometheus::start(&address);
    wait_until("the company was scraped", || {
        let open = prometheus.query("sum(tenure_findings{status=\"open\"}) > 3");
        open.is_ok_and(|series| !series.is_empty())
    });

    let mut open = questions();
    assert!(open.len() > 80, "{}", open.len());
    for (expr, why) in RIGHTLY_EMPTY {
        assert!(
            !why.is_empty() && open.iter().any(|it| it.expr == expr),
            "{expr}"
        );
    }
    open.retain(|it| RIGHTLY_EMPTY.iter().all(|(expr, _)| *expr != it.expr));
    for _second in 0..90 {
        company.go_on(&place);
        open.retain(|question| {
            let answer = prometheus.query(&question.expr);
            !has_data(&answer.unwrap_or_else(|error| panic!("{}: {error}", question.whence)))
        });
        if open.is_empty() {
            break;
        }
        std::thread::park_timeout(Duration::from_secs(1));
    }
    let left: Vec<String> = open
        .iter()
        .map(|it| format!("{}: {}", it.whence, it.expr))
        .collect();
    assert!(
        left.is_empty(),
        "without data:\n{}\n{}",
        left.join("\n"),
        prometheus.log()
    );

    every_rule_is_evaluated(&prometheus);
    what_is_scraped_is_what_happened(&prometheus);
    promtool_accepts(&get(&address, "/metrics").expect("metrics"));
    stop(&place, service);
}

fn every_rule_is_evaluated(prometheus: &Prometheus) {
    let rules_of_ours = rules(RECORDING).len() + rules(ALERTS).len();
    wait_until("every rule was evaluated", || {
        let seen = prometheus.rules();
        let health = |rule: &Value| {
            rule.get("health")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let failed = seen
            .iter()
            .find(|rule| health(rule).as_deref() == Some("err"));
        assert!(failed.is_none(), "{failed:?}");
        let well = seen
            .iter()
            .filter(|rule| health(rule).as_deref() == Some("ok"));
        well.count() == rules_of_ours
    });
    wait_until("Cid's log-in after he left is an alert", || {
        let alert = "ALERTS{alertname=\"TenureCriticalFindingOpen\",alertstate=\"firing\"}";
        prometheus
            .query(alert)
            .is_ok_and(|series| has_data(&series))
    });
}

/// Gauges of the census against the company: the numbers, not only that there are some.
fn what_is_scraped_is_what_happened(prometheus: &Prometheus) {
    let expected = [
        (
            "sum(tenure_identities{kind=\"human\",state=\"employed\"})",
            "1",
        ),
        (
            "sum(tenure_identities{kind=\"human\",state=\"terminated\"})",
            "5",
        ),
        (
            "sum(tenure_identities{kind=\"nhi\",state=\"ownerless\"})",
            "1",
        ),
        // Ben's and Eve's; Cid's and Fay's. Dee left more than thirty days ago.
        ("tenure_leaver_accounts{outcome=\"in_time\"}", "2"),
        ("tenure_leaver_accounts{outcome=\"overdue\"}", "2"),
        ("tenure_leaver_accounts{outcome=\"late\"}", "0"),
        ("tenure:leaver_accounts_in_time:ratio", "0.5"),
        (
            "tenure_accounts{source=\"okta\",state=\"ended\",link=\"linked\"}",
            "2",
        ),
        (
            "tenure_grants{kind=\"role\",privilege=\"privileged\",source=\"okta\"}",
            "1",
        ),
        (
            "tenure_credentials{kind=\"api_token\",age=\"90-180d\"}",
            "1",
        ),
        (
            "sum(tenure_findings_open_by_age{rule=\"leaver-account-live\",age=\"30-90d\"})",
            "1",
        ),
        (
            "sum(tenure_findings{rule=\"orphan-account\",status=\"exempt\"})",
            "1",
        ),
        ("tenure_unready_parts", "0"),
    ];
    for (expr, value) in expected {
        let mut found = Value::Null;
        wait_until(&format!("{expr} is {value}"), || {
            found = prometheus.query(expr).map(Value::from).unwrap_or_default();
            found.pointer("/0/value/1").and_then(Value::as_str) == Some(value)
        });
    }
}

fn promtool_accepts(metrics: &str) {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(metrics.as_bytes()).expect("written");
    file.rewind().expect("rewound");
    let output = promtool(&["check", "metrics"], file.into());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool check metrics:\n{said}");
}
