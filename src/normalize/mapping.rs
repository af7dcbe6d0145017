//! All mappings: ours, embedded, and those of the user, which take the place of ours.

use std::collections::HashMap;

use super::compile::compile;
use super::plan::Plan;
use super::problem::MappingProblem;

/// Each file of `schemas/sources`.
const BUILTIN: &[(&str, &str)] = &[
    (
        "schemas/sources/hris.yaml",
        include_str!("../../schemas/sources/hris.yaml"),
    ),
    (
        "schemas/sources/ticket.yaml",
        include_str!("../../schemas/sources/ticket.yaml"),
    ),
    (
        "schemas/sources/okta.yaml",
        include_str!("../../schemas/sources/okta.yaml"),
    ),
    (
        "schemas/sources/google_workspace.yaml",
        include_str!("../../schemas/sources/google_workspace.yaml"),
    ),
    (
        "schemas/sources/github.yaml",
        include_str!("../../schemas/sources/github.yaml"),
    ),
    (
        "schemas/sources/aws_cloudtrail.yaml",
        include_str!("../../schemas/sources/aws_cloudtrail.yaml"),
    ),
];

/// The compiled mappings, by source.
#[derive(Debug)]
pub struct Mappings {
    plans: HashMap<String, Plan, foldhash::fast::FixedState>,
}

impl Mappings {
    /// Those that ship with the product.
    pub fn builtin() -> Self {
        let (mappings, problems) = Mappings::compile(BUILTIN.iter().copied());
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(
            shown.is_empty(),
            "a mapping of ours does not compile:\n{}",
            shown.join("\n")
        );
        mappings
    }

    /// Ours and the user's, each with the name of its file. Of two for one source the later counts.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "whoever read the files is done with them"
    )]
    pub fn with(files: Vec<(String, String)>) -> Result<Self, Vec<MappingProblem>> {
        let mut mappings = Mappings::builtin();
        let files = files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str()));
        let (users, problems) = Mappings::compile(files);
        if !problems.is_empty() {
            return Err(problems);
        }
        mappings.plans.extend(users.plans);
        Ok(mappings)
    }

    /// The sources that have a mapping, in the order of the alphabet.
    pub fn sources(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.plans.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The vendor and the product whose log a source is.
    pub fn product(&self, source: &str) -> Option<(&str, &str)> {
        self.plans
            .get(source)
            .map(|plan| (&*plan.vendor, &*plan.product))
    }

    pub(super) fn plan(&self, source: &str) -> Option<&Plan> {
        self.plans.get(source)
    }

    fn compile<'f>(files: impl Iterator<Item = (&'f str, &'f str)>) -> (Self, Vec<MappingProblem>) {
        let mut plans = HashMap::default();
        let mut problems = Vec::new();
        for (file, text) in files {
            match compile(file, text) {
                Ok((source, plan)) => {
                    plans.insert(source, plan);
                }
                Err(found) => problems.extend(found),
            }
        }
        (Mappings { plans }, problems)
    }
}
