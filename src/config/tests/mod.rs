//! What each mistake is answered with, as data.

mod policy;
mod tenure;

use super::problem::{Level, Problem, Problems};

fn shown(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Each mistake alone gives exactly its own text.
fn check<T: std::fmt::Debug>(
    parse: impl Fn(&str) -> Result<super::Checked<T>, Problems>,
    cases: &[(&str, &str)],
) {
    for (input, expected) in cases {
        match parse(input) {
            Ok(checked) => {
                assert!(checked.notes.iter().all(|note| note.level == Level::Note));
                assert_eq!(shown(&checked.notes), *expected, "{input}");
            }
            Err(problems) => {
                assert!(!problems.0.is_empty());
                assert_eq!(problems.to_string(), *expected, "{input}");
            }
        }
    }
}
