//! The tests of a rule file, checked: every mistake of the file at once.

use std::sync::Arc;

use crate::config::{Level, Problem, policy_file, suggestion, units};
use crate::model::finding::{RuleId, Severity, Status};
use crate::model::id::SourceName;
use crate::model::policy::Policy;
use crate::model::time::{Span, Timestamp};

use super::form::{self, CaseForm, ExpectForm, FileForm, Place, StepForm, Words, line_of};
use super::template;

/// The tests of one rule.
#[derive(Clone, Debug)]
pub struct RuleFile {
    pub file: String,
    pub rule: RuleId,
    pub cases: Vec<Case>,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub line: usize,
    /// Its own; whoever runs the case gives another where it has none.
    pub policy: Option<Arc<Policy>>,
    pub steps: Vec<Step>,
}

/// One moment: the clock moves to `now`, a record arrives, and then it is looked what is told.
#[derive(Clone, Debug)]
pub struct Step {
    pub line: usize,
    pub now: Timestamp,
    pub record: Option<Told>,
    pub expect: Option<Vec<Expected>>,
}

/// A record as its source sends it.
#[derive(Clone, Debug)]
pub struct Told {
    pub source: SourceName,
    pub raw: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    pub rule: RuleId,
    pub subject: String,
    pub status: Status,
    pub severity: Option<Severity>,
    pub opened_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
}

/// Reads the text of a rule file; `file` is what messages call it.
pub fn read(file: &str, text: &str) -> Result<RuleFile, Vec<Problem>> {
    let form = form::read(file, text).map_err(|problem| vec![problem])?;
    let mut reader = Reader {
        file,
        form: &form,
        problems: Vec::new(),
    };
    let rule = reader.rule(&form.id);
    let cases = form.tests.iter();
    let cases: Vec<Case> = cases
        .filter_map(|case| reader.case(rule, line_of(case), &case.value))
        .collect();
    reader.unused_records();
    match rule {
        Some(rule) if reader.problems.is_empty() => Ok(RuleFile {
            file: file.to_owned(),
            rule,
            cases,
        }),
        _ => Err(reader.problems),
    }
}

