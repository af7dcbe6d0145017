//! All mappings: ours, embedded, and those of the user, which take the place of ours.

use std::collections::HashMap;

use super::compile::{compile, read};
use super::form::MappingForm;
use super::plan::Plan;
use super::problem::{MappingProblem, nearest_hint};

/// The files of `schemas/sources`, by the names of their sources.
macro_rules! builtin {
    ($($source:literal)*) => {
        &[$((
            concat!("schemas/sources/", $source, ".yaml"),
            include_str!(concat!("../../schemas/sources/", $source, ".yaml")),
        )),*]
    };
}

const BUILTIN: &[(&str, &str)] = builtin! {
    "hris" "ticket" "workflow" "review" "inventory"
    "okta" "google_workspace"
    "github" "aws_cloudtrail"
};

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

    /// The source that a mapping says it is for.
    pub fn source_of(file: &str, text: &str) -> Result<String, MappingProblem> {
        read(file, text).map(|form| form.source.value)
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

    /// How many actions of a source are named by its mapping.
    pub fn actions(&self, source: &str) -> usize {
        self.plans.get(source).map_or(0, Plan::actions)
    }

    pub(super) fn plan(&self, source: &str) -> Option<&Plan> {
        self.plans.get(source)
    }

    fn compile<'f>(files: impl Iterator<Item = (&'f str, &'f str)>) -> (Self, Vec<MappingProblem>) {
        let mut plans = HashMap::default();
        let mut problems = Vec::new();
        for (file, text) in files {
            let form = read(file, text).map_err(|problem| vec![problem]);
            let form = form.and_then(|form| extended(file, form));
            let source = |form: &MappingForm| form.source.value.clone();
            match form.and_then(|form| Ok((source(&form), compile(file, form)?))) {
                Ok((source, plan)) => {
                    plans.insert(source, plan);
                }
                Err(found) => problems.extend(found),
            }
        }
        (Mappings { plans }, problems)
    }
}

/// The form together with the mapping of ours that it begins with.
fn extended(file: &str, form: MappingForm) -> Result<MappingForm, Vec<MappingProblem>> {
    let Some(base) = &form.extends else {
        return Ok(form);
    };
    let path = format!("schemas/sources/{}.yaml", base.value);
    let Some((base_file, text)) = BUILTIN.iter().find(|(known, _)| *known == path) else {
        let names: Vec<&str> = BUILTIN
            .iter()
            .filter_map(|(file, _)| name_of_source(file))
            .collect();
        return Err(vec![MappingProblem {
            file: file.to_owned(),
            line: base.referenced.line(),
            column: base.referenced.column(),
            key: "extends".to_owned(),
            message: format!("`{}` is no mapping of ours", base.value),
            hint: nearest_hint(&base.value, &names),
        }]);
    };
    let base = read(base_file, text).map_err(|problem| vec![problem])?;
    Ok(form.extend(base))
}

fn name_of_source(file: &str) -> Option<&str> {
    file.rsplit('/').next()?.strip_suffix(".yaml")
}
