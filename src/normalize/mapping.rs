//! All mappings: ours, embedded, and those of the user, which take the place of ours.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::compile::{compile, read};
use super::form::MappingForm;
use super::plan::Plan;
use super::problem::{MappingProblem, nearest_hint};
use crate::model::event::Verb;

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
    // People, tickets and listings, in formats of our own.
    "hris" "ticket" "workflow" "review" "inventory"
    // Identity providers and directories.
    "okta" "entra_audit" "entra_signin" "entra_risk" "m365_audit" "google_workspace" "jumpcloud"
    "auth0" "keycloak" "duo" "onelogin" "ping_one"
    // Clouds and data.
    "aws_cloudtrail" "gcp_audit" "azure_activity" "snowflake" "databricks" "mongodb_atlas"
    "teleport" "tailscale"
    // Code.
    "github" "gitlab" "snyk"
    // Work and talk.
    "slack" "zoom" "zoom_operation" "asana" "notion" "box" "docusign" "zendesk" "salesforce"
    // Secrets, security and models.
    "onepassword" "wiz_audit" "anthropic" "openai"
    // Desks and HR.
    "jira" "atlassian_org" "servicenow" "workday" "bamboohr"
    // Devices.
    "jamf_pro" "intune"
};

/// The mappings, by source. Ours are compiled when a record of their source first comes: of nearly
/// fifty most nodes use a few, and their patterns take a while to compile.
#[derive(Debug)]
pub struct Mappings {
    plans: HashMap<String, Lazy, foldhash::fast::FixedState>,
}

/// A mapping of ours, or the user's, which is compiled to be checked.
#[derive(Debug)]
struct Lazy {
    ours: Option<(&'static str, &'static str)>,
    /// SHA-256 of the user's text.
    users: Option<[u8; 32]>,
    plan: OnceLock<Plan>,
}

impl Lazy {
    fn plan(&self) -> &Plan {
        self.plan.get_or_init(|| {
            let (file, text) = self.ours.expect("MAPPING-READY: the user's is compiled");
            let (mut mapping, problems) = compile_all([(file, text)].into_iter());
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let plan = mapping.pop().map(|(_, plan)| plan);
            plan.unwrap_or_else(|| {
                panic!(
                    "MAPPING-SOUND: a mapping of ours does not compile:\n{}",
                    shown.join("\n")
                )
            })
        })
    }
}

impl Mappings {
    /// Those that ship with the product.
    pub fn builtin() -> Self {
        let lazy = |(file, text): &(&'static str, &'static str)| {
            let name = name_of_source(file).unwrap_or(file).to_owned();
            let ours = Some((*file, *text));
            let plan = OnceLock::new();
            let users = None;
            (name, Lazy { ours, users, plan })
        };
        Mappings {
            plans: BUILTIN.iter().map(lazy).collect(),
        }
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
        let hashes: HashMap<String, [u8; 32]> = files
            .clone()
            .filter_map(|(file, text)| {
                let source = Mappings::source_of(file, text).ok()?;
                Some((source, Sha256::digest(text).into()))
            })
            .collect();
        let (users, problems) = compile_all(files);
        if !problems.is_empty() {
            return Err(problems);
        }
        mappings
            .plans
            .extend(users.into_iter().map(|(source, plan)| {
                let ours = None;
                let users = hashes.get(&source).copied();
                let plan = OnceLock::from(plan);
                (source, Lazy { ours, users, plan })
            }));
        Ok(mappings)
    }

    /// The source that a mapping says it is for.
    pub fn source_of(file: &str, text: &str) -> Result<String, MappingProblem> {
        read(file, text).map(|form| form.source.value)
    }

    /// The SHA-256 of each mapping's text, by source.
    pub fn hashes(&self) -> BTreeMap<&str, [u8; 32]> {
        let hash = |lazy: &Lazy| match lazy.ours {
            Some((_, text)) => Some(Sha256::digest(text).into()),
            None => lazy.users,
        };
        let all = self.plans.iter();
        all.filter_map(|(source, lazy)| Some((source.as_str(), hash(lazy)?)))
            .collect()
    }

    /// The sources that have a mapping, in the order of the alphabet.
    pub fn sources(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.plans.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The names under which sources share their accounts (`entra`). Read off the texts of ours,
    /// since to compile all of them takes a while.
    pub fn account_namespaces(&self) -> BTreeSet<&str> {
        let all = self.plans.values().filter_map(|lazy| match &lazy.ours {
            Some((_, text)) => text
                .lines()
                .find_map(|line| line.strip_prefix("accounts: ")),
            None => lazy.plan().accounts.as_deref(),
        });
        all.map(str::trim).collect()
    }

    /// The vendor and the product whose log a source is.
    pub fn product(&self, source: &str) -> Option<(&str, &str)> {
        self.plans
            .get(source)
            .map(|lazy| (&*lazy.plan().vendor, &*lazy.plan().product))
    }

    /// How many actions of a source are named by its mapping.
    pub fn actions(&self, source: &str) -> usize {
        self.plan(source).map_or(0, Plan::actions)
    }

    /// The verbs that a source's mapping can express.
    pub fn verbs(&self, source: &str) -> BTreeSet<Verb> {
        let plan = self.plan(source);
        plan.map(|plan| plan.rules_of_all().filter_map(|rule| rule.verb))
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) fn plan(&self, source: &str) -> Option<&Plan> {
        self.plans.get(source).map(Lazy::plan)
    }
}

/// The plans of these files, by source, and what is wrong with the others.
fn compile_all<'f>(
    files: impl Iterator<Item = (&'f str, &'f str)>,
) -> (Vec<(String, Plan)>, Vec<MappingProblem>) {
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    for (file, text) in files {
        let form = read(file, text).map_err(|problem| vec![problem]);
        let form = form.and_then(|form| extended(file, form));
        let source = |form: &MappingForm| form.source.value.clone();
        match form.and_then(|form| Ok((source(&form), compile(file, form)?))) {
            Ok(compiled) => plans.push(compiled),
            Err(found) => problems.extend(found),
        }
    }
    (plans, problems)
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