struct Reader<'a> {
    file: &'a str,
    form: &'a FileForm,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, line: usize, key: &str, message: impl Into<String>, hint: &str) {
        let place = Place {
            file: self.file,
            line,
        };
        self.problems.push(place.problem(key, message, hint));
    }

    fn rule(&mut self, words: &Words) -> Option<RuleId> {
        let rule = RuleId::parse(&words.value);
        if rule.is_none() {
            let known = RuleId::ALL.map(RuleId::as_str);
            let message = format!("is `{}`, which is no rule", words.value);
            self.wrong(
                line_of(words),
                "id",
                message,
                &suggestion(&words.value, &known),
            );
        }
        rule
    }

    /// `None` where something is wrong with it.
    fn case(&mut self, rule: Option<RuleId>, line: usize, form: &CaseForm) -> Option<Case> {
        let before = self.problems.len();
        let policy = form.policy.as_ref().and_then(|text| self.policy(text));
        let mut now = None;
        let mut steps = Vec::new();
        for step in &form.steps {
            steps.extend(self.step(rule, &mut now, line_of(step), &step.value));
        }
        if !steps.iter().any(|step| step.expect.is_some()) && self.problems.len() == before {
            let hint = "write `expect: []` on a step where nothing must be told";
            self.wrong(
                line,
                "steps",
                "expect nothing, so that they show nothing",
                hint,
            );
        }
        (self.problems.len() == before).then(|| Case {
            name: form.name.value.clone(),
            line,
            policy,
            steps,
        })
    }

    /// Problems of the policy are named by the line of the rule file where its text begins.
    fn policy(&mut self, text: &Words) -> Option<Arc<Policy>> {
        let problems = match policy_file::parse("policy", &text.value) {
            Ok(checked) => return Some(Arc::new(checked.value)),
            Err(problems) => problems.0,
        };
        for problem in problems.into_iter().filter(|it| it.level == Level::Problem) {
            let line = line_of(text) + problem.line.saturating_sub(1);
            self.problems.push(Problem {
                line,
                file: self.file.into(),
                key: format!("policy: {}", problem.key),
                ..problem
            });
        }
        None
    }

    fn step(
        &mut self,
        rule: Option<RuleId>,
        clock: &mut Option<Timestamp>,
        line: usize,
        form: &StepForm,
    ) -> Option<Step> {
        let at = form.at.as_ref().and_then(|words| self.time("at", words));
        let advance = form.advance.as_ref().and_then(|words| self.span(words));
        let now = match (*clock, at, advance) {
            (_, Some(_), Some(_)) => {
                let message = "stands beside `at`: both move the clock";
                self.wrong(line, "advance", message, "keep one of them");
                return None;
            }
            (Some(clock), _, Some(advance)) => clock + advance,
            (Some(clock), at, None) => at.map_or(clock, |at| at.max(clock)),
            (None, Some(at), None) => at,
            (None, None, _) if form.at.is_some() => return None,
            (None, None, _) => {
                let hint = "begin with the time of the first record: `at: 2026-01-05T09:00:00Z`";
                self.wrong(line, "at", "is missing where the clock begins", hint);
                return None;
            }
        };
        *clock = Some(now);
        let record = self.record(at.unwrap_or(now), line, form);
        if form.at.is_none() && form.advance.is_none() && record.is_none() && form.expect.is_none()
        {
            let hint = "move the clock, tell a record, or write what is expected";
            self.wrong(line, "steps", "does nothing here", hint);
        }
        let expect = form.expect.as_ref().map(|list| {
            let list = list.iter();
            list.filter_map(|one| self.expected(rule, line_of(one), &one.value))
                .collect()
        });
        Some(Step {
            line,
            now,
            record,
            expect,
        })
    }

    fn record(&mut self, at: Timestamp, line: usize, form: &StepForm) -> Option<Told> {
        let (source, record) = match (&form.say, &form.source, &form.record) {
            (None, None, None) => return None,
            (Some(name), None, None) => {
                let Some(known) = self.form.records.get(&name.value) else {
                    let known: Vec<&str> = self.form.records.keys().map(String::as_str).collect();
                    let message = format!("is `{}`, which is none of the records", name.value);
                    self.wrong(
                        line_of(name),
                        "say",
                        message,
                        &suggestion(&name.value, &known),
                    );
                    return None;
                };
                (&known.value.source, &known.value.record)
            }
            (None, Some(source), Some(record)) => (source, record),
            _ => {
                let message = "is not one record";
                let hint = "write `say: NAME` for one of `records`, or `source` and `record`";
                self.wrong(line, "say", message, hint);
                return None;
            }
        };
        let used = template::names(record);
        for name in form.with.keys().filter(|name| !used.contains(name)) {
            let message = format!("gives `{name}`, which the record does not ask for");
            self.wrong(
                line,
                "with",
                message,
                &format!("write `${name}` in the record"),
            );
        }
        let words = template::Words::new(at, &form.with);
        match template::filled(record, &words) {
            Ok(filled) => Some(Told {
                source: SourceName::new(&source.value),
                raw: filled.to_string().into_bytes(),
            }),
            Err(open) => {
                let message = format!("leaves `${open}` of the record open");
                let hint = format!("give it on the step: `with: {{{open}: …}}`");
                self.wrong(line, "with", message, &hint);
                None
            }
        }
    }

    fn expected(
        &mut self,
        rule: Option<RuleId>,
        line: usize,
        form: &ExpectForm,
    ) -> Option<Expected> {
        let rule = match &form.rule {
            None => rule,
            Some(words) => self.rule(words),
        };
        let status = match &form.status {
            None if form.resolved_at.is_some() => Some(Status::Resolved),
            None => Some(Status::Open),
            Some(words) => self.status(words),
        };
        let severity = form.severity.as_ref().map(|words| self.severity(words));
        let opened_at = self.time("opened_at", &form.opened_at);
        let resolved_at = form.resolved_at.as_ref();
        let resolved_at = resolved_at.map(|words| self.time("resolved_at", words));
        let status = status?;
        if (status == Status::Resolved) != resolved_at.is_some() {
            let message = format!("does not go with the status {}", status.as_str());
            let hint = "what is resolved has a `resolved_at`, and nothing else has";
            self.wrong(line, "resolved_at", message, hint);
            return None;
        }
        Some(Expected {
            rule: rule?,
            subject: form.subject.value.clone(),
            status,
            severity: severity.flatten(),
            opened_at: opened_at?,
            resolved_at: resolved_at.flatten(),
        })
    }

    fn status(&mut self, words: &Words) -> Option<Status> {
        let all = [
            Status::Open,
            Status::Resolved,
            Status::Withdrawn,
            Status::Exempt,
        ];
        let found = all.into_iter().find(|one| one.as_str() == words.value);
        if found.is_none() {
            let message = format!("is `{}`, which is no status", words.value);
            let hint = suggestion(&words.value, &all.map(Status::as_str));
            self.wrong(line_of(words), "status", message, &hint);
        }
        found
    }

    fn severity(&mut self, words: &Words) -> Option<Severity> {
        let found = Severity::parse(&words.value);
        if found.is_none() {
            let message = format!("is `{}`, which is no severity", words.value);
            let hint = suggestion(&words.value, &Severity::ALL.map(Severity::as_str));
            self.wrong(line_of(words), "severity", message, &hint);
        }
        found
    }

    fn time(&mut self, key: &str, words: &Words) -> Option<Timestamp> {
        let time = words.value.parse();
        if time.is_err() {
            let message = format!("is `{}`, which is no time", words.value);
            let hint = "write it with its zone: 2026-03-02T17:00:00Z";
            self.wrong(line_of(words), key, message, hint);
        }
        time.ok()
    }

    fn span(&mut self, words: &Words) -> Option<Span> {
        match units::duration(&words.value) {
            Ok(span) => {
                let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
                Some(Span::from_seconds(seconds))
            }
            Err(error) => {
                let message = format!("is `{}`, which {error}", words.value);
                let hint = "write a span of time such as 25h, 14d or 1m";
                self.wrong(line_of(words), "advance", message, hint);
                None
            }
        }
    }

    /// A record that no case tells is a leftover or a slip.
    fn unused_records(&mut self) {
        let form = self.form;
        let steps = form.tests.iter().flat_map(|case| &case.value.steps);
        let said: Vec<&str> = steps
            .filter_map(|step| step.value.say.as_ref())
            .map(|name| name.value.as_str())
            .collect();
        for (name, record) in &form.records {
            if !said.contains(&name.as_str()) {
                let message = format!("holds `{name}`, which no case tells");
                self.wrong(
                    line_of(record),
                    "records",
                    message,
                    "take it out, or `say` it",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let problems = read("mine.yaml", text).expect_err("problems");
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_told_with_its_line_and_what_to_write() {
        let text = r#"id: leaver-acount-live
records:
  said: {source: okta, record: {published: $at, eventType: $event}}
  unsaid: {source: okta, record: {}}
tests:
  - name: one
    policy: |
      [rules.leaver-account-live]
      grace = "24"
    steps:
      - {advance: 1h}
      - {at: yesterday, say: said}
      - {at: 2026-01-05T10:00:00Z, say: sayd}
      - {advance: 1, say: said, with: {evnt: x}}
      - {}
      - expect:
          - {subject: "okta:1", opened_at: 2026-01-05T10:00:00Z, status: opened}
          - {subject: "okta:1", opened_at: 2026-01-05T10:00:00Z, status: resolved}
          - {subject: "okta:1", opened_at: 2026-01-05T10:00:00Z, severity: hihg}
  - name: two
    steps: [{at: 2026-01-05T10:00:00Z}]
"#;
        insta::assert_snapshot!(problems(text).join("\n"));
    }

    #[test]
    fn a_key_that_is_none_stops_the_reading_with_its_line() {
        let text = "id: leaver-activity\ntests:\n  - name: one\n    stepps: []\n";
        let problems = problems(text);
        let [problem] = &problems[..] else {
            panic!("{problems:?}");
        };
        assert!(
            problem.starts_with("mine.yaml:4: `stepps` is not a key here"),
            "{problem}"
        );
        assert!(problem.contains("did you mean `steps`?"), "{problem}");
    }
}
